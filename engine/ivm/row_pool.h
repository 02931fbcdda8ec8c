#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/ivm/row.h"

// Memory for rows that come and go one by one: blocks of equal size side by side, a free list for each size. What is
// given back stays readable until release(), so that the changes of a step may refer to rows that it removed.
namespace laterbase::ivm {

class RowPool {
 public:
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

  std::array<Free*, classes> free_{};
  std::vector<std::unique_ptr<char[]>> slabs_;
  std::vector<RowView> dropped_;
  char* next_ = nullptr;
  std::size_t left_ = 0;
  std::size_t held_ = 0;
};

}  // namespace laterbase::ivm
