#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

// A schema as a space file keeps it, and where in a packed row its columns are. Needs only the standard library.
//
// Written: u16 length and bytes of the table's name; u16 columns, each: u16 length and bytes of its name, u8 kind, u8 1
// where it is optional, u32 count (0: one value; n: an array of n; 0xffffffff: an array of any length); u16 columns of
// the primary key, each u16; u16 indexes, each: u8 1 where ordered, u8 1 where unique, u16 columns, each u16.
//
// A packed row: one bit for each optional column, set where there is no value, rounded up to bytes; the columns of
// fixed width, those of a multiple of 8 bytes in their order, then the others in theirs; one u16 for each column of
// variable width (text, bytes, arrays of any length), where its bytes end; then those bytes, one column's after the
// other.
namespace laterbase::worktable::space {

// The numbers are the file's.
enum class Kind : std::uint8_t { u8, u16, u32, u64, i8, i16, i32, i64, f32, f64, boolean, text, bytes, link };
constexpr unsigned kinds = 14;

constexpr std::uint32_t kind_width(Kind kind) noexcept {
  constexpr std::uint8_t widths[kinds] = {1, 2, 4, 8, 1, 2, 4, 8, 4, 8, 1, 0, 0, 8};
  return widths[static_cast<unsigned>(kind)];
}

constexpr const char* kind_name(Kind kind) noexcept {
  constexpr const char* names[kinds] = {"u8",  "u16", "u32", "u64",  "i8",   "i16",   "i32",
                                        "i64", "f32", "f64", "bool", "text", "bytes", "link"};
  return names[static_cast<unsigned>(kind)];
}

constexpr std::uint32_t any_count = 0xffffffff;

// What a column of numbers of type T is.
template <typename T>
constexpr Kind kind_of() noexcept {
  if constexpr (std::is_enum_v<T>) {
    return kind_of<std::underlying_type_t<T>>();
  } else if constexpr (std::is_same_v<T, bool>) {
    return Kind::boolean;
  } else if constexpr (std::is_floating_point_v<T>) {
    return sizeof(T) == 4 ? Kind::f32 : Kind::f64;
  } else {
    constexpr int log = sizeof(T) == 1 ? 0 : sizeof(T) == 2 ? 1 : sizeof(T) == 4 ? 2 : 3;
    return static_cast<Kind>((std::is_signed_v<T> ? static_cast<int>(Kind::i8) : 0) + log);
  }
}

struct Column {
  std::string name;
  Kind kind = Kind::u64;
  bool optional = false;
  std::uint32_t count = 0;

  bool variable() const noexcept { return kind == Kind::text || kind == Kind::bytes || count == any_count; }
  std::uint32_t width() const noexcept { return variable() ? 0 : kind_width(kind) * (count == 0 ? 1 : count); }
  bool operator==(const Column&) const = default;
};

struct Index {
  std::vector<std::uint16_t> columns;
  bool ordered = false;
  bool unique = false;
  bool operator==(const Index&) const = default;
};

struct Schema {
  std::string name;
  std::vector<Column> columns;
  std::vector<std::uint16_t> key;
  std::vector<Index> indexes;
  bool operator==(const Schema&) const = default;
};

namespace detail {

template <typename Integer>
inline void append(std::string& to, Integer value) {
  to.append(reinterpret_cast<const char*>(&value), sizeof value);
}

inline void append(std::string& to, const std::string& text) {
  append(to, static_cast<std::uint16_t>(text.size()));
  to += text;
}

inline void append(std::string& to, const std::vector<std::uint16_t>& numbers) {
  append(to, static_cast<std::uint16_t>(numbers.size()));
  for (const auto number : numbers) append(to, number);
}

// Takes values off the front of bytes; once they run out, everything is zero and good() is false.
class Taker {
 public:
  explicit Taker(std::string_view bytes) : bytes_(bytes) {}

  template <typename Integer>
  Integer take() {
    Integer value = 0;
    const auto from = take_bytes(sizeof value);
    if (from.size() == sizeof value) from.copy(reinterpret_cast<char*>(&value), sizeof value);
    return value;
  }
  std::string take_text() { return std::string(take_bytes(take<std::uint16_t>())); }
  std::vector<std::uint16_t> take_columns(std::size_t columns) {
    std::vector<std::uint16_t> numbers;
    for (auto left = take<std::uint16_t>(); left > 0 && good_; --left) {
      numbers.push_back(take<std::uint16_t>());
      good_ = good_ && numbers.back() < columns;
    }
    return numbers;
  }
  bool good() const { return good_; }
  bool at_end() const { return good_ && bytes_.empty(); }

 private:
  std::string_view take_bytes(std::size_t count) {
    good_ = good_ && bytes_.size() >= count;
    const auto taken = bytes_.substr(0, good_ ? count : 0);
    bytes_.remove_prefix(taken.size());
    return taken;
  }

  std::string_view bytes_;
  bool good_ = true;
};

}  // namespace detail

inline std::string encode(const Schema& schema) {
  std::string bytes;
  detail::append(bytes, schema.name);
  detail::append(bytes, static_cast<std::uint16_t>(schema.columns.size()));
  for (const auto& column : schema.columns) {
    detail::append(bytes, column.name);
    detail::append(bytes, static_cast<std::uint8_t>(column.kind));
    detail::append(bytes, static_cast<std::uint8_t>(column.optional));
    detail::append(bytes, column.count);
  }
  detail::append(bytes, schema.key);
  detail::append(bytes, static_cast<std::uint16_t>(schema.indexes.size()));
  for (const auto& index : schema.indexes) {
    detail::append(bytes, static_cast<std::uint8_t>(index.ordered));
    detail::append(bytes, static_cast<std::uint8_t>(index.unique));
    detail::append(bytes, index.columns);
  }
  return bytes;
}

// False: the bytes are no schema.
inline bool decode(std::string_view bytes, Schema& schema) {
  detail::Taker from(bytes);
  schema = {};
  schema.name = from.take_text();
  for (auto left = from.take<std::uint16_t>(); left > 0 && from.good(); --left) {
    Column column;
    column.name = from.take_text();
    const auto kind = from.take<std::uint8_t>();
    column.optional = from.take<std::uint8_t>() != 0;
    column.count = from.take<std::uint32_t>();
    if (kind >= kinds) return false;
    column.kind = static_cast<Kind>(kind);
    schema.columns.push_back(std::move(column));
  }
  schema.key = from.take_columns(schema.columns.size());
  for (auto left = from.take<std::uint16_t>(); left > 0 && from.good(); --left) {
    Index index;
    index.ordered = from.take<std::uint8_t>() != 0;
    index.unique = from.take<std::uint8_t>() != 0;
    index.columns = from.take_columns(schema.columns.size());
    schema.indexes.push_back(std::move(index));
  }
  return from.at_end();
}

// In words, the first thing in which two schemas differ.
inline std::string difference(const Schema& there, const Schema& wanted) {
  if (there.name != wanted.name) return "it is called " + there.name + ", not " + wanted.name;
  for (std::size_t i = 0; i < there.columns.size() && i < wanted.columns.size(); ++i) {
    const auto& is = there.columns[i];
    const auto& should = wanted.columns[i];
    if (is.name != should.name)
      return "column " + std::to_string(i + 1) + " is called " + is.name + ", not " + should.name;
    if (is.kind != should.kind)
      return "column " + is.name + " is " + kind_name(is.kind) + ", not " + kind_name(should.kind);
    if (!(is == should)) return "column " + is.name + " differs in being optional or an array";
  }
  if (there.columns.size() != wanted.columns.size())
    return "it has " + std::to_string(there.columns.size()) + " columns, not " + std::to_string(wanted.columns.size());
  return there.key == wanted.key ? "it has other indexes" : "it has another primary key";
}

}  // namespace laterbase::worktable::space
