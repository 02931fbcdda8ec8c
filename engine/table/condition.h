#pragma once

#include "engine/table/shape.h"

// The words of a query's conditions, and what they say of a plan.
namespace laterbase::worktable {

enum class Compare { equal, not_equal, less, less_equal, greater, greater_equal, between };

template <Compare C>
struct Comparison {};
inline constexpr Comparison<Compare::equal> equal{};
inline constexpr Comparison<Compare::not_equal> not_equal{};
inline constexpr Comparison<Compare::less> less{};
inline constexpr Comparison<Compare::less_equal> less_equal{};
inline constexpr Comparison<Compare::greater> greater{};
inline constexpr Comparison<Compare::greater_equal> greater_equal{};
inline constexpr Comparison<Compare::between> between{};  // both ends included

enum class Direction { ascending, descending };
inline constexpr auto ascending = Direction::ascending;
inline constexpr auto descending = Direction::descending;

// How a query reaches its rows.
enum class Access {
  key,      // one row by primary key
  unique,   // one row by a unique index
  hashed,   // the rows of one value
  ordered,  // a range of an ordered index
  scan      // every row of one moment: no index serves
};

namespace detail {

template <std::size_t Column, Compare C, typename T>
struct Condition {
  static constexpr std::size_t column = Column;
  static constexpr Compare compare = C;
  T low;
  T high;

  bool holds(const T& value) const {
    if constexpr (is_optional<T>)
      if (!value.has_value())
        return C == Compare::equal ? !low.has_value() : C == Compare::not_equal && low.has_value();
    switch (C) {
      case Compare::equal:
        return value == low;
      case Compare::not_equal:
        return value != low;
      case Compare::less:
        return value < low;
      case Compare::less_equal:
        return value <= low;
      case Compare::greater:
        return value > low;
      case Compare::greater_equal:
        return value >= low;
      default:
        return value >= low && value <= high;
    }
  }
};

constexpr bool bounds_below(Compare c) {
  return c == Compare::greater || c == Compare::greater_equal || c == Compare::between;
}
constexpr bool bounds_above(Compare c) {
  return c == Compare::less || c == Compare::less_equal || c == Compare::between;
}

struct Plan {
  Access access = Access::scan;
  std::size_t index = 0;
  std::size_t equals = 0;  // leading columns of the index that are fixed to one value
  bool range = false;      // the column behind them is bounded
  bool ordered = false;    // rows come in the order that is asked for
};

// Chosen at compile time: the primary key, a unique index, the ordered index that fixes most columns or gives the
// order, a hashed index; else a scan.
template <typename S, std::size_t N>
consteval Plan choose_plan(std::array<std::size_t, N> columns, std::array<Compare, N> compares, std::size_t order_by) {
  const auto is_equal = [&](std::size_t column) {
    for (std::size_t i = 0; i < N; ++i)
      if (columns[i] == column && compares[i] == Compare::equal) return true;
    return false;
  };
  const auto is_bounded = [&](std::size_t column) {
    for (std::size_t i = 0; i < N; ++i)
      if (columns[i] == column && (bounds_below(compares[i]) || bounds_above(compares[i]))) return true;
    return false;
  };
  const auto equals_of = [&](const IndexShape& shape) {
    std::size_t n = 0;
    while (n < shape.count && is_equal(shape.columns[n])) ++n;
    return n;
  };
  if (equals_of(S::primary) == S::primary.count) return {Access::key, 0, S::primary.count, false, true};
  Plan best;
  std::size_t best_score = 0;
  for (std::size_t i = 0; i < S::indexes.size(); ++i) {
    const auto& shape = S::indexes[i];
    const auto equals = equals_of(shape);
    const bool all = equals == shape.count;
    if (all && shape.unique) return {Access::unique, i, equals, false, true};
    if (!shape.ordered && !all) continue;
    const bool range = !all && is_bounded(shape.columns[equals]);
    const bool gives_order = shape.ordered && !all && shape.columns[equals] == order_by;
    const auto score = equals * 8 + (range ? 4U : 0U) + (gives_order ? 2U : 0U) + (!shape.ordered ? 1U : 0U);
    if (score <= best_score) continue;
    best_score = score;
    best = {shape.ordered ? Access::ordered : Access::hashed, i, equals, range, gives_order};
  }
  return best;
}

}  // namespace detail
}  // namespace laterbase::worktable
