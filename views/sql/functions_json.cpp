#include <algorithm>

#include "engine/ivm/decimal.h"
#include "engine/ivm/expression.h"
#include "views/sql/evaluated.h"
#include "views/sql/function.h"
#include "views/sql/json_of_value.h"
#include "views/sql/json_value.h"
#include "views/sql/types.h"

namespace laterbase::sql {
namespace {

using ivm::EvalError;
using ivm::Type;
using ivm::TypeKind;
using ivm::Value;
using Args = std::span<const Value>;

JsonValue json(const Value& value) {
  return evaluated([&] { return parse_json(value.as_bytes()); });
}
Value made(const JsonValue& value) { return Value::of_bytes(TypeKind::jsonb, print_json(value)); }
Value made_or_null(const JsonValue* value) { return value == nullptr ? Value() : made(*value); }
Value text_or_null(const JsonValue* value) {
  const auto text = json_text(value);
  return text ? Value::of_text(*text) : Value();
}

Value field(Args args, Type) {
  const JsonValue whole = json(args[0]);
  return made_or_null(whole.find(args[1].as_text()));
}
Value field_text(Args args, Type) {
  const JsonValue whole = json(args[0]);
  return text_or_null(whole.find(args[1].as_text()));
}
// A scalar is an array of itself here, and only here: PostgreSQL keeps it so.
const JsonValue* item_of(const JsonValue& whole, std::int64_t index) {
  const bool scalar = whole.kind != JsonValue::Kind::array && whole.kind != JsonValue::Kind::object;
  if (scalar) return index == 0 || index == -1 ? &whole : nullptr;
  return whole.at(index);
}
Value item(Args args, Type) {
  const JsonValue whole = json(args[0]);
  return made_or_null(item_of(whole, args[1].as_int()));
}
Value item_text(Args args, Type) {
  const JsonValue whole = json(args[0]);
  return text_or_null(item_of(whole, args[1].as_int()));
}

std::optional<std::vector<std::string>> path_of(const std::vector<Value>& steps) {
  std::vector<std::string> path;
  for (const Value& step : steps) {
    if (step.is_null()) return std::nullopt;
    path.emplace_back(step.as_text());
  }
  return path;
}
Value at_path(Args args, Type) {
  const JsonValue whole = json(args[0]);
  const auto path = path_of(args[1].as_array());
  return path ? made_or_null(json_path(whole, *path)) : Value();
}
Value at_path_text(Args args, Type) {
  const JsonValue whole = json(args[0]);
  const auto path = path_of(args[1].as_array());
  return path ? text_or_null(json_path(whole, *path)) : Value();
}
Value extract_path(Args args, Type) {
  const JsonValue whole = json(args[0]);
  return made_or_null(json_path(whole, *path_of({args.begin() + 1, args.end()})));
}
Value extract_path_text(Args args, Type) {
  const JsonValue whole = json(args[0]);
  return text_or_null(json_path(whole, *path_of({args.begin() + 1, args.end()})));
}

Value contains(Args args, Type) { return Value::of_bool(json_contains(json(args[0]), json(args[1]))); }
Value contained(Args args, Type) { return Value::of_bool(json_contains(json(args[1]), json(args[0]))); }

bool has_key(const JsonValue& value, std::string_view key) {
  if (value.find(key) != nullptr) return true;
  if (value.kind == JsonValue::Kind::string) return value.text == key;
  return std::any_of(value.items.begin(), value.items.end(),
                     [&](const JsonValue& at) { return at.kind == JsonValue::Kind::string && at.text == key; });
}
Value exists(Args args, Type) { return Value::of_bool(has_key(json(args[0]), args[1].as_text())); }
Value exists_any(Args args, Type) {
  const JsonValue whole = json(args[0]);
  const auto keys = args[1].as_array();
  return Value::of_bool(std::any_of(keys.begin(), keys.end(),
                                    [&](const Value& key) { return !key.is_null() && has_key(whole, key.as_text()); }));
}
Value exists_all(Args args, Type) {
  const JsonValue whole = json(args[0]);
  const auto keys = args[1].as_array();
  return Value::of_bool(std::all_of(keys.begin(), keys.end(),
                                    [&](const Value& key) { return key.is_null() || has_key(whole, key.as_text()); }));
}

JsonValue object_of(std::vector<std::pair<std::string, JsonValue>> members) {
  JsonValue object;
  object.kind = JsonValue::Kind::object;
  object.members = std::move(members);
  return parse_json(print_json(object));  // in order, and each name once
}
Value joined(Args args, Type) {
  JsonValue left = json(args[0]);
  JsonValue right = json(args[1]);
  if (left.kind == JsonValue::Kind::object && right.kind == JsonValue::Kind::object) {
    std::move(right.members.begin(), right.members.end(), std::back_inserter(left.members));
    return made(object_of(std::move(left.members)));
  }
  JsonValue all;
  all.kind = JsonValue::Kind::array;
  for (JsonValue* side : {&left, &right}) {
    if (side->kind == JsonValue::Kind::array) {
      std::move(side->items.begin(), side->items.end(), std::back_inserter(all.items));
    } else {
      all.items.push_back(std::move(*side));
    }
  }
  return made(all);
}
Value without_key(Args args, Type) {
  JsonValue whole = json(args[0]);
  if (whole.kind != JsonValue::Kind::object && whole.kind != JsonValue::Kind::array) {
    throw EvalError("22023", "cannot delete from scalar");
  }
  std::erase_if(whole.members, [&](const auto& member) { return member.first == args[1].as_text(); });
  std::erase_if(whole.items, [&](const JsonValue& at) {
    return at.kind == JsonValue::Kind::string && at.text == args[1].as_text();
  });
  return made(whole);
}
Value without_item(Args args, Type) {
  JsonValue whole = json(args[0]);
  if (whole.kind == JsonValue::Kind::object) {
    throw EvalError("22023", "cannot delete from object using integer index");
  }
  if (whole.kind != JsonValue::Kind::array) throw EvalError("22023", "cannot delete from scalar");
  const JsonValue* found = whole.at(args[1].as_int());
  if (found != nullptr) whole.items.erase(whole.items.begin() + (found - whole.items.data()));
  return made(whole);
}

Value type_name(Args args, Type) { return Value::of_text(json_type_name(json(args[0]))); }
Value array_size(Args args, Type) {
  const JsonValue whole = json(args[0]);
  if (whole.kind == JsonValue::Kind::object) throw EvalError("22023", "cannot get array length of a non-array");
  if (whole.kind != JsonValue::Kind::array) throw EvalError("22023", "cannot get array length of a scalar");
  return Value::of_integer(static_cast<std::int32_t>(whole.items.size()));
}

Value to_jsonb(Args args, Type) { return made(json_of(args[0])); }
Value build_array(Args args, Type) {
  JsonValue array{JsonValue::Kind::array, false, {}, {}, {}};
  for (const Value& arg : args) array.items.push_back(json_of(arg));
  return made(array);
}
Value build_object(Args args, Type) {
  if (args.size() % 2 != 0) throw EvalError("22023", "argument list must have even number of elements");
  std::vector<std::pair<std::string, JsonValue>> members;
  for (std::size_t i = 0; i < args.size(); i += 2) {
    if (args[i].is_null()) throw EvalError("22023", "argument " + std::to_string(i + 1) + ": key must not be null");
    members.emplace_back(print_value(args[i], {args[i].kind()}), json_of(args[i + 1]));
  }
  return made(object_of(std::move(members)));
}
Value empty_array(Args, Type) { return Value::of_bytes(TypeKind::jsonb, "[]"); }
Value empty_object(Args, Type) { return Value::of_bytes(TypeKind::jsonb, "{}"); }

Value elements(Args args, Type type) {
  const JsonValue whole = json(args[0]);
  if (whole.kind != JsonValue::Kind::array) {
    const bool object = whole.kind == JsonValue::Kind::object;
    throw EvalError("22023",
                    object ? "cannot extract elements from an object" : "cannot extract elements from a scalar");
  }
  std::vector<Value> all;
  for (const JsonValue& at : whole.items) {
    all.push_back(type.element == TypeKind::jsonb ? made(at) : text_or_null(&at));
  }
  return Value::of_array(all);
}
Value keys(Args args, Type) {
  const JsonValue whole = json(args[0]);
  if (whole.kind != JsonValue::Kind::object) {
    const bool array = whole.kind == JsonValue::Kind::array;
    throw EvalError("22023",
                    array ? "cannot call jsonb_object_keys on an array" : "cannot call jsonb_object_keys on a scalar");
  }
  std::vector<Value> all;
  for (const auto& member : whole.members) all.push_back(Value::of_text(member.first));
  return Value::of_array(all);
}

}  // namespace

void add_json_functions(Tables& tables) {
  using enum TypeKind;
  auto& operators = tables.operators;
  auto& functions = tables.functions;
  const Type texts{array, text};
  operators.push_back({"->", {jsonb, text}, jsonb, field});
  operators.push_back({"->", {jsonb, integer}, jsonb, item});
  operators.push_back({"->>", {jsonb, text}, text, field_text});
  operators.push_back({"->>", {jsonb, integer}, text, item_text});
  operators.push_back({"#>", {jsonb, texts}, jsonb, at_path});
  operators.push_back({"#>>", {jsonb, texts}, text, at_path_text});
  operators.push_back({"@>", {jsonb, jsonb}, boolean, contains});
  operators.push_back({"<@", {jsonb, jsonb}, boolean, contained});
  operators.push_back({"?", {jsonb, text}, boolean, exists});
  operators.push_back({"?|", {jsonb, texts}, boolean, exists_any});
  operators.push_back({"?&", {jsonb, texts}, boolean, exists_all});
  operators.push_back({"||", {jsonb, jsonb}, jsonb, joined});
  operators.push_back({"-", {jsonb, text}, jsonb, without_key, true});
  operators.push_back({"-", {jsonb, integer}, jsonb, without_item, true});
  functions.push_back({"jsonb_typeof", {jsonb}, text, type_name});
  functions.push_back({"jsonb_array_length", {jsonb}, integer, array_size, true});
  functions.push_back({"jsonb_extract_path", {jsonb, text}, jsonb, extract_path, false, true, true});
  functions.push_back({"jsonb_extract_path_text", {jsonb, text}, text, extract_path_text, false, true, true});
  functions.push_back({"to_jsonb", {Pseudo::any}, jsonb, to_jsonb});
  functions.push_back({"jsonb_build_array", {Pseudo::any}, jsonb, build_array, false, false, true});
  functions.push_back({"jsonb_build_array", {}, jsonb, empty_array});
  functions.push_back({"jsonb_build_object", {Pseudo::any}, jsonb, build_object, true, false, true});
  functions.push_back({"jsonb_build_object", {}, jsonb, empty_object});
  functions.push_back({" rows of jsonb_array_elements", {jsonb}, Type{array, jsonb}, elements, true});
  functions.push_back({" rows of jsonb_array_elements_text", {jsonb}, texts, elements, true});
  functions.push_back({" rows of jsonb_object_keys", {jsonb}, texts, keys, true});
}

}  // namespace laterbase::sql
