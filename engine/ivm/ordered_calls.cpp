#include <absl/container/btree_map.h>
#include <fmt/format.h>
#include <algorithm>

#include "engine/ivm/accumulator.h"
#include "engine/ivm/row_order.h"
#include "engine/ivm/rows_io.h"

// The aggregates that need their group's values in order: MIN and MAX, which look at an end of it, so that taking away
// the extreme finds the next one; ARRAY_AGG and STRING_AGG, which read all of it; and a scalar sub-query's one value.
namespace laterbase::ivm {
namespace {

using Words = absl::btree_map<std::uint64_t, std::int64_t, std::less<std::uint64_t>,
                              PoolAllocator<std::pair<const std::uint64_t, std::int64_t>>>;

std::uint64_t ordered_word(RowView row, std::size_t column, TypeKind kind) noexcept {
  return kind == TypeKind::real8 ? ordered_double(row.real(column)) : ordered_integer(row.word(column));
}

std::int64_t word_of_ordered(std::uint64_t ordered, TypeKind kind) noexcept {
  if (kind == TypeKind::real8) return Value::of_double(double_of_ordered(ordered)).word();
  return static_cast<std::int64_t>(ordered ^ std::uint64_t{1} << 63);
}

class WordsOf final : public StateOf<Words> {
 public:
  WordsOf(std::size_t column, TypeKind kind, RowPool& pool) : column_(column), kind_(kind), pool_(pool) {}
  void create(char* state) const override { new (state) Words(Words::allocator_type(pool_)); }
  void add(char* state, RowView row, std::int64_t weight) const override {
    if (row.is_null(column_)) return;
    Words& words = of(state);
    const auto [place, is_new] = words.try_emplace(ordered_word(row, column_, kind_), weight);
    if (!is_new && (place->second += weight) == 0) words.erase(place);
  }
  void save(const char* state, std::string& to) const override {
    put(to, std::uint64_t{of(state).size()});
    for (const auto& [word, weight] : of(state)) {
      put(to, word);
      put(to, weight);
    }
  }
  void load(char* state, std::string_view& from) const override {
    for (auto left = take<std::uint64_t>(from); left > 0; --left) {
      const auto word = take<std::uint64_t>(from);
      of(state).emplace_hint(of(state).end(), word, take<std::int64_t>(from));
    }
  }

 private:
  std::size_t column_;
  TypeKind kind_;
  RowPool& pool_;
};

class WordExtreme final : public Result {
 public:
  WordExtreme(bool greatest, TypeKind kind) : greatest_(greatest), kind_(kind) {}
  void write(const char* state, RowBuilder& to, std::size_t column) const override {
    const auto& words = *reinterpret_cast<const Words*>(state);
    if (words.empty()) return to.null(column);
    to.word(column, word_of_ordered(greatest_ ? words.rbegin()->first : words.begin()->first, kind_));
  }

 private:
  bool greatest_;
  TypeKind kind_;
};

using OrderedRows = absl::btree_map<OrderedEntry, std::int64_t, EntryBefore,
                                    PoolAllocator<std::pair<const OrderedEntry, std::int64_t>>>;

// Small rows of the columns that the call looks at: first what orders them, then its arguments.
class OrderedRowsOf final : public Accumulator {
 public:
  OrderedRowsOf(const std::vector<std::size_t>& columns, std::span<const Order> order, const Schema& rows,
                const Schema& small, RowPool& pool)
      : columns_(columns), order_(order, small), pool_(pool) {
    for (const std::size_t column : columns) fixed_.push_back(is_fixed_width(rows.at(column).type.kind));
  }
  // Rows in which this column (of ours) is NULL count for nothing.
  void skip_null(std::size_t column) { skipped_ = column; }

  std::size_t size() const noexcept override { return sizeof(OrderedRows); }
  void create(char* state) const override {
    new (state) OrderedRows(EntryBefore{&order_}, OrderedRows::allocator_type(pool_));
  }
  void destroy(char* state) const noexcept override {
    for (const auto& [entry, weight] : of(state)) free(entry.row);
    of(state).~OrderedRows();
  }
  void add(char* state, RowView row, std::int64_t weight) const override {
    if (skipped_ && row.is_null(columns_[*skipped_])) return;
    builder_.begin(columns_.size());
    for (std::size_t i = 0; i < columns_.size(); ++i) builder_.copy(i, row, columns_[i], fixed_[i]);
    add_small(of(state), builder_.finish(), weight);
  }
  void save(const char* state, std::string& to) const override {
    const auto& rows = *reinterpret_cast<const OrderedRows*>(state);
    put(to, std::uint64_t{rows.size()});
    for (const auto& [entry, weight] : rows) {
      put_row(to, entry.row);
      put(to, weight);
    }
  }
  void load(char* state, std::string_view& from) const override {
    RowReader reader;
    for (auto left = take<std::uint64_t>(from); left > 0; --left) {
      const RowView row = reader.take(from);
      add_small(of(state), row, take<std::int64_t>(from));
    }
  }

 private:
  static OrderedRows& of(char* state) noexcept { return *reinterpret_cast<OrderedRows*>(state); }
  void free(RowView row) const noexcept { pool_.free(const_cast<char*>(row.block()), row.bytes()); }
  void add_small(OrderedRows& rows, RowView row, std::int64_t weight) const {
    const OrderedEntry entry{order_.prefix(row), row};
    auto place = rows.lower_bound(entry);
    if (place == rows.end() || place->first.prefix != entry.prefix || place->first.row != row) {
      rows.emplace_hint(place, OrderedEntry{entry.prefix, pool_.keep(row)}, weight);
      return;
    }
    if ((place->second += weight) != 0) return;
    const RowView kept = place->first.row;
    rows.erase(place);
    free(kept);
  }

  std::vector<std::size_t> columns_;
  std::vector<bool> fixed_;
  RowOrder order_;
  std::optional<std::size_t> skipped_;
  RowPool& pool_;
  mutable RowBuilder builder_;
};

const OrderedRows& ordered_rows(const char* state) noexcept { return *reinterpret_cast<const OrderedRows*>(state); }

class RowExtreme final : public Result {
 public:
  RowExtreme(bool greatest, TypeKind kind) : greatest_(greatest), kind_(kind) {}
  void write(const char* state, RowBuilder& to, std::size_t column) const override {
    const OrderedRows& rows = ordered_rows(state);
    if (rows.empty()) return to.null(column);
    to.value(column, (greatest_ ? rows.rbegin()->first : rows.begin()->first).row.value(0, kind_));
  }

 private:
  bool greatest_;
  TypeKind kind_;
};

class ArrayResult final : public Result {
 public:
  ArrayResult(std::size_t argument, TypeKind kind) : argument_(argument), kind_(kind) {}
  void write(const char* state, RowBuilder& to, std::size_t column) const override {
    std::vector<Value> elements;
    for (const auto& [entry, weight] : ordered_rows(state)) {
      elements.insert(elements.end(), static_cast<std::size_t>(std::max<std::int64_t>(weight, 0)),
                      entry.row.value(argument_, kind_));
    }
    if (elements.empty()) return to.null(column);
    to.value(column, Value::of_array(elements));
  }

 private:
  std::size_t argument_;
  TypeKind kind_;
};

class StringResult final : public Result {
 public:
  StringResult(std::size_t argument, std::optional<std::size_t> separator, TypeKind kind)
      : argument_(argument), separator_(separator), kind_(kind) {}
  void write(const char* state, RowBuilder& to, std::size_t column) const override {
    if (ordered_rows(state).empty()) return to.null(column);
    std::string all;
    bool is_first = true;
    for (const auto& [entry, weight] : ordered_rows(state)) {
      for (std::int64_t copy = 0; copy < weight; ++copy) {
        if (!is_first && separator_ && !entry.row.is_null(*separator_)) all += entry.row.bytes_at(*separator_);
        all += entry.row.bytes_at(argument_);
        is_first = false;
      }
    }
    to.value(column, Value::borrow(kind_, all));
  }

 private:
  std::size_t argument_;
  std::optional<std::size_t> separator_;
  TypeKind kind_;
};

class SingleResult final : public Result {
 public:
  explicit SingleResult(TypeKind kind) : kind_(kind) {}
  void write(const char* state, RowBuilder& to, std::size_t column) const override {
    const OrderedRows& rows = ordered_rows(state);
    if (rows.empty()) return to.null(column);
    if (rows.size() > 1 || rows.begin()->second > 1) {
      throw EvalError("21000", "more than one row returned by a subquery used as an expression");
    }
    to.value(column, rows.begin()->first.row.value(0, kind_));
  }

 private:
  TypeKind kind_;
};

class FirstResult final : public Result {
 public:
  explicit FirstResult(std::vector<bool> fixed) : fixed_(std::move(fixed)) {}
  void write(const char* state, RowBuilder& to, std::size_t column) const override {
    const RowView first = ordered_rows(state).begin()->first.row;
    for (std::size_t i = 0; i < fixed_.size(); ++i) to.copy(column + i, first, i, fixed_[i]);
  }

 private:
  std::vector<bool> fixed_;
};

std::string name_of(const CallColumns& call, const std::string& what) {
  std::string name = what;
  for (const std::size_t argument : call.arguments) name += " #" + std::to_string(argument);
  for (const Order& order : call.order) {
    name += fmt::format(" by #{} {} {}", order.column, order.descending, order.nulls_first);
  }
  return name;
}

std::shared_ptr<OrderedRowsOf> ordered_rows_of(const CallColumns& call, const Schema& rows, RowPool& pool) {
  std::vector<std::size_t> columns;
  std::vector<Order> order;
  Schema small;
  const auto add_column = [&](std::size_t column, bool descending, bool nulls_first) {
    order.push_back({columns.size(), descending, nulls_first});
    columns.push_back(column);
    small.push_back(rows.at(column));
  };
  for (const Order& by : call.order) add_column(by.column, by.descending, by.nulls_first);
  for (const std::size_t argument : call.arguments) add_column(argument, false, false);
  return std::make_shared<OrderedRowsOf>(columns, order, rows, small, pool);
}

}  // namespace

Compiled compile_extreme(const CallColumns& call, const Schema& rows, RowPool& pool) {
  const TypeKind kind = call.argument_types.at(0).kind;
  const bool greatest = call.function == AggregateFunction::max;
  if (is_fixed_width(kind)) {
    return {name_of(call, "words"), std::make_shared<WordsOf>(call.arguments[0], kind, pool),
            std::make_shared<WordExtreme>(greatest, kind)};
  }
  auto ordered = ordered_rows_of(call, rows, pool);
  ordered->skip_null(0);
  return {name_of(call, "values"), std::move(ordered), std::make_shared<RowExtreme>(greatest, kind)};
}

Compiled compile_ordered(const CallColumns& call, const Schema& rows, RowPool& pool) {
  auto ordered = ordered_rows_of(call, rows, pool);
  const std::size_t argument = call.order.size();
  const TypeKind kind = call.argument_types.at(0).kind;
  if (call.function == AggregateFunction::array_agg) {
    return {name_of(call, "rows"), std::move(ordered), std::make_shared<ArrayResult>(argument, kind)};
  }
  if (call.function == AggregateFunction::single_value) {
    return {name_of(call, "rows"), std::move(ordered), std::make_shared<SingleResult>(kind)};
  }
  ordered->skip_null(argument);
  const auto separator = call.arguments.size() > 1 ? std::optional{argument + 1} : std::nullopt;
  return {name_of(call, "texts"), std::move(ordered),
          std::make_shared<StringResult>(argument, separator, call.type.kind)};
}

Compiled compile_first(const std::vector<std::size_t>& columns, const Schema& rows, RowPool& pool) {
  std::vector<bool> fixed;
  for (const std::size_t column : columns) fixed.push_back(is_fixed_width(rows.at(column).type.kind));
  const CallColumns call{AggregateFunction::array_agg, columns, {}, {}, {}};
  return {"first", ordered_rows_of(call, rows, pool), std::make_shared<FirstResult>(std::move(fixed))};
}

}  // namespace laterbase::ivm
