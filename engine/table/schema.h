#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/error.h"

// What a table's rows look like, known at run time. A row is packed, little-endian, without padding:
//
//   null bits     one bit for each optional column, set where there is no value; rounded up to bytes
//   fixed columns in the order of the declaration, first those of whole words (a multiple of 8 bytes), which so stand
//                 where one load gets them, then the others; an absent value is zeros
//   ends          one u16 for each variable column (text, bytes, arrays of any length): where its bytes end,
//                 counted from the first byte after the ends
//   bytes         of the variable columns, one after the other
namespace laterbase::worktable {

enum class Kind : std::uint8_t { u8, u16, u32, u64, i8, i16, i32, i64, f32, f64, boolean, text, bytes, link };

std::uint32_t kind_width(Kind kind) noexcept;  // bytes of one value; 0 for text and bytes
const char* kind_name(Kind kind) noexcept;

constexpr std::uint32_t any_count = 0xffffffff;  // an array of any length

struct Column {
  std::string name;
  Kind kind = Kind::u64;
  bool optional = false;
  std::uint32_t count = 0;  // 0: one value; n: an array of n; any_count: an array of any length

  bool variable() const noexcept { return kind == Kind::text || kind == Kind::bytes || count == any_count; }
  std::uint32_t width() const noexcept { return variable() ? 0 : kind_width(kind) * (count == 0 ? 1 : count); }
  bool operator==(const Column&) const = default;
};

enum class IndexKind : std::uint8_t { hashed, ordered };

struct Index {
  std::vector<std::uint32_t> columns;  // their numbers, the most significant first
  IndexKind kind = IndexKind::hashed;
  bool unique = false;
  bool operator==(const Index&) const = default;
};

struct Schema {
  std::string name;
  std::vector<Column> columns;
  std::vector<std::uint32_t> key;  // columns of the primary key; empty: rows have no identity but their link
  std::vector<Index> indexes;
  // The key is one unsigned number that is counted up from row to row, so that rows are found by it as in an array.
  // Only about memory and speed: any number may be a key.
  bool counted_key = false;

  bool operator==(const Schema&) const = default;
  // Where a column stands: its number, or columns.size().
  std::uint32_t find(std::string_view column) const noexcept;
};

// Refuses in words what cannot be a table: no columns, a name twice, a key of optional columns or arrays, a counted key
// that isn't one unsigned number, an index of columns that aren't there, rows that fit no page.
Result<void> check(const Schema& schema, std::uint32_t page_bytes);

// Where in a row each column is. Computed once a table.
struct Place {
  std::uint32_t offset = 0;    // fixed: from the row's start; variable: its position among the ends
  std::uint32_t width = 0;     // fixed: bytes; variable: 0
  std::int32_t null_bit = -1;  // -1: never absent
};

class Layout {
 public:
  explicit Layout(const Schema& schema);

  const Place& place(std::uint32_t column) const noexcept { return places_[column]; }
  std::uint32_t columns() const noexcept { return static_cast<std::uint32_t>(places_.size()); }
  std::uint32_t ends_offset() const noexcept { return ends_offset_; }
  std::uint32_t variables() const noexcept { return variables_; }
  std::uint32_t least_bytes() const noexcept { return ends_offset_ + 2 * variables_; }

 private:
  std::vector<Place> places_;
  std::uint32_t ends_offset_ = 0;
  std::uint32_t variables_ = 0;
};

}  // namespace laterbase::worktable
