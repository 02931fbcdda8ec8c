#include <cmath>
#include <limits>

#include "engine/ivm/decimal.h"
#include "engine/ivm/expression.h"
#include "views/sql/datetime.h"
#include "views/sql/json_value.h"
#include "views/sql/types.h"

// What becomes what, when, and how.
namespace laterbase::sql {
namespace {

using ivm::EvalError;
using ivm::Type;
using ivm::TypeKind;
using ivm::Value;
using Args = std::span<const Value>;

[[noreturn]] void out_of_range(Type type) { throw EvalError("22003", ivm::name_of(type) + " out of range"); }

Value integer_of(std::int64_t value, Type to) {
  if (to.kind == TypeKind::bigint) return Value::of_bigint(value);
  if (value > std::numeric_limits<std::int32_t>::max() || value < std::numeric_limits<std::int32_t>::min()) {
    out_of_range(to);
  }
  return Value::of_integer(static_cast<std::int32_t>(value));
}

Value integer_to_integer(Args args, Type to) { return integer_of(args[0].as_int(), to); }
Value integer_to_numeric(Args args, Type) { return Value::of_numeric(ivm::Decimal(args[0].as_int())); }
Value integer_to_real(Args args, Type) { return Value::of_double(static_cast<double>(args[0].as_int())); }
Value boolean_to_integer(Args args, Type) { return Value::of_integer(args[0].as_bool() ? 1 : 0); }
Value integer_to_boolean(Args args, Type) { return Value::of_bool(args[0].as_int() != 0); }
Value numeric_to_real(Args args, Type) {
  const ivm::Decimal decimal = args[0].as_decimal();
  const double value = decimal.to_double();
  if (decimal.is_finite() && (std::isinf(value) || (value == 0 && decimal.sign() != 0))) {
    throw EvalError("22003", "\"" + decimal.to_string() + "\" is out of range for type double precision");
  }
  return Value::of_double(value);
}
Value real_to_numeric(Args args, Type) { return Value::of_numeric(ivm::Decimal::from_double(args[0].as_double())); }

Value numeric_to_integer(Args args, Type to) {
  const ivm::Decimal decimal = args[0].as_decimal();
  if (!decimal.is_finite()) {
    const char* what = decimal.is_nan() ? "cannot convert NaN to " : "cannot convert infinity to ";
    throw EvalError("0A000", what + ivm::name_of(to));
  }
  const auto value = decimal.to_int64();
  if (!value) out_of_range(to);
  return integer_of(*value, to);
}

Value real_to_integer(Args args, Type to) {
  const double rounded = std::nearbyint(args[0].as_double());
  if (!(rounded >= -9223372036854775808.0 && rounded < 9223372036854775808.0)) out_of_range(to);
  return integer_of(static_cast<std::int64_t>(rounded), to);
}

Value date_to_moment(Args args, Type to) {
  const std::int64_t days = args[0].as_int();
  if (days == date_infinity || days == date_minus_infinity) return Value::of_word(to.kind, days);
  if (days > 106'741'034 + 10'957) throw EvalError("22008", "date out of range for timestamp");
  return Value::of_word(to.kind, days * us_per_day);
}

Value moment_to_date(Args args, Type) {
  const std::int64_t us = args[0].as_int();
  if (us == moment_infinity || us == moment_minus_infinity) return Value::of_word(TypeKind::date, us);
  const std::int64_t days = us / us_per_day - (us % us_per_day < 0 ? 1 : 0);
  return Value::of_word(TypeKind::date, days);
}

Value moment_to_moment(Args args, Type to) { return Value::of_word(to.kind, args[0].as_int()); }

Value value_to_text(Args args, Type) { return Value::of_text(print_value(args[0], {args[0].kind()})); }
Value text_to_value(Args args, Type to) { return parse_value(args[0].as_text(), to); }

Value json_to_value(Args args, Type to) {
  const JsonValue json = parse_json(args[0].as_bytes());
  if (to.kind == TypeKind::boolean && json.kind == JsonValue::Kind::boolean) return Value::of_bool(json.flag);
  if (to.kind != TypeKind::boolean && json.kind == JsonValue::Kind::number) {
    const Value number = Value::of_numeric(ivm::Decimal::parse(json.text).value_or(ivm::Decimal()));
    if (to.kind == TypeKind::numeric) return number;
    const std::span<const Value> one(&number, 1);
    return to.kind == TypeKind::real8 ? numeric_to_real(one, to) : numeric_to_integer(one, to);
  }
  throw EvalError("22023", "cannot cast jsonb " + json_type_name(json) + " to type " + ivm::name_of(to));
}

Value array_to_array(Args args, Type to) {
  std::vector<Value> elements;
  for (const Value& element : args[0].as_array()) {
    const auto cast = cast_between({element.kind()}, element_of(to), CastContext::explicit_cast);
    const bool plain = element.is_null() || !cast || cast->function == nullptr;
    elements.push_back(plain ? element : cast->function->evaluate({&element, 1}, element_of(to)).owned());
  }
  return Value::of_array(elements);
}

struct Entry {
  TypeKind from, to;
  CastContext context;  // the least that it needs
  Function function;
};

Entry entry(TypeKind from, TypeKind to, CastContext context, Evaluate evaluate, bool may_fail = false) {
  return {from, to, context, {"cast to " + ivm::name_of({to}), {from}, to, evaluate, may_fail}};
}

const std::vector<Entry>& entries() {
  using enum TypeKind;
  using enum CastContext;
  static const std::vector<Entry> table = {
      entry(integer, bigint, implicit, integer_to_integer),
      entry(integer, numeric, implicit, integer_to_numeric),
      entry(integer, real8, implicit, integer_to_real),
      entry(integer, boolean, explicit_cast, integer_to_boolean),
      entry(bigint, integer, assignment, integer_to_integer, true),
      entry(bigint, numeric, implicit, integer_to_numeric),
      entry(bigint, real8, implicit, integer_to_real),
      entry(numeric, integer, assignment, numeric_to_integer, true),
      entry(numeric, bigint, assignment, numeric_to_integer, true),
      entry(numeric, real8, implicit, numeric_to_real, true),
      entry(real8, integer, assignment, real_to_integer, true),
      entry(real8, bigint, assignment, real_to_integer, true),
      entry(real8, numeric, assignment, real_to_numeric),
      entry(boolean, integer, explicit_cast, boolean_to_integer),
      entry(date, timestamp, implicit, date_to_moment, true),
      entry(date, timestamptz, implicit, date_to_moment, true),
      entry(timestamp, timestamptz, implicit, moment_to_moment),
      entry(timestamp, date, assignment, moment_to_date),
      entry(timestamptz, timestamp, assignment, moment_to_moment),
      entry(timestamptz, date, assignment, moment_to_date),
      entry(jsonb, boolean, explicit_cast, json_to_value, true),
      entry(jsonb, integer, explicit_cast, json_to_value, true),
      entry(jsonb, bigint, explicit_cast, json_to_value, true),
      entry(jsonb, numeric, explicit_cast, json_to_value, true),
      entry(jsonb, real8, explicit_cast, json_to_value, true),
  };
  return table;
}

const Function to_text_function = {"cast to text", {Pseudo::any}, TypeKind::text, value_to_text};
const Function from_text_function = {"cast from text", {TypeKind::text}, Pseudo::any, text_to_value, true};
const Function array_function = {"cast array", {Pseudo::any_array}, Pseudo::any_array, array_to_array, true};

bool allowed(CastContext needed, CastContext given) { return static_cast<int>(given) >= static_cast<int>(needed); }

}  // namespace

std::optional<Cast> cast_between(Type from, Type to, CastContext context) {
  if (from == to) return Cast{};
  if (is_array(from) && is_array(to)) {
    const auto element = cast_between(element_of(from), element_of(to), context);
    return element ? std::optional(Cast{&array_function}) : std::nullopt;
  }
  for (const Entry& at : entries()) {
    if (at.from != from.kind || at.to != to.kind) continue;
    return allowed(at.context, context) ? std::optional(Cast{&at.function}) : std::nullopt;
  }
  if (to.kind == TypeKind::text && from.kind != TypeKind::unknown && allowed(CastContext::assignment, context)) {
    return Cast{&to_text_function};
  }
  if (from.kind == TypeKind::text && context == CastContext::explicit_cast) return Cast{&from_text_function};
  return std::nullopt;
}

}  // namespace laterbase::sql
