#pragma once

#include <functional>

#include "engine/table/query.h"
#include "engine/table/record.h"
#include "engine/table/row_table.h"

namespace laterbase::worktable {

// A typed table, declared as one type (column.h has the words). Columns, keys, indexes and queries are checked and laid
// out at compile time; what keeps the rows is a RowTable, whose promises hold here.
//
//   Prices prices;
//   const auto id = prices.insert(std::uint8_t{3}, 1001.5, at);         // Result: the key, or why not
//   if (auto price = prices.find(*id)) price->get<"bid">();
//   for (auto [bid, at] : prices.select<"bid", "at">().where<"bid">(greater, 1000.0)) …
//
// Threads: as RowTable. Errors: Result; invalid, too_large, conflict (a unique key is taken, or rows refer to what is
// to be erased), not_found (a row that is referred to).
template <Name TableName, typename... Parts>
class Table {
 public:
  using Shape = detail::Shape<Parts...>;
  using Row = Record<Shape>;
  using Values = typename Shape::Values;

  explicit Table(TableOptions options = {}) : rows_(Shape::schema(TableName.view()), options) {
    static_assert(Shape::links() == 0, "a table with foreign keys is made with the tables that they refer to");
  }
  // Tables that columns refer to, in the order of those columns. They outlive this one.
  template <typename... Parents>
  requires(sizeof...(Parents) > 0 && sizeof...(Parents) == Shape::links()) explicit Table(Parents&... parents);
  ~Table();
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  // All columns, or all but the one that the table makes. Gives the value made, or else the first column of the key.
  template <typename... Given>
  auto insert(Given&&... given) -> Result<typename Shape::template Value<Shape::primary.columns[0]>>;
  auto insert(const Row& row) { return put(row.values()); }

  // By primary key: one value for each of its columns.
  template <typename... KeyValues>
  std::optional<Row> find(const KeyValues&... key) const {
    return find_under<BriefPin>(key...);
  }
  template <typename... KeyValues>
  bool contains(const KeyValues&... key) const {
    return columns_of<BriefPin>(key...).has_value();
  }
  // Named columns only: the value of one, or a tuple of several. Where they are numbers, what there is of the row to
  // read is read where it stands: the fastest way to a row.
  template <Name... Names, typename... KeyValues>
  [[gnu::always_inline]] auto get(const KeyValues&... key) const {
    return get_under<BriefPin, Names...>(key...);
  }

  // For many reads one after the other, under one pin:
  //   const auto reading = prices.read();
  //   for (const auto id : ids) sum += reading.get<"bid">(id).value_or(0);
  // Each read is of its own moment, as without. Threads: a Reading stays on its own. While one is held, cells of rows
  // that leave the table are not used again: hold it for a loop, not for a day.
  class Reading;
  Reading read() const { return Reading(*this); }

  // Sets the named columns of one row: update<"bid", "ask">(std::tuple(id), 1.0, 2.0). False: no such row.
  template <Name... Names, typename KeyTuple, typename... Given>
  Result<bool> update(const KeyTuple& key, Given&&... given);
  // Lets `change` alter the named columns of one row, by reference, in one step: modify<"bid">(id, [](double& b) {…}).
  template <Name... Names, typename KeyValue, typename Change>
  Result<bool> modify(const KeyValue& key, Change&& change);
  template <typename... KeyValues>
  Result<bool> erase(const KeyValues&... key);

  // The row that a foreign key refers to: one step along its link.
  template <Name N, typename... KeyValues>
  auto follow(const KeyValues&... key) const;

  template <Name... Names>
  auto select() {
    return Query<Table, std::tuple<>, Shape::columns, true, Shape::template number<Names>...>(*this);
  }
  auto select_all() {
    return [this]<std::size_t... I>(std::index_sequence<I...>) {
      return Query<Table, std::tuple<>, Shape::columns, true, I...>(*this);
    }
    (std::make_index_sequence<Shape::columns>());
  }

  std::uint64_t size() const noexcept { return rows_.rows(); }
  TableUse use() const { return rows_.use(); }
  VacuumResult vacuum() { return rows_.vacuum(); }
  RowTable& rows() noexcept { return rows_; }
  const RowTable& rows() const noexcept { return rows_; }

  // After rows came in by other ways (a space file): numbers go on above the greatest, links are found again.
  void adopt();

 private:
  template <Name, typename...>
  friend class Table;
  template <typename, typename, std::size_t, bool, std::size_t...>
  friend class Query;

  using Packed = detail::Packed;
  using KeyValue = typename Shape::template Value<Shape::primary.columns[0]>;
  using Guard = FunctionRef<Result<bool>(ClaimedRow& row)>;
  struct Referrer {
    const void* child;
    std::function<bool(BytesView parent_row)> refers;
  };
  template <std::size_t I>
  using ParentOf = typename Shape::Cols::template At<I>::Parent;

  template <typename... KeyValues>
  static Values key_values(const KeyValues&... key);
  template <typename... KeyValues>
  static std::uint64_t exact_key_from(const KeyValues&... key);
  template <typename... KeyValues>
  Key key_from(const KeyValues&... key) const;
  template <std::size_t... I>
  using Columns = std::tuple<typename Shape::template Value<I>...>;
  struct PinHeld {  // in the place of a BriefPin
    explicit operator bool() const noexcept { return true; }
  };
  template <typename PinHere, std::size_t... I, typename... KeyValues>
  std::optional<Columns<I...>> columns_of(const KeyValues&... key) const;
  template <typename PinHere, typename... KeyValues>
  std::optional<Row> find_under(const KeyValues&... key) const;
  template <typename PinHere, Name... Names, typename... KeyValues>
  auto get_under(const KeyValues&... key) const;
  template <std::size_t... I>
  bool columns_near(std::uint64_t wanted, Columns<I...>& values) const;
  template <std::size_t... I>
  static bool take(SharedRow row, std::uint64_t wanted, Columns<I...>& values);
  template <std::size_t... I>
  bool columns_far(std::uint64_t wanted, Columns<I...>& values) const;
  template <typename Values, std::size_t Made, typename... Given>
  static Values with_gap(Given&&... given);
  Result<KeyValue> put(Values values);
  void make_value(Values& values);
  void pack_links(const Values& values, char* row) const;
  bool parents_stay(const Values& values) const;
  std::string missing_parent(const Values& values) const;
  template <typename Change>
  Result<bool> rewrite(const Key& key, Change&& change);
  template <std::size_t... I, typename... Given>
  Result<bool> patch(const Key& key, const Given&... given);
  Result<bool> erase_key(const Key& key, const Guard& guard);
  bool is_referred_to(ClaimedRow& row) const;
  template <std::size_t I>
  void meet_parent(ParentOf<I>& parent);
  template <Name... Names, typename Holds, typename... Given>
  Result<bool> update_found(BytesView row, Holds&& holds, const Given&... given);
  template <typename Holds>
  Result<bool> erase_found(BytesView row, Holds&& holds);

  RowTable rows_;
  std::atomic<std::uint64_t> next_{1};
  std::array<void*, Shape::columns> parents_{};
  mutable std::mutex referrers_lock_;
  std::vector<Referrer> referrers_;
  std::atomic<bool> referred_to_{false};  // whether there ever were some
};

template <Name TableName, typename... Parts>
class Table<TableName, Parts...>::Reading {
 public:
  explicit Reading(const Table& table) : table_(table) {}

  template <typename... KeyValues>
  std::optional<Row> find(const KeyValues&... key) const {
    return table_.template find_under<PinHeld>(key...);
  }
  template <typename... KeyValues>
  bool contains(const KeyValues&... key) const {
    return table_.template columns_of<PinHeld>(key...).has_value();
  }
  template <Name... Names, typename... KeyValues>
  [[gnu::always_inline]] auto get(const KeyValues&... key) const {
    return table_.template get_under<PinHeld, Names...>(key...);
  }

 private:
  const Table& table_;
  Pin pin_;
};

}  // namespace laterbase::worktable

#include "engine/table/table_body.h"
#include "engine/table/table_references.h"
