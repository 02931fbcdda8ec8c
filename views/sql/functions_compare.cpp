#include <algorithm>

#include "views/sql/function.h"
#include "views/sql/json_value.h"

// The six comparisons, for every type with an order, and the booleans' few functions.
namespace laterbase::sql {
namespace {

using ivm::TypeKind;
using ivm::Value;
using Args = std::span<const Value>;

template <typename Test>
Value compared(Args args, const Test& test) {
  return Value::of_bool(test(ivm::compare(args[0], args[1])));
}

Value equal(Args args, ivm::Type) {
  return compared(args, [](auto order) { return order == 0; });
}
Value unequal(Args args, ivm::Type) {
  return compared(args, [](auto order) { return order != 0; });
}
Value less(Args args, ivm::Type) {
  return compared(args, [](auto order) { return order < 0; });
}
Value less_or_equal(Args args, ivm::Type) {
  return compared(args, [](auto order) { return order <= 0; });
}
Value greater(Args args, ivm::Type) {
  return compared(args, [](auto order) { return order > 0; });
}
Value greater_or_equal(Args args, ivm::Type) {
  return compared(args, [](auto order) { return order >= 0; });
}

// Numbers in JSON are equal where their values are, however many zeros they end in.
bool same_json(Args args) { return json_equal(parse_json(args[0].as_bytes()), parse_json(args[1].as_bytes())); }
Value equal_json(Args args, ivm::Type) { return Value::of_bool(same_json(args)); }
Value unequal_json(Args args, ivm::Type) { return Value::of_bool(!same_json(args)); }

template <bool of_null>
Value counted(Args args, ivm::Type) {
  return Value::of_integer(static_cast<std::int32_t>(
      std::count_if(args.begin(), args.end(), [](const Value& value) { return value.is_null() == of_null; })));
}

}  // namespace

void add_comparisons(Tables& tables) {
  using enum TypeKind;
  tables.functions.push_back({"num_nulls", {Pseudo::any}, integer, counted<true>, false, false, true});
  tables.functions.push_back({"num_nonnulls", {Pseudo::any}, integer, counted<false>, false, false, true});
  const std::pair<const char*, Evaluate> all[] = {{"=", equal},          {"<>", unequal}, {"<", less},
                                                  {"<=", less_or_equal}, {">", greater},  {">=", greater_or_equal}};
  std::vector<ArgType> types = {boolean, integer, bigint,    real8,       numeric,  text,
                                bytea,   date,    timestamp, timestamptz, interval, Pseudo::any_array};
  for (const auto& [name, evaluate] : all) {
    for (const ArgType& type : types) tables.operators.push_back({name, {type, type}, boolean, evaluate});
  }
  for (const auto& [name, evaluate] : std::span(all).subspan(2)) {
    tables.operators.push_back({name, {jsonb, jsonb}, boolean, evaluate});
  }
  tables.operators.push_back({"=", {jsonb, jsonb}, boolean, equal_json});
  tables.operators.push_back({"<>", {jsonb, jsonb}, boolean, unequal_json});
}

}  // namespace laterbase::sql
