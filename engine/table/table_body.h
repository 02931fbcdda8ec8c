#pragma once

// Bodies of table.h.
#include "engine/base/invariant.h"
#include "engine/table/table.h"

namespace laterbase::worktable {

template <Name TableName, typename... Parts>
template <typename... KeyValues>
auto Table<TableName, Parts...>::key_values(const KeyValues&... key) -> Values {
  static_assert(sizeof...(KeyValues) == Shape::primary.count, "give one value for each column of the primary key");
  const auto given = std::tie(key...);
  Values values{};
  detail::for_numbers<sizeof...(KeyValues)>([&](auto i) {
    using Type = typename Shape::template Value<Shape::primary.columns[i]>;
    static_assert(std::is_constructible_v<Type, decltype(std::get<i>(given))>,
                  "a key value is not of its column's type");
    std::get<Shape::primary.columns[i]>(values) = static_cast<Type>(std::get<i>(given));
  });
  return values;
}

template <Name TableName, typename... Parts>
template <typename... KeyValues>
std::uint64_t Table<TableName, Parts...>::exact_key_from(const KeyValues&... key) {
  return Shape::template exact_key_of<Shape::primary>(key_values(key...));
}

template <Name TableName, typename... Parts>
template <typename... KeyValues>
Key Table<TableName, Parts...>::key_from(const KeyValues&... key) const {
  if constexpr (Shape::exact_key) {
    return {exact_key_from(key...), {}};
  } else {
    Packed packed;
    (void)detail::Packer<Shape>::pack(key_values(key...), packed);
    return rows_.key_plan().make({packed.data(), packed.size()});
  }
}

// Of a row where it stands: whether it is the one, and these columns of it.
template <Name TableName, typename... Parts>
template <std::size_t... I>
[[gnu::always_inline]] inline bool Table<TableName, Parts...>::take(SharedRow row, std::uint64_t wanted,
                                                                    Columns<I...>& values) {
  if (Shape::template exact_key_of<Shape::primary>(row) != wanted) [[unlikely]]
    return false;
  values = Columns<I...>(Shape::template get<I>(row)...);
  return true;
}

template <Name TableName, typename... Parts>
template <typename PinHere, std::size_t... I, typename... KeyValues>
[[gnu::always_inline]] inline auto Table<TableName, Parts...>::columns_of(const KeyValues&... key) const
    -> std::optional<Columns<I...>> {
  if constexpr (Shape::exact_key && (Shape::template shared<I> && ... && true)) {
    const auto wanted = exact_key_from(key...);
    Columns<I...> near;
    if (const PinHere pin; pin && columns_near<I...>(wanted, near)) [[likely]]
      return near;
    Columns<I...> far;  // and not `near`, which so never has to be in memory
    return columns_far<I...>(wanted, far) ? std::optional(far) : std::nullopt;
  } else {
    RowBuffer row;
    if (!rows_.find(key_from(key...), row)) return std::nullopt;
    return Columns<I...>(Shape::template get<I>(row.bytes().data())...);
  }
}

template <Name TableName, typename... Parts>
template <std::size_t... I>
[[gnu::always_inline]] inline bool Table<TableName, Parts...>::columns_near(std::uint64_t wanted,
                                                                            Columns<I...>& values) const {
  if constexpr (Shape::counted_key) {
    constexpr auto unused_bits = 64 - 8 * Shape::Cols::widths[Shape::primary.columns[0]];
    return rows_.look_counted(wanted >> unused_bits, [&]([[maybe_unused]] SharedRow row) {
      values = Columns<I...>(Shape::template get<I>(row)...);
      return true;
    });
  } else {
    return rows_.look_near(wanted, [&](SharedRow row) { return take<I...>(row, wanted, values); });
  }
}

template <Name TableName, typename... Parts>
template <std::size_t... I>
[[gnu::noinline]] bool Table<TableName, Parts...>::columns_far(std::uint64_t wanted, Columns<I...>& values) const {
  const Pin pin;
  return rows_.look_up(wanted, [&](SharedRow row) { return take<I...>(row, wanted, values); });
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
template <typename PinHere, typename... KeyValues>
auto Table<TableName, Parts...>::find_under(const KeyValues&... key) const -> std::optional<Row> {
  return [&]<std::size_t... I>(std::index_sequence<I...>)->std::optional<Row> {
    auto found = columns_of<PinHere, I...>(key...);
    if (!found) return std::nullopt;
    return Row(std::move(*found));
  }
  (std::make_index_sequence<Shape::columns>());
}

template <Name TableName, typename... Parts>
template <typename PinHere, Name... Names, typename... KeyValues>
[[gnu::always_inline]] inline auto Table<TableName, Parts...>::get_under(const KeyValues&... key) const {
  static_assert(sizeof...(Names) > 0, "name the columns to get");
  auto found = columns_of<PinHere, Shape::template number<Names>...>(key...);
  if constexpr (sizeof...(Names) == 1) {
    using Value = std::tuple_element_t<0, typename decltype(found)::value_type>;
    return found ? std::optional<Value>(std::get<0>(std::move(*found))) : std::nullopt;
  } else {
    return found;
  }
}

// In one step: reads the row, changes its values, writes it. A change that answers false leaves it as it is.
template <Name TableName, typename... Parts>
template <typename Change>
Result<bool> Table<TableName, Parts...>::rewrite(const Key& key, Change&& change) {
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
  const auto made = [&] {
    if constexpr (
        requires { std::tuple_size<KeyTuple>::value; } && !requires { key.size(); })
      return std::apply([this](const auto&... part) { return key_from(part...); }, key);
    else
      return key_from(key);
  }();
  if constexpr (Shape::links() == 0 && (Shape::template patched<Shape::template number<Names>> && ...))
    return patch<Shape::template number<Names>...>(made, given...);
  else
    return rewrite(made, [&](Values& values) {
      ((std::get<Shape::template number<Names>>(values) =
            static_cast<typename Shape::template Value<Shape::template number<Names>>>(given)),
       ...);
      return true;
    });
}

// Columns that always take the same bytes are put there without unpacking the row.
template <Name TableName, typename... Parts>
template <std::size_t... I, typename... Given>
Result<bool> Table<TableName, Parts...>::patch(const Key& key, const Given&... given) {
  Packed packed;
  const auto put = [&]<std::size_t Column>(std::integral_constant<std::size_t, Column>, const auto& value) {
    const auto made = static_cast<typename Shape::template Value<Column>>(value);
    std::memcpy(packed.data() + Shape::offset(Column), Shape::to_raw(made).data(), Shape::Cols::widths[Column]);
  };
  return rows_.update(key, [&](BytesView row) -> Result<BytesView> {
    packed.assign(row.begin(), row.end());
    (put(std::integral_constant<std::size_t, I>{}, given), ...);
    return BytesView(packed.data(), packed.size());
  });
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
Result<bool> Table<TableName, Parts...>::erase_key(const Key& key, const Guard& guard) {
  return rows_.erase(key, [&](ClaimedRow& row) -> Result<bool> {
    auto may = guard(row);
    if (!may || !*may) return may;
    if (is_referred_to(row))
      return Error{ErrorCode::conflict, "rows of another table refer to this row of " + std::string(TableName.view())};
    return true;
  });
}

template <Name TableName, typename... Parts>
template <typename... KeyValues>
Result<bool> Table<TableName, Parts...>::erase(const KeyValues&... key) {
  return erase_key(key_from(key...), [](ClaimedRow&) -> Result<bool> { return true; });
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
  return erase_key(rows_.key_plan().make(row),
                   [&](ClaimedRow& now) -> Result<bool> { return holds(now.bytes().data()); });
}
}  // namespace laterbase::worktable
