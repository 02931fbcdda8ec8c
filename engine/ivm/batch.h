#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/ivm/row.h"

// A Z-set as it travels: rows with weights, in the order in which they came, a row perhaps several times. An insert is
// +1, a delete -1, an update the old row at -1 and the new one at +1.
// Lifetime: rows live until clear(). Cost: memory is kept for the next use.
namespace laterbase::ivm {

// Memory for rows that all end together.
class Arena {
 public:
  char* allocate(std::size_t bytes) {  // a multiple of 8
    if (bytes > left_) grow(bytes);
    char* at = next_;
    next_ += bytes;
    left_ -= bytes;
    return at;
  }
  RowView copy(RowView row) {
    char* to = allocate(row.bytes());
    std::memcpy(to, row.block(), row.bytes());
    return RowView{to};
  }
  void clear() noexcept;
  std::size_t bytes() const noexcept;  // held

 private:
  struct Block {
    std::unique_ptr<char[]> memory;
    std::size_t size;
  };
  void grow(std::size_t bytes);

  std::vector<Block> blocks_;
  std::size_t current_ = 0;  // the block in use
  char* next_ = nullptr;
  std::size_t left_ = 0;
};

struct Change {
  RowView row;
  std::int64_t weight;
};

class Batch {
 public:
  // Copies the row.
  void add(RowView row, std::int64_t weight) { changes_.push_back({arena_.copy(row), weight}); }
  // The row lives elsewhere, at least as long as this batch uses it.
  void refer(RowView row, std::int64_t weight) { changes_.push_back({row, weight}); }
  void clear() noexcept {
    changes_.clear();
    arena_.clear();
  }

  bool empty() const noexcept { return changes_.empty(); }
  std::size_t size() const noexcept { return changes_.size(); }
  auto begin() const noexcept { return changes_.begin(); }
  auto end() const noexcept { return changes_.end(); }
  const Change& operator[](std::size_t index) const noexcept { return changes_[index]; }

  // Each row once, none with weight 0.
  void consolidate();
  // The same, where rows both come and go: only then can they cancel out.
  void cancel_out();
  void add_weight(std::size_t index, std::int64_t weight) noexcept { changes_[index].weight += weight; }
  void drop_zeros();

 private:
  std::vector<Change> changes_;
  std::vector<std::uint32_t> places_;  // of consolidate(), kept for its memory
  Arena arena_;
};

// First what goes, then what comes: so a join never looks at a pair of which one has left when the other comes, and
// which therefore is in no answer. An expression may have no value for it.
template <typename Visit>
void for_each_departure(const Batch& batch, Visit&& visit) {
  for (const Change& change : batch) {
    if (change.weight < 0) visit(change);
  }
}
template <typename Visit>
void for_each_arrival(const Batch& batch, Visit&& visit) {
  for (const Change& change : batch) {
    if (change.weight > 0) visit(change);
  }
}

}  // namespace laterbase::ivm
