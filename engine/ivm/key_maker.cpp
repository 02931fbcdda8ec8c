#include "engine/ivm/key_maker.h"

#include <limits>

namespace laterbase::ivm {
namespace {

constexpr std::int64_t minus_zero = std::numeric_limits<std::int64_t>::min();  // as a double's bits

bool needs_canonical(Type type) noexcept {
  return has_representations(type) || type.kind == TypeKind::real8 || type.kind == TypeKind::array;
}

}  // namespace

void KeyMaker::add(const ExpressionPtr& expression, bool nulls_match) {
  const auto column = expression->as_column();
  const Type type = expression->type();
  How how = needs_canonical(type) ? How::canonical : How::general;
  if (column && type.kind == TypeKind::real8) how = How::real;
  if (column && !needs_canonical(type)) how = is_fixed_width(type.kind) ? How::word : How::bytes;
  parts_.push_back({expression, column.value_or(0), how, nulls_match});
}

bool KeyMaker::make(RowView row, RowView& key) {
  builder_.begin(parts_.size());
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (!write(parts_[i], row, i) && !parts_[i].nulls_match) return false;
  }
  key = builder_.finish();
  return true;
}

// Whether it is anything but NULL.
bool KeyMaker::write(const Part& part, RowView row, std::size_t column) {
  if (part.how == How::word || part.how == How::real || part.how == How::bytes) {
    if (row.is_null(part.column)) {
      builder_.null(column);
      return false;
    }
    if (part.how == How::bytes) {
      builder_.bytes(column, row.bytes_at(part.column));
    } else {
      const std::int64_t word = row.word(part.column);
      builder_.word(column, part.how == How::real && word == minus_zero ? 0 : word);
    }
    return true;
  }
  const Value value = part.expression->eval(row);
  builder_.value(column, part.how == How::canonical ? canonical(value) : value);
  return !value.is_null();
}

}  // namespace laterbase::ivm
