#pragma once

// Bodies of query.h.
#include "engine/table/query.h"

namespace laterbase::worktable {
namespace detail {

// Calls each(constant) for 0 … N - 1.
template <std::size_t N, typename Each>
constexpr void for_numbers(Each&& each) {
  [&]<std::size_t... I>(std::index_sequence<I...>) { (each(std::integral_constant<std::size_t, I>{}), ...); }
  (std::make_index_sequence<N>());
}

}  // namespace detail

template <typename T, typename Conditions, std::size_t OrderBy, bool Ascending, std::size_t... Selected>
template <std::size_t Column, Compare C, typename V, typename W>
auto Query<T, Conditions, OrderBy, Ascending, Selected...>::with(const V& low, const W& high) const {
  using Value = typename Shape::template Value<Column>;
  static_assert(std::is_constructible_v<Value, const V&> && std::is_constructible_v<Value, const W&>,
                "the value compared with is not of the column's type");
  using More = detail::Condition<Column, C, Value>;
  auto conditions = std::tuple_cat(conditions_, std::tuple(More{Value(low), Value(high)}));
  return Query<T, decltype(conditions), OrderBy, Ascending, Selected...>(*table_, std::move(conditions), limit_,
                                                                         offset_);
}

template <typename T, typename Conditions, std::size_t OrderBy, bool Ascending, std::size_t... Selected>
template <typename From>
bool Query<T, Conditions, OrderBy, Ascending, Selected...>::holds(From row) const {
  return std::apply(
      [&](const auto&... condition) {
        return (condition.holds(Shape::template get<std::remove_cvref_t<decltype(condition)>::column>(row)) && ... &&
                true);
      },
      conditions_);
}

template <typename T, typename Conditions, std::size_t OrderBy, bool Ascending, std::size_t... Selected>
template <typename From>
bool Query<T, Conditions, OrderBy, Ascending, Selected...>::holds_rest(From row) const {
  return std::apply(
      [&](const auto&... condition) {
        [[maybe_unused]] const auto one = [&](const auto& rest) {
          using C = std::remove_cvref_t<decltype(rest)>;
          if constexpr (in_range<C>)
            return true;
          else
            return rest.holds(Shape::template get<C::column>(row));
        };
        return (one(condition) && ... && true);
      },
      conditions_);
}

// Not so where an end is NaN: it has a place among keys, and compares with nothing.
template <typename T, typename Conditions, std::size_t OrderBy, bool Ascending, std::size_t... Selected>
bool Query<T, Conditions, OrderBy, Ascending, Selected...>::ends_are_ordered() const {
  return std::apply(
      [](const auto&... condition) {
        return ((condition.low == condition.low && condition.high == condition.high) && ... && true);
      },
      conditions_);
}

// Sets the leading columns of the plan's index to the values that conditions fix them to.
template <typename T, typename Conditions, std::size_t OrderBy, bool Ascending, std::size_t... Selected>
void Query<T, Conditions, OrderBy, Ascending, Selected...>::fix(typename Shape::Values& values,
                                                                std::size_t columns) const {
  const auto& shape = access == Access::key ? Shape::primary : Shape::indexes[plan.index];
  std::apply(
      [&](const auto&... condition) {
        [[maybe_unused]] const auto set = [&](const auto& one) {
          using C = std::remove_cvref_t<decltype(one)>;
          for (std::size_t i = 0; i < columns; ++i)
            if (shape.columns[i] == C::column && C::compare == Compare::equal) std::get<C::column>(values) = one.low;
        };
        (set(condition), ...);
      },
      conditions_);
}

// Sets the ranged column to its bound on one side. False: it has none there.
template <typename T, typename Conditions, std::size_t OrderBy, bool Ascending, std::size_t... Selected>
bool Query<T, Conditions, OrderBy, Ascending, Selected...>::bound(typename Shape::Values& values, bool below) const {
  bool found = false;
  std::apply(
      [&](const auto&... condition) {
        [[maybe_unused]] const auto set = [&](const auto& one) {
          using C = std::remove_cvref_t<decltype(one)>;
          if (C::column != Shape::indexes[plan.index].columns[plan.equals]) return;
          if (below ? !detail::bounds_below(C::compare) : !detail::bounds_above(C::compare)) return;
          auto& at = std::get<C::column>(values);
          const auto& edge = below ? one.low : one.high;
          if (!found || (below ? edge > at : edge < at)) at = edge;
          found = true;
        };
        (set(condition), ...);
      },
      conditions_);
  return found;
}

template <typename T, typename Conditions, std::size_t OrderBy, bool Ascending, std::size_t... Selected>
Key Query<T, Conditions, OrderBy, Ascending, Selected...>::edge(bool below) const {
  typename Shape::Values values{};
  fix(values, plan.equals);
  const bool bounded = plan.range && bound(values, below);
  detail::Packed packed;
  (void)detail::Packer<Shape>::pack(values, packed);
  return table_->rows()
      .index_plan(plan.index)
      .bound({packed.data(), packed.size()}, static_cast<std::uint32_t>(plan.equals + (bounded ? 1 : 0)), !below);
}

template <typename T, typename Conditions, std::size_t OrderBy, bool Ascending, std::size_t... Selected>
template <typename Take>
void Query<T, Conditions, OrderBy, Ascending, Selected...>::walk(Take&& take) const {
  const auto each = [&](BytesView row, Spot) { return !holds(row.data()) || take(row); };
  const auto& rows = table_->rows();
  if constexpr (access == Access::scan) {
    RowTable::Snapshot(rows).scan(each);
  } else if constexpr (access == Access::ordered) {
    rows.each_between(plan.index, edge(true), edge(false), plan.ordered && !Ascending, each);
  } else {
    typename Shape::Values values{};
    fix(values, plan.equals);
    detail::Packed packed;
    (void)detail::Packer<Shape>::pack(values, packed);
    const BytesView like(packed.data(), packed.size());
    if constexpr (access == Access::key) {
      RowBuffer row;
      if (rows.find(rows.key_plan().make(like), row)) each(row.bytes(), no_spot);
    } else {
      rows.each_equal(plan.index, rows.index_plan(plan.index).make(like), each);
    }
  }
}

// Calls take(tuple of columns) for each row found.
template <typename T, typename Conditions, std::size_t OrderBy, bool Ascending, std::size_t... Selected>
template <std::size_t... Columns, typename Take>
void Query<T, Conditions, OrderBy, Ascending, Selected...>::walk_columns(Take&& take) const {
  if constexpr (reads_in_place<Columns...>())
    walk_in_place<Columns...>(take);
  else
    walk([&](BytesView row) { return take(std::tuple(Shape::template get<Columns>(row.data())...)); });
}

template <typename T, typename Conditions, std::size_t OrderBy, bool Ascending, std::size_t... Selected>
template <std::size_t... Columns, typename Take>
void Query<T, Conditions, OrderBy, Ascending, Selected...>::walk_in_place(Take&& take) const {
  static constexpr auto shape = Shape::indexes[plan.index];
  using Found = std::tuple<typename Shape::template Value<Columns>...>;
  const bool ordered = ends_are_ordered();
  const auto visit = [&](const Entry& entry, const Pages& pages) {
    bool is_it = false;
    Found found;
    const bool live = pages.look_at(entry.spot, [&](SharedRow row) {
      is_it = Shape::template exact_key_of<shape>(row) == entry.key && (ordered ? holds_rest(row) : holds(row));
      if (is_it) found = Found(Shape::template get<Columns>(row)...);
    });
    return !live || !is_it || take(std::move(found));
  };
  constexpr bool down = access == Access::ordered && plan.ordered && !Ascending;
  table_->rows().walk_entries(plan.index, edge(true).prefix, edge(false).prefix, down, visit);
}

template <typename T, typename Conditions, std::size_t OrderBy, bool Ascending, std::size_t... Selected>
template <typename Each>
void Query<T, Conditions, OrderBy, Ascending, Selected...>::for_each(Each&& each) const {
  const auto give = [&](const Result& columns) {
    if constexpr (std::is_same_v<decltype(each(columns)), bool>) return each(columns);
    each(columns);
    return true;
  };
  if constexpr (!sorts) {
    std::uint64_t met = 0;
    if (limit_ == 0) return;
    walk_columns<Selected...>(
        [&](const Result& row) { return ++met <= offset_ || (give(row) && met - offset_ < limit_); });
  } else {
    using Value = typename Shape::template Value<OrderBy>;
    std::vector<std::pair<Value, Result>> all;
    walk([&](BytesView row) {
      all.emplace_back(Shape::template get<OrderBy>(row.data()), Result(Shape::template get<Selected>(row.data())...));
      return true;
    });
    std::stable_sort(all.begin(), all.end(),
                     [](const auto& a, const auto& b) { return Ascending ? a.first < b.first : b.first < a.first; });
    for (auto i = offset_; i < all.size() && i - offset_ < limit_; ++i)
      if (!give(all[i].second)) return;
  }
}

template <typename T, typename Conditions, std::size_t OrderBy, bool Ascending, std::size_t... Selected>
auto Query<T, Conditions, OrderBy, Ascending, Selected...>::rows() const -> std::vector<Result> {
  std::vector<Result> all;
  for_each([&](const Result& row) { all.push_back(row); });
  return all;
}

template <typename T, typename Conditions, std::size_t OrderBy, bool Ascending, std::size_t... Selected>
auto Query<T, Conditions, OrderBy, Ascending, Selected...>::first() const -> std::optional<Result> {
  std::optional<Result> found;
  limit(1).for_each([&](const Result& row) { found = row; });
  return found;
}

template <typename T, typename Conditions, std::size_t OrderBy, bool Ascending, std::size_t... Selected>
std::uint64_t Query<T, Conditions, OrderBy, Ascending, Selected...>::count() const {
  std::uint64_t rows = 0;
  if (limit_ == 0) return 0;
  walk_columns<>([&](const std::tuple<>&) { return ++rows - offset_ != limit_ || rows <= offset_; });
  return rows < offset_ ? 0 : std::min(rows - offset_, limit_);
}

// The rows found, packed: changed afterwards, so that a change can't meet itself.
template <typename T, typename Conditions, std::size_t OrderBy, bool Ascending, std::size_t... Selected>
std::vector<std::string> Query<T, Conditions, OrderBy, Ascending, Selected...>::matches() const {
  static_assert(OrderBy >= Shape::columns, "update and erase know no order");
  std::vector<std::string> found;
  std::uint64_t met = 0;
  if (limit_ == 0) return found;
  walk([&](BytesView row) {
    if (++met <= offset_) return true;
    found.emplace_back(row);
    return found.size() < limit_;
  });
  return found;
}

template <typename T, typename Conditions, std::size_t OrderBy, bool Ascending, std::size_t... Selected>
template <Name... Names, typename... Given>
laterbase::Result<std::uint64_t> Query<T, Conditions, OrderBy, Ascending, Selected...>::update(
    const Given&... given) const {
  std::uint64_t changed = 0;
  for (const auto& row : matches()) {
    const auto done = table_->template update_found<Names...>(
        row, [&](const char* now) { return holds(now); }, given...);
    if (!done) return done.error();
    changed += *done ? 1 : 0;
  }
  return changed;
}

template <typename T, typename Conditions, std::size_t OrderBy, bool Ascending, std::size_t... Selected>
laterbase::Result<std::uint64_t> Query<T, Conditions, OrderBy, Ascending, Selected...>::erase() const {
  std::uint64_t gone = 0;
  for (const auto& row : matches()) {
    const auto done = table_->erase_found(row, [&](const char* now) { return holds(now); });
    if (!done) return done.error();
    gone += *done ? 1 : 0;
  }
  return gone;
}

}  // namespace laterbase::worktable
