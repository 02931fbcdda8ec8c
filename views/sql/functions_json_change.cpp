#include <algorithm>
#include <charconv>

#include "engine/ivm/expression.h"
#include "views/sql/evaluated.h"
#include "views/sql/function.h"
#include "views/sql/json_value.h"
#include "views/sql/types.h"

// Documents that are changed, taken apart into pairs, and made of pairs.
namespace laterbase::sql {
namespace {

using ivm::EvalError;
using ivm::Type;
using ivm::TypeKind;
using ivm::Value;
using Args = std::span<const Value>;
using Path = std::vector<std::string>;
using Kind = JsonValue::Kind;

JsonValue json(const Value& value) {
  return evaluated([&] { return parse_json(value.as_bytes()); });
}
Value made(const JsonValue& value) { return Value::of_bytes(TypeKind::jsonb, print_json(value)); }

bool is_scalar(const JsonValue& value) { return value.kind != Kind::object && value.kind != Kind::array; }

Path path_of(const Value& steps) {
  Path path;
  for (const Value& step : steps.as_array()) {
    if (step.is_null()) {
      throw EvalError("22004", "path element at position " + std::to_string(path.size() + 1) + " is null");
    }
    path.emplace_back(step.as_text());
  }
  return path;
}

// Below 0 where it is before the first; the number of items where it is behind the last.
std::int64_t place_in(const JsonValue& array, const Path& path, std::size_t level) {
  std::int32_t place = 0;
  const std::string& text = path[level];
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), place);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw EvalError("22P02",
                    "path element at position " + std::to_string(level + 1) + " is not an integer: \"" + text + "\"");
  }
  const auto count = static_cast<std::int64_t>(array.items.size());
  return place < 0 ? place + count : std::min<std::int64_t>(place, count);
}

// What is done to the value at the end of a path: null takes it away; where there is none it may be made.
struct PathChange {
  const JsonValue* value = nullptr;
  bool create = false;
  bool insert = false;  // beside what is there, instead of in its place
  bool after = false;

  void apply(JsonValue& whole, const Path& path, std::size_t level = 0) const {
    if (whole.kind == Kind::object) change_member(whole, path, level);
    if (whole.kind == Kind::array) change_item(whole, path, level);
  }

 private:
  void change_member(JsonValue& object, const Path& path, std::size_t level) const {
    const bool last = level + 1 == path.size();
    const auto found = std::find_if(object.members.begin(), object.members.end(),
                                    [&](const auto& member) { return member.first == path[level]; });
    if (found == object.members.end()) {
      if (last && create && value != nullptr) object.members.emplace_back(path[level], *value);
    } else if (!last) {
      apply(found->second, path, level + 1);
    } else if (insert) {
      throw EvalError("22023", "cannot replace existing key");
    } else if (value != nullptr) {
      found->second = *value;
    } else {
      object.members.erase(found);
    }
  }
  void change_item(JsonValue& array, const Path& path, std::size_t level) const {
    const bool last = level + 1 == path.size();
    const std::int64_t place = place_in(array, path, level);
    if (place < 0 || place == static_cast<std::int64_t>(array.items.size())) {
      if (last && create && value != nullptr)
        array.items.insert(place < 0 ? array.items.begin() : array.items.end(), *value);
      return;
    }
    const auto item = array.items.begin() + place;
    if (!last) {
      apply(*item, path, level + 1);
    } else if (insert) {
      array.items.insert(item + (after ? 1 : 0), *value);
    } else if (value != nullptr) {
      *item = *value;
    } else {
      array.items.erase(item);
    }
  }
};

Value changed(Args args, const PathChange& change, const char* what) {
  JsonValue whole = json(args[0]);
  if (is_scalar(whole)) throw EvalError("22023", std::string("cannot ") + what + " path in scalar");
  const Path path = path_of(args[1]);
  if (path.empty()) return args[0];
  change.apply(whole, path);
  return made(parse_json(print_json(whole)));  // members in order
}

Value set(Args args, Type) {
  const JsonValue value = json(args[2]);
  return changed(args, {&value, args.size() < 4 || args[3].as_bool()}, "set");
}
Value insert(Args args, Type) {
  const JsonValue value = json(args[2]);
  return changed(args, {&value, true, true, args.size() > 3 && args[3].as_bool()}, "set");
}
Value without_path(Args args, Type) { return changed(args, {}, "delete"); }

Value without_keys(Args args, Type) {
  JsonValue whole = json(args[0]);
  if (is_scalar(whole)) throw EvalError("22023", "cannot delete from scalar");
  const auto keys = args[1].as_array();
  const auto is_key = [&](const std::string& name) {
    return std::any_of(keys.begin(), keys.end(),
                       [&](const Value& key) { return !key.is_null() && key.as_text() == name; });
  };
  std::erase_if(whole.members, [&](const auto& member) { return is_key(member.first); });
  std::erase_if(whole.items, [&](const JsonValue& at) { return at.kind == Kind::string && is_key(at.text); });
  return made(whole);
}

void strip_nulls(JsonValue& value) {
  std::erase_if(value.members, [](const auto& member) { return member.second.kind == Kind::null; });
  for (auto& member : value.members) strip_nulls(member.second);
  for (JsonValue& item : value.items) strip_nulls(item);
}
Value stripped(Args args, Type) {
  JsonValue whole = json(args[0]);
  strip_nulls(whole);
  return made(whole);
}

// jsonb_each's rows: [name, value] each.
Value pairs(Args args, const char* name) {
  const JsonValue whole = json(args[0]);
  if (whole.kind != Kind::object) throw EvalError("22023", std::string("cannot call ") + name + " on a non-object");
  std::vector<Value> all;
  for (const auto& [key, value] : whole.members) {
    JsonValue pair{Kind::array, false, {}, {}, {}};
    pair.items.push_back({Kind::string, false, key, {}, {}});
    pair.items.push_back(value);
    all.push_back(made(pair));
  }
  return Value::of_array(all);
}
Value each(Args args, Type) { return pairs(args, "jsonb_each"); }
Value each_text(Args args, Type) { return pairs(args, "jsonb_each_text"); }

// jsonb_object_agg's end: the last of equal names stays.
Value object_of_pairs(Args args, Type) {
  JsonValue object{Kind::object, false, {}, {}, {}};
  for (const Value& at : args[0].as_array()) {
    const JsonValue pair = json(at);
    const auto key = json_text(&pair.items.at(0));
    if (!key) throw EvalError("22023", "field name must not be null");
    object.members.emplace_back(*key, pair.items.at(1));
  }
  return made(parse_json(print_json(object)));
}

void append_pretty(std::string& to, const JsonValue& value, std::size_t level) {
  if (is_scalar(value)) {
    to += print_json(value);
    return;
  }
  const bool object = value.kind == Kind::object;
  const auto line = [&](std::size_t deep) { to.append(1, '\n').append(deep * 4, ' '); };
  to += object ? '{' : '[';
  bool first = true;
  const auto next = [&] {
    if (!first) to += ',';
    first = false;
    line(level + 1);
  };
  for (const auto& [name, inside] : value.members) {
    next();
    to.append(quote_json(name)).append(": ");
    append_pretty(to, inside, level + 1);
  }
  for (const JsonValue& item : value.items) {
    next();
    append_pretty(to, item, level + 1);
  }
  line(level);
  to += object ? '}' : ']';
}
Value pretty(Args args, Type) {
  std::string text;
  append_pretty(text, json(args[0]), 0);
  return Value::of_text(text);
}

// jsonb_object of names and values, one after the other or in two lists; all of them are texts.
Value object_of_texts(Args args, Type) {
  const std::vector<Value> names = args[0].as_array();
  const std::vector<Value> values = args.size() > 1 ? args[1].as_array() : std::vector<Value>{};
  if (args.size() > 1 && names.size() != values.size()) throw EvalError("2202E", "mismatched array dimensions");
  if (args.size() == 1 && names.size() % 2 != 0) {
    throw EvalError("2202E", "array must have even number of elements");
  }
  JsonValue object{Kind::object, false, {}, {}, {}};
  const std::size_t step = args.size() > 1 ? 1 : 2;
  for (std::size_t i = 0; i < names.size(); i += step) {
    if (names[i].is_null()) throw EvalError("22004", "null value not allowed for object key");
    const Value& value = step == 1 ? values[i] : names[i + 1];
    JsonValue shown;
    if (!value.is_null()) shown = {Kind::string, false, std::string(value.as_text()), {}, {}};
    object.members.emplace_back(names[i].as_text(), shown);
  }
  return made(parse_json(print_json(object)));
}

}  // namespace

void add_json_changes(Tables& tables) {
  using enum TypeKind;
  const Type texts{array, text}, documents{array, jsonb};
  tables.operators.push_back({"#-", {jsonb, texts}, jsonb, without_path, true});
  tables.operators.push_back({"-", {jsonb, texts}, jsonb, without_keys, true});
  auto& functions = tables.functions;
  functions.push_back({"jsonb_set", {jsonb, texts, jsonb}, jsonb, set, true});
  functions.push_back({"jsonb_set", {jsonb, texts, jsonb, boolean}, jsonb, set, true});
  functions.push_back({"jsonb_insert", {jsonb, texts, jsonb}, jsonb, insert, true});
  functions.push_back({"jsonb_insert", {jsonb, texts, jsonb, boolean}, jsonb, insert, true});
  functions.push_back({"jsonb_pretty", {jsonb}, text, pretty});
  functions.push_back({"jsonb_object", {texts}, jsonb, object_of_texts, true});
  functions.push_back({"jsonb_object", {texts, texts}, jsonb, object_of_texts, true});
  functions.push_back({"jsonb_strip_nulls", {jsonb}, jsonb, stripped});
  functions.push_back({" rows of jsonb_each", {jsonb}, documents, each, true});
  functions.push_back({" rows of jsonb_each_text", {jsonb}, documents, each_text, true});
  functions.push_back({" object of pairs", {documents}, jsonb, object_of_pairs, true});
}

}  // namespace laterbase::sql
