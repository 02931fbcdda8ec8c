#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// JSONB: a document as a tree, and as PostgreSQL's text of it (members ordered by the length of their names, then by
// bytes; the last of equal names; numbers as NUMERIC prints them; one blank after colons and commas).
namespace laterbase::sql {

struct JsonValue {
  enum class Kind { null, string, number, boolean, array, object };  // in jsonb's order, but for an empty array

  Kind kind = Kind::null;
  bool flag = false;
  std::string text;  // of a string, or a number's digits
  std::vector<JsonValue> items;
  std::vector<std::pair<std::string, JsonValue>> members;

  const JsonValue* find(std::string_view name) const;
  // From the end where it is negative. Null where there is none.
  const JsonValue* at(std::int64_t index) const;
};

inline constexpr int deepest_json = 256;

// Errors: SqlException 22P02 where it is not JSON, 22P05 for \u0000, 54001 for more than deepest_json levels.
JsonValue parse_json(std::string_view text);
std::string print_json(const JsonValue& value);
// print_json(parse_json(text)).
std::string canonical_json(std::string_view text);
std::string quote_json(std::string_view text);

std::string json_type_name(const JsonValue& value);
// `text`'s digits as NUMERIC prints them: no exponent, no leading zeros, trailing zeros kept.
std::optional<std::string> plain_number(std::string_view text);

// What an SQL value of a text form becomes: the operators -> ->> #> #>> give nothing where there is nothing.
const JsonValue* json_path(const JsonValue& value, const std::vector<std::string>& path);
std::optional<std::string> json_text(const JsonValue* value);       // ->>: strings without quotes, null is nothing
bool json_contains(const JsonValue& whole, const JsonValue& part);  // @>
bool json_equal(const JsonValue& a, const JsonValue& b);

}  // namespace laterbase::sql
