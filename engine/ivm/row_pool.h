#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/ivm/memory.h"
#include "engine/ivm/row.h"

// Memory for rows that come and go one by one: blocks of equal size side by side, a free list for each size. What is
// given back stays readable until release(), so that the changes of a step may refer to rows that it removed.
namespace laterbase::ivm {

class RowPool {
 public:
  explicit RowPool(Memory memory = {}) noexcept : memory_(memory) {}
  RowPool(const RowPool&) = delete;
  RowPool& operator=(const RowPool&) = delete;

  RowView keep(RowView row) {
    char* to = allocate(row.bytes());
    std::memcpy(to, row.block(), row.bytes());
    return RowView{to};
  }
  void drop(RowView row) { dropped_.push_back(row); }
  // Any memory, aligned to 16; the size is needed to give it back, and that is at once.
  char* allocate(std::size_t bytes);
  void free(char* at, std::size_t bytes) noexcept;
  void release() noexcept;
  void clear() noexcept;  // all that was given out ends

  Memory memory() const noexcept { return memory_; }

  std::size_t bytes() const noexcept { return held_; }  // taken from the system

 private:
  struct Free {
    Free* next;
  };
  static constexpr std::size_t step = 16;
  static constexpr std::size_t largest_step = 1024;  // beyond it, powers of two
  static constexpr std::size_t classes = largest_step / step + 1 + 48;

  static std::size_t class_of(std::size_t bytes) noexcept;
  static std::size_t size_of(std::size_t size_class) noexcept;

  Memory memory_;
  std::array<Free*, classes> free_{};
  std::vector<Block> slabs_;
  std::vector<RowView> dropped_;
  char* next_ = nullptr;
  std::size_t left_ = 0;
  std::size_t held_ = 0;
};

// For the nodes of a container that lies beside the rows of a pool.
template <typename T>
class PoolAllocator {
 public:
  using value_type = T;

  explicit PoolAllocator(RowPool& pool) noexcept : pool_(&pool) {}
  template <typename Other>
  PoolAllocator(const PoolAllocator<Other>& other) noexcept : pool_(other.pool()) {}

  T* allocate(std::size_t count) { return reinterpret_cast<T*>(pool_->allocate(count * sizeof(T))); }
  void deallocate(T* at, std::size_t count) noexcept { pool_->free(reinterpret_cast<char*>(at), count * sizeof(T)); }
  RowPool* pool() const noexcept { return pool_; }

  friend bool operator==(const PoolAllocator& left, const PoolAllocator& right) noexcept {
    return left.pool_ == right.pool_;
  }

 private:
  static_assert(alignof(T) <= 16);
  RowPool* pool_;
};

}  // namespace laterbase::ivm
