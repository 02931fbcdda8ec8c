#pragma once

// Bodies of table.h.
#include "engine/base/invariant.h"
#include "engine/table/table.h"

namespace laterbase::worktable {

template <Name TableName, typename... Parts>
template <typename... Parents>
requires(sizeof...(Parents) > 0 &&
         sizeof...(Parents) == detail::Shape<Parts...>::links()) Table<TableName, Parts...>::Table(Parents&... parents)
    : rows_(Shape::schema(TableName.view())) {
  const auto given = std::tie(parents...);
  detail::for_numbers<Shape::columns>([&](auto i) {
    if constexpr (Shape::Cols::references[i]) {
      constexpr auto position = Shape::before(i, Shape::Cols::references);
      static_assert(std::is_same_v<ParentOf<i>, std::remove_cvref_t<decltype(std::get<position>(given))>>,
                    "tables are given in the order of the columns that refer to them");
      meet_parent<i>(std::get<position>(given));
    }
  });
}

template <Name TableName, typename... Parts>
template <std::size_t I>
void Table<TableName, Parts...>::meet_parent(ParentOf<I>& parent) {
  using Parent = ParentOf<I>;
  static_assert(Parent::Shape::primary.count == 1, "a foreign key refers to a table whose primary key is one column");
  constexpr auto key_column = Parent::Shape::primary.columns[0];
  static_assert(std::is_same_v<typename Shape::template Value<I>, typename Parent::Shape::template Value<key_column>>,
                "a foreign key is of the type of the primary key that it refers to");
  parents_[I] = &parent;
  constexpr auto own_index = [] {
    for (std::size_t n = 0; n < Shape::indexes.size(); ++n)
      if (Shape::indexes[n].count == 1 && Shape::indexes[n].columns[0] == I) return n;
    return Shape::indexes.size();
  }();
  const std::lock_guard guard(parent.referrers_lock_);
  parent.referrers_.push_back({this, [this](BytesView parent_row) {
                                 Values like{};
                                 std::get<I>(like) = Parent::Shape::template get<key_column>(parent_row.data());
                                 Packed packed;
                                 (void)detail::Packer<Shape>::pack(like, packed);
                                 bool found = false;
                                 rows_.each_equal(own_index,
                                                  rows_.index_plan(own_index).make({packed.data(), packed.size()}),
                                                  [&](BytesView, Spot) { return !(found = true); });
                                 return found;
                               }});
}

template <Name TableName, typename... Parts>
Table<TableName, Parts...>::~Table() {
  detail::for_numbers<Shape::columns>([&](auto i) {
    if constexpr (Shape::Cols::references[i]) {
      auto& parent = *static_cast<ParentOf<i>*>(parents_[i]);
      const std::lock_guard guard(parent.referrers_lock_);
      std::erase_if(parent.referrers_, [this](const auto& referrer) { return referrer.child == this; });
    }
  });
}

template <Name TableName, typename... Parts>
template <typename... KeyValues>
Key Table<TableName, Parts...>::key_from(const KeyValues&... key) const {
  static_assert(sizeof...(KeyValues) == Shape::primary.count, "give one value for each column of the primary key");
  const auto given = std::tie(key...);
  const auto value_of = [&](auto i) {
    using Type = typename Shape::template Value<Shape::primary.columns[i]>;
    static_assert(std::is_constructible_v<Type, decltype(std::get<i>(given))>,
                  "a key value is not of its column's type");
    return static_cast<Type>(std::get<i>(given));
  };
  if constexpr (Shape::exact_key) {
    Key made;
    std::uint32_t used = 0;
    detail::for_numbers<sizeof...(KeyValues)>([&](auto i) {
      const auto value = value_of(i);
      used += Shape::Cols::widths[Shape::primary.columns[i]] * 8;
      made.prefix |= sortable(Shape::Cols::kinds[Shape::primary.columns[i]], Shape::to_raw(value).data())
                     << (64 - used);
    });
    return made;
  } else {
    Values values{};
    Packed packed;
    detail::for_numbers<sizeof...(KeyValues)>(
        [&](auto i) { std::get<Shape::primary.columns[i]>(values) = value_of(i); });
    (void)detail::Packer<Shape>::pack(values, packed);
    return rows_.key_plan().make({packed.data(), packed.size()});
  }
}

template <Name TableName, typename... Parts>
template <typename... KeyValues>
bool Table<TableName, Parts...>::read(RowBuffer& row, const KeyValues&... key) const {
  const auto wanted = key_from(key...);
  if constexpr (Shape::exact_key)
    return rows_.find(hash_of(wanted.prefix), row,
                      [&](BytesView bytes) { return Shape::exact_key_of(bytes.data()) == wanted.prefix; });
  else
    return rows_.find(wanted, row);
}

// Puts a default where the value is still to be made.
template <Name TableName, typename... Parts>
template <typename All, std::size_t Made, typename... Given>
All Table<TableName, Parts...>::with_gap(Given&&... given) {
  All values{};
  auto from = std::forward_as_tuple(std::forward<Given>(given)...);
  detail::for_numbers<sizeof...(Given)>([&](auto i) {
    constexpr auto to = i < Made ? std::size_t{i} : i + 1;
    using Type = std::tuple_element_t<to, All>;
    static_assert(std::is_constructible_v<Type, decltype(std::get<i>(std::move(from)))>,
                  "a value given to insert is not of its column's type");
    std::get<to>(values) = static_cast<Type>(std::get<i>(std::move(from)));
  });
  return values;
}

template <Name TableName, typename... Parts>
template <typename... Given>
auto Table<TableName, Parts...>::insert(Given&&... given)
    -> Result<typename Shape::template Value<Shape::primary.columns[0]>> {
  constexpr auto made = Shape::Cols::first_made();
  constexpr bool leaves_out_made = made < Shape::columns && sizeof...(Given) + 1 == Shape::columns;
  static_assert(leaves_out_made || sizeof...(Given) == Shape::columns,
                "insert takes a value for every column, or for every column but the one that the table makes");
  return put(with_gap < Values, leaves_out_made ? made : Shape::columns > (std::forward<Given>(given)...));
}

template <Name TableName, typename... Parts>
void Table<TableName, Parts...>::make_value(Values& values) {
  constexpr auto made = Shape::Cols::first_made();
  if constexpr (made < Shape::columns) {
    using Type = typename Shape::Cols::template At<made>;
    auto& value = std::get<made>(values);
    if (value != typename Shape::template Value<made>{}) {  // given: numbers go on above it
      if constexpr (Type::counted) {
        const auto above = static_cast<std::uint64_t>(value) + 1;
        for (auto next = next_.load(); next < above && !next_.compare_exchange_weak(next, above);) {
        }
      }
    } else if constexpr (Type::counted) {
      value = static_cast<typename Shape::template Value<made>>(next_.fetch_add(1, std::memory_order_relaxed));
    } else {
      value = Type::generate();
    }
  }
}

template <Name TableName, typename... Parts>
std::string Table<TableName, Parts...>::missing_parent(const Values& values) const {
  std::string missing;
  detail::for_numbers<Shape::columns>([&](auto i) {
    if constexpr (Shape::Cols::references[i])
      if (const auto& parent = *static_cast<const ParentOf<i>*>(parents_[i]);
          !parent.rows_.stays(parent.key_from(std::get<i>(values))))
        missing = Shape::Cols::names[i];
  });
  return missing;
}

template <Name TableName, typename... Parts>
void Table<TableName, Parts...>::pack_links(const Values& values, char* row) const {
  detail::for_numbers<Shape::columns>([&](auto i) {
    if constexpr (Shape::Cols::references[i]) {
      const Pin pin;
      const auto& parent = *static_cast<const ParentOf<i>*>(parents_[i]);
      const auto link = parent.rows_.find_link(parent.key_from(std::get<i>(values)));
      const auto lasting = link ? parent.rows_.lasting_link(*link) : 0;
      store_le(row + Shape::links_offset + 8 * Shape::before(i, Shape::Cols::references), lasting);
    }
  });
}

// A row that refers to others is in the table before it is looked whether they stay, and whoever erases one of them has
// claimed it before looking for rows that refer to it: one of the two sees the other.
template <Name TableName, typename... Parts>
auto Table<TableName, Parts...>::put(Values values) -> Result<KeyValue> {
  make_value(values);
  Packed packed;
  const auto bytes = detail::Packer<Shape>::pack(values, packed);
  if (!bytes) return bytes.error();
  if constexpr (Shape::links() > 0) {
    if (const auto missing = missing_parent(values); !missing.empty())
      return Error{ErrorCode::not_found, "there is no row that " + missing + " refers to"};
    pack_links(values, packed.data());
  }
  const auto inserted = rows_.insert({packed.data(), packed.size()});
  if (!inserted) return inserted.error();
  if constexpr (Shape::links() > 0) {
    if (const auto missing = missing_parent(values); !missing.empty()) {
      rows_.erase(rows_.key_plan().make({packed.data(), packed.size()}));
      return Error{ErrorCode::not_found, "the row that " + missing + " refers to was erased meanwhile"};
    }
  }
  return std::get<Shape::primary.columns[0]>(values);
}

template <Name TableName, typename... Parts>
template <typename... KeyValues>
auto Table<TableName, Parts...>::find(const KeyValues&... key) const -> std::optional<Row> {
  RowBuffer row;
  if (!read(row, key...)) return std::nullopt;
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return Row(Values(Shape::template get<I>(row.bytes().data())...));
  }
  (std::make_index_sequence<Shape::columns>());
}

template <Name TableName, typename... Parts>
template <typename... KeyValues>
bool Table<TableName, Parts...>::contains(const KeyValues&... key) const {
  RowBuffer row;
  return read(row, key...);
}

template <Name TableName, typename... Parts>
template <Name N, typename... KeyValues>
auto Table<TableName, Parts...>::get(const KeyValues&... key) const
    -> std::optional<typename Shape::template Value<Shape::template number<N>>> {
  RowBuffer row;
  if (!read(row, key...)) return std::nullopt;
  return Shape::template get<Shape::template number<N>>(row.bytes().data());
}

// In one step: reads the row, changes its values, writes it. A change that answers false leaves it as it is.
template <Name TableName, typename... Parts>
Result<bool> Table<TableName, Parts...>::rewrite(const Key& key, const std::function<bool(Values&)>& change) {
  Packed packed;
  Values values;
  bool wanted = true;
  auto done = rows_.update(key, [&](BytesView row) -> Result<BytesView> {
    values = [&]<std::size_t... I>(std::index_sequence<I...>) { return Values(Shape::template get<I>(row.data())...); }
    (std::make_index_sequence<Shape::columns>());
    wanted = change(values);
    if (!wanted) return row;
    if (const auto bytes = detail::Packer<Shape>::pack(values, packed); !bytes) return bytes.error();
    if constexpr (Shape::links() > 0) {
      if (const auto missing = missing_parent(values); !missing.empty())
        return Error{ErrorCode::not_found, "there is no row that " + missing + " refers to"};
      pack_links(values, packed.data());
    }
    return BytesView(packed.data(), packed.size());
  });
  if (!done) return done;
  return *done && wanted;
}

template <Name TableName, typename... Parts>
template <Name... Names, typename KeyTuple, typename... Given>
Result<bool> Table<TableName, Parts...>::update(const KeyTuple& key, Given&&... given) {
  static_assert(sizeof...(Names) == sizeof...(Given), "give one value for each column that is named");
  const auto set = [&](Values& values) {
    ((std::get<Shape::template number<Names>>(values) =
          static_cast<typename Shape::template Value<Shape::template number<Names>>>(given)),
     ...);
    return true;
  };
  if constexpr (
      requires { std::tuple_size<KeyTuple>::value; } && !requires { key.size(); })
    return rewrite(std::apply([this](const auto&... part) { return key_from(part...); }, key), set);
  else
    return rewrite(key_from(key), set);
}

template <Name TableName, typename... Parts>
template <Name... Names, typename KeyPart, typename Change>
Result<bool> Table<TableName, Parts...>::modify(const KeyPart& key, Change&& change) {
  return rewrite(key_from(key), [&](Values& values) {
    change(std::get<Shape::template number<Names>>(values)...);
    return true;
  });
}

template <Name TableName, typename... Parts>
bool Table<TableName, Parts...>::is_referred_to(BytesView row) const {
  const std::lock_guard guard(referrers_lock_);
  return std::any_of(referrers_.begin(), referrers_.end(), [&](const auto& referrer) { return referrer.refers(row); });
}

template <Name TableName, typename... Parts>
Result<bool> Table<TableName, Parts...>::erase_key(const Key& key, const Guard& guard) {
  return rows_.erase(key, [&](BytesView row) -> Result<bool> {
    if (guard) {
      auto may = guard(row);
      if (!may || !*may) return may;
    }
    if (is_referred_to(row))
      return Error{ErrorCode::conflict, "rows of another table refer to this row of " + std::string(TableName.view())};
    return true;
  });
}

template <Name TableName, typename... Parts>
template <typename... KeyValues>
Result<bool> Table<TableName, Parts...>::erase(const KeyValues&... key) {
  return erase_key(key_from(key...), nullptr);
}

template <Name TableName, typename... Parts>
template <Name... Names, typename Holds, typename... Given>
Result<bool> Table<TableName, Parts...>::update_found(BytesView row, Holds&& holds, const Given&... given) {
  static_assert(sizeof...(Names) == sizeof...(Given), "give one value for each column that is named");
  const auto still = [&](const Values& values) {
    Packed packed;
    return detail::Packer<Shape>::pack(values, packed) && holds(packed.data());
  };
  return rewrite(rows_.key_plan().make(row), [&](Values& values) {
    if (!still(values)) return false;
    ((std::get<Shape::template number<Names>>(values) =
          static_cast<typename Shape::template Value<Shape::template number<Names>>>(given)),
     ...);
    return true;
  });
}

template <Name TableName, typename... Parts>
template <typename Holds>
Result<bool> Table<TableName, Parts...>::erase_found(BytesView row, Holds&& holds) {
  return erase_key(rows_.key_plan().make(row), [&](BytesView now) -> Result<bool> { return holds(now.data()); });
}

template <Name TableName, typename... Parts>
template <Name N, typename... KeyValues>
auto Table<TableName, Parts...>::follow(const KeyValues&... key) const {
  constexpr auto column = Shape::template number<N>;
  static_assert(Shape::Cols::references[column], "follow() wants a column that references a table");
  using Parent = ParentOf<column>;
  constexpr auto parent_key = Parent::Shape::primary.columns[0];
  const auto& parent = *static_cast<const Parent*>(parents_[column]);
  RowBuffer child;
  if (!read(child, key...)) return std::optional<typename Parent::Row>();
  const auto wanted = Shape::template get<column>(child.bytes().data());
  constexpr auto link_at = Shape::links_offset + 8 * Shape::before(column, Shape::Cols::references);
  RowBuffer row;
  if (!parent.rows_.read_lasting(load_le<std::uint64_t>(child.bytes().data() + link_at), row) ||
      Parent::Shape::template get<parent_key>(row.bytes().data()) != wanted)
    return parent.find(wanted);  // the row moved: its key still leads to it
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return std::optional(
        typename Parent::Row(typename Parent::Values(Parent::Shape::template get<I>(row.bytes().data())...)));
  }
  (std::make_index_sequence<Parent::Shape::columns>());
}

template <Name TableName, typename... Parts>
void Table<TableName, Parts...>::adopt() {
  constexpr auto made = Shape::Cols::first_made();
  if constexpr (made < Shape::columns) {
    if constexpr (Shape::Cols::template At<made>::counted) {
      std::uint64_t greatest = 0;
      rows_.scan([&](BytesView row, Spot) {
        greatest = std::max(greatest, static_cast<std::uint64_t>(Shape::template get<made>(row.data())));
        return true;
      });
      for (auto next = next_.load(); next <= greatest && !next_.compare_exchange_weak(next, greatest + 1);) {
      }
    }
  }
  if constexpr (Shape::links() > 0) {
    std::vector<Key> keys;
    rows_.scan([&](BytesView row, Spot) { return keys.push_back(rows_.key_plan().make(row)), true; });
    for (const auto& key : keys) (void)rewrite(key, [](Values&) { return true; });
  }
}

}  // namespace laterbase::worktable
