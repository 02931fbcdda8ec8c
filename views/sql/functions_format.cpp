#include <cmath>

#include <fmt/format.h>

#include "engine/ivm/decimal.h"
#include "views/sql/evaluated.h"
#include "views/sql/function_tables.h"
#include "views/sql/number_format.h"
#include "views/sql/types.h"
#include "views/sql/utf8.h"

// Text made of values by a pattern: to_char() of numbers, format(), and quoting.
namespace laterbase::sql {
namespace {

using ivm::Decimal;
using ivm::EvalError;
using ivm::Type;
using ivm::TypeKind;
using ivm::Value;
using Args = std::span<const Value>;

constexpr std::size_t longest_text = std::size_t{16} << 20;

FormattedNumber number_of(std::string digits) {
  const bool negative = digits.starts_with('-');
  if (negative) digits.erase(0, 1);
  return {negative, std::move(digits)};
}

Decimal multiplied(Decimal value, int times) {
  for (int i = 0; i < times; ++i) value = value * Decimal(10);
  return value;
}

Value whole_to_char(Args args, Type) {
  return evaluated([&] {
    const NumberFormat format(args[1].as_text());
    const Decimal value = multiplied(Decimal(args[0].as_int()), format.multiplied());
    return Value::of_text(format.print(number_of(value.rounded(format.places()).to_string())));
  });
}
Value numeric_to_char(Args args, Type) {
  return evaluated([&] {
    const NumberFormat format(args[1].as_text());
    const Decimal value = multiplied(args[0].as_decimal(), format.multiplied());
    return Value::of_text(format.print(number_of(value.rounded(format.places()).to_string())));
  });
}
// No more digits than a double has.
Value real_to_char(Args args, Type) {
  return evaluated([&] {
    constexpr int most_digits = 15;
    NumberFormat format(args[1].as_text());
    const double value = args[0].as_double() * std::pow(10.0, format.multiplied());
    if (!std::isfinite(value)) {
      return Value::of_text(format.print({value < 0, std::isnan(value) ? "NaN" : "Infinity"}));
    }
    const auto before_point = static_cast<int>(fmt::format("{:.0f}", std::fabs(value)).size());
    format.limit_places(std::clamp(most_digits - before_point, 0, format.places()));
    return Value::of_text(format.print(number_of(fmt::format("{:.{}f}", value, format.places()))));
  });
}

std::string printed(const Value& value) {
  if (value.kind() == TypeKind::boolean) return value.as_bool() ? "t" : "f";
  return print_value(value, {value.kind()});
}

std::string as_literal(std::string_view text) {
  std::string result = text.find('\\') == std::string_view::npos ? "'" : "E'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') result += c;
    result += c;
  }
  return result + "'";
}
Value quote_literal(Args args, Type) { return Value::of_text(as_literal(print_value(args[0], {args[0].kind()}))); }
Value quote_nullable(Args args, Type) {
  return Value::of_text(args[0].is_null() ? "NULL" : as_literal(print_value(args[0], {args[0].kind()})));
}

// One %-specifier of format(): %[position$][-][width]type.
struct Specifier {
  std::size_t position = 0;
  bool left = false;
  std::size_t width = 0;
  char type = 0;
};

std::size_t take_number(std::string_view& rest) {
  std::size_t number = 0;
  while (!rest.empty() && rest[0] >= '0' && rest[0] <= '9') {
    number = std::min<std::size_t>(number * 10 + static_cast<std::size_t>(rest[0] - '0'), longest_text + 1);
    rest.remove_prefix(1);
  }
  if (number > longest_text) throw EvalError("54000", "requested length too large");
  return number;
}

Specifier take_specifier(std::string_view& rest) {
  Specifier specifier;
  const std::string_view before = rest;
  const std::size_t number = take_number(rest);
  if (rest.starts_with('$')) {
    if (number == 0) throw EvalError("22023", "format specifies argument 0, but arguments are numbered from 1");
    specifier.position = number;
    rest.remove_prefix(1);
  } else {
    rest = before;
  }
  while (rest.starts_with('-')) {
    specifier.left = true;
    rest.remove_prefix(1);
  }
  specifier.width = take_number(rest);
  if (rest.empty()) throw EvalError("22023", "unterminated format() type specifier");
  specifier.type = rest[0];
  if (specifier.type == 'I' || specifier.type == '*') {
    throw EvalError("0A000", std::string("format() with %") + specifier.type + " is not supported");
  }
  if (specifier.type != 's' && specifier.type != 'L') {
    throw EvalError("22023", "unrecognized format() type specifier \"" +
                                 std::string(rest.substr(0, character_size(rest, 0))) + "\"");
  }
  rest.remove_prefix(1);
  return specifier;
}

std::string padded(std::string text, const Specifier& specifier) {
  const std::size_t there = characters_in(text);
  if (there >= specifier.width) return text;
  const std::string blanks(specifier.width - there, ' ');
  return specifier.left ? text + blanks : blanks + text;
}

Value format(Args args, Type) {
  if (args[0].is_null()) return {};
  std::string result;
  std::string_view rest = args[0].as_text();
  std::size_t next = 1;
  while (!rest.empty()) {
    if (rest[0] != '%' || rest.starts_with("%%")) {
      result += rest[0];
      rest.remove_prefix(rest[0] == '%' ? 2 : 1);
      continue;
    }
    rest.remove_prefix(1);
    const Specifier specifier = take_specifier(rest);
    const std::size_t at = specifier.position != 0 ? specifier.position : next;
    next = at + 1;
    if (at >= args.size()) throw EvalError("22023", "too few arguments for format()");
    const bool null = args[at].is_null();
    const bool literal = specifier.type == 'L';
    const std::string text = null ? literal ? "NULL" : "" : printed(args[at]);
    result += padded(literal && !null ? as_literal(text) : text, specifier);
    if (result.size() > longest_text) throw EvalError("54000", "requested length too large");
  }
  return Value::of_text(result);
}

Value chr(Args args, Type) {
  const std::int64_t code = args[0].as_int();
  if (code == 0) throw EvalError("54000", "null character not permitted");
  if (code < 0) throw EvalError("54000", "character number must be positive");
  if (code > 0x10FFFF) throw EvalError("54000", "requested character too large for encoding: " + std::to_string(code));
  if (code >= 0xD800 && code <= 0xDFFF) {
    throw EvalError("54000", "requested character not valid for encoding: " + std::to_string(code));
  }
  const auto byte = [](std::int64_t bits) { return static_cast<char>(bits); };
  if (code < 0x80) return Value::of_text(std::string{byte(code)});
  if (code < 0x800) return Value::of_text(std::string{byte(0xC0 | code >> 6), byte(0x80 | (code & 63))});
  if (code < 0x10000) {
    return Value::of_text(
        std::string{byte(0xE0 | code >> 12), byte(0x80 | (code >> 6 & 63)), byte(0x80 | (code & 63))});
  }
  return Value::of_text(std::string{byte(0xF0 | code >> 18), byte(0x80 | (code >> 12 & 63)),
                                    byte(0x80 | (code >> 6 & 63)), byte(0x80 | (code & 63))});
}

// overlay(text placing new from start for count).
Value overlay(Args args, Type) {
  const std::string_view text = args[0].as_text();
  const std::int64_t from = args[2].as_int();
  const auto count = args.size() > 3 ? args[3].as_int() : static_cast<std::int64_t>(characters_in(args[1].as_text()));
  if (from <= 0) throw EvalError("22011", "negative substring length not allowed");
  const auto cut = [&](std::int64_t character) {
    return byte_of_character(text, static_cast<std::size_t>(std::max<std::int64_t>(character, 0)));
  };
  std::string result(text.substr(0, cut(from - 1)));
  result += args[1].as_text();
  result += text.substr(cut(from - 1 + count));
  return Value::of_text(result);
}

}  // namespace

void add_format_functions(Tables& tables) {
  using enum TypeKind;
  auto& functions = tables.functions;
  for (const TypeKind type : {integer, bigint})
    functions.push_back({"to_char", {type, text}, text, whole_to_char, true});
  functions.push_back({"to_char", {numeric, text}, text, numeric_to_char, true});
  functions.push_back({"to_char", {real8, text}, text, real_to_char, true});
  functions.push_back({"format", {text}, text, format, true, false});
  functions.push_back({"format", {text, Pseudo::any}, text, format, true, false, true});
  functions.push_back({"quote_literal", {Pseudo::any}, text, quote_literal});
  functions.push_back({"quote_nullable", {Pseudo::any}, text, quote_nullable, false, false});
  functions.push_back({"chr", {integer}, text, chr, true});
  functions.push_back({"overlay", {text, text, integer}, text, overlay, true});
  functions.push_back({"overlay", {text, text, integer, integer}, text, overlay, true});
}

}  // namespace laterbase::sql
