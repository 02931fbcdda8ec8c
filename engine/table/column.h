#pragma once

#include <array>
#include <concepts>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "engine/table/schema.h"

// The words of which a typed table is declared:
//
//   using Prices = worktable::Table<"price",
//       column<"id", std::uint64_t, primary_key, autoincrement>, column<"exchange", std::uint8_t, index>,
//       column<"bid", double, ordered_index>, column<"note", std::optional<std::string>>,
//       ordered_index_on<"exchange", "bid">>;
namespace laterbase::worktable {

// A name as a template argument.
template <std::size_t N>
struct Name {
  char text[N] = {};
  consteval Name(const char (&literal)[N]) {  // NOLINT(google-explicit-constructor): "bid" is to be a Name
    for (std::size_t i = 0; i < N; ++i) text[i] = literal[i];
  }
  constexpr std::string_view view() const { return {text, N - 1}; }
};

enum class ColumnOption { primary_key, autoincrement, index, unique_index, ordered_index, unique_ordered_index };
inline constexpr auto primary_key = ColumnOption::primary_key;  // several: the key is all of them, in this order
inline constexpr auto autoincrement = ColumnOption::autoincrement;
inline constexpr auto index = ColumnOption::index;  // hashed: for equal()
inline constexpr auto unique_index = ColumnOption::unique_index;
inline constexpr auto ordered_index = ColumnOption::ordered_index;  // for ranges and order too
inline constexpr auto unique_ordered_index = ColumnOption::unique_ordered_index;

// Values come from the caller's own function: generated_by<next_order_number>.
template <auto Make>
struct GeneratedBy {
  static constexpr auto make = Make;
};
template <auto Make>
inline constexpr GeneratedBy<Make> generated_by{};

// The value is the primary key of a row of that table; a link to the row is kept beside it.
template <typename Parent>
struct References {
  using Table = Parent;
};
template <typename Parent>
inline constexpr References<Parent> references{};

template <Name ColumnName, typename T, auto... Options>
struct column {};  // NOLINT(readability-identifier-naming): reads as a word of the declaration

template <Name... Columns>
struct index_on {};  // NOLINT
template <Name... Columns>
struct unique_index_on {};  // NOLINT
template <Name... Columns>
struct ordered_index_on {};  // NOLINT
template <Name... Columns>
struct unique_ordered_index_on {};  // NOLINT

using Bytes = std::vector<std::byte>;

namespace detail {

template <typename T>
concept Fixed = std::is_arithmetic_v<T> || std::is_enum_v<T>;

template <Fixed T>
consteval Kind kind_of_fixed() {
  if constexpr (std::is_enum_v<T>) {
    return kind_of_fixed<std::underlying_type_t<T>>();
  } else if constexpr (std::is_same_v<T, bool>) {
    return Kind::boolean;
  } else if constexpr (std::is_floating_point_v<T>) {
    static_assert(sizeof(T) <= 8, "a column is float or double, not long double");
    return sizeof(T) == 4 ? Kind::f32 : Kind::f64;
  } else {
    constexpr Kind kinds[2][4] = {{Kind::u8, Kind::u16, Kind::u32, Kind::u64},
                                  {Kind::i8, Kind::i16, Kind::i32, Kind::i64}};
    return kinds[std::is_signed_v<T> ? 1 : 0][sizeof(T) == 1 ? 0 : sizeof(T) == 2 ? 1 : sizeof(T) == 4 ? 2 : 3];
  }
}

// What a column of T is in a row.
template <typename T>
struct ColumnType {
  static constexpr bool known = false;
};

template <Fixed T>
struct ColumnType<T> {
  static constexpr bool known = true, optional = false, variable = false;
  static constexpr Kind kind = kind_of_fixed<T>();
  static constexpr std::uint32_t count = 0, width = sizeof(T);
};

template <Fixed T, std::size_t N>
struct ColumnType<std::array<T, N>> {
  static constexpr bool known = true, optional = false, variable = false;
  static constexpr Kind kind = kind_of_fixed<T>();
  static constexpr std::uint32_t count = N, width = N * sizeof(T);
};

template <Fixed T>
struct ColumnType<std::vector<T>> {
  static constexpr bool known = true, optional = false, variable = true;
  static constexpr Kind kind = kind_of_fixed<T>();
  static constexpr std::uint32_t count = any_count, width = 0;
};

template <>
struct ColumnType<std::string> {
  static constexpr bool known = true, optional = false, variable = true;
  static constexpr Kind kind = Kind::text;
  static constexpr std::uint32_t count = 0, width = 0;
};

template <>
struct ColumnType<Bytes> {
  static constexpr bool known = true, optional = false, variable = true;
  static constexpr Kind kind = Kind::bytes;
  static constexpr std::uint32_t count = 0, width = 0;
};

template <typename T>
struct ColumnType<std::optional<T>> : ColumnType<T> {
  static constexpr bool optional = true;
};

template <typename T>
inline constexpr bool is_optional = false;
template <typename T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <typename T>
inline constexpr bool is_generator = false;
template <auto Make>
inline constexpr bool is_generator<GeneratedBy<Make>> = true;

template <typename T>
struct ReferenceOf {
  using Parent = void;
};
template <typename T>
struct ReferenceOf<References<T>> {
  using Parent = T;
};

template <auto Wanted, auto... Options>
consteval bool has_option() {
  return ([]<auto Option>() {
    if constexpr (std::is_same_v<decltype(Option), decltype(Wanted)>) return Option == Wanted;
    return false;
  }.template operator()<Options>() ||
          ...);
}

template <typename Part>
struct ColumnPart {
  static constexpr bool is_column = false;
};

template <Name N, typename T, auto... Options>
struct ColumnPart<column<N, T, Options...>> {
  static_assert(
      ColumnType<T>::known,
      "a column is an integer, float, bool, enum, std::string, Bytes, std::array or std::vector of numbers, or "
      "std::optional of one of them");
  static constexpr bool is_column = true;
  static constexpr auto name = N;
  using Value = T;
  using Type = ColumnType<T>;
  template <ColumnOption Wanted>
  static constexpr bool has = has_option<Wanted, Options...>();
  static constexpr bool generated = (is_generator<std::remove_cv_t<decltype(Options)>> || ... || false);
  static constexpr bool counted = has<ColumnOption::autoincrement>;
  static constexpr bool references =
      (!std::is_void_v<typename ReferenceOf<std::remove_cv_t<decltype(Options)>>::Parent> || ... || false);
  static constexpr auto parent_type() {
    if constexpr (references)
      return parent_of(Options...);
    else
      return std::type_identity<void>{};
  }
  template <typename First, typename... More>
  static constexpr auto parent_of(First, More... more) {
    using Found = typename ReferenceOf<First>::Parent;
    if constexpr (std::is_void_v<Found>)
      return parent_of(more...);
    else
      return std::type_identity<Found>{};
  }
  using Parent = typename decltype(parent_type())::type;
  static auto generate() {
    Value value{};
    (
        [&]<auto Option>() {
          if constexpr (is_generator<std::remove_cv_t<decltype(Option)>>) value = Option.make();
        }.template operator()<Options>(),
        ...);
    return value;
  }
};

}  // namespace detail
}  // namespace laterbase::worktable
