#pragma once

#include <compare>
#include <span>
#include <vector>

#include "engine/ivm/plan.h"

// The order of rows by some of their columns, as ORDER BY has it. Rows equal in these are in the order of their bytes:
// any order would do, so long as it is the same on every node and after every restart.
namespace laterbase::ivm {

class RowOrder {
 public:
  RowOrder(std::span<const Order> order, const Schema& schema);

  std::strong_ordering compare(RowView left, RowView right) const noexcept;
  // By the columns alone: equal are peers.
  std::strong_ordering compare_columns(RowView left, RowView right) const noexcept;
  // Of the first columns, with these values.
  std::strong_ordering compare_values(RowView row, std::span<const Value> values) const noexcept;

  // A number that is never greater for a row that comes earlier: most comparisons end there.
  std::uint64_t prefix(RowView row) const noexcept;

  std::size_t columns() const noexcept { return columns_.size(); }

 private:
  struct Part {
    std::size_t column;
    TypeKind kind;
    bool descending;
    bool nulls_first;
    bool by_word;
  };
  std::strong_ordering compare_part(const Part& part, RowView left, RowView right) const noexcept;

  std::vector<Part> columns_;
};

std::strong_ordering compare_bytes(RowView left, RowView right) noexcept;

// What an ordered set of rows holds.
struct OrderedEntry {
  std::uint64_t prefix;
  RowView row;
};

struct EntryBefore {
  const RowOrder* order;
  bool operator()(const OrderedEntry& left, const OrderedEntry& right) const noexcept {
    if (left.prefix != right.prefix) return left.prefix < right.prefix;
    return order->compare(left.row, right.row) < 0;
  }
};

// A number in the order of the values of a fixed-width kind.
constexpr std::uint64_t ordered_integer(std::int64_t word) noexcept {
  return static_cast<std::uint64_t>(word) ^ (std::uint64_t{1} << 63);
}
std::uint64_t ordered_double(double value) noexcept;
double double_of_ordered(std::uint64_t ordered) noexcept;

}  // namespace laterbase::ivm
