#include <algorithm>
#include <boost/multiprecision/cpp_dec_float.hpp>

#include "engine/ivm/decimal.h"
#include "engine/ivm/expression.h"
#include "views/sql/function.h"

namespace laterbase::sql {
namespace {

using ivm::Decimal;
using ivm::EvalError;
using ivm::Type;
using ivm::TypeKind;
using ivm::Value;
using Args = std::span<const Value>;
using Wide = boost::multiprecision::number<boost::multiprecision::cpp_dec_float<160>>;

Decimal first(Args args) { return args[0].as_decimal(); }
Decimal second(Args args) { return args[1].as_decimal(); }
Value made(const Decimal& decimal) { return Value::of_numeric(decimal); }

Value add(Args args, Type) { return made(first(args) + second(args)); }
Value subtract(Args args, Type) { return made(first(args) - second(args)); }
Value multiply(Args args, Type) { return made(first(args) * second(args)); }
Value divide(Args args, Type) { return made(first(args) / second(args)); }
Value remainder(Args args, Type) { return made(first(args) % second(args)); }
Value minus(Args args, Type) { return made(first(args).negated()); }
Value plus(Args args, Type) { return args[0]; }
Value absolute(Args args, Type) { return made(first(args).absolute()); }
Value ceiling(Args args, Type) { return made(first(args).ceiling()); }
Value floored(Args args, Type) { return made(first(args).floor()); }
Value sign(Args args, Type) { return first(args).is_nan() ? args[0] : made(Decimal(first(args).sign())); }
Value whole_division(Args args, Type) {
  const Decimal a = first(args);
  const Decimal b = second(args);
  if (!a.is_finite() || !b.is_finite()) return made((a / b).truncated(0));
  if (b.sign() == 0) throw EvalError("22012", "division by zero");
  return made(((a - a % b) / b).rounded(0));
}

std::int32_t digits_wanted(Args args) {
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(args[1].as_int(), -2000, 2000));
}
Value rounded(Args args, Type) { return made(first(args).rounded(0)); }
Value rounded_to(Args args, Type) { return made(first(args).rounded(digits_wanted(args))); }
Value truncated(Args args, Type) { return made(first(args).truncated(0)); }
Value truncated_to(Args args, Type) { return made(first(args).truncated(digits_wanted(args))); }
Value scale(Args args, Type) { return first(args).is_finite() ? Value::of_integer(first(args).scale()) : Value(); }
Value trim_scale(Args args, Type) { return made(first(args).normalised()); }

Wide wide(const Decimal& decimal) { return Wide(decimal.to_string()); }

Decimal narrow(const Wide& value, std::int32_t scale) {
  const auto parsed = Decimal::parse(value.str(scale + 8, std::ios_base::fixed));
  if (!parsed) throw EvalError("22003", "value overflows numeric format");
  return parsed->rounded(scale);
}

// PostgreSQL's weight of a number: the groups of four digits before the point, less one.
int weight_of(const Decimal& decimal) {
  if (decimal.sign() == 0) return 0;
  const std::string digits = decimal.absolute().normalised().to_string();
  const std::size_t point = std::min(digits.find('.'), digits.size());
  if (digits[0] != '0') return static_cast<int>((point + 3) / 4) - 1;
  const std::size_t zeros = digits.find_first_not_of('0', point + 1) - point - 1;
  return -static_cast<int>(zeros / 4) - 1;
}

std::int32_t within_limits(double scale, std::int32_t least) {
  return static_cast<std::int32_t>(std::clamp(scale, static_cast<double>(std::max(least, 0)), 1000.0));
}

Value square_root(Args args, Type) {
  const Decimal value = first(args);
  if (value.is_nan() || value.kind() == Decimal::Kind::infinity) return args[0];
  if (value.sign() < 0 || !value.is_finite()) {
    throw EvalError("2201F", "cannot take square root of a negative number");
  }
  const std::int32_t digits = within_limits(16 - ((weight_of(value) + 1) * 4 / 2 - 1), value.scale());
  Decimal::Integer scaled = value.unscaled();
  const int shift = 2 * (digits + 1) - value.scale();
  for (int i = 0; i < shift; ++i) scaled *= 10;
  return made(Decimal(boost::multiprecision::sqrt(scaled), digits + 1).rounded(digits));
}

const Decimal& positive(const Decimal& value) {
  if (value.sign() == 0) throw EvalError("2201E", "cannot take logarithm of zero");
  if (value.sign() < 0) throw EvalError("2201E", "cannot take logarithm of a negative number");
  return value;
}

Value natural_log(Args args, Type) {
  const Decimal value = first(args);
  if (!value.is_finite() && value.kind() != Decimal::Kind::negative_infinity) return args[0];
  const Wide result = log(wide(positive(value)));
  const double magnitude = result == 0 ? 0 : static_cast<double>(trunc(log10(abs(result))));
  return made(narrow(result, within_limits(16 - magnitude, value.scale())));
}

Value decimal_log(Args args, Type) {
  const Decimal value = first(args);
  if (!value.is_finite() && value.kind() != Decimal::Kind::negative_infinity) return args[0];
  const Wide natural = log(wide(positive(value)));
  const Wide result = log10(wide(value));
  const double magnitude = natural == 0 ? 0 : static_cast<double>(trunc(log10(abs(natural))));
  return made(narrow(result, within_limits(16 - magnitude, value.scale())));
}

double digits_of(const Wide& value) { return value == 0 ? 0 : static_cast<double>(trunc(log10(abs(value)))); }

// LOG(base, x).
Value log_of_base(Args args, Type) {
  const Decimal base = first(args);
  const Decimal value = second(args);
  if (!base.is_finite() || !value.is_finite()) {
    if (base.is_nan() || value.is_nan()) return made(Decimal(Decimal::Kind::nan));
    throw EvalError("0A000", "a logarithm of or to infinity is not supported");
  }
  const Wide below = log(wide(positive(base)));
  const Wide above = log(wide(positive(value)));
  if (below == 0) throw EvalError("22012", "division by zero");
  const double magnitude = digits_of(above) - digits_of(below);
  return made(narrow(above / below, within_limits(16 - magnitude, std::max(base.scale(), value.scale()))));
}

Value factorial(Args args, Type) {
  const std::int64_t count = args[0].as_int();
  constexpr std::int64_t most = 32177;  // of NUMERIC's digits
  if (count < 0) throw EvalError("22003", "factorial of a negative number is undefined");
  if (count > most) throw EvalError("22003", "value overflows numeric format");
  Decimal::Integer product = 1;
  for (std::int64_t i = 2; i <= count; ++i) product *= i;
  return made(Decimal(product, 0));
}

// The digits that a number needs behind the point.
Value min_scale(Args args, Type) {
  return first(args).is_finite() ? Value::of_integer(std::max(first(args).normalised().scale(), 0)) : Value();
}

// WIDTH_BUCKET(x, low, high, count): 0 before the first, count + 1 behind the last.
Value bucket(Args args, Type) {
  const Decimal low = args[1].as_decimal();
  const Decimal high = args[2].as_decimal();
  const std::int64_t count = args[3].as_int();
  if (count <= 0) throw EvalError("2201G", "count must be greater than zero");
  if (first(args).is_nan() || low.is_nan() || high.is_nan()) {
    throw EvalError("2201G", "operand, lower bound, and upper bound cannot be NaN");
  }
  if (!low.is_finite() || !high.is_finite()) throw EvalError("2201G", "lower and upper bounds must be finite");
  if (low == high) throw EvalError("2201G", "lower bound cannot equal upper bound");
  const bool up = low < high;
  if (up ? first(args) < low : first(args) > low) return Value::of_integer(0);
  if (up ? first(args) >= high : first(args) <= high) {
    if (count == INT32_MAX) throw EvalError("22003", "integer out of range");
    return Value::of_integer(static_cast<std::int32_t>(count + 1));
  }
  const Decimal place = (Decimal(count) * (first(args) - low) / (high - low)).floor();
  return Value::of_integer(static_cast<std::int32_t>(std::min(place.to_int64().value_or(0), count - 1) + 1));
}

Value exponential(Args args, Type) {
  const Decimal value = first(args);
  if (value.is_nan() || value.kind() == Decimal::Kind::infinity) return args[0];
  if (!value.is_finite()) return made(Decimal(0));
  const double decimal_weight = value.to_double() * 0.434294481903252;
  if (decimal_weight > 300) throw EvalError("22003", "value overflows numeric format");
  return made(narrow(exp(wide(value)), within_limits(16 - std::trunc(decimal_weight), value.scale())));
}

Value power(Args args, Type) {
  const Decimal base = first(args);
  const Decimal exponent = second(args);
  if (!base.is_finite() || !exponent.is_finite()) {
    return made(Decimal::from_double(std::pow(base.to_double(), exponent.to_double())));
  }
  const bool whole = exponent == exponent.truncated(0);
  if (base.sign() == 0 && exponent.sign() < 0) {
    throw EvalError("2201F", "zero raised to a negative power is undefined");
  }
  if (base.sign() < 0 && !whole) {
    throw EvalError("2201F", "a negative number raised to a non-integer power yields a complex result");
  }
  const double magnitude = base.sign() == 0 ? 0 : exponent.to_double() * std::log10(std::fabs(base.to_double()));
  if (magnitude > 140) throw EvalError("22003", "value overflows numeric format");
  const std::int32_t least = std::max(base.scale(), exponent.scale());
  if (base.sign() == 0) return made(Decimal(exponent.sign() == 0 ? 1 : 0).rounded(std::max(16, least)));
  const Wide result = pow(wide(base.absolute()), wide(exponent));
  const bool odd = whole && (exponent.truncated(0) % Decimal(2)).sign() != 0;
  return made(narrow(base.sign() < 0 && odd ? -result : result,
                     within_limits(whole ? 16 : 16 - std::trunc(magnitude), whole ? base.scale() : least)));
}

}  // namespace

void add_numeric_functions(Tables& tables) {
  using enum TypeKind;
  for (const auto& [name, evaluate] : {std::pair<const char*, Evaluate>{"+", add},
                                       {"-", subtract},
                                       {"*", multiply},
                                       {"/", divide},
                                       {"%", remainder},
                                       {"^", power}}) {
    tables.operators.push_back({name, {numeric, numeric}, numeric, evaluate, true});
  }
  for (const auto& [name, evaluate] : {std::pair<const char*, Evaluate>{"-", minus}, {"+", plus}, {"@", absolute}}) {
    tables.operators.push_back({name, {numeric}, numeric, evaluate});
  }
  for (const auto& [name, evaluate] : {std::pair<const char*, Evaluate>{"abs", absolute},
                                       {"round", rounded},
                                       {"ceil", ceiling},
                                       {"ceiling", ceiling},
                                       {"floor", floored},
                                       {"trunc", truncated},
                                       {"sign", sign},
                                       {"trim_scale", trim_scale}}) {
    tables.functions.push_back({name, {numeric}, numeric, evaluate});
  }
  for (const auto& [name, evaluate] : {std::pair<const char*, Evaluate>{"sqrt", square_root},
                                       {"exp", exponential},
                                       {"ln", natural_log},
                                       {"log", decimal_log},
                                       {"log10", decimal_log}}) {
    tables.functions.push_back({name, {numeric}, numeric, evaluate, true});
  }
  for (const auto& [name, evaluate] : {std::pair<const char*, Evaluate>{"mod", remainder},
                                       {"div", whole_division},
                                       {"power", power},
                                       {"pow", power}}) {
    tables.functions.push_back({name, {numeric, numeric}, numeric, evaluate, true});
  }
  tables.functions.push_back({"round", {numeric, integer}, numeric, rounded_to});
  tables.functions.push_back({"trunc", {numeric, integer}, numeric, truncated_to});
  tables.functions.push_back({"log", {numeric, numeric}, numeric, log_of_base, true});
  tables.functions.push_back({"factorial", {bigint}, numeric, factorial, true});
  tables.functions.push_back({"min_scale", {numeric}, integer, min_scale});
  tables.functions.push_back({"width_bucket", {numeric, numeric, numeric, integer}, integer, bucket, true});
  tables.functions.push_back({"scale", {numeric}, integer, scale});
}

}  // namespace laterbase::sql
