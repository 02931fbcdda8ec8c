#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// What a column may hold. The names are PostgreSQL's, and so is what each holds; modifiers (VARCHAR(10),
// NUMERIC(10,2)) are casts of the plan and no part of a type here.
namespace laterbase::ivm {

enum class TypeKind : std::uint8_t {
  unknown,      // only NULL: an untyped literal
  boolean,      // bool
  integer,      // 32 bits, held as 64
  bigint,       // 64 bits
  real8,        // double precision
  numeric,      // Decimal (decimal.h)
  text,         // UTF-8, compared byte by byte (collation "C")
  bytea,        // bytes
  timestamptz,  // microseconds since 1970-01-01 UTC; the extremes of the integer are -infinity and infinity
  timestamp,    // the same without a zone
  date,         // days since 1970-01-01; the extremes as above
  time,         // microseconds since midnight
  interval,     // Interval (value.h)
  jsonb,        // the canonical text that PostgreSQL would print
  array,        // one dimension, of `element`
};

struct Type {
  TypeKind kind = TypeKind::unknown;
  TypeKind element = TypeKind::unknown;  // of arrays

  friend bool operator==(const Type&, const Type&) = default;
};

// Held in a row's eight-byte slot itself; the rest lie behind the slots.
constexpr bool is_fixed_width(TypeKind kind) noexcept {
  switch (kind) {
    case TypeKind::numeric:
    case TypeKind::text:
    case TypeKind::bytea:
    case TypeKind::interval:
    case TypeKind::jsonb:
    case TypeKind::array:
      return false;
    default:
      return true;
  }
}

// PostgreSQL's name: "double precision", "bigint[]".
std::string name_of(Type type);

struct Column {
  std::string name;
  Type type;

  friend bool operator==(const Column&, const Column&) = default;
};

using Schema = std::vector<Column>;

}  // namespace laterbase::ivm
