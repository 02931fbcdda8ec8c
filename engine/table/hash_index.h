#pragma once

#include <array>
#include <bit>
#include <memory>

#include "engine/table/pages.h"

namespace laterbase::worktable {

// What a hash index finds out about a row whose hash is the one looked for.
enum class Verdict {
  other,     // another key
  same,      // the same key
  replace,   // the same key, of a row that has left the table: its slot may be taken over
  undecided  // the same key, of a row that is just coming: whether it stays is not known yet
};

enum class Placed { done, conflict, undecided };

// Unique keys to spots by hash: open addressing with linear probing over slots of 8 bytes (32 bits of the hash and the
// spot). Keys stay in the rows, which the caller compares. Slots are ordered by hash, and tables grow by a quarter, so
// that they are filled to between 64 and 80 %.
// Promises: find() takes no lock and misses no key that stayed in while it looked. A spot that was erased may still be
// found by who began before; the row then says that it is dead.
// Threads: any. Writers lock one of 16 shards for the time of a probe, but for one who is alone.
class HashIndex {
 public:
  HashIndex();
  HashIndex(const HashIndex&) = delete;
  HashIndex& operator=(const HashIndex&) = delete;
  ~HashIndex();

  // The first spot of this hash where most are, among the first slots looked at; no_spot: find() may find one.
  Spot find_near(std::uint64_t hash) const noexcept;
  // The first spot of this hash that `take(spot)` accepts, or no_spot.
  template <typename Take>
  Spot find(std::uint64_t hash, Take&& take) const;
  // `alone`: no other thread changes it meanwhile.
  template <typename Judge>
  Placed insert(std::uint64_t hash, Spot spot, bool alone, Judge&& judge);
  // Puts a row's new place in the slot of its old one; both are found at once, never neither.
  bool move(std::uint64_t hash, Spot from, Spot to, bool alone) { return exchange(hash, from, to, alone); }
  bool erase(std::uint64_t hash, Spot spot, bool alone) { return exchange(hash, spot, no_spot, alone); }
  void prefetch(std::uint64_t hash) const noexcept;
  std::size_t bytes() const;

 private:
  static constexpr std::uint32_t shard_count = 16;
  static constexpr std::uint32_t spill = 28;  // slots behind the last home; a table where they don't do grows
  static constexpr std::uint32_t group = 4;   // slots looked at together, so that no branch has to guess among them
  static constexpr std::uint64_t empty = 0;
  static constexpr std::uint64_t erased = 0xffffffff;  // a spot that no row can have

  struct Slots {
    explicit Slots(std::uint32_t homes) : count(homes), at(new std::atomic<std::uint64_t>[homes + spill + group]()) {}
    std::uint32_t count;  // of homes
    std::unique_ptr<std::atomic<std::uint64_t>[]> at;
    std::uint32_t end() const { return count + spill; }  // behind it, a group of empty slots
    std::uint32_t home(std::uint64_t slot) const { return static_cast<std::uint32_t>((slot >> 32) * count >> 32); }
  };
  struct alignas(64) Shard {
    std::atomic<Slots*> slots;
    SpinLock lock;
    std::uint32_t filled = 0;  // entries and erased slots
    std::uint32_t entries = 0;
  };

  static std::uint64_t slot_of(std::uint64_t hash, Spot spot) { return hash << 32 | spot; }
  static bool same_hash(std::uint64_t slot, std::uint64_t hash) {
    return slot >> 32 == (hash & 0xffffffff) && slot != empty && static_cast<Spot>(slot) != erased;
  }
  const Shard& shard_of(std::uint64_t hash) const { return shards_[hash >> 60]; }
  Shard& shard_of(std::uint64_t hash) { return shards_[hash >> 60]; }
  bool exchange(std::uint64_t hash, Spot from, Spot to, bool alone);
  void make_room(Shard& shard);
  static void grow(Shard& shard, std::uint32_t homes);
  static bool move_all(const Slots& from, Slots& to);
  void clean_after(Shard& shard, Slots& slots, std::uint32_t position);

  std::array<Shard, shard_count> shards_;
};

// No branch depends on where in the group it is. Spots of erased slots are no row's, and given as they are.
[[gnu::always_inline]] inline Spot HashIndex::find_near(std::uint64_t hash) const noexcept {
  const auto* slots = shard_of(hash).slots.load(std::memory_order_acquire);
  const auto* at = &slots->at[slots->home(slot_of(hash, 1))];
  Spot found = no_spot;
#pragma GCC unroll 4
  for (auto i = group; i-- > 0;) {
    const auto rest = at[i].load(std::memory_order_acquire) ^ hash << 32;
    found = rest >> 32 == 0 ? static_cast<Spot>(rest) : found;
  }
  return found == erased ? no_spot : found;
}

template <typename Take>
Spot HashIndex::find(std::uint64_t hash, Take&& take) const {
  const auto& shard = shard_of(hash);
  const auto wanted = hash & 0xffffffff;
  for (;;) {
    const auto* slots = shard.slots.load(std::memory_order_acquire);
    const auto* at = &slots->at[slots->home(slot_of(hash, 1))];
    for (bool ends = false; !ends; at += group) {
      unsigned matches = 0;
#pragma GCC unroll 4
      for (std::uint32_t i = 0; i < group; ++i) {
        const auto slot = at[i].load(std::memory_order_acquire);
        matches |= static_cast<unsigned>(slot >> 32 == wanted) << i;
        ends |= slot == empty;
      }
      for (; matches != 0; matches &= matches - 1) {
        const auto spot = static_cast<Spot>(at[std::countr_zero(matches)].load(std::memory_order_acquire));
        if (spot != no_spot && spot != erased && take(spot)) return spot;
      }
    }
    if (shard.slots.load(std::memory_order_acquire) == slots) return no_spot;
  }
}

template <typename Judge>
Placed HashIndex::insert(std::uint64_t hash, Spot spot, bool alone, Judge&& judge) {
  auto& shard = shard_of(hash);
  const LockUnless guard(alone, shard.lock);
  make_room(shard);
  auto* slots = shard.slots.load(std::memory_order_relaxed);
  auto free = slots->end();
  auto i = slots->home(slot_of(hash, 1));
  for (;; ++i) {
    const auto slot = slots->at[i].load(std::memory_order_relaxed);
    if (slot == empty) break;
    if (static_cast<Spot>(slot) == erased && free == slots->end()) free = i;
    if (!same_hash(slot, hash)) continue;
    const auto verdict = judge(static_cast<Spot>(slot));
    if (verdict == Verdict::same) return Placed::conflict;
    if (verdict == Verdict::undecided) return Placed::undecided;
    if (verdict == Verdict::other) continue;
    slots->at[i].store(slot_of(hash, spot), std::memory_order_release);
    return Placed::done;
  }
  if (free == slots->end() && i >= slots->end()) {  // the last homes are crowded
    grow(shard, slots->count + slots->count / 4);
    return Placed::undecided;
  }
  shard.filled += free == slots->end() ? 1 : 0;
  ++shard.entries;
  slots->at[free == slots->end() ? i : free].store(slot_of(hash, spot), std::memory_order_release);
  return Placed::done;
}

}  // namespace laterbase::worktable
