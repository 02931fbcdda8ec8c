#include "engine/ivm/row_order.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "engine/base/bytes.h"
#include "engine/ivm/decimal.h"

namespace laterbase::ivm {
namespace {

constexpr std::uint64_t sign_bit = std::uint64_t{1} << 63;

std::strong_ordering turned(std::strong_ordering order, bool descending) noexcept {
  return descending ? 0 <=> order : order;
}

std::uint64_t first_bytes(std::string_view bytes) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes.data(), std::min(bytes.size(), sizeof word));
  return __builtin_bswap64(word);
}

std::uint64_t ordered(RowView row, std::size_t column, TypeKind kind) noexcept {
  switch (kind) {
    case TypeKind::real8:
      return ordered_double(row.real(column));
    case TypeKind::text:
    case TypeKind::bytea:
      return first_bytes(row.bytes_at(column));
    default:
      return is_fixed_width(kind) ? ordered_integer(row.word(column)) : 0;
  }
}

}  // namespace

std::uint64_t ordered_double(double value) noexcept {
  if (std::isnan(value)) return std::numeric_limits<std::uint64_t>::max();
  const auto bits = std::bit_cast<std::uint64_t>(value == 0 ? 0.0 : value);
  return bits & sign_bit ? ~bits : bits | sign_bit;
}

double double_of_ordered(std::uint64_t ordered) noexcept {
  if (ordered == std::numeric_limits<std::uint64_t>::max()) return std::numeric_limits<double>::quiet_NaN();
  return std::bit_cast<double>(ordered & sign_bit ? ordered & ~sign_bit : ~ordered);
}

std::strong_ordering compare_bytes(RowView left, RowView right) noexcept {
  constexpr std::size_t after_hash = sizeof(std::uint64_t);
  return left.view().substr(after_hash) <=> right.view().substr(after_hash);
}

RowOrder::RowOrder(std::span<const Order> order, const Schema& schema) {
  for (const Order& part : order) {
    const TypeKind kind = schema.at(part.column).type.kind;
    columns_.push_back(
        {part.column, kind, part.descending, part.nulls_first, is_fixed_width(kind) && kind != TypeKind::real8});
  }
}

std::strong_ordering RowOrder::compare_part(const Part& part, RowView left, RowView right) const noexcept {
  const bool left_null = left.is_null(part.column), right_null = right.is_null(part.column);
  if (left_null || right_null) return turned(left_null <=> right_null, part.nulls_first);
  if (part.by_word) return turned(left.word(part.column) <=> right.word(part.column), part.descending);
  return turned(ivm::compare(left.value(part.column, part.kind), right.value(part.column, part.kind)), part.descending);
}

std::strong_ordering RowOrder::compare_columns(RowView left, RowView right) const noexcept {
  for (const Part& part : columns_) {
    if (const auto order = compare_part(part, left, right); order != 0) return order;
  }
  return std::strong_ordering::equal;
}

std::strong_ordering RowOrder::compare(RowView left, RowView right) const noexcept {
  if (left.block() == right.block()) return std::strong_ordering::equal;
  const auto order = compare_columns(left, right);
  return order != 0 ? order : compare_bytes(left, right);
}

std::strong_ordering RowOrder::compare_values(RowView row, std::span<const Value> values) const noexcept {
  for (std::size_t i = 0; i < values.size() && i < columns_.size(); ++i) {
    const Part& part = columns_[i];
    const bool is_null = row.is_null(part.column);
    auto order = std::strong_ordering::equal;
    if (is_null || values[i].is_null()) {
      order = turned(is_null <=> values[i].is_null(), part.nulls_first);
    } else {
      order = turned(ivm::compare(row.value(part.column, part.kind), values[i]), part.descending);
    }
    if (order != 0) return order;
  }
  return std::strong_ordering::equal;
}

// The first column's value without its last bit, in between what stands for NULL.
std::uint64_t RowOrder::prefix(RowView row) const noexcept {
  if (columns_.empty()) return 0;
  const Part& part = columns_.front();
  constexpr std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
  if (row.is_null(part.column)) return part.nulls_first ? 0 : last;
  const std::uint64_t value = ordered(row, part.column, part.kind);
  const std::uint64_t within = ((part.descending ? ~value : value) >> 1) + 1;
  return std::min(within, last - 1);
}

}  // namespace laterbase::ivm
