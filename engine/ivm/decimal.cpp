#include "engine/ivm/decimal.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "engine/base/bytes.h"
#include "engine/ivm/expression.h"

namespace laterbase::ivm {
namespace {

using Integer = Decimal::Integer;
using Kind = Decimal::Kind;

// PostgreSQL's limits (numeric.c).
constexpr std::int32_t most_digits_before_point = 131'072;
constexpr std::int32_t most_scale = 16'383;
constexpr std::int32_t most_display_scale = 1'000;
constexpr std::int32_t least_significant_digits = 16;
constexpr std::int32_t digits_of_group = 4;  // its digits are of base 10,000, and the scale of quotients shows it

const Integer& small_power_of_ten(std::size_t exponent) {
  static const std::vector<Integer> powers = [] {
    std::vector<Integer> made{1};
    while (made.size() < 64) made.push_back(made.back() * 10);
    return made;
  }();
  return powers[exponent];
}

Integer power_of_ten(std::int32_t exponent) {
  if (exponent < 64) return small_power_of_ten(static_cast<std::size_t>(exponent));
  return boost::multiprecision::pow(Integer{10}, static_cast<unsigned>(exponent));
}

// Decimal digits of a positive integer.
std::int32_t digits_of(const Integer& value) {
  auto digits = static_cast<std::int32_t>(static_cast<double>(msb(value)) * 0.30102999566398120) + 1;
  if (value >= power_of_ten(digits)) ++digits;
  return digits;
}

Integer divide_half_away(const Integer& value, const Integer& by) {
  Integer quotient, rest;
  divide_qr(value, by, quotient, rest);
  if (2 * abs(rest) >= abs(by)) quotient += (value.sign() < 0) == (by.sign() < 0) ? 1 : -1;
  return quotient;
}

Integer unscaled_at(const Decimal& value, std::int32_t scale) {
  return scale == value.scale() ? value.unscaled() : Integer(value.unscaled() * power_of_ten(scale - value.scale()));
}

// The place of the first digit in base 10,000, and that digit.
struct Leading {
  std::int32_t weight = 0;
  std::int32_t digit = 0;
};

std::int32_t floor_divide(std::int32_t value, std::int32_t by) {
  return value >= 0 ? value / by : -((-value + by - 1) / by);
}

Leading leading_of(const Decimal& value) {
  if (value.sign() == 0) return {};
  const Integer magnitude = abs(value.unscaled());
  const std::int32_t digits = digits_of(magnitude);
  const std::int32_t exponent = digits - 1 - value.scale();
  const std::int32_t weight = floor_divide(exponent, digits_of_group);
  const std::int32_t shown = exponent - digits_of_group * weight + 1;
  const Integer first = digits >= shown ? Integer(magnitude / power_of_ten(digits - shown))
                                        : Integer(magnitude * power_of_ten(shown - digits));
  return {weight, static_cast<std::int32_t>(first)};
}

// select_div_scale() of PostgreSQL's numeric.c.
std::int32_t scale_of_quotient(const Decimal& left, const Decimal& right) {
  const Leading of_left = leading_of(left), of_right = leading_of(right);
  std::int32_t weight = of_left.weight - of_right.weight;
  if (of_left.digit <= of_right.digit) --weight;
  const std::int32_t scale = least_significant_digits - weight * digits_of_group;
  return std::min(std::max({scale, left.scale(), right.scale(), 0}), most_display_scale);
}

Decimal checked(Decimal value) {
  if (value.scale() > most_scale) value = value.rounded(most_scale);
  if (value.sign() == 0) return value;
  // Only where it may be too large is it worth counting digits.
  if (msb(abs(value.unscaled())) < 400'000) return value;
  if (digits_of(abs(value.unscaled())) - value.scale() <= most_digits_before_point) return value;
  throw EvalError("22003", "value overflows numeric format");
}

Decimal infinity_of(int sign) { return Decimal{sign < 0 ? Kind::negative_infinity : Kind::infinity}; }

[[noreturn]] void divided_by_zero() { throw EvalError("22012", "division by zero"); }

bool is_any_nan(const Decimal& left, const Decimal& right) { return left.is_nan() || right.is_nan(); }

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<Decimal> parse_special(std::string_view text) {
  std::string lower;
  for (const char c : text) lower += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  if (lower == "nan") return Decimal{Kind::nan};
  const bool negative = lower.starts_with('-');
  const std::string_view name = std::string_view{lower}.substr(negative || lower.starts_with('+') ? 1 : 0);
  if (name != "inf" && name != "infinity") return std::nullopt;
  return infinity_of(negative ? -1 : 1);
}

std::string_view take_digits(std::string_view& text) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  const std::string_view digits = text.substr(0, count);
  text.remove_prefix(count);
  return digits;
}

// "e-5" to the end of the text; nothing if it is not that.
std::optional<std::int32_t> parse_exponent(std::string_view text) {
  if (text.empty()) return 0;
  if (text[0] != 'e' && text[0] != 'E') return std::nullopt;
  text.remove_prefix(1);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const std::string_view digits = take_digits(text);
  if (digits.empty() || !text.empty() || digits.size() > 7) return std::nullopt;
  const int value = std::atoi(std::string(digits).c_str());
  return negative ? -value : value;
}

Integer integer_of(std::string digits) {
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));  // a leading 0 would mean octal
  return digits.empty() ? Integer{0} : Integer{digits};
}

}  // namespace

std::optional<Decimal> Decimal::parse(std::string_view text) {
  text = trimmed(text);
  if (const auto special = parse_special(text)) return special;
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const std::string_view before = take_digits(text);
  std::string_view behind;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    behind = take_digits(text);
  }
  const auto exponent = parse_exponent(text);
  if (!exponent || (before.empty() && behind.empty())) return std::nullopt;
  const std::int64_t scale = static_cast<std::int64_t>(behind.size()) - *exponent;
  if (static_cast<std::int64_t>(before.size()) + *exponent > most_digits_before_point || scale > most_scale) {
    return std::nullopt;
  }
  Integer unscaled = integer_of(std::string(before) + std::string(behind));
  if (scale < 0) unscaled *= power_of_ten(static_cast<std::int32_t>(-scale));
  if (negative) unscaled = -unscaled;
  return Decimal{std::move(unscaled), static_cast<std::int32_t>(std::max<std::int64_t>(scale, 0))};
}

Decimal Decimal::from_double(double value) {
  if (std::isnan(value)) return Decimal{Kind::nan};
  if (std::isinf(value)) return infinity_of(value < 0 ? -1 : 1);
  return *parse(fmt::format("{:.15g}", value));
}

int Decimal::sign() const noexcept {
  switch (kind_) {
    case Kind::nan:
      return 0;
    case Kind::infinity:
      return 1;
    case Kind::negative_infinity:
      return -1;
    case Kind::finite:
      break;
  }
  return unscaled_.sign();
}

std::string Decimal::to_string() const {
  if (is_nan()) return "NaN";
  if (!is_finite()) return sign() < 0 ? "-Infinity" : "Infinity";
  std::string digits = Integer(abs(unscaled_)).str();
  const auto behind = static_cast<std::size_t>(scale_);
  if (digits.size() <= behind) digits.insert(0, behind + 1 - digits.size(), '0');
  if (behind > 0) digits.insert(digits.size() - behind, 1, '.');
  return unscaled_.sign() < 0 ? "-" + digits : digits;
}

double Decimal::to_double() const { return std::strtod(to_string().c_str(), nullptr); }

std::optional<std::int64_t> Decimal::to_int64() const {
  if (!is_finite()) return std::nullopt;
  const Integer whole = rounded(0).unscaled_;
  if (whole > INT64_MAX || whole < INT64_MIN) return std::nullopt;
  return static_cast<std::int64_t>(whole);
}

Decimal Decimal::rounded(std::int32_t scale) const {
  if (!is_finite()) return *this;
  if (scale >= scale_) return {unscaled_at(*this, scale), scale};
  Integer value = divide_half_away(unscaled_, power_of_ten(scale_ - scale));
  if (scale >= 0) return {std::move(value), scale};
  return {value * power_of_ten(-scale), 0};
}

Decimal Decimal::truncated(std::int32_t scale) const {
  if (!is_finite()) return *this;
  if (scale >= scale_) return {unscaled_at(*this, scale), scale};
  Integer value = unscaled_ / power_of_ten(scale_ - scale);
  if (scale >= 0) return {std::move(value), scale};
  return {value * power_of_ten(-scale), 0};
}

Decimal Decimal::floor() const {
  Decimal whole = truncated(0);
  return is_finite() && whole > *this ? whole - Decimal{1} : whole;
}

Decimal Decimal::ceiling() const {
  Decimal whole = truncated(0);
  return is_finite() && whole < *this ? whole + Decimal{1} : whole;
}

Decimal Decimal::negated() const {
  if (is_finite()) return {-unscaled_, scale_};
  return is_nan() ? *this : infinity_of(-sign());
}

Decimal Decimal::absolute() const { return sign() < 0 ? negated() : *this; }

Decimal Decimal::normalised() const {
  if (!is_finite() || scale_ == 0) return *this;
  Integer value = unscaled_;
  std::int32_t scale = scale_;
  Integer quotient, rest;
  while (scale > 0) {
    divide_qr(value, small_power_of_ten(1), quotient, rest);
    if (rest != 0) break;
    value = quotient;
    --scale;
  }
  return {std::move(value), scale};
}

Decimal operator+(const Decimal& left, const Decimal& right) {
  if (is_any_nan(left, right)) return Decimal{Kind::nan};
  if (!left.is_finite() && !right.is_finite()) return left.kind_ == right.kind_ ? left : Decimal{Kind::nan};
  if (!left.is_finite()) return left;
  if (!right.is_finite()) return right;
  const std::int32_t scale = std::max(left.scale_, right.scale_);
  return checked({unscaled_at(left, scale) + unscaled_at(right, scale), scale});
}

Decimal operator-(const Decimal& left, const Decimal& right) { return left + right.negated(); }

Decimal operator*(const Decimal& left, const Decimal& right) {
  if (is_any_nan(left, right)) return Decimal{Kind::nan};
  if (left.is_finite() && right.is_finite())
    return checked({left.unscaled_ * right.unscaled_, left.scale_ + right.scale_});
  const int sign = left.sign() * right.sign();
  return sign == 0 ? Decimal{Kind::nan} : infinity_of(sign);
}

Decimal operator/(const Decimal& left, const Decimal& right) {
  if (is_any_nan(left, right)) return Decimal{Kind::nan};
  if (!left.is_finite() && !right.is_finite()) return Decimal{Kind::nan};
  if (right.sign() == 0) divided_by_zero();
  if (!left.is_finite()) return infinity_of(left.sign() * right.sign());
  if (!right.is_finite()) return {};
  const std::int32_t scale = scale_of_quotient(left, right);
  // left / right at `scale` digits, of integers: the scales cancel but for what is missing.
  const std::int32_t shift = scale - left.scale_ + right.scale_;
  Integer above = left.unscaled_, below = right.unscaled_;
  (shift >= 0 ? above : below) *= power_of_ten(std::abs(shift));
  return checked({divide_half_away(above, below), scale});
}

Decimal operator%(const Decimal& left, const Decimal& right) {
  if (is_any_nan(left, right)) return Decimal{Kind::nan};
  if (right.sign() == 0) divided_by_zero();
  if (!left.is_finite()) return Decimal{Kind::nan};
  if (!right.is_finite()) return left;
  const std::int32_t scale = std::max(left.scale_, right.scale_);
  return {unscaled_at(left, scale) % unscaled_at(right, scale), scale};
}

std::strong_ordering operator<=>(const Decimal& left, const Decimal& right) {
  const auto rank = [](const Decimal& value) {  // of the kinds among each other
    return value.is_nan() ? 2 : value.is_finite() ? 0 : value.sign();
  };
  if (!left.is_finite() || !right.is_finite()) return rank(left) <=> rank(right);
  const std::int32_t scale = std::max(left.scale_, right.scale_);
  const int order = unscaled_at(left, scale).compare(unscaled_at(right, scale));
  return order <=> 0;
}

// Kind and sign | scale | magnitude, the lowest byte first.
std::string Decimal::encode() const {
  constexpr char negative = 4;
  std::string bytes;
  bytes.push_back(static_cast<char>(static_cast<int>(kind_) | (unscaled_.sign() < 0 ? negative : 0)));
  append_le(bytes, static_cast<std::uint16_t>(scale_));
  if (unscaled_.sign() == 0) return bytes;
  export_bits(Integer(abs(unscaled_)), std::back_inserter(bytes), 8, false);
  return bytes;
}

Decimal Decimal::decode(std::string_view bytes) {
  constexpr int negative = 4;
  const int head = bytes[0];
  Decimal value{static_cast<Kind>(head & 3)};
  value.scale_ = load_le<std::uint16_t>(bytes.data() + 1);
  if (bytes.size() == 3) return value;
  const auto* magnitude = reinterpret_cast<const unsigned char*>(bytes.data());
  import_bits(value.unscaled_, magnitude + 3, magnitude + bytes.size(), 8, false);
  if (head & negative) value.unscaled_ = -value.unscaled_;
  return value;
}

}  // namespace laterbase::ivm
