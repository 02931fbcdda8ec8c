#include "engine/ivm/joined_row.h"

namespace laterbase::ivm {

JoinedRow::JoinedRow(const Schema& left, const Schema& right) {
  for (std::size_t i = 0; i < left.size(); ++i) parts_.push_back({i, true, is_fixed_width(left[i].type.kind)});
  for (std::size_t i = 0; i < right.size(); ++i) parts_.push_back({i, false, is_fixed_width(right[i].type.kind)});
}

void JoinedRow::project(const std::vector<std::size_t>& columns) {
  std::vector<Part> projected;
  for (const std::size_t column : columns) projected.push_back(parts_.at(column));
  parts_ = std::move(projected);
}

RowView JoinedRow::of_one_side(RowView row, bool is_left) {
  builder_.begin(parts_.size());
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (parts_[i].is_left == is_left) {
      builder_.copy(i, row, parts_[i].column, parts_[i].fixed_width);
    } else {
      builder_.null(i);
    }
  }
  return builder_.finish();
}

}  // namespace laterbase::ivm
