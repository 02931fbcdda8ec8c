#include "engine/ivm/row_pool.h"

#include <algorithm>
#include <bit>

namespace laterbase::ivm {

std::size_t RowPool::class_of(std::size_t bytes) noexcept {
  if (bytes <= largest_step) return (bytes + step - 1) / step;
  return largest_step / step + static_cast<std::size_t>(std::bit_width((bytes - 1) / largest_step));
}

std::size_t RowPool::size_of(std::size_t size_class) noexcept {
  constexpr std::size_t steps = largest_step / step;
  return size_class <= steps ? size_class * step : largest_step << (size_class - steps);
}

char* RowPool::allocate(std::size_t bytes) {
  const std::size_t size_class = class_of(bytes);
  if (Free* free = free_[size_class]) {
    free_[size_class] = free->next;
    return reinterpret_cast<char*>(free);
  }
  const std::size_t size = size_of(size_class);
  if (size > left_) {
    // Slabs grow with what is held: a small circuit is small, a large one rarely asks.
    const std::size_t slab = std::max(size, std::clamp<std::size_t>(held_, 1024, 1 << 20));
    slabs_.emplace_back(memory_, slab);
    held_ += slab;
    next_ = slabs_.back().get();
    left_ = slab;
  }
  char* at = next_;
  next_ += size;
  left_ -= size;
  return at;
}

void RowPool::free(char* at, std::size_t bytes) noexcept {
  Free*& head = free_[class_of(bytes)];
  auto* freed = reinterpret_cast<Free*>(at);
  freed->next = head;
  head = freed;
}

void RowPool::clear() noexcept {
  free_.fill(nullptr);
  slabs_.clear();
  dropped_.clear();
  next_ = nullptr;
  left_ = held_ = 0;
}

void RowPool::release() noexcept {
  for (const RowView row : dropped_) free(const_cast<char*>(row.block()), row.bytes());
  dropped_.clear();
}

}  // namespace laterbase::ivm
