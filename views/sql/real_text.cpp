#include "views/sql/real_text.h"

#include <array>
#include <charconv>
#include <cmath>

#include "engine/ivm/expression.h"

namespace laterbase::sql {
namespace {

struct Digits {
  std::string digits;  // without point
  int exponent = 0;    // of the first
};

Digits shortest(double magnitude) {
  std::array<char, 64> buffer{};
  const auto [end, error] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), magnitude, std::chars_format::scientific);
  const std::string_view text(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  const std::size_t e = text.find('e');
  Digits digits;
  for (const char c : text.substr(0, e)) {
    if (c != '.') digits.digits += c;
  }
  const std::size_t sign = text[e + 1] == '+' ? 2 : 1;
  std::from_chars(text.data() + e + sign, end, digits.exponent);
  return digits;
}

std::string fixed(const Digits& number) {
  if (number.exponent < 0) {
    return "0." + std::string(static_cast<std::size_t>(-number.exponent - 1), '0') + number.digits;
  }
  const auto whole = static_cast<std::size_t>(number.exponent) + 1;
  if (number.digits.size() <= whole) return number.digits + std::string(whole - number.digits.size(), '0');
  return number.digits.substr(0, whole) + "." + number.digits.substr(whole);
}

std::string scientific(const Digits& number) {
  std::string text = number.digits.substr(0, 1);
  if (number.digits.size() > 1) text += "." + number.digits.substr(1);
  const std::string exponent = std::to_string(std::abs(number.exponent));
  return text + (number.exponent < 0 ? "e-" : "e+") + (exponent.size() < 2 ? "0" : "") + exponent;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\n\r\f\v";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) + 1 - first);
}

}  // namespace

std::string print_real(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  if (value == 0) return std::signbit(value) ? "-0" : "0";
  const Digits digits = shortest(std::abs(value));
  const bool plain = digits.exponent >= -4 && digits.exponent < 15;
  return (value < 0 ? "-" : "") + (plain ? fixed(digits) : scientific(digits));
}

double parse_real(std::string_view text) {
  std::string_view inside = trimmed(text);
  if (inside.starts_with('+') && !inside.starts_with("+-")) inside.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(inside.data(), inside.data() + inside.size(), value);
  if (error == std::errc::invalid_argument || end != inside.data() + inside.size()) {
    throw ivm::EvalError("22P02", "invalid input syntax for type double precision: \"" + std::string(text) + "\"");
  }
  if (error != std::errc()) {
    throw ivm::EvalError("22003", "\"" + std::string(text) + "\" is out of range for type double precision");
  }
  return value;
}

}  // namespace laterbase::sql
