#include <limits>
#include <numeric>

#include "engine/ivm/expression.h"
#include "views/sql/function.h"

namespace laterbase::sql {
namespace {

using ivm::EvalError;
using ivm::Type;
using ivm::TypeKind;
using ivm::Value;
using Args = std::span<const Value>;

Value made(std::int64_t value, bool overflow, Type type) {
  const bool narrow = type.kind == TypeKind::integer;
  overflow = overflow || (narrow && value != static_cast<std::int32_t>(value));
  if (overflow) throw EvalError("22003", ivm::name_of(type) + " out of range");
  return narrow ? Value::of_integer(static_cast<std::int32_t>(value)) : Value::of_bigint(value);
}

Value add(Args args, Type type) {
  std::int64_t result = 0;
  const bool overflow = __builtin_add_overflow(args[0].as_int(), args[1].as_int(), &result);
  return made(result, overflow, type);
}

Value subtract(Args args, Type type) {
  std::int64_t result = 0;
  const bool overflow = __builtin_sub_overflow(args[0].as_int(), args[1].as_int(), &result);
  return made(result, overflow, type);
}

Value multiply(Args args, Type type) {
  std::int64_t result = 0;
  const bool overflow = __builtin_mul_overflow(args[0].as_int(), args[1].as_int(), &result);
  return made(result, overflow, type);
}

std::int64_t divisor(Args args) {
  if (args[1].as_int() == 0) throw EvalError("22012", "division by zero");
  return args[1].as_int();
}

Value negated(std::int64_t value, Type type) {
  std::int64_t result = 0;
  const bool overflow = __builtin_sub_overflow(std::int64_t{0}, value, &result);
  return made(result, overflow, type);
}

Value divide(Args args, Type type) {
  const std::int64_t by = divisor(args);
  return by == -1 ? negated(args[0].as_int(), type) : made(args[0].as_int() / by, false, type);
}

Value remainder(Args args, Type type) {
  const std::int64_t by = divisor(args);
  return made(by == -1 ? 0 : args[0].as_int() % by, false, type);
}

Value minus(Args args, Type type) { return negated(args[0].as_int(), type); }
Value plus(Args args, Type) { return args[0]; }
Value absolute(Args args, Type type) {
  return args[0].as_int() < 0 ? negated(args[0].as_int(), type) : made(args[0].as_int(), false, type);
}

Value bit_and(Args args, Type type) { return made(args[0].as_int() & args[1].as_int(), false, type); }
Value bit_or(Args args, Type type) { return made(args[0].as_int() | args[1].as_int(), false, type); }
Value bit_xor(Args args, Type type) { return made(args[0].as_int() ^ args[1].as_int(), false, type); }
Value bit_not(Args args, Type type) { return made(~args[0].as_int(), false, type); }

// PostgreSQL shifts by the count modulo the width, as the processor does.
Value shift_left(Args args, Type type) {
  if (type.kind == TypeKind::integer) {
    const auto bits = static_cast<std::uint32_t>(args[0].as_int()) << (args[1].as_int() & 31);
    return Value::of_integer(static_cast<std::int32_t>(bits));
  }
  const auto bits = static_cast<std::uint64_t>(args[0].as_int()) << (args[1].as_int() & 63);
  return Value::of_bigint(static_cast<std::int64_t>(bits));
}
Value shift_right(Args args, Type type) {
  return made(args[0].as_int() >> (args[1].as_int() & (type.kind == TypeKind::integer ? 31 : 63)), false, type);
}

Value greatest_divisor(Args args, Type type) {
  const auto magnitude = [](std::int64_t v) {
    return v < 0 ? 0 - static_cast<std::uint64_t>(v) : static_cast<std::uint64_t>(v);
  };
  const std::uint64_t found = std::gcd(magnitude(args[0].as_int()), magnitude(args[1].as_int()));
  return made(static_cast<std::int64_t>(found), found > std::uint64_t{std::numeric_limits<std::int64_t>::max()}, type);
}

Value least_multiple(Args args, Type type) {
  const std::int64_t a = args[0].as_int();
  const std::int64_t b = args[1].as_int();
  if (a == 0 || b == 0) return made(0, false, type);
  const std::int64_t divided = a / greatest_divisor(args, {TypeKind::bigint}).as_int();
  std::int64_t result = 0;
  const bool overflow = __builtin_mul_overflow(divided, b, &result);
  return result < 0 && !overflow ? negated(result, type) : made(result, overflow, type);
}

}  // namespace

void add_integer_functions(Tables& tables) {
  using enum TypeKind;
  for (const TypeKind type : {integer, bigint}) {
    for (const auto& [name, evaluate] : {std::pair<const char*, Evaluate>{"+", add},
                                         {"-", subtract},
                                         {"*", multiply},
                                         {"/", divide},
                                         {"%", remainder}}) {
      tables.operators.push_back({name, {type, type}, type, evaluate, true});
    }
    for (const auto& [name, evaluate] :
         {std::pair<const char*, Evaluate>{"&", bit_and}, {"|", bit_or}, {"#", bit_xor}}) {
      tables.operators.push_back({name, {type, type}, type, evaluate});
    }
    tables.operators.push_back({"<<", {type, integer}, type, shift_left});
    tables.operators.push_back({">>", {type, integer}, type, shift_right});
    tables.operators.push_back({"-", {type}, type, minus, true});
    tables.operators.push_back({"+", {type}, type, plus});
    tables.operators.push_back({"@", {type}, type, absolute, true});
    tables.operators.push_back({"~", {type}, type, bit_not});
    tables.functions.push_back({"abs", {type}, type, absolute, true});
    tables.functions.push_back({"mod", {type, type}, type, remainder, true});
    tables.functions.push_back({"gcd", {type, type}, type, greatest_divisor, true});
    tables.functions.push_back({"lcm", {type, type}, type, least_multiple, true});
  }
}

}  // namespace laterbase::sql
