#include "views/values.h"

#include <array>

#include "engine/base/json_text.h"
#include "engine/ivm/expression.h"
#include "views/sql/error.h"
#include "views/sql/json_value.h"
#include "views/sql/types.h"

namespace laterbase::views {
namespace {

using ivm::Type;
using ivm::TypeKind;
using ivm::Value;

constexpr std::string_view json_wrapper = "{\"@json\":";

// 2016-07-30 23:54:10+00 → 2016-07-30T23:54:10+00:00
std::string iso_time(std::string text, TypeKind kind) {
  const std::size_t blank = text.find(' ');
  if (blank == std::string::npos) return text;  // infinity
  text[blank] = 'T';
  const std::size_t zone = text.find("+00", blank);
  if (kind == TypeKind::timestamptz && zone != std::string::npos) text.insert(zone + 3, ":00");
  return text;
}

// NaN, Infinity and -Infinity are no JSON numbers.
bool is_json_number(std::string_view text) {
  return !text.empty() && text.find_first_of("NIn") == std::string_view::npos;
}

void append_array(std::string& out, const Value& value, Type element) {
  out += '[';
  bool first = true;
  for (const Value& one : value.as_array()) {
    if (!std::exchange(first, false)) out += ',';
    append_json(out, one, element);
  }
  out += ']';
}

Type element_of(Type array) { return {array.element, TypeKind::unknown}; }

bool is_number(TypeKind kind) {
  return kind == TypeKind::integer || kind == TypeKind::bigint || kind == TypeKind::real8 || kind == TypeKind::numeric;
}

sql::TypeModifier modifier_of(const triples::Column& column) {
  sql::TypeModifier modifier;
  if (column.precision != 0) modifier.precision = column.precision;
  if (column.scale) modifier.scale = *column.scale;
  if (column.text_limit) modifier.precision = *column.text_limit;
  return modifier;
}

Value read_text(std::string_view text, Type type, const triples::Column& column) {
  if (text.find('\0') != std::string_view::npos) throw ivm::EvalError("22021", "text holds a zero byte");
  Value value = sql::parse_value(text, type).owned();
  const sql::TypeModifier modifier = modifier_of(column);
  return modifier.is_set() ? sql::apply_modifier(value, type, modifier, false).owned() : value;
}

std::optional<Value> read_json(std::string_view json, Type type, const triples::Column& column);

std::optional<Value> read_array(std::string_view json, Type type, const triples::Column& column) {
  JsonScanner scanner(json);
  std::vector<Value> elements;
  if (!scanner.take('[')) return std::nullopt;
  for (scanner.skip_space(); !scanner.take(']'); scanner.skip_space()) {
    if (scanner.take(',')) scanner.skip_space();
    const std::size_t start = scanner.at();
    if (!scanner.value()) return std::nullopt;
    auto element = read_json(scanner.since(start), element_of(type), column);
    if (!element) return std::nullopt;
    elements.push_back(std::move(*element));
  }
  return Value::of_array(elements);
}

std::optional<Value> read_json(std::string_view json, Type type, const triples::Column& column) {
  if (type.kind == TypeKind::jsonb && json.starts_with(json_wrapper))
    return Value::of_bytes(
        TypeKind::jsonb, sql::canonical_json(json.substr(json_wrapper.size(), json.size() - json_wrapper.size() - 1)));
  if (json == "null") return Value{};
  if (type.kind == TypeKind::jsonb) return Value::of_bytes(TypeKind::jsonb, sql::canonical_json(json));
  const char first = json.empty() ? '\0' : json.front();
  if (first == '"') return read_text(json_unquoted(json), type, column);
  if (first == '[' && type.kind == TypeKind::array) return read_array(json, type, column);
  const bool is_flag = json == "true" || json == "false";
  if (is_flag != (type.kind == TypeKind::boolean)) return std::nullopt;
  if (!is_flag && !is_number(type.kind)) return std::nullopt;
  return read_text(json, type, column);
}

// ["a","1"]
std::optional<std::vector<std::string>> read_texts(std::string_view json) {
  std::vector<std::string> texts;
  if (!is_json(json)) return std::nullopt;
  JsonScanner scanner(json);
  if (!scanner.take('[')) return std::nullopt;
  while (!scanner.take(']')) {
    scanner.take(',');
    const std::size_t start = scanner.at();
    if (scanner.peek() != '"' || !scanner.string()) return std::nullopt;
    texts.push_back(json_unquoted(scanner.since(start)));
  }
  return texts;
}

}  // namespace

void append_quoted(std::string& out, std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  constexpr std::string_view from = "\b\f\n\r\t\"\\", to = "bfnrt\"\\";
  out += '"';
  for (const char c : text) {
    const std::size_t escape = from.find(c);
    if (escape != std::string_view::npos) {
      out += '\\';
      out += to[escape];
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += "\\u00";
      out += hex[static_cast<unsigned char>(c) >> 4];
      out += hex[static_cast<unsigned char>(c) & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_json(std::string& out, const Value& value, Type type) {
  if (value.is_null()) {
    out += "null";
    return;
  }
  switch (value.kind()) {
    case TypeKind::boolean:
      out += value.as_bool() ? "true" : "false";
      return;
    case TypeKind::integer:
    case TypeKind::bigint:
      out += std::to_string(value.as_int());
      return;
    case TypeKind::jsonb:
      out += value.as_bytes();
      return;
    case TypeKind::array:
      append_array(out, value, element_of(type));
      return;
    case TypeKind::real8:
    case TypeKind::numeric: {
      const std::string text = sql::print_value(value, type);
      if (is_json_number(text))
        out += text;
      else
        append_quoted(out, text);
      return;
    }
    case TypeKind::timestamptz:
    case TypeKind::timestamp:
      append_quoted(out, iso_time(sql::print_value(value, type), value.kind()));
      return;
    case TypeKind::text:
      append_quoted(out, value.as_text());
      return;
    default:
      append_quoted(out, sql::print_value(value, type));
  }
}

void append_object(std::string& out, ivm::RowView row, const ivm::Schema& schema,
                   const std::vector<std::size_t>& columns) {
  char before = '{';
  for (const std::size_t column : columns) {
    out += std::exchange(before, ',');
    append_quoted(out, schema[column].name);
    out += ':';
    append_json(out, row.value(column, schema[column].type.kind), schema[column].type);
  }
  out += columns.empty() ? "{}" : "}";
}

void append_csv(std::string& out, const Value& value, Type type) {
  if (value.is_null()) return;
  const std::string text = sql::print_value(value, type);
  if (!text.empty() && text.find_first_of(",\"\r\n") == std::string::npos && text != "\\.") {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

void append_fact_value(std::string& out, const Value& value, Type type) {
  const bool wraps =
      value.kind() == TypeKind::jsonb && (value.as_bytes() == "null" || value.as_bytes().starts_with("{\"@json\""));
  if (!wraps) return append_json(out, value, type);
  out += json_wrapper;
  out += value.as_bytes();
  out += '}';
}

std::string subject_of(const std::vector<Value>& key, const triples::Shape& shape) {
  const auto text = [&](std::size_t i) {
    return sql::print_value(ivm::canonical(key[i]), shape.columns[shape.key[i]].type);
  };
  if (key.size() == 1) return text(0);
  std::string subject = "[";
  for (std::size_t i = 0; i < key.size(); ++i) {
    if (i != 0) subject += ',';
    append_quoted(subject, text(i));
  }
  return subject + "]";
}

std::optional<Value> FactValues::read(std::string_view json, const triples::Column& column) const {
  try {
    return read_json(json, column.type, column);
  } catch (const ivm::EvalError&) {
    return std::nullopt;
  } catch (const sql::SqlException&) {
    return std::nullopt;
  }
}

std::optional<std::vector<Value>> FactValues::read_subject(std::string_view subject,
                                                           const triples::Shape& shape) const {
  try {
    auto texts = shape.key.size() == 1 ? std::optional(std::vector{std::string(subject)}) : read_texts(subject);
    if (!texts || texts->size() != shape.key.size()) return std::nullopt;
    std::vector<Value> key;
    for (std::size_t i = 0; i < texts->size(); ++i) {
      const triples::Column& column = shape.columns[shape.key[i]];
      key.push_back(read_text((*texts)[i], column.type, column));
    }
    if (subject_of(key, shape) != subject) return std::nullopt;
    return key;
  } catch (const ivm::EvalError&) {
    return std::nullopt;
  } catch (const sql::SqlException&) {
    return std::nullopt;
  }
}

}  // namespace laterbase::views
