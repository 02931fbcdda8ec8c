#include <algorithm>
#include <limits>

#include "engine/ivm/decimal.h"
#include "engine/ivm/expression.h"
#include "views/sql/datetime.h"
#include "views/sql/evaluated.h"
#include "views/sql/function.h"
#include "views/sql/types.h"
#include "views/sql/utf8.h"

// Arrays of one dimension, counted from 1; and the functions that give rows, as arrays.
namespace laterbase::sql {
namespace {

using ivm::EvalError;
using ivm::Type;
using ivm::TypeKind;
using ivm::Value;
using Args = std::span<const Value>;
using Values = std::vector<Value>;

constexpr std::size_t most_elements = 1'000'000;

Value whole(std::size_t number) { return Value::of_integer(static_cast<std::int32_t>(number)); }

Value element(Args args, Type) {
  const Values all = args[0].as_array();
  const std::int64_t index = args[1].as_int();
  if (index < 1 || index > static_cast<std::int64_t>(all.size())) return {};
  return all[static_cast<std::size_t>(index - 1)].owned();
}

Value slice(Args args, Type) {
  if (args[0].is_null()) return {};
  const Values all = args[0].as_array();
  const auto size = static_cast<std::int64_t>(all.size());
  const std::int64_t from = args[1].is_null() ? 1 : std::max<std::int64_t>(args[1].as_int(), 1);
  const std::int64_t to = args[2].is_null() ? size : std::min(args[2].as_int(), size);
  Values part;
  for (std::int64_t i = from; i <= to; ++i) part.push_back(all[static_cast<std::size_t>(i - 1)]);
  return Value::of_array(part);
}

Value cardinality(Args args, Type) { return whole(args[0].as_array().size()); }
Value array_length(Args args, Type) {
  const std::size_t size = args[0].as_array().size();
  return size == 0 || args[1].as_int() != 1 ? Value() : whole(size);
}
Value array_lower(Args args, Type) { return args[0].as_array().empty() || args[1].as_int() != 1 ? Value() : whole(1); }

Value append(Args args, Type) {
  Values all = args[0].is_null() ? Values{} : args[0].as_array();
  all.push_back(args[1]);
  return Value::of_array(all);
}
Value prepend(Args args, Type) {
  Values all = args[1].is_null() ? Values{} : args[1].as_array();
  all.insert(all.begin(), args[0]);
  return Value::of_array(all);
}
Value joined(Args args, Type) {
  if (args[0].is_null() || args[1].is_null()) return args[0].is_null() ? args[1] : args[0];
  Values all = args[0].as_array();
  const Values more = args[1].as_array();
  all.insert(all.end(), more.begin(), more.end());
  return Value::of_array(all);
}

Value position(Args args, Type) {
  if (args[0].is_null()) return {};
  const Values all = args[0].as_array();
  const auto found = std::find(all.begin(), all.end(), args[1]);
  return found == all.end() ? Value() : whole(static_cast<std::size_t>(found - all.begin()) + 1);
}
Value positions(Args args, Type) {
  if (args[0].is_null()) return {};
  const Values all = args[0].as_array();
  Values found;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i] == args[1]) found.push_back(whole(i + 1));
  }
  return Value::of_array(found);
}
Value dimensions(Args args, Type) { return args[0].as_array().empty() ? Value() : whole(1); }
Value bounds(Args args, Type) {
  const std::size_t size = args[0].as_array().size();
  return size == 0 ? Value() : Value::of_text("[1:" + std::to_string(size) + "]");
}
Value filled(Args args, Type) {
  if (args[1].is_null()) throw EvalError("22004", "dimension array or low bound array cannot be null");
  const Values sizes = args[1].as_array();
  if (sizes.empty()) return Value::of_array({});
  if (sizes.size() > 1) throw EvalError("0A000", "an array of arrays is not supported");
  if (sizes[0].is_null()) throw EvalError("22004", "dimension values cannot be null");
  const std::int64_t size = sizes[0].as_int();
  if (size > static_cast<std::int64_t>(most_elements))
    throw EvalError("54000", "array size exceeds the maximum allowed");
  return Value::of_array(Values(static_cast<std::size_t>(std::max<std::int64_t>(size, 0)), args[0]));
}
Value trimmed(Args args, Type) {
  Values all = args[0].as_array();
  const std::int64_t count = args[1].as_int();
  if (count < 0 || count > static_cast<std::int64_t>(all.size())) {
    throw EvalError("2202E", "number of elements to trim must be between 0 and " + std::to_string(all.size()));
  }
  all.resize(all.size() - static_cast<std::size_t>(count));
  return Value::of_array(all);
}
Value without(Args args, Type) {
  if (args[0].is_null()) return {};
  Values all = args[0].as_array();
  std::erase_if(all, [&](const Value& value) { return value == args[1]; });
  return Value::of_array(all);
}
Value replaced(Args args, Type) {
  if (args[0].is_null()) return {};
  Values all = args[0].as_array();
  std::replace(all.begin(), all.end(), args[1], args[2]);
  return Value::of_array(all);
}

bool holds_all(const Values& whole_array, const Values& part) {
  return std::all_of(part.begin(), part.end(), [&](const Value& wanted) {
    return !wanted.is_null() && std::find(whole_array.begin(), whole_array.end(), wanted) != whole_array.end();
  });
}
Value contains(Args args, Type) { return Value::of_bool(holds_all(args[0].as_array(), args[1].as_array())); }
Value contained(Args args, Type) { return Value::of_bool(holds_all(args[1].as_array(), args[0].as_array())); }
Value overlaps(Args args, Type) {
  const Values left = args[0].as_array();
  const Values right = args[1].as_array();
  return Value::of_bool(std::any_of(left.begin(), left.end(), [&](const Value& value) {
    return !value.is_null() && std::find(right.begin(), right.end(), value) != right.end();
  }));
}

Value to_string(Args args, Type) {
  if (args[0].is_null() || args[1].is_null()) return {};
  std::string text;
  bool first = true;
  for (const Value& value : args[0].as_array()) {
    if (value.is_null() && (args.size() < 3 || args[2].is_null())) continue;
    if (!first) text += args[1].as_text();
    const bool flag = value.kind() == TypeKind::boolean;
    text += value.is_null() ? std::string(args[2].as_text())
            : flag          ? std::string(value.as_bool() ? "t" : "f")
                            : print_value(value, {value.kind()});
    first = false;
  }
  return Value::of_text(text);
}

Value from_string(Args args, Type) {
  if (args[0].is_null()) return {};
  std::string_view rest = args[0].as_text();
  Values parts;
  const auto add = [&](std::string_view part) {
    const bool null = args.size() > 2 && !args[2].is_null() && part == args[2].as_text();
    parts.push_back(null ? Value() : Value::of_text(part));
  };
  if (rest.empty()) return Value::of_array({});
  if (args[1].is_null()) {  // by nothing: each character
    for (std::size_t i = 0; i < rest.size(); i += character_size(rest, i)) add(rest.substr(i, character_size(rest, i)));
    return Value::of_array(parts);
  }
  const std::string_view by = args[1].as_text();
  for (std::size_t at = by.empty() ? std::string_view::npos : rest.find(by); at != std::string_view::npos;
       at = rest.find(by)) {
    add(rest.substr(0, at));
    rest.remove_prefix(at + by.size());
  }
  add(rest);
  return Value::of_array(parts);
}

Value unnest(Args args, Type) { return args[0]; }

[[noreturn]] void too_many() { throw EvalError("54000", "a series of more than 1,000,000 elements"); }

Value integer_series(Args args, Type type) {
  const std::int64_t step = args.size() > 2 ? args[2].as_int() : 1;
  if (step == 0) throw EvalError("22023", "step size cannot equal zero");
  Values all;
  for (std::int64_t at = args[0].as_int(); step > 0 ? at <= args[1].as_int() : at >= args[1].as_int();) {
    if (all.size() == most_elements) too_many();
    all.push_back(Value::of_word(type.element, at));
    if (__builtin_add_overflow(at, step, &at)) break;
  }
  return Value::of_array(all);
}

Value numeric_series(Args args, Type) {
  const ivm::Decimal step = args.size() > 2 ? args[2].as_decimal() : ivm::Decimal(1);
  if (step.sign() == 0) throw EvalError("22023", "step size cannot equal zero");
  Values all;
  const ivm::Decimal last = args[1].as_decimal();
  for (ivm::Decimal at = args[0].as_decimal(); step.sign() > 0 ? at <= last : at >= last; at = at + step) {
    if (all.size() == most_elements) too_many();
    all.push_back(Value::of_numeric(at));
  }
  return Value::of_array(all);
}

Values moments(Args args, Type type) {
  const ivm::Interval interval = args[2].as_interval();
  const IntervalParts step{interval.months, interval.days, interval.microseconds};
  const std::int64_t first = args[0].as_int();
  const bool up = add_interval(first, step, 1) > first;
  if (add_interval(first, step, 1) == first) throw EvalError("22023", "step size cannot equal zero");
  Values all;
  for (std::int64_t at = first; up ? at <= args[1].as_int() : at >= args[1].as_int(); at = add_interval(at, step, 1)) {
    if (all.size() == most_elements) too_many();
    all.push_back(Value::of_word(type.element, at));
  }
  return all;
}

Value moment_series(Args args, Type type) {
  return Value::of_array(evaluated([&] { return moments(args, type); }));
}

}  // namespace

void add_array_functions(Tables& tables) {
  using enum TypeKind;
  const Pseudo a = Pseudo::any_array;
  const Pseudo e = Pseudo::any_element;
  auto& functions = tables.functions;
  auto& operators = tables.operators;
  functions.push_back({" element", {a, integer}, e, element});
  functions.push_back({" slice", {a, integer, integer}, a, slice, false, false});
  functions.push_back({"cardinality", {a}, integer, cardinality});
  functions.push_back({"array_length", {a, integer}, integer, array_length});
  functions.push_back({"array_upper", {a, integer}, integer, array_length});
  functions.push_back({"array_lower", {a, integer}, integer, array_lower});
  functions.push_back({"array_append", {a, e}, a, append, false, false});
  functions.push_back({"array_prepend", {e, a}, a, prepend, false, false});
  functions.push_back({"array_cat", {a, a}, a, joined, false, false});
  functions.push_back({"array_position", {a, e}, integer, position, false, false});
  functions.push_back({"array_positions", {a, e}, Type{array, integer}, positions, false, false});
  functions.push_back({"array_ndims", {a}, integer, dimensions});
  functions.push_back({"array_dims", {a}, text, bounds});
  functions.push_back({"array_fill", {e, Type{array, integer}}, a, filled, true, false});
  functions.push_back({"trim_array", {a, integer}, a, trimmed, true});
  functions.push_back({"array_remove", {a, e}, a, without, false, false});
  functions.push_back({"array_replace", {a, e, e}, a, replaced, false, false});
  functions.push_back({"array_to_string", {a, text}, text, to_string, false, false});
  functions.push_back({"array_to_string", {a, text, text}, text, to_string, false, false});
  functions.push_back({"string_to_array", {text, text}, Type{array, text}, from_string, false, false});
  functions.push_back({"string_to_array", {text, text, text}, Type{array, text}, from_string, false, false});
  operators.push_back({"||", {a, a}, a, joined, false, false});
  operators.push_back({"||", {a, e}, a, append, false, false});
  operators.push_back({"||", {e, a}, a, prepend, false, false});
  operators.push_back({"@>", {a, a}, boolean, contains});
  operators.push_back({"<@", {a, a}, boolean, contained});
  operators.push_back({"&&", {a, a}, boolean, overlaps});
  functions.push_back({" rows of unnest", {a}, a, unnest});
  for (const auto& [type, evaluate] :
       {std::pair<TypeKind, Evaluate>{integer, integer_series}, {bigint, integer_series}, {numeric, numeric_series}}) {
    functions.push_back({" rows of generate_series", {type, type}, Type{array, type}, evaluate, true});
    functions.push_back({" rows of generate_series", {type, type, type}, Type{array, type}, evaluate, true});
  }
  for (const TypeKind type : {timestamp, timestamptz}) {
    functions.push_back({" rows of generate_series", {type, type, interval}, Type{array, type}, moment_series, true});
  }
}

}  // namespace laterbase::sql
