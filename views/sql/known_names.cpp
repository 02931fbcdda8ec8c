#include "views/sql/known_names.h"

#include <array>
#include <map>
#include <set>

#include "views/sql/error.h"

namespace laterbase::sql {
namespace {

const std::set<std::string, std::less<>>& rows_of_functions() {
  static const std::set<std::string, std::less<>> names = {
      "unnest",     "generate_series", "jsonb_array_elements", "jsonb_array_elements_text", "jsonb_object_keys",
      "jsonb_each", "jsonb_each_text"};
  return names;
}

// By what may be done instead.
const std::map<std::string, std::string, std::less<>>& advice_by_prefix() {
  static const std::map<std::string, std::string, std::less<>> advice = {
      {"regexp_", "Use LIKE, strpos, split_part or replace; there are no regular expressions."},
      {"json_", "Use the function of that name for JSONB."},
      {"jsonb_",
       "Use ->, ->>, #>, jsonb_set, jsonb_build_object, jsonb_build_array, jsonb_array_elements or jsonb_each."},
      {"pg_", "GET /db/{db} tells of a database, GET /db/{db}/v/{view} of a view."},
      {"to_ts", "Use LIKE; there is no text search."},
      {"overlaps", "Write start1 < end2 AND start2 < end1."},
      {"array_", "Use ||, array_append, array_remove, array_replace, array_position, or unnest in FROM."},
  };
  return advice;
}

const std::set<std::string, std::less<>>& others() {
  static const std::set<std::string, std::less<>> names = {
      "to_number",       "to_date",         "quote_ident", "row_to_json", "make_time", "normalize",
      "string_to_table", "set_byte",        "get_bit",     "set_bit",     "to_json",   "uuid_generate_v4",
      "txid_current",    "nextval",         "currval",     "lastval",     "setval",    "parse_ident",
      "unistr",          "obj_description", "sind",        "cosd",        "tand",      "cotd",
      "asind",           "acosd",           "atand",       "atan2d",      "int4range", "int8range",
      "numrange",        "daterange",       "tsrange",     "tstzrange",   "hashtext",  "hashtextextended",
      "to_ascii",        "isempty",         "bit_count"};
  return names;
}

// Functions of which only some forms are there.
const std::map<std::string, std::string, std::less<>>& advice_for_others() {
  static const std::map<std::string, std::string, std::less<>> advice = {
      {"to_timestamp", "It is there for seconds; for a text write CAST(x AS TIMESTAMPTZ)."},
  };
  return advice;
}

}  // namespace

void refuse_known_function(const std::string& name, int offset) {
  if (rows_of_functions().contains(name)) {
    not_supported(name + "() outside of FROM", offset, "It gives rows: write SELECT … FROM t, " + name + "(…) AS x.");
  }
  if (others().contains(name)) {
    not_supported(name + "()", offset, "Compute it before you write, or keep it in a column.");
  }
  for (const auto& [prefix, advice] : advice_by_prefix()) {
    if (name.starts_with(prefix)) not_supported(name + "()", offset, advice);
  }
}

void refuse_other_forms(const std::string& name, int offset) {
  const auto found = advice_for_others().find(name);
  if (found != advice_for_others().end()) not_supported(name + "() of these arguments", offset, found->second);
}

void refuse_known_operator(const std::string& name, int offset) {
  static constexpr std::array<std::string_view, 4> regular = {"~", "~*", "!~", "!~*"};
  for (const std::string_view one : regular) {
    if (name == one) {
      not_supported("the operator " + name + " for regular expressions", offset, "Use LIKE, ILIKE or starts_with().");
    }
  }
  if (name == "@@" || name == "@?") {
    not_supported("the operator " + name, offset, "Use ->, ->>, #>, #>> and @>.");
  }
}

}  // namespace laterbase::sql
