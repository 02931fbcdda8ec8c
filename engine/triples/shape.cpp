#include "engine/triples/shape.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "engine/triples/fact.h"

namespace laterbase::triples {
namespace {

using Json = nlohmann::ordered_json;
using ivm::Type;
using ivm::TypeKind;

constexpr std::array<std::string_view, 5> merge_names{"last_writer", "counter", "set", "max", "min"};
constexpr std::array<TypeKind, 13> kinds{
    TypeKind::boolean, TypeKind::integer,  TypeKind::bigint,      TypeKind::real8,     TypeKind::numeric,
    TypeKind::text,    TypeKind::bytea,    TypeKind::timestamptz, TypeKind::timestamp, TypeKind::date,
    TypeKind::time,    TypeKind::interval, TypeKind::jsonb};
constexpr std::size_t most_columns = 1600;
constexpr std::size_t deepest = 64;

// Thrown and caught in this file.
struct Wrong {
  const char* why;
};

TypeKind parse_kind(std::string_view text) {
  for (const TypeKind kind : kinds)
    if (ivm::name_of({kind, TypeKind::unknown}) == text) return kind;
  throw Wrong{"a column has a type that there isn't"};
}

Type parse_type(std::string_view text) {
  if (!text.ends_with("[]")) return {parse_kind(text), TypeKind::unknown};
  return {TypeKind::array, parse_kind(text.substr(0, text.size() - 2))};
}

Merge parse_merge(std::string_view text) {
  const auto found = std::find(merge_names.begin(), merge_names.end(), text);
  if (found == merge_names.end()) throw Wrong{"a column merges in a way that there isn't"};
  return static_cast<Merge>(found - merge_names.begin());
}

bool fits(const Column& column) {
  const TypeKind kind = column.type.kind;
  switch (column.merge) {
    case Merge::counter:
      return kind == TypeKind::integer || kind == TypeKind::bigint || kind == TypeKind::numeric;
    case Merge::set:
      return kind == TypeKind::array;
    default:
      return true;
  }
}

Column parse_column(const Json& json) {
  Column column;
  column.name = json.at("name").get<std::string>();
  column.number = json.at("number").get<int>();
  column.type = parse_type(json.at("type").get<std::string>());
  column.merge = parse_merge(json.value("merge", "last_writer"));
  column.not_null = json.value("not_null", false);
  column.precision = json.value("precision", 0);
  if (json.contains("scale")) column.scale = json.at("scale").get<int>();
  if (json.contains("text_limit")) column.text_limit = json.at("text_limit").get<int>();
  if (json.contains("default")) column.default_value = json.at("default").dump();
  if (column.name.empty() || column.name.size() > longest_name) throw Wrong{"a column's name is not 1 to 63 bytes"};
  if (column.number < 1) throw Wrong{"a column has no number"};
  if (!fits(column)) throw Wrong{"a column of that type can't merge like that"};
  return column;
}

std::vector<std::size_t> parse_places(const Json& json, std::size_t columns) {
  auto places = json.get<std::vector<std::size_t>>();
  for (const std::size_t place : places)
    if (place >= columns) throw Wrong{"a key names a column that there isn't"};
  return places;
}

void require_distinct(const Shape& shape) {
  for (auto a = shape.columns.begin(); a != shape.columns.end(); ++a)
    for (auto b = a + 1; b != shape.columns.end(); ++b)
      if (a->name == b->name || a->number == b->number) throw Wrong{"two columns have one name or number"};
}

Shape shape_of(const Json& json) {
  Shape shape;
  const Json& columns = json.at("columns");
  if (!columns.is_array() || columns.size() > most_columns) throw Wrong{"it has too many columns"};
  for (const Json& column : columns) shape.columns.push_back(parse_column(column));
  require_distinct(shape);
  if (json.contains("key")) shape.key = parse_places(json.at("key"), shape.columns.size());
  if (json.contains("unique"))
    for (const Json& one : json.at("unique")) shape.unique.push_back(parse_places(one, shape.columns.size()));
  shape.strict = json.value("strict", false);
  return shape;
}

Json json_of(const Column& column) {
  Json json{{"name", column.name}, {"number", column.number}, {"type", ivm::name_of(column.type)}};
  if (column.merge != Merge::last_writer) json["merge"] = merge_names[static_cast<std::size_t>(column.merge)];
  if (column.not_null) json["not_null"] = true;
  if (column.precision != 0) json["precision"] = column.precision;
  if (column.scale) json["scale"] = *column.scale;
  if (column.text_limit) json["text_limit"] = *column.text_limit;
  if (!column.default_value.empty()) json["default"] = Json::parse(column.default_value);
  return json;
}

}  // namespace

std::optional<std::size_t> Shape::find(std::string_view name) const noexcept {
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (columns[i].name == name) return i;
  return std::nullopt;
}

bool Shape::is_key(std::size_t column) const noexcept { return std::find(key.begin(), key.end(), column) != key.end(); }

std::string to_json(const Shape& shape) {
  Json json{{"columns", Json::array()}};
  for (const Column& column : shape.columns) json["columns"].push_back(json_of(column));
  if (!shape.key.empty()) json["key"] = shape.key;
  if (!shape.unique.empty()) json["unique"] = shape.unique;
  json["strict"] = shape.strict;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Shape> parse_shape(std::string_view text) {
  const auto too_deep = [](int depth, Json::parse_event_t, Json&) {
    if (depth > static_cast<int>(deepest)) throw Wrong{"it is nested too deep"};
    return true;
  };
  try {
    return shape_of(Json::parse(text, too_deep));
  } catch (const Wrong& wrong) {
    return Error{ErrorCode::invalid, std::string("The declaration is refused: ") + wrong.why + "."};
  } catch (const nlohmann::json::exception& trouble) {
    return Error{ErrorCode::invalid, std::string("The declaration is refused: ") + trouble.what() + "."};
  }
}

}  // namespace laterbase::triples
