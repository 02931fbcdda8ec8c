#include "views/sql/spread.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "engine/ivm/decimal.h"
#include "engine/ivm/expression.h"

namespace laterbase::sql {
namespace {

using ivm::Decimal;
using ivm::TypeKind;
using ivm::Value;
using Integer = Decimal::Integer;

// A number as so many units of 10^-scale, or, of doubles, of 2^-scale.
struct Units {
  Integer value;
  std::int32_t scale = 0;
};

Units units_of(double value) {
  int exponent = 0;
  const double fraction = std::frexp(value, &exponent);
  auto mantissa = static_cast<std::int64_t>(std::ldexp(fraction, 53));
  exponent -= 53;
  if (mantissa == 0) return {};
  const int zeros = std::countr_zero(static_cast<std::uint64_t>(mantissa));
  mantissa >>= zeros;
  exponent += zeros;
  if (exponent <= 0) return {Integer{mantissa}, -exponent};
  return {Integer{mantissa} << static_cast<unsigned>(exponent), 0};
}

Units units_of(const Value& value) {
  if (value.kind() == TypeKind::real8) return units_of(value.as_double());
  if (value.kind() != TypeKind::numeric) return {Integer{value.as_int()}, 0};
  const Decimal decimal = value.as_decimal();
  return {decimal.unscaled(), decimal.scale()};
}

bool is_finite(const Value& value) {
  if (value.kind() == TypeKind::real8) return std::isfinite(value.as_double());
  return value.kind() != TypeKind::numeric || value.as_decimal().is_finite();
}

Integer power(bool of_two, std::int32_t exponent) {
  if (of_two) return Integer{1} << static_cast<unsigned>(exponent);
  return boost::multiprecision::pow(Integer{10}, static_cast<unsigned>(exponent));
}

// The variance is above / below, in units of the square of scale's.
struct Fraction {
  Integer above, below;
  std::int32_t scale = 0;
};

Fraction variance_of(std::span<const Value> values, bool sample) {
  Fraction fraction;
  std::vector<Units> all;
  for (const Value& value : values) {
    all.push_back(units_of(value));
    fraction.scale = std::max(fraction.scale, all.back().scale);
  }
  const bool of_two = values.front().kind() == TypeKind::real8;
  Integer sum;
  Integer squares;
  for (const Units& at : all) {
    const Integer units = at.value * power(of_two, fraction.scale - at.scale);
    sum += units;
    squares += units * units;
  }
  const Integer count{values.size()};
  fraction.above = count * squares - sum * sum;
  fraction.below = count * (count - (sample ? 1 : 0));
  return fraction;
}

// As numeric_stddev_internal() of PostgreSQL's numeric.c rounds.
Decimal numeric_spread(const Fraction& fraction, bool root) {
  if (fraction.above == 0) return {};
  const Decimal variance = Decimal{fraction.above, 2 * fraction.scale} / Decimal{fraction.below, 0};
  if (!root) return variance;
  const std::int32_t digits = variance.scale();
  const Integer scaled = variance.unscaled() * power(false, digits + 2);
  return Decimal{Integer{boost::multiprecision::sqrt(scaled)}, digits + 1}.rounded(digits);
}

// Rounded once.
double real_variance(const Fraction& fraction) {
  if (fraction.above == 0) return 0;
  // At least 65 bits of quotient; the last of 64 stands also for any rest below.
  const int missing = 66 + static_cast<int>(msb(fraction.below)) - static_cast<int>(msb(fraction.above));
  const unsigned shift = missing > 0 ? static_cast<unsigned>(missing) : 0;
  Integer whole;
  Integer rest;
  divide_qr(Integer{fraction.above << shift}, fraction.below, whole, rest);
  const unsigned dropped = static_cast<unsigned>(msb(whole)) + 1 - 64;
  const Integer head = whole >> dropped;
  const bool more = rest != 0 || (head << dropped) != whole;
  const std::uint64_t word = static_cast<std::uint64_t>(head) | (more ? 1U : 0U);
  return std::ldexp(static_cast<double>(word),
                    static_cast<int>(dropped) - static_cast<int>(shift) - 2 * fraction.scale);
}

}  // namespace

Value spread_of(std::span<const Value> values, Spread wanted) {
  if (values.size() < (wanted.sample ? 2U : 1U)) return {};
  const bool real = values.front().kind() == TypeKind::real8;
  if (!std::all_of(values.begin(), values.end(), is_finite)) {
    return real ? Value::of_double(std::nan("")) : Value::of_numeric(Decimal{Decimal::Kind::nan});
  }
  const Fraction fraction = variance_of(values, wanted.sample);
  if (!real) return Value::of_numeric(numeric_spread(fraction, wanted.root));
  const double variance = real_variance(fraction);
  if (std::isinf(variance)) throw ivm::EvalError("22003", "value out of range: overflow");
  return Value::of_double(wanted.root ? std::sqrt(variance) : variance);
}

}  // namespace laterbase::sql
