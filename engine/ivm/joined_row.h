#pragma once

#include <vector>

#include "engine/ivm/budget.h"
#include "engine/ivm/row.h"

// The row of a join: left's columns, then right's, or some of these; either side may be all NULL.
namespace laterbase::ivm {

class JoinedRow {
 public:
  JoinedRow(const Schema& left, const Schema& right);
  // Only these columns of what it would be, in this order.
  void project(const std::vector<std::size_t>& columns);

  // Lives until the next call.
  RowView of(RowView left, RowView right) {
    Budget::tick();
    if (are_words_) return of_words(left, right);
    builder_.begin(parts_.size());
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      const Part& part = parts_[i];
      builder_.copy(i, part.is_left ? left : right, part.column, part.fixed_width);
    }
    return builder_.finish();
  }
  RowView with_null_right(RowView left) { return of_one_side(left, true); }
  RowView with_null_left(RowView right) { return of_one_side(right, false); }

 private:
  struct Part {
    std::size_t column;
    bool is_left;
    bool fixed_width;
  };
  RowView of_one_side(RowView row, bool is_left);
  RowView of_words(RowView left, RowView right) noexcept;
  void look_at_parts();

  std::vector<Part> parts_;
  bool are_words_ = false;            // all are fixed-width, and one word says which are NULL
  std::vector<std::uint64_t> block_;  // of_words()
  RowBuilder builder_;
};

}  // namespace laterbase::ivm
