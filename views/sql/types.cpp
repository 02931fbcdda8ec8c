#include "views/sql/types.h"

#include <algorithm>
#include <map>

#include "engine/ivm/decimal.h"
#include "engine/ivm/expression.h"
#include "views/sql/datetime.h"
#include "views/sql/error.h"

namespace laterbase::sql {
namespace {

using ivm::EvalError;
using ivm::Type;
using ivm::TypeKind;
using ivm::Value;

const std::map<std::string, TypeKind, std::less<>>& type_names() {
  static const std::map<std::string, TypeKind, std::less<>> names = {
      {"bool", TypeKind::boolean},
      {"boolean", TypeKind::boolean},
      {"int2", TypeKind::integer},
      {"smallint", TypeKind::integer},
      {"int4", TypeKind::integer},
      {"int", TypeKind::integer},
      {"integer", TypeKind::integer},
      {"int8", TypeKind::bigint},
      {"bigint", TypeKind::bigint},
      {"float8", TypeKind::real8},
      {"double", TypeKind::real8},
      {"numeric", TypeKind::numeric},
      {"decimal", TypeKind::numeric},
      {"text", TypeKind::text},
      {"varchar", TypeKind::text},
      {"bytea", TypeKind::bytea},
      {"timestamptz", TypeKind::timestamptz},
      {"timestamp", TypeKind::timestamp},
      {"date", TypeKind::date},
      {"interval", TypeKind::interval},
      {"jsonb", TypeKind::jsonb},
      {"blob", TypeKind::bytea},
  };
  return names;
}

// What PostgreSQL has and this has not, and what to write instead.
const std::map<std::string, std::string, std::less<>>& refused_types() {
  static const std::map<std::string, std::string, std::less<>> advice = {
      {"float4", "Use DOUBLE PRECISION."},
      {"real", "Use DOUBLE PRECISION."},
      {"bpchar", "Use TEXT or VARCHAR(n)."},
      {"char", "Use TEXT or VARCHAR(n)."},
      {"json", "Use JSONB."},
      {"time", "Use INTERVAL for a time of day."},
      {"timetz", "Use TIMESTAMPTZ."},
      {"uuid", "Use TEXT."},
      {"money", "Use NUMERIC."},
      {"inet", "Use TEXT."},
      {"xml", "Use TEXT."},
      {"bit", "Use BIGINT or BYTEA."},
      {"varbit", "Use BYTEA."},
      {"serial", "Give the key yourself: a counter differs between nodes."},
      {"bigserial", "Give the key yourself: a counter differs between nodes."},
  };
  return advice;
}

TypeModifier modifier_of(const Json& body, const std::string& name) {
  TypeModifier modifier;
  modifier.small = name == "int2" || name == "smallint";
  std::vector<int> given;
  for (const Json& node : list_member(body, "typmods")) {
    given.push_back(static_cast<int>(number_member(member(node_body(node), "ival"), "ival")));
  }
  if (name == "interval" && !given.empty()) {
    not_supported("INTERVAL with fields", location_of(body), "Write INTERVAL alone.");
  }
  if (given.empty()) return modifier;
  modifier.precision = given[0];
  if (given.size() > 1) modifier.scale = given[1];
  const bool is_number = name == "numeric" || name == "decimal";
  if (is_number && (given[0] < 1 || given[0] > 1000)) {
    throw SqlException("22023", "NUMERIC precision " + std::to_string(given[0]) + " must be between 1 and 1000",
                       location_of(body));
  }
  if (name == "varchar" && given[0] < 1) {
    throw SqlException("22023", "length for type varchar must be at least 1", location_of(body));
  }
  return modifier;
}

}  // namespace

NamedType type_of_name(const Json& type_name) {
  const std::vector<std::string> names = string_nodes(list_member(type_name, "names"));
  const std::string name = names.empty() ? "" : names.back();
  const int offset = location_of(type_name);
  if (flag_member(type_name, "setof") || flag_member(type_name, "pct_type")) {
    not_supported("SETOF and %TYPE", offset, "Name the type.");
  }
  const auto refused = refused_types().find(name);
  if (refused != refused_types().end()) not_supported("type " + name, offset, refused->second);
  const auto found = type_names().find(name);
  if (found == type_names().end()) throw SqlException("42704", "type \"" + name + "\" does not exist", offset);
  NamedType named{{found->second}, modifier_of(type_name, name)};
  const std::size_t dimensions = list_member(type_name, "arrayBounds").size();
  if (dimensions > 1) not_supported("an array of more than one dimension", offset, "Use JSONB for nested lists.");
  if (dimensions == 1) named = {array_of(named.type, offset), {}};
  return named;
}

bool is_array(Type type) noexcept { return type.kind == TypeKind::array; }
Type element_of(Type type) noexcept { return {type.element}; }

Type array_of(Type element, int offset) {
  if (is_array(element)) not_supported("an array of arrays", offset, "Use JSONB for nested lists.");
  return {TypeKind::array, element.kind};
}

char category_of(Type type) noexcept {
  switch (type.kind) {
    case TypeKind::unknown:
      return 'X';
    case TypeKind::boolean:
      return 'B';
    case TypeKind::integer:
    case TypeKind::bigint:
    case TypeKind::real8:
    case TypeKind::numeric:
      return 'N';
    case TypeKind::text:
      return 'S';
    case TypeKind::timestamptz:
    case TypeKind::timestamp:
    case TypeKind::date:
    case TypeKind::time:
      return 'D';
    case TypeKind::interval:
      return 'T';
    case TypeKind::array:
      return 'A';
    case TypeKind::bytea:
    case TypeKind::jsonb:
      return 'U';
  }
  return 'U';
}

bool is_preferred(Type type) noexcept {
  return type.kind == TypeKind::boolean || type.kind == TypeKind::real8 || type.kind == TypeKind::text ||
         type.kind == TypeKind::timestamptz || type.kind == TypeKind::interval;
}

Type common_type(std::span<const Type> types, std::string_view what, int offset) {
  Type chosen;
  for (const Type type : types) {
    if (type.kind == TypeKind::unknown || type == chosen) continue;
    if (chosen.kind == TypeKind::unknown) {
      chosen = type;
    } else if (category_of(type) != category_of(chosen)) {
      throw SqlException(
          "42804",
          std::string(what) + " types " + ivm::name_of(chosen) + " and " + ivm::name_of(type) + " cannot be matched",
          offset);
    } else if (!is_preferred(chosen) && cast_between(chosen, type, CastContext::implicit) &&
               !cast_between(type, chosen, CastContext::implicit)) {
      chosen = type;
    }
  }
  if (chosen.kind == TypeKind::unknown) return {TypeKind::text};
  for (const Type type : types) {
    if (type.kind == TypeKind::unknown || cast_between(type, chosen, CastContext::implicit)) continue;
    throw SqlException(
        "42846", std::string(what) + " could not convert type " + ivm::name_of(type) + " to " + ivm::name_of(chosen),
        offset);
  }
  return chosen;
}

namespace {

std::string cut_text(std::string_view text, int most_characters, bool explicit_cast) {
  int characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0U) == 0x80U || ++characters <= most_characters) continue;
    const bool only_blanks = text.substr(i).find_first_not_of(' ') == std::string_view::npos;
    if (explicit_cast || only_blanks) return std::string(text.substr(0, i));
    throw EvalError("22001", "value too long for type character varying(" + std::to_string(most_characters) + ")");
  }
  return std::string(text);
}

Value limited_numeric(const Value& value, const TypeModifier& modifier) {
  const ivm::Decimal rounded = value.as_decimal();
  if (!rounded.is_finite()) {
    if (rounded.is_nan()) return value;
    throw EvalError("22003", "numeric field overflow");
  }
  const ivm::Decimal result = rounded.rounded(modifier.scale);
  ivm::Decimal::Integer most = 1;
  for (int i = 0; i < modifier.precision; ++i) most *= 10;
  if (abs(result.unscaled()) >= most) throw EvalError("22003", "numeric field overflow");
  return Value::of_numeric(result);
}

Value limited_moment(const Value& value, int digits) {
  if (value.as_int() == moment_infinity || value.as_int() == moment_minus_infinity) return value;
  std::int64_t unit = 1;
  for (int i = digits; i < 6; ++i) unit *= 10;
  const std::int64_t shifted = value.as_int() + (value.as_int() < 0 ? -unit / 2 : unit / 2);
  return Value::of_word(value.kind(), shifted / unit * unit);
}

}  // namespace

Value apply_modifier(const Value& value, Type type, const TypeModifier& modifier, bool explicit_cast) {
  if (value.is_null() || !modifier.is_set()) return value;
  if (modifier.small && (value.as_int() > 32'767 || value.as_int() < -32'768)) {
    throw EvalError("22003", "smallint out of range");
  }
  if (modifier.precision < 0) return value;
  switch (type.kind) {
    case TypeKind::numeric:
      return limited_numeric(value, modifier);
    case TypeKind::text:
      return Value::of_text(cut_text(value.as_text(), modifier.precision, explicit_cast));
    case TypeKind::timestamp:
    case TypeKind::timestamptz:
      return limited_moment(value, modifier.precision);
    default:
      return value;
  }
}

}  // namespace laterbase::sql
