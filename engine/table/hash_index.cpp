#include "engine/table/hash_index.h"

#include <algorithm>

namespace laterbase::worktable {
namespace {
constexpr std::uint32_t least_slots = 8;
}

HashIndex::HashIndex() : shards_(std::make_unique<Shard[]>(shard_count)) {
  for (std::uint32_t i = 0; i < shard_count; ++i) shards_[i].slots.store(new Slots(least_slots));
}

HashIndex::~HashIndex() {
  for (std::uint32_t i = 0; i < shard_count; ++i) delete shards_[i].slots.load();
}

bool HashIndex::exchange(std::uint64_t hash, Spot from, Spot to) {
  auto& shard = shard_of(hash);
  const std::lock_guard guard(shard.lock);
  auto* slots = shard.slots.load(std::memory_order_relaxed);
  const auto wanted = slot_of(hash, from);
  for (auto i = slots->home(wanted);; i = slots->after(i)) {
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
  if (slots.at[slots.after(position)].load(std::memory_order_relaxed) != empty) return;
  while (slots.at[position].load(std::memory_order_relaxed) == erased) {
    slots.at[position].store(empty, std::memory_order_release);
    --shard.filled;
    position = position == 0 ? slots.count - 1 : position - 1;
  }
}

// Moves the entries to a larger table, or, where erased slots fill it, to one of the same size.
void HashIndex::make_room(Shard& shard) {
  auto* old = shard.slots.load(std::memory_order_relaxed);
  if (std::uint64_t{shard.filled + 1} * 5 <= std::uint64_t{old->count} * 4) return;
  const bool crowded = std::uint64_t{shard.entries} * 10 >= std::uint64_t{old->count} * 7;
  auto* grown = new Slots(crowded ? old->count + old->count / 2 : old->count);
  for (std::uint32_t i = 0; i < old->count; ++i) {
    const auto slot = old->at[i].load(std::memory_order_relaxed);
    if (slot == empty || static_cast<Spot>(slot) == erased) continue;
    auto to = grown->home(slot);
    while (grown->at[to].load(std::memory_order_relaxed) != empty) to = grown->after(to);
    grown->at[to].store(slot, std::memory_order_relaxed);
  }
  shard.filled = shard.entries;
  shard.slots.store(grown, std::memory_order_release);
  epochs().retire(old, [](void* slots) { delete static_cast<Slots*>(slots); });
}

void HashIndex::prefetch(std::uint64_t hash) const noexcept {
  const auto* slots = shard_of(hash).slots.load(std::memory_order_acquire);
  __builtin_prefetch(&slots->at[slots->home(slot_of(hash, 1))]);
}

std::size_t HashIndex::bytes() const {
  std::size_t sum = shard_count * sizeof(Shard);
  for (std::uint32_t i = 0; i < shard_count; ++i) {
    const Pin pin;
    sum += sizeof(Slots) + shards_[i].slots.load(std::memory_order_acquire)->count * sizeof(std::uint64_t);
  }
  return sum;
}

}  // namespace laterbase::worktable
