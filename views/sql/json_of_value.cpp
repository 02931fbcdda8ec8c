#include "views/sql/json_of_value.h"

#include "views/sql/types.h"

namespace laterbase::sql {

using ivm::TypeKind;
using ivm::Value;

// Any value as JSON: numbers and booleans as they are, times in ISO 8601, all else as text.
JsonValue json_of(const Value& value) {
  using Kind = JsonValue::Kind;
  if (value.is_null()) return {};
  if (value.kind() == TypeKind::jsonb) return parse_json(value.as_bytes());
  if (value.kind() == TypeKind::boolean) return {Kind::boolean, value.as_bool(), {}, {}, {}};
  if (value.kind() == TypeKind::array) {
    JsonValue array{Kind::array, false, {}, {}, {}};
    for (const Value& element : value.as_array()) array.items.push_back(json_of(element));
    return array;
  }
  std::string text = print_value(value, {value.kind()});
  const bool number = category_of({value.kind()}) == 'N' && text.find_first_of("NI") == std::string::npos;
  if (number) return {Kind::number, false, plain_number(text).value_or(text), {}, {}};
  const bool moment = value.kind() == TypeKind::timestamp || value.kind() == TypeKind::timestamptz;
  if (moment && text.find(' ') != std::string::npos) text[text.find(' ')] = 'T';
  const std::size_t zone = value.kind() == TypeKind::timestamptz ? text.find("+00") : std::string::npos;
  if (zone != std::string::npos) text.insert(zone + 3, ":00");  // before " BC"
  return {Kind::string, false, text, {}, {}};
}
void append_json(std::string& to, const Value& value, ivm::Type type) {
  switch (value.kind()) {
    case TypeKind::unknown:
      to += "null";
      return;
    case TypeKind::boolean:
    case TypeKind::integer:
    case TypeKind::bigint:
      to += print_value(value, type);
      return;
    case TypeKind::text:
      to += quote_json(value.as_text());
      return;
    case TypeKind::jsonb:
      to += value.as_bytes();
      return;
    default:
      to += print_json(json_of(value));
      return;
  }
}

}  // namespace laterbase::sql
