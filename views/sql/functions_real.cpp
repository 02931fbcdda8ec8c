#include <cmath>
#include <numbers>

#include "engine/ivm/expression.h"
#include "views/sql/function.h"

// Double precision: IEEE arithmetic, but what PostgreSQL calls out of range or undefined is an error.
namespace laterbase::sql {
namespace {

using ivm::EvalError;
using ivm::Type;
using ivm::TypeKind;
using ivm::Value;
using Args = std::span<const Value>;

double first(Args args) { return args[0].as_double(); }
double second(Args args) { return args[1].as_double(); }

Value checked(double result, bool input_infinite, bool may_be_zero) {
  if (std::isinf(result) && !input_infinite) throw EvalError("22003", "value out of range: overflow");
  if (result == 0 && !may_be_zero) throw EvalError("22003", "value out of range: underflow");
  return Value::of_double(result);
}

bool any_infinite(Args args) {
  for (const Value& arg : args) {
    if (std::isinf(arg.as_double())) return true;
  }
  return false;
}

Value add(Args args, Type) { return checked(first(args) + second(args), any_infinite(args), true); }
Value subtract(Args args, Type) { return checked(first(args) - second(args), any_infinite(args), true); }
Value multiply(Args args, Type) {
  return checked(first(args) * second(args), any_infinite(args), first(args) == 0 || second(args) == 0);
}
Value divide(Args args, Type) {
  if (second(args) == 0 && !std::isnan(first(args))) throw EvalError("22012", "division by zero");
  const bool zero = first(args) == 0 || std::isinf(second(args));
  return checked(first(args) / second(args), std::isinf(first(args)), zero);
}
Value minus(Args args, Type) { return Value::of_double(-first(args)); }
Value plus(Args args, Type) { return args[0]; }
Value absolute(Args args, Type) { return Value::of_double(std::fabs(first(args))); }
Value rounded(Args args, Type) { return Value::of_double(std::nearbyint(first(args))); }
Value ceiling(Args args, Type) { return Value::of_double(std::ceil(first(args))); }
Value floored(Args args, Type) { return Value::of_double(std::floor(first(args))); }
Value truncated(Args args, Type) { return Value::of_double(std::trunc(first(args))); }
Value sign(Args args, Type) {
  const double value = first(args);
  return Value::of_double(value > 0 ? 1 : value < 0 ? -1 : value);
}

Value square_root(Args args, Type) {
  if (first(args) < 0) throw EvalError("2201F", "cannot take square root of a negative number");
  return Value::of_double(std::sqrt(first(args)));
}
Value cube_root(Args args, Type) { return Value::of_double(std::cbrt(first(args))); }
Value exponential(Args args, Type) {
  return checked(std::exp(first(args)), std::isinf(first(args)), std::isinf(first(args)));
}

double logarithm_of(double value) {
  if (value == 0) throw EvalError("2201E", "cannot take logarithm of zero");
  if (value < 0) throw EvalError("2201E", "cannot take logarithm of a negative number");
  return value;
}
Value natural_log(Args args, Type) { return Value::of_double(std::log(logarithm_of(first(args)))); }
Value decimal_log(Args args, Type) { return Value::of_double(std::log10(logarithm_of(first(args)))); }

Value power(Args args, Type) {
  const double base = first(args);
  const double exponent = second(args);
  if (base == 0 && exponent < 0) throw EvalError("2201F", "zero raised to a negative power is undefined");
  if (base < 0 && std::isfinite(exponent) && std::floor(exponent) != exponent) {
    throw EvalError("2201F", "a negative number raised to a non-integer power yields a complex result");
  }
  return checked(std::pow(base, exponent), any_infinite(args), base == 0 || any_infinite(args));
}

double in_domain(double result) {
  if (std::isnan(result)) throw EvalError("22003", "input is out of range");
  return result;
}

template <double (*f)(double)>
Value real_function(Args args, Type) {
  return std::isnan(first(args)) ? args[0] : Value::of_double(in_domain(f(first(args))));
}
Value bucket(Args args, Type) {
  const double value = first(args);
  const double low = second(args);
  const double high = args[2].as_double();
  const std::int64_t count = args[3].as_int();
  if (count <= 0) throw EvalError("2201G", "count must be greater than zero");
  if (std::isnan(value) || std::isnan(low) || std::isnan(high)) {
    throw EvalError("2201G", "operand, lower bound, and upper bound cannot be NaN");
  }
  if (std::isinf(low) || std::isinf(high)) throw EvalError("2201G", "lower and upper bounds must be finite");
  if (low == high) throw EvalError("2201G", "lower bound cannot equal upper bound");
  if (low < high ? value < low : value > low) return Value::of_integer(0);
  if (low < high ? value >= high : value <= high) {
    if (count == INT32_MAX) throw EvalError("22003", "integer out of range");
    return Value::of_integer(static_cast<std::int32_t>(count + 1));
  }
  const bool wide = std::isinf(high - low);  // half of everything then has the same quotient
  const double part = wide ? (value / 2 - low / 2) / (high / 2 - low / 2) : (value - low) / (high - low);
  const auto place = static_cast<std::int64_t>(static_cast<double>(count) * part);
  return Value::of_integer(static_cast<std::int32_t>(std::min(place, count - 1) + 1));
}

Value cotangent(Args args, Type) {
  if (std::isinf(first(args))) throw EvalError("22003", "input is out of range");
  return Value::of_double(1.0 / std::tan(first(args)));
}
Value arc_tangent2(Args args, Type) { return Value::of_double(std::atan2(first(args), second(args))); }
Value pi(Args, Type) { return Value::of_double(std::numbers::pi); }
Value degrees(Args args, Type) { return checked(first(args) / (std::numbers::pi / 180.0), any_infinite(args), true); }
Value radians(Args args, Type) { return Value::of_double(first(args) * (std::numbers::pi / 180.0)); }

}  // namespace

void add_real_functions(Tables& tables) {
  using enum TypeKind;
  for (const auto& [name, evaluate] :
       {std::pair<const char*, Evaluate>{"+", add}, {"-", subtract}, {"*", multiply}, {"/", divide}, {"^", power}}) {
    tables.operators.push_back({name, {real8, real8}, real8, evaluate, true});
  }
  for (const auto& [name, evaluate] : {std::pair<const char*, Evaluate>{"-", minus}, {"+", plus}, {"@", absolute}}) {
    tables.operators.push_back({name, {real8}, real8, evaluate});
  }
  for (const auto& [name, evaluate] : {std::pair<const char*, Evaluate>{"abs", absolute},
                                       {"round", rounded},
                                       {"ceil", ceiling},
                                       {"ceiling", ceiling},
                                       {"floor", floored},
                                       {"trunc", truncated},
                                       {"sign", sign},
                                       {"cbrt", cube_root},
                                       {"radians", radians}}) {
    tables.functions.push_back({name, {real8}, real8, evaluate});
  }
  for (const auto& [name, evaluate] : {std::pair<const char*, Evaluate>{"sqrt", square_root},
                                       {"exp", exponential},
                                       {"ln", natural_log},
                                       {"log", decimal_log},
                                       {"log10", decimal_log},
                                       {"degrees", degrees},
                                       {"sin", real_function<std::sin>},
                                       {"cos", real_function<std::cos>},
                                       {"tan", real_function<std::tan>},
                                       {"asin", real_function<std::asin>},
                                       {"acos", real_function<std::acos>},
                                       {"atan", real_function<std::atan>},
                                       {"sinh", real_function<std::sinh>},
                                       {"cosh", real_function<std::cosh>},
                                       {"tanh", real_function<std::tanh>},
                                       {"asinh", real_function<std::asinh>},
                                       {"acosh", real_function<std::acosh>},
                                       {"atanh", real_function<std::atanh>},
                                       {"cot", cotangent}}) {
    tables.functions.push_back({name, {real8}, real8, evaluate, true});
  }
  tables.functions.push_back({"power", {real8, real8}, real8, power, true});
  tables.functions.push_back({"pow", {real8, real8}, real8, power, true});
  tables.functions.push_back({"atan2", {real8, real8}, real8, arc_tangent2});
  tables.functions.push_back({"width_bucket", {real8, real8, real8, integer}, integer, bucket, true});
  tables.operators.push_back({"|/", {real8}, real8, square_root, true});
  tables.operators.push_back({"||/", {real8}, real8, cube_root});
  tables.functions.push_back({"pi", {}, real8, pi});
}

}  // namespace laterbase::sql
