#include "engine/ivm/batch.h"

#include <algorithm>

#include "engine/ivm/budget.h"

namespace laterbase::ivm {

void Arena::clear() noexcept {
  current_ = 0;
  next_ = blocks_.empty() ? nullptr : blocks_[0].memory.get();
  left_ = blocks_.empty() ? 0 : blocks_[0].size;
}

std::size_t Arena::bytes() const noexcept {
  std::size_t sum = 0;
  for (const Block& block : blocks_) sum += block.size;
  return sum;
}

void Arena::grow(std::size_t bytes) {
  constexpr std::size_t smallest = 4096, largest = 1 << 20;
  while (!blocks_.empty() && current_ + 1 < blocks_.size()) {
    const Block& block = blocks_[current_ + 1];
    Budget::charge(block.size);
    ++current_;
    next_ = block.memory.get();
    left_ = block.size;
    if (bytes <= left_) return;
  }
  const std::size_t twice = blocks_.empty() ? smallest : std::min(largest, 2 * blocks_.back().size);
  const std::size_t size = std::max(bytes, twice);
  Budget::charge(size);
  blocks_.push_back({std::unique_ptr<char[]>(new char[size]), size});
  current_ = blocks_.size() - 1;
  next_ = blocks_.back().memory.get();
  left_ = size;
}

void Batch::consolidate() {
  if (changes_.size() < 2) {
    drop_zeros();
    return;
  }
  // Places in `changes_` by hash, open addressing; a row seen before adds its weight to the first.
  std::size_t slots = 4;
  while (slots < 2 * changes_.size()) slots *= 2;
  places_.assign(slots, 0);
  std::size_t kept = 0;
  for (const Change& change : changes_) {
    std::size_t at = change.row.hash() & (slots - 1);
    while (places_[at] != 0 && changes_[places_[at] - 1].row != change.row) at = (at + 1) & (slots - 1);
    if (places_[at] != 0) {
      changes_[places_[at] - 1].weight += change.weight;
      continue;
    }
    changes_[kept] = change;
    places_[at] = static_cast<std::uint32_t>(++kept);
  }
  changes_.resize(kept);
  drop_zeros();
}

void Batch::cancel_out() {
  bool comes = false, goes = false;
  for (const Change& change : changes_) (change.weight > 0 ? comes : goes) = true;
  if (comes && goes) consolidate();
}

void Batch::drop_zeros() {
  std::erase_if(changes_, [](const Change& change) { return change.weight == 0; });
}

}  // namespace laterbase::ivm
