#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "engine/ivm/decimal.h"
#include "engine/ivm/expression.h"
#include "views/sql/array_text.h"
#include "views/sql/datetime.h"
#include "views/sql/evaluated.h"
#include "views/sql/json_value.h"
#include "views/sql/real_text.h"
#include "views/sql/types.h"

namespace laterbase::sql {
namespace {

using ivm::EvalError;
using ivm::Type;
using ivm::TypeKind;
using ivm::Value;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\n\r\f\v";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) + 1 - first);
}

[[noreturn]] void wrong_syntax(std::string_view text, Type type) {
  throw EvalError("22P02", "invalid input syntax for type " + ivm::name_of(type) + ": \"" + std::string(text) + "\"");
}

std::int64_t parse_integer(std::string_view text, Type type, std::int64_t least, std::int64_t most) {
  std::string_view inside = trimmed(text);
  if (inside.starts_with('+') && !inside.starts_with("+-")) inside.remove_prefix(1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(inside.data(), inside.data() + inside.size(), value);
  if (error == std::errc::invalid_argument || end != inside.data() + inside.size()) wrong_syntax(text, type);
  if (error != std::errc() || value < least || value > most) {
    throw EvalError("22003", "value \"" + std::string(text) + "\" is out of range for type " + ivm::name_of(type));
  }
  return value;
}

bool parse_boolean(std::string_view text) {
  std::string word(trimmed(text));
  for (char& c : word) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  const auto begins = [&](std::string_view full, std::size_t least) {
    return word.size() >= least && full.starts_with(word);
  };
  if (begins("true", 1) || begins("yes", 1) || begins("on", 2) || word == "1") return true;
  if (begins("false", 1) || begins("no", 1) || begins("off", 2) || word == "0") return false;
  wrong_syntax(text, {TypeKind::boolean});
}

std::string print_bytes(std::string_view bytes) {
  static constexpr const char* hex = "0123456789abcdef";
  std::string text = "\\x";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += hex[byte >> 4U];
    text += hex[byte & 0xFU];
  }
  return text;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  throw EvalError("22023", std::string("invalid hexadecimal digit: \"") + c + "\"");
}

std::string parse_hex(std::string_view digits) {
  std::string bytes;
  if (digits.size() % 2 != 0) throw EvalError("22023", "invalid hexadecimal data: odd number of digits");
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    bytes += static_cast<char>(hex_digit(digits[i]) * 16 + hex_digit(digits[i + 1]));
  }
  return bytes;
}

std::string parse_bytes(std::string_view text) {
  if (text.starts_with("\\x")) return parse_hex(text.substr(2));
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto octal = [&](std::size_t at, char most) {
      return at < text.size() && text[at] >= '0' && text[at] <= most;
    };
    if (text[i] != '\\') {
      bytes += text[i];
    } else if (i + 1 < text.size() && text[i + 1] == '\\') {
      bytes += text[++i];
    } else if (octal(i + 1, '3') && octal(i + 2, '7') && octal(i + 3, '7')) {
      bytes += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      throw EvalError("22P02", "invalid input syntax for type bytea");
    }
  }
  return bytes;
}

Value parse_decimal(std::string_view text) {
  const auto decimal = ivm::Decimal::parse(trimmed(text));
  if (!decimal) wrong_syntax(text, {TypeKind::numeric});
  return Value::of_numeric(*decimal);
}

Value parse_array(std::string_view text, Type type) {
  std::vector<Value> elements;
  for (const auto& element : split_array(text)) {
    elements.push_back(element ? parse_value(*element, element_of(type)) : Value());
  }
  return Value::of_array(elements);
}

std::string print_array(const Value& value, Type type) {
  std::vector<std::optional<std::string>> elements;
  for (const Value& element : value.as_array()) {
    const bool flag = element.kind() == TypeKind::boolean;
    elements.push_back(element.is_null() ? std::nullopt
                       : flag            ? std::optional<std::string>(element.as_bool() ? "t" : "f")
                                         : std::optional(print_value(element, element_of(type))));
  }
  return join_array(elements);
}

std::string print_parts(const Value& value) {
  const ivm::Interval interval = value.as_interval();
  return print_interval({interval.months, interval.days, interval.microseconds});
}

}  // namespace

std::string print_value(const Value& value, Type type) {
  switch (value.kind()) {
    case TypeKind::unknown:
      return {};
    case TypeKind::boolean:
      return value.as_bool() ? "true" : "false";
    case TypeKind::integer:
    case TypeKind::bigint:
      return std::to_string(value.as_int());
    case TypeKind::real8:
      return print_real(value.as_double());
    case TypeKind::numeric:
      return value.as_decimal().to_string();
    case TypeKind::text:
    case TypeKind::jsonb:
      return std::string(value.as_bytes());
    case TypeKind::bytea:
      return print_bytes(value.as_bytes());
    case TypeKind::timestamptz:
      return print_moment(value.as_int(), true);
    case TypeKind::timestamp:
      return print_moment(value.as_int(), false);
    case TypeKind::date:
      return print_date(value.as_int());
    case TypeKind::time:
      return print_moment(value.as_int(), false).substr(11);
    case TypeKind::interval:
      return print_parts(value);
    case TypeKind::array:
      return print_array(value, type);
  }
  return {};
}

Value parse_value(std::string_view text, Type type) {
  constexpr std::int64_t most32 = std::numeric_limits<std::int32_t>::max();
  constexpr std::int64_t most64 = std::numeric_limits<std::int64_t>::max();
  switch (type.kind) {
    case TypeKind::boolean:
      return Value::of_bool(parse_boolean(text));
    case TypeKind::integer:
      return Value::of_integer(static_cast<std::int32_t>(parse_integer(text, type, -most32 - 1, most32)));
    case TypeKind::bigint:
      return Value::of_bigint(parse_integer(text, type, -most64 - 1, most64));
    case TypeKind::real8:
      return Value::of_double(parse_real(text));
    case TypeKind::numeric:
      return parse_decimal(text);
    case TypeKind::unknown:
    case TypeKind::text:
      return Value::of_text(text);
    case TypeKind::bytea:
      return Value::of_bytes(TypeKind::bytea, parse_bytes(text));
    case TypeKind::jsonb:
      return evaluated([&] { return Value::of_bytes(TypeKind::jsonb, canonical_json(text)); });
    case TypeKind::timestamptz:
    case TypeKind::timestamp:
      return evaluated(
          [&] { return Value::of_word(type.kind, parse_moment(text, type.kind == TypeKind::timestamptz)); });
    case TypeKind::date:
      return evaluated([&] { return Value::of_word(TypeKind::date, parse_date(text)); });
    case TypeKind::interval:
      return evaluated([&] {
        const IntervalParts parts = parse_interval(text);
        return Value::of_interval(
            {static_cast<std::int32_t>(parts.months), static_cast<std::int32_t>(parts.days), parts.microseconds});
      });
    case TypeKind::array:
      return parse_array(text, type);
    case TypeKind::time:
      break;
  }
  throw EvalError("0A000", "text of type " + ivm::name_of(type) + " is not supported");
}

}  // namespace laterbase::sql
