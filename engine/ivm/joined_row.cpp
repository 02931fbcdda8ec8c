#include "engine/ivm/joined_row.h"

namespace laterbase::ivm {
namespace {

std::vector<bool> widths_of(const Schema& schema) {
  std::vector<bool> fixed;
  for (const Column& column : schema) fixed.push_back(is_fixed_width(column.type.kind));
  return fixed;
}

}  // namespace

JoinedRow::JoinedRow(const Schema& left, const Schema& right) : left_(widths_of(left)), right_(widths_of(right)) {}

RowView JoinedRow::with_null_right(RowView left) {
  builder_.begin(left_.size() + right_.size());
  put(left_, left, 0);
  for (std::size_t i = 0; i < right_.size(); ++i) builder_.null(left_.size() + i);
  return builder_.finish();
}

RowView JoinedRow::with_null_left(RowView right) {
  builder_.begin(left_.size() + right_.size());
  for (std::size_t i = 0; i < left_.size(); ++i) builder_.null(i);
  put(right_, right, left_.size());
  return builder_.finish();
}

}  // namespace laterbase::ivm
