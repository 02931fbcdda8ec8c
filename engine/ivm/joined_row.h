#pragma once

#include <vector>

#include "engine/ivm/row.h"

// The row of a join: left's columns, then right's; either side may be all NULL.
namespace laterbase::ivm {

class JoinedRow {
 public:
  JoinedRow(const Schema& left, const Schema& right);

  // Lives until the next call.
  RowView of(RowView left, RowView right) {
    builder_.begin(left_.size() + right_.size());
    put(left_, left, 0);
    put(right_, right, left_.size());
    return builder_.finish();
  }
  RowView with_null_right(RowView left);
  RowView with_null_left(RowView right);

 private:
  void put(const std::vector<bool>& fixed, RowView row, std::size_t at) {
    for (std::size_t i = 0; i < fixed.size(); ++i) builder_.copy(at + i, row, i, fixed[i]);
  }

  std::vector<bool> left_, right_;  // whether a column is fixed-width
  RowBuilder builder_;
};

}  // namespace laterbase::ivm
