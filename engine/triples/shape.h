#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/error.h"
#include "engine/ivm/type.h"

// A table as it was declared: its columns, each with the field number that is its identity. Names may change, numbers
// stay; a number that is left out is hidden, and its facts wait.
namespace laterbase::triples {

// How the facts of one cell, which nobody ordered, become one value.
enum class Merge : std::uint8_t {
  last_writer,  // of the greatest version
  counter,      // {"inc": n}: their sum
  set,          // {"add": x}, {"remove": x}: a remove takes away the adds before it
  max,
  min,
};

struct Column {
  std::string name;
  ivm::Type type;
  int number = 0;  // from 1
  Merge merge = Merge::last_writer;
  bool not_null = false;
  int precision = 0;              // of NUMERIC(precision, scale); 0: any
  std::optional<int> scale;       // of NUMERIC(precision, scale)
  std::optional<int> text_limit;  // of VARCHAR(n)
  std::string default_value;      // JSON; empty where there is none

  bool operator==(const Column&) const = default;
};

struct Shape {
  std::vector<Column> columns;                   // those that show, in order
  std::vector<std::size_t> key;                  // places in `columns`; of none, a subject is only a name
  std::vector<std::vector<std::size_t>> unique;  // besides the key
  bool strict = false;

  bool operator==(const Shape&) const = default;
  std::optional<std::size_t> find(std::string_view name) const noexcept;
  bool is_key(std::size_t column) const noexcept;
};

// As a declaration carries it.
std::string to_json(const Shape& shape);
// Errors: ErrorCode::invalid. It may have come from anywhere.
Result<Shape> parse_shape(std::string_view json);

}  // namespace laterbase::triples
