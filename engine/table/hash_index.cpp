#include "engine/table/hash_index.h"

#include <algorithm>

namespace laterbase::worktable {
namespace {
constexpr std::uint32_t least_slots = 8;
}

HashIndex::HashIndex() {
  for (auto& shard : shards_) shard.slots.store(new Slots(least_slots));
}

HashIndex::~HashIndex() {
  for (auto& shard : shards_) delete shard.slots.load();
}

bool HashIndex::exchange(std::uint64_t hash, Spot from, Spot to, bool alone) {
  auto& shard = shard_of(hash);
  const LockUnless guard(alone, shard.lock);
  auto* slots = shard.slots.load(std::memory_order_relaxed);
  const auto wanted = slot_of(hash, from);
  for (auto i = slots->home(wanted);; ++i) {
    const auto slot = slots->at[i].load(std::memory_order_relaxed);
    if (slot == empty) return false;
    if (slot != wanted) continue;
    if (to != no_spot) {
      slots->at[i].store(slot_of(hash, to), std::memory_order_release);
      return true;
    }
    --shard.entries;
    slots->at[i].store(erased, std::memory_order_release);
    clean_after(shard, *slots, i);
    return true;
  }
}

// Erased slots in front of an empty one are on nobody's way: they become empty too.
void HashIndex::clean_after(Shard& shard, Slots& slots, std::uint32_t position) {
  if (slots.at[position + 1].load(std::memory_order_relaxed) != empty) return;
  while (slots.at[position].load(std::memory_order_relaxed) == erased) {
    slots.at[position].store(empty, std::memory_order_release);
    --shard.filled;
    if (position-- == 0) return;
  }
}

// Moves the entries to a larger table, or, where erased slots fill it, to one of the same size.
void HashIndex::make_room(Shard& shard) {
  const auto homes = shard.slots.load(std::memory_order_relaxed)->count;
  if (std::uint64_t{shard.filled + 1} * 5 <= std::uint64_t{homes} * 4) return;
  const bool crowded = std::uint64_t{shard.entries} * 10 >= std::uint64_t{homes} * 7;
  grow(shard, crowded ? homes + homes / 4 : homes);
}

void HashIndex::grow(Shard& shard, std::uint32_t homes) {
  auto* old = shard.slots.load(std::memory_order_relaxed);
  std::unique_ptr<Slots> grown;
  for (bool fits = false; !fits; homes += homes / 4) {
    grown = std::make_unique<Slots>(homes);
    fits = move_all(*old, *grown);
  }
  shard.filled = shard.entries;
  shard.slots.store(grown.release(), std::memory_order_release);
  epochs().retire(old, old->count * sizeof(std::uint64_t), [](void* slots) { delete static_cast<Slots*>(slots); });
}

// False: there are too many for the slots behind the last home.
bool HashIndex::move_all(const Slots& from, Slots& to) {
  for (std::uint32_t i = 0; i < from.end(); ++i) {
    const auto slot = from.at[i].load(std::memory_order_relaxed);
    if (slot == empty || static_cast<Spot>(slot) == erased) continue;
    auto next = to.home(slot);
    while (to.at[next].load(std::memory_order_relaxed) != empty) ++next;
    if (next >= to.end()) return false;
    to.at[next].store(slot, std::memory_order_relaxed);
  }
  return true;
}

void HashIndex::prefetch(std::uint64_t hash) const noexcept {
  const auto* slots = shard_of(hash).slots.load(std::memory_order_acquire);
  __builtin_prefetch(&slots->at[slots->home(slot_of(hash, 1))]);
}

std::size_t HashIndex::bytes() const {
  std::size_t sum = sizeof(HashIndex);
  const Pin pin;
  for (const auto& shard : shards_) {
    sum += sizeof(Slots) + shard.slots.load(std::memory_order_acquire)->end() * sizeof(std::uint64_t);
  }
  return sum;
}

}  // namespace laterbase::worktable
