#pragma once

#include <algorithm>

#include "engine/table/condition.h"
#include "engine/table/row_table.h"

namespace laterbase::worktable {

// A query on a typed table: columns, conditions, order, limit, offset. Its plan is part of its type: `Query::access`.
// Rows are read when it is run (rows, for_each, first, count, update, erase, or a range-for), not before.
//
// Promises: each row whole; along an index as RowTable says, a scan is of one moment.
template <typename T, typename Conditions, std::size_t OrderBy, bool Ascending, std::size_t... Selected>
class Query {
 public:
  using Shape = typename T::Shape;
  using Result = std::tuple<typename Shape::template Value<Selected>...>;
  static constexpr auto plan = []<typename... C>(std::type_identity<std::tuple<C...>>) {
    return detail::choose_plan<Shape, sizeof...(C)>({C::column...}, {C::compare...}, OrderBy);
  }(std::type_identity<Conditions>{});
  static constexpr Access access = plan.access;

  explicit Query(T& table, Conditions conditions = {}, std::uint64_t limit = ~std::uint64_t{0},
                 std::uint64_t offset = 0)
      : table_(&table), conditions_(std::move(conditions)), limit_(limit), offset_(offset) {}

  template <Name N, Compare C, typename V>
  auto where(Comparison<C>, V&& value) const {
    static_assert(C != Compare::between, "between takes two values");
    return with<Shape::template number<N>, C>(value, value);
  }
  template <Name N, Compare C, typename V, typename W>
  auto where(Comparison<C>, V&& low, W&& high) const {
    static_assert(C == Compare::between, "only between takes two values");
    return with<Shape::template number<N>, C>(low, high);
  }
  // A range on two columns: each within its own ends.
  template <Name N, Name M, Compare C, typename V, typename W>
  auto where(Comparison<C> compare, const std::pair<V, V>& first, const std::pair<W, W>& second) const {
    return where<N>(compare, first.first, first.second).template where<M>(compare, second.first, second.second);
  }
  template <Name N, Direction D = ascending>
  auto order_by() const {
    return Query<T, Conditions, Shape::template number<N>, D == ascending, Selected...>(*table_, conditions_, limit_,
                                                                                        offset_);
  }
  Query limit(std::uint64_t rows) const { return Query(*table_, conditions_, rows, offset_); }
  Query offset(std::uint64_t rows) const { return Query(*table_, conditions_, limit_, rows); }

  // each(columns of the row as a tuple); may answer false to stop.
  template <typename Each>
  void for_each(Each&& each) const;
  std::vector<Result> rows() const;
  std::optional<Result> first() const;
  std::uint64_t count() const;
  // Sets columns of every row found; the number of rows changed. Stops at the first error.
  template <Name... Names, typename... Given>
  laterbase::Result<std::uint64_t> update(const Given&... given) const;
  laterbase::Result<std::uint64_t> erase() const;

  auto begin() const {
    found_ = rows();
    return found_.begin();
  }
  auto end() const { return found_.end(); }

 private:
  static constexpr bool sorts = OrderBy < Shape::columns && !plan.ordered;

  template <std::size_t Column, Compare C, typename V, typename W>
  auto with(const V& low, const W& high) const;
  template <typename From>
  bool holds(From row) const;
  // Of a row whose key lies between the ends that the plan's range has: the other conditions.
  template <typename From>
  bool holds_rest(From row) const;
  bool ends_are_ordered() const;
  template <typename C>
  static constexpr bool in_range = plan.range&& C::column == Shape::indexes[plan.index].columns[plan.equals] &&
                                   (C::compare == Compare::between || C::compare == Compare::less_equal ||
                                    C::compare == Compare::greater_equal);
  // The plan's index names rows that are read where they stand, for they need nothing but numbers of them.
  template <std::size_t... Columns>
  static constexpr bool reads_in_place() {
    if constexpr (access == Access::ordered || access == Access::hashed) {
      constexpr auto& shape = Shape::indexes[plan.index];
      return Shape::is_exact(shape) && !shape.unique && (Shape::template shared<Columns> && ... && true) &&
             []<typename... C>(std::type_identity<std::tuple<C...>>) {
               return (Shape::template shared<C::column> && ... && true);
             }(std::type_identity<Conditions>{});
    }
    return false;
  }
  template <typename Take>
  void walk(Take&& take) const;
  template <std::size_t... Columns, typename Take>
  void walk_columns(Take&& take) const;
  template <std::size_t... Columns, typename Take>
  void walk_in_place(Take&& take) const;
  void fix(typename Shape::Values& values, std::size_t columns) const;
  bool bound(typename Shape::Values& values, bool below) const;
  Key edge(bool below) const;
  std::vector<std::string> matches() const;

  T* table_;
  Conditions conditions_;
  std::uint64_t limit_;
  std::uint64_t offset_;
  mutable std::vector<Result> found_;
};

}  // namespace laterbase::worktable

#include "engine/table/query_body.h"
