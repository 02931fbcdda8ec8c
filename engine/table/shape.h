#pragma once

#include <cstring>
#include <tuple>
#include <utility>

#include "engine/table/column.h"
#include "engine/table/key.h"

// What a declaration says, computed at compile time: columns by name, their places in a packed row, indexes.
namespace laterbase::worktable::detail {

template <typename... Parts>
struct ColumnsOf;
template <typename... Kept>
struct Columns {
  static constexpr std::size_t count = sizeof...(Kept);
  template <std::size_t I>
  using At = std::tuple_element_t<I, std::tuple<Kept...>>;
  using Values = std::tuple<typename Kept::Value...>;

  static constexpr std::array<std::string_view, count> names{Kept::name.view()...};
  static constexpr std::array<Kind, count> kinds{Kept::Type::kind...};
  static constexpr std::array<std::uint32_t, count> widths{Kept::Type::width...};
  static constexpr std::array<std::uint32_t, count> counts{Kept::Type::count...};
  static constexpr std::array<bool, count> optional{Kept::Type::optional...};
  static constexpr std::array<bool, count> variable{Kept::Type::variable...};
  static constexpr std::array<bool, count> keyed{Kept::template has<ColumnOption::primary_key>...};
  static constexpr std::array<bool, count> made{(Kept::counted || Kept::generated)...};
  static constexpr std::array<bool, count> counted{Kept::counted...};
  static constexpr std::array<bool, count> references{Kept::references...};

  static constexpr std::size_t find(std::string_view name) {
    for (std::size_t i = 0; i < count; ++i)
      if (names[i] == name) return i;
    return count;
  }
  static consteval std::size_t keys() {
    std::size_t n = 0;
    for (const bool key : keyed) n += key ? 1 : 0;
    return n;
  }
  static consteval std::size_t made_columns() {
    std::size_t n = 0;
    for (const bool made_one : made) n += made_one ? 1 : 0;
    return n;
  }
  static consteval std::size_t first_made() {
    for (std::size_t i = 0; i < count; ++i)
      if (made[i]) return i;
    return count;
  }
};

template <typename Kept, typename... Parts>
struct Filter;
template <typename... Kept>
struct Filter<Columns<Kept...>> {
  using Type = Columns<Kept...>;
};
template <typename... Kept, typename Part, typename... Parts>
struct Filter<Columns<Kept...>, Part, Parts...> {
  static constexpr auto choose() {
    if constexpr (ColumnPart<Part>::is_column)
      return Filter<Columns<Kept..., ColumnPart<Part>>, Parts...>{};
    else
      return Filter<Columns<Kept...>, Parts...>{};
  }
  using Type = typename decltype(choose())::Type;
};

// One index as a constant: at most 8 columns.
struct IndexShape {
  std::array<std::size_t, 8> columns{};
  std::size_t count = 0;
  bool ordered = false;
  bool unique = false;
};

template <typename Cols, Name ColumnName>
consteval std::size_t column_number() {
  constexpr auto number = Cols::find(ColumnName.view());
  static_assert(number < Cols::count, "this table has no column of that name");
  return number;
}

template <typename Cols>
struct IndexReader {
  template <Name... Names>
  static consteval IndexShape of(bool ordered, bool unique) {
    static_assert(sizeof...(Names) > 0 && sizeof...(Names) <= 8, "an index has 1 to 8 columns");
    IndexShape shape{{column_number<Cols, Names>()...}, sizeof...(Names), ordered, unique};
    return shape;
  }
  template <Name... Names>
  static consteval IndexShape read(index_on<Names...>) {
    return of<Names...>(false, false);
  }
  template <Name... Names>
  static consteval IndexShape read(unique_index_on<Names...>) {
    return of<Names...>(false, true);
  }
  template <Name... Names>
  static consteval IndexShape read(ordered_index_on<Names...>) {
    return of<Names...>(true, false);
  }
  template <Name... Names>
  static consteval IndexShape read(unique_ordered_index_on<Names...>) {
    return of<Names...>(true, true);
  }
  template <Name N, typename T, auto... Options>
  static consteval IndexShape read(column<N, T, Options...>) {
    using Part = ColumnPart<column<N, T, Options...>>;
    const bool ordered =
        Part::template has<ColumnOption::ordered_index> || Part::template has<ColumnOption::unique_ordered_index>;
    const bool unique =
        Part::template has<ColumnOption::unique_index> || Part::template has<ColumnOption::unique_ordered_index>;
    if (!ordered && !unique && !Part::template has<ColumnOption::index> && !Part::references) return {};
    return of<N>(ordered, unique);
  }
};

template <typename... Parts>
struct Shape {
  using Cols = typename Filter<Columns<>, Parts...>::Type;
  using Values = typename Cols::Values;
  static constexpr auto columns = Cols::count;
  static_assert(columns > 0, "a table has at least one column");
  static_assert(Cols::made_columns() <= 1, "at most one column is generated");
  static_assert(Cols::keys() > 0, "a table has a primary key: mark one column or several with primary_key");

  template <std::size_t I>
  using Value = std::tuple_element_t<I, Values>;
  template <Name N>
  static constexpr std::size_t number = column_number<Cols, N>();

  static consteval std::size_t optionals() {
    std::size_t n = 0;
    for (const bool is : Cols::optional) n += is ? 1 : 0;
    return n;
  }
  static consteval std::size_t links() {
    std::size_t n = 0;
    for (const bool is : Cols::references) n += is ? 1 : 0;
    return n;
  }
  // Before which column of its sort (absent, variable, linked) a column stands.
  static consteval std::size_t before(std::size_t column, const std::array<bool, columns>& sort) {
    std::size_t n = 0;
    for (std::size_t i = 0; i < column; ++i) n += sort[i] ? 1 : 0;
    return n;
  }
  static constexpr bool is_whole_words(std::size_t column) { return Cols::widths[column] % 8 == 0; }
  static constexpr std::size_t width_before(std::size_t column, bool whole_words) {
    std::size_t width = 0;
    for (std::size_t i = 0; i < column; ++i) width += is_whole_words(i) == whole_words ? Cols::widths[i] : 0;
    return width;
  }
  // Links, 8 bytes each, follow the declared columns of whole words.
  static constexpr std::size_t links_offset = (optionals() + 7) / 8 + width_before(columns, true);
  static constexpr std::size_t offset(std::size_t column) {
    return is_whole_words(column) ? (optionals() + 7) / 8 + width_before(column, true)
                                  : links_offset + 8 * links() + width_before(column, false);
  }
  static constexpr std::size_t ends_offset = links_offset + 8 * links() + width_before(columns, false);
  static consteval std::size_t variables() { return before(columns, Cols::variable); }
  static constexpr std::size_t least_bytes = ends_offset + 2 * variables();

  static consteval std::size_t index_count() {
    return ((IndexReader<Cols>::read(Parts{}).count > 0 ? 1U : 0U) + ... + 0U);
  }
  static consteval auto make_indexes() {
    std::array<IndexShape, index_count()> all{};
    std::size_t n = 0;
    for (const auto& shape : {IndexReader<Cols>::read(Parts{})...})
      if (shape.count > 0) all[n++] = shape;
    return all;
  }
  static constexpr auto indexes = make_indexes();

  static constexpr IndexShape primary = [] {
    IndexShape shape;
    for (std::size_t i = 0; i < columns; ++i)
      if (Cols::keyed[i]) shape.columns[shape.count++] = i;
    shape.unique = true;
    return shape;
  }();

  static constexpr bool counted_key =
      primary.count == 1 && Cols::counted[primary.columns[0]] && Cols::kinds[primary.columns[0]] <= Kind::u64;

  // A key fits 8 bytes: made and compared without looking at the schema.
  static constexpr bool is_exact(const IndexShape& shape) {
    std::uint32_t width = 0;
    for (std::size_t i = 0; i < shape.count; ++i) {
      const auto column = shape.columns[i];
      if (Cols::variable[column] || Cols::optional[column]) return false;
      width += Cols::widths[column];
    }
    return width <= 8;
  }
  static constexpr bool exact_key = is_exact(primary);
  // Of a row, or of whatever has get<column>(from).
  template <IndexShape Index, typename From>
  static std::uint64_t exact_key_of(const From& from) {
    return [&from]<std::size_t... I>(std::index_sequence<I...>) {
      std::uint64_t key = 0;
      std::uint32_t used = 0;
      ((used += Cols::widths[Index.columns[I]] * 8,
        key |= sortable(Cols::kinds[Index.columns[I]], bits_of(get<Index.columns[I]>(from))) << (64 - used)),
       ...);
      return key;
    }
    (std::make_index_sequence<Index.count>());
  }

  static Schema schema(std::string_view name) {
    Schema schema{std::string(name), {}, {}, {}, counted_key};
    for (std::size_t i = 0; i < columns; ++i)
      schema.columns.push_back({std::string(Cols::names[i]), Cols::kinds[i], Cols::optional[i], Cols::counts[i]});
    for (std::size_t i = 0; i < columns; ++i)
      if (Cols::references[i]) schema.columns.push_back({std::string(Cols::names[i]) + " link", Kind::link, false, 0});
    for (std::size_t i = 0; i < primary.count; ++i)
      schema.key.push_back(static_cast<std::uint32_t>(primary.columns[i]));
    for (const auto& shape : indexes)
      schema.indexes.push_back({{shape.columns.begin(), shape.columns.begin() + shape.count},
                                shape.ordered ? IndexKind::ordered : IndexKind::hashed,
                                shape.unique});
    return schema;
  }

  template <std::size_t I>
  static bool is_null(const char* row) {
    constexpr auto bit = before(I, Cols::optional);
    return Cols::optional[I] && (row[bit / 8] >> (bit % 8) & 1) != 0;
  }

  template <std::size_t I>
  static BytesView raw(const char* row) {
    if constexpr (!Cols::variable[I]) {
      return {row + offset(I), Cols::widths[I]};
    } else {
      constexpr auto n = before(I, Cols::variable);
      const auto end_of = [row](std::size_t k) { return load_le<std::uint16_t>(row + ends_offset + 2 * k); };
      const std::size_t from = n == 0 ? 0 : end_of(n - 1);
      return {row + least_bytes + from, end_of(n) - from};
    }
  }

  template <typename T>
  static T from_raw(BytesView raw) {
    if constexpr (Fixed<T>) {
      return load_le<T>(raw.data());
    } else if constexpr (std::is_same_v<T, std::string>) {
      return T(raw);
    } else if constexpr (ColumnType<T>::variable) {
      T value(raw.size() / sizeof(typename T::value_type));
      if (!raw.empty()) std::memcpy(value.data(), raw.data(), value.size() * sizeof(typename T::value_type));
      return value;
    } else {
      T value;
      std::memcpy(value.data(), raw.data(), sizeof value);
      return value;
    }
  }

  template <std::size_t I>
  static Value<I> get(const char* row) {
    if constexpr (is_optional<Value<I>>) {
      if (is_null<I>(row)) return std::nullopt;
      return from_raw<typename Value<I>::value_type>(raw<I>(row));
    } else {
      return from_raw<Value<I>>(raw<I>(row));
    }
  }

  // Whether a value can be taken from a row where it stands: one number, which may be absent.
  template <std::size_t I>
  static constexpr bool shared = !Cols::variable[I] && Cols::counts[I] == 0;

  // Whether a new value can take the bytes of the old one.
  template <std::size_t I>
  static constexpr bool patched = !Cols::variable[I] && !Cols::optional[I];

  template <std::size_t I>
  static Value<I> get(SharedRow row) {
    constexpr auto at = static_cast<std::uint32_t>(offset(I));
    if constexpr (is_optional<Value<I>>) {
      constexpr auto bit = static_cast<std::uint32_t>(before(I, Cols::optional));
      if ((row.bytes(bit / 8, 1) >> (bit % 8) & 1) != 0) return std::nullopt;
      return from_bits<typename Value<I>::value_type>(row.bytes(at, Cols::widths[I]));
    } else {
      return from_bits<Value<I>>(row.bytes(at, Cols::widths[I]));
    }
  }
  template <std::size_t I>
  static Value<I> get(const Values& values) {
    return std::get<I>(values);
  }

  template <Fixed T>
  static T from_bits(std::uint64_t bits) {
    T value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  }
  template <Fixed T>
  static std::uint64_t bits_of(T value) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof value);
    return bits;
  }

  template <typename T>
  static BytesView to_raw(const T& value) {
    if constexpr (Fixed<T>)
      return {reinterpret_cast<const char*>(&value), sizeof value};
    else
      return {reinterpret_cast<const char*>(value.data()), value.size() * sizeof(typename T::value_type)};
  }
};

// A row being packed: rows of up to 256 bytes need no allocation.
using Packed = boost::container::small_vector<char, 256>;

template <typename S>
class Packer {
 public:
  // All columns; links stay zero. Errors: too_large.
  static Result<BytesView> pack(const typename S::Values& values, Packed& to) {
    to.assign(S::least_bytes, '\0');
    std::size_t end = 0;
    [&]<std::size_t... I>(std::index_sequence<I...>) { (put<I>(std::get<I>(values), to, end), ...); }
    (std::make_index_sequence<S::columns>());
    if (end > 0xffff) return Error{ErrorCode::too_large, "the row's text and bytes exceed 65,535 bytes"};
    return BytesView(to.data(), to.size());
  }

  template <std::size_t I>
  static void put(const typename S::template Value<I>& value, Packed& to, std::size_t& end) {
    if constexpr (is_optional<typename S::template Value<I>>) {
      if (value) return put_value<I>(*value, to, end);
      constexpr auto bit = S::before(I, S::Cols::optional);
      to[bit / 8] = static_cast<char>(to[bit / 8] | 1 << (bit % 8));
      if constexpr (S::Cols::variable[I]) put_end<I>(to, end);
    } else {
      put_value<I>(value, to, end);
    }
  }

 private:
  template <std::size_t I, typename T>
  static void put_value(const T& value, Packed& to, std::size_t& end) {
    const auto raw = S::to_raw(value);
    if constexpr (!S::Cols::variable[I]) {
      std::memcpy(to.data() + S::offset(I), raw.data(), S::Cols::widths[I]);
    } else {
      to.insert(to.end(), raw.begin(), raw.end());
      end += raw.size();
      put_end<I>(to, end);
    }
  }
  template <std::size_t I>
  static void put_end(Packed& to, std::size_t end) {
    store_le(to.data() + S::ends_offset + 2 * S::before(I, S::Cols::variable), static_cast<std::uint16_t>(end));
  }
};

}  // namespace laterbase::worktable::detail
