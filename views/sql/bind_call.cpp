#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "views/sql/aggregates.h"
#include "views/sql/bind_call.h"
#include "views/sql/compile.h"
#include "views/sql/datetime.h"
#include "views/sql/error.h"
#include "views/sql/known_names.h"

// name(args…): functions, aggregates, window functions.
namespace laterbase::sql {

using ivm::TypeKind;

namespace {

// Functions that are not functions of the events.
const std::set<std::string, std::less<>> impure = {"now",
                                                   "clock_timestamp",
                                                   "statement_timestamp",
                                                   "transaction_timestamp",
                                                   "timeofday",
                                                   "random",
                                                   "gen_random_uuid",
                                                   "nextval",
                                                   "currval",
                                                   "setval",
                                                   "lastval",
                                                   "current_setting",
                                                   "pg_backend_pid",
                                                   "txid_current",
                                                   "setseed",
                                                   "version",
                                                   "current_database",
                                                   "current_schema",
                                                   "pg_sleep",
                                                   "uuid_generate_v4"};

std::string name_of_call(const Json& body) {
  const Json& names = list_member(body, "funcname");
  if (names.size() > 1 && string_node(names.front()) != "pg_catalog") {
    not_supported("a schema in a function's name", location_of(body), "Name the function alone.");
  }
  return string_node(names.back());
}

[[noreturn]] void unknown_function(const std::string& name, const std::vector<ExprPtr>& args, int offset,
                                   bool is_known = false) {
  if (!is_known) refuse_known_function(name, offset);
  std::string types;
  for (const ExprPtr& arg : args) types += (types.empty() ? "" : ", ") + ivm::name_of(arg->type);
  throw SqlException(
      "42883", "function " + name + "(" + types + ") does not exist", offset,
      "No function matches the given name and argument types. You might need to add explicit type casts.");
}

// make_interval(days => 3): the arguments in their order, zeros where none is given.
void place_named(const Json& arg, std::vector<Json>& args) {
  static constexpr std::array<std::string_view, 7> names = {"years", "months", "weeks", "days",
                                                            "hours", "mins",   "secs"};
  const std::string name = text_member(node_body(arg), "name");
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) {
    throw SqlException("42883", "make_interval has no argument " + name, node_location(arg),
                       "Its arguments are years, months, weeks, days, hours, mins and secs.");
  }
  const auto place = static_cast<std::size_t>(found - names.begin());
  const Json zero = {{"A_Const", {{"ival", {{"ival", 0}}}}}};
  if (args.size() <= place) args.resize(place + 1, zero);
  args[place] = member(node_body(arg), "arg");
}

}  // namespace

std::vector<Json> args_of(const Json& body) {
  std::vector<Json> args;
  const bool of_interval = string_node(list_member(body, "funcname").back()) == "make_interval";
  for (const Json& arg : list_member(body, "args")) {
    const bool named = is_node(arg, "NamedArgExpr");
    if (named && !of_interval) {
      not_supported("an argument by name", node_location(arg), "Give the arguments in their order.");
    }
    if (named) {
      place_named(arg, args);
    } else {
      args.push_back(arg);
    }
  }
  if (flag_member(body, "func_variadic")) {
    not_supported("VARIADIC", location_of(body), "Give the arguments one by one.");
  }
  return args;
}

namespace {

// What only aggregates may have.
void refuse_aggregate_options(const std::string& name, const Json& body) {
  const char* option = flag_member(body, "agg_within_group")     ? "WITHIN GROUP"
                       : flag_member(body, "agg_distinct")       ? "DISTINCT"
                       : !list_member(body, "agg_order").empty() ? "ORDER BY"
                       : !member(body, "agg_filter").is_null()   ? "FILTER"
                       : flag_member(body, "agg_star")           ? nullptr
                                                                 : "";
  if (option != nullptr && *option == 0) return;
  const std::string what = option == nullptr ? name + "(*)" : option;
  throw SqlException("42809", what + " specified, but " + name + " is not an aggregate function", location_of(body));
}

// AT TIME ZONE and date_trunc() with a zone: which hours a place had, and will have, differs between machines.
void check_zone(const std::string& name, const std::vector<ExprPtr>& args) {
  const bool at_zone = name == "timezone" && args.size() == 2;
  if (!at_zone && !(name == "date_trunc" && args.size() == 3)) return;
  const ExprPtr& zone = at_zone ? args.front() : args.back();
  const bool is_text = zone->type.kind == TypeKind::unknown || zone->type.kind == TypeKind::text;
  if (!is_text || !is_constant(zone) || zone->value.is_null() || is_utc(zone->value.as_text())) return;
  not_supported("the time zone \"" + std::string(zone->value.as_text()) + "\"", zone->offset,
                "Write 'UTC', or AT TIME ZONE INTERVAL '2 hours' for a fixed distance.");
}

// Kept as an array of the group's values, of which a function makes the result in the end.
struct Listed {
  const char* function;
  bool ordered_set = false;  // name(args…) WITHIN GROUP (ORDER BY value)
};
const Listed* listed(const std::string& name) {
  static const std::map<std::string, Listed, std::less<>> table = {
      {"jsonb_agg", {"to_jsonb"}},
      {"jsonb_object_agg", {" object of pairs"}},
      {"bit_and", {" bit_and of"}},
      {"bit_or", {" bit_or of"}},
      {"bit_xor", {" bit_xor of"}},
      {"percentile_cont", {" percentile_cont of", true}},
      {"percentile_disc", {" percentile_disc of", true}},
      {"mode", {" mode of", true}},
      {"var_pop", {" var_pop of"}},
      {"var_samp", {" var_samp of"}},
      {"variance", {" var_samp of"}},
      {"stddev_pop", {" stddev_pop of"}},
      {"stddev_samp", {" stddev_samp of"}},
      {"stddev", {" stddev_samp of"}},
  };
  const auto found = table.find(name);
  return found == table.end() ? nullptr : &found->second;
}

// What is listed for each row.
ExprPtr listed_element(const std::string& name, const std::vector<ExprPtr>& args, int offset) {
  if (args.size() != (name == "jsonb_object_agg" ? 2U : 1U)) unknown_function(name, args, offset, true);
  if (name == "jsonb_agg") return resolve_function("to_jsonb", args, offset);
  if (name == "jsonb_object_agg") return resolve_function("jsonb_build_array", args, offset);
  const TypeKind kind = args[0]->type.kind;
  const bool whole = kind == TypeKind::integer || kind == TypeKind::bigint;
  const bool number = whole || kind == TypeKind::numeric || kind == TypeKind::real8;
  if (name.starts_with("bit_") ? !whole : !number) unknown_function(name, args, offset, true);
  return args[0];
}

// percentile_cont() is of double precision, or of intervals.
ExprPtr ordered_element(const std::string& name, const ExprPtr& value, int offset) {
  if (name != "percentile_cont" || value->type.kind == TypeKind::interval) return value;
  if (const ExprPtr real = try_coerce(value, {TypeKind::real8}, CastContext::implicit, offset)) return real;
  throw SqlException("42883",
                     "function percentile_cont(double precision, " + ivm::name_of(value->type) + ") does not exist",
                     offset, "It takes numbers and intervals.");
}

}  // namespace

ExprPtr listed_result(const std::string& name, const ExprPtr& list, std::vector<ExprPtr> direct) {
  const Listed* how = listed(name);
  if (how == nullptr) return list;
  if (!direct.empty() && is_array(direct[0]->type)) {
    not_supported(name + "() of an array of fractions", list->offset, "Write one call for each fraction.");
  }
  direct.insert(direct.begin(), list);
  return resolve_function(how->function, std::move(direct), list->offset);
}

// The moment at which the statement began, as in a transaction of PostgreSQL.
ExprPtr ExpressionBinder::bind_now(const std::string& name, const Json& body) {
  static const std::set<std::string, std::less<>> names = {"now", "transaction_timestamp", "statement_timestamp",
                                                           "clock_timestamp"};
  if (!context_.now_us || !names.contains(name) || !list_member(body, "args").empty()) return nullptr;
  const ivm::Type type{TypeKind::timestamptz};
  return constant(type, ivm::Value::of_word(type.kind, *context_.now_us), location_of(body));
}

ExprPtr ExpressionBinder::bind_call(const Json& body) {
  const std::string name = name_of_call(body);
  const int offset = location_of(body);
  if (impure.contains(name)) {
    if (const ExprPtr now = bind_now(name, body)) return now;
    not_supported(name + "()", offset,
                  "It differs from one evaluation to the next and from node to node. Give the value as a literal or "
                  "parameter, or keep it in a column.");
  }
  if (!member(body, "over").is_null()) return bind_window(name, body);
  if (is_aggregate(name)) return bind_aggregate(name, body);
  if (is_window_function(name)) {
    throw SqlException("42809", "window function " + name + " requires an OVER clause", offset);
  }
  refuse_aggregate_options(name, body);
  std::vector<ExprPtr> args;
  for (const Json& arg : args_of(body)) args.push_back(bind(arg));
  check_zone(name, args);
  if (const ExprPtr call = resolve_function(name, args, offset)) return call;
  unknown_function(name, args, offset);
}

AggregateCall ExpressionBinder::aggregate_call(const std::string& name, const Json& body, ExpressionBinder& inner) {
  const int offset = location_of(body);
  const Listed* how = listed(name);
  const bool within = flag_member(body, "agg_within_group");
  if (within != (how != nullptr && how->ordered_set)) {
    throw SqlException("42809",
                       within ? name + " is not an ordered-set aggregate, so it cannot have WITHIN GROUP"
                              : "WITHIN GROUP is required for ordered-set aggregate " + name,
                       offset);
  }
  if (within) return ordered_set_call(name, body, inner);
  std::vector<ExprPtr> args;
  for (const Json& arg : args_of(body)) args.push_back(inner.bind(arg));
  const ExprPtr written = how != nullptr && args.size() == 1 ? known(args[0]) : nullptr;
  if (how != nullptr) args = {listed_element(name, args, offset)};
  AggregateCall call =
      resolve_aggregate(how != nullptr ? "array_agg" : name, std::move(args), flag_member(body, "agg_star"), offset);
  call.distinct = flag_member(body, "agg_distinct");
  for (const Json& sort : list_member(body, "agg_order")) {
    const Json& node = member(node_body(sort), "node");
    call.order.push_back(inner.bind_sort_key(node_body(sort), inner.bind(node)));
    ExprPtr& key = call.order.back().expr;
    if (call.distinct && written != nullptr && same(key, written)) key = call.args[0];
  }
  if (call.distinct && !call.order.empty()) check_distinct_order(call, offset);
  call.filter = bind_filter(body, inner);
  return call;
}

AggregateCall ExpressionBinder::ordered_set_call(const std::string& name, const Json& body, ExpressionBinder& inner) {
  const int offset = location_of(body);
  const Json& order = list_member(body, "agg_order");
  const std::size_t wanted = name == "mode" ? 0 : 1;
  if (order.size() != 1 || list_member(body, "args").size() != wanted) {
    throw SqlException("42883", "function " + name + " does not exist with so many arguments", offset,
                       "Write percentile_cont(0.5) WITHIN GROUP (ORDER BY x), or mode() WITHIN GROUP (ORDER BY x).");
  }
  const Json& sort = node_body(order[0]);
  const ExprPtr value = known(inner.bind(member(sort, "node")));
  AggregateCall call = resolve_aggregate("array_agg", {ordered_element(name, value, offset)}, false, offset);
  call.order.push_back(inner.bind_sort_key(sort, call.args[0]));
  call.filter = bind_filter(body, inner);
  return call;
}

ExprPtr ExpressionBinder::bind_filter(const Json& body, ExpressionBinder& inner) {
  const Json& filter = member(body, "agg_filter");
  return filter.is_null() ? nullptr : coerce_to_boolean(inner.bind(filter), "FILTER", node_location(filter));
}

ExprPtr ExpressionBinder::bind_aggregate(const std::string& name, const Json& body) {
  const int offset = location_of(body);
  if (collected_ == nullptr) {
    const bool nested = clause_ == "aggregate functions";
    throw SqlException(
        "42803",
        nested ? "aggregate function calls cannot be nested" : "aggregate functions are not allowed in " + clause_,
        offset);
  }
  ExpressionBinder inner(context_, level_, common_tables_, "aggregate functions");
  AggregateCall call = aggregate_call(name, body, inner);
  bool has_column = false;
  bool has_outer = false;
  for (const ExprPtr& arg : call.args) {
    has_column = has_column || !columns_of(arg).empty();
    has_outer = has_outer || uses_outer(arg);
  }
  if (has_outer && !has_column) {
    not_supported("an aggregate of the query around", offset, "Compute it there and give it a name.");
  }
  Expr made{ExprKind::aggregate, call.type};
  made.index = collected_->aggregates.size();
  made.offset = offset;
  collected_->aggregates.push_back(std::move(call));
  std::vector<ExprPtr> direct;
  if (flag_member(body, "agg_within_group")) direct = bind_list(list_member(body, "args"));
  return listed_result(name, std::make_shared<const Expr>(std::move(made)), std::move(direct));
}

// GROUPING(a, b): it is computed where the groups are.
ExprPtr ExpressionBinder::bind_grouping(const Json& body) {
  const int offset = location_of(body);
  constexpr std::size_t most = 31;
  if (collected_ == nullptr) {
    throw SqlException("42803", "grouping operations are not allowed in " + clause_, offset);
  }
  if (list_member(body, "args").size() > most) {
    throw SqlException("54023", "GROUPING must have fewer than 32 arguments", offset);
  }
  ExpressionBinder inner(context_, level_, common_tables_, "GROUPING");
  Expr made{ExprKind::aggregate, {TypeKind::integer}};
  made.index = collected_->groupings.size();
  made.level = 1;
  made.offset = offset;
  collected_->groupings.push_back(inner.bind_list(list_member(body, "args")));
  return std::make_shared<const Expr>(std::move(made));
}

SortKey ExpressionBinder::bind_sort_key(const Json& sort_by, const ExprPtr& expr) {
  const std::string direction = text_member(sort_by, "sortby_dir");
  if (direction == "SORTBY_USING") not_supported("ORDER BY … USING", expr->offset, "Write ASC or DESC.");
  const std::string nulls = text_member(sort_by, "sortby_nulls");
  const bool descending = direction == "SORTBY_DESC";
  return {known(expr), descending, nulls == "SORTBY_NULLS_FIRST" || (nulls != "SORTBY_NULLS_LAST" && descending)};
}

}  // namespace laterbase::sql
