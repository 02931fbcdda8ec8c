#include <map>
#include <set>

#include "views/sql/aggregates.h"
#include "views/sql/bind_expression.h"
#include "views/sql/bind_frame.h"
#include "views/sql/compile.h"
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

std::vector<Json> args_of(const Json& body) {
  std::vector<Json> args;
  for (const Json& arg : list_member(body, "args")) {
    if (is_node(arg, "NamedArgExpr")) {
      not_supported("an argument by name", node_location(arg), "Give the arguments in their order.");
    }
    args.push_back(arg);
  }
  if (flag_member(body, "func_variadic")) {
    not_supported("VARIADIC", location_of(body), "Give the arguments one by one.");
  }
  return args;
}

// Kept as an array of documents, and made one in the end.
bool is_json_aggregate(std::string_view name) { return name == "jsonb_agg" || name == "jsonb_object_agg"; }

ExprPtr json_element(const std::string& name, const std::vector<ExprPtr>& args, int offset) {
  if (args.size() != (name == "jsonb_agg" ? 1U : 2U)) unknown_function(name, args, offset, true);
  return resolve_function(name == "jsonb_agg" ? "to_jsonb" : "jsonb_build_array", args, offset);
}

ExprPtr as_json_result(const std::string& name, const ExprPtr& result) {
  if (!is_json_aggregate(name)) return result;
  return resolve_function(name == "jsonb_agg" ? "to_jsonb" : " object of pairs", {result}, result->offset);
}

}  // namespace

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
  for (const char* option : {"agg_star", "agg_distinct", "agg_within_group"}) {
    if (flag_member(body, option)) {
      throw SqlException("42809", name + " is not an aggregate function", offset);
    }
  }
  std::vector<ExprPtr> args;
  for (const Json& arg : args_of(body)) args.push_back(bind(arg));
  if (const ExprPtr call = resolve_function(name, args, offset)) return call;
  unknown_function(name, args, offset);
}

AggregateCall ExpressionBinder::aggregate_call(const std::string& name, const Json& body, ExpressionBinder& inner) {
  const int offset = location_of(body);
  if (flag_member(body, "agg_within_group")) {
    not_supported("WITHIN GROUP", offset, "Use a window function, or ORDER BY … LIMIT.");
  }
  std::vector<ExprPtr> args;
  for (const Json& arg : args_of(body)) args.push_back(inner.bind(arg));
  const bool as_json = is_json_aggregate(name);
  const ExprPtr written = as_json && args.size() == 1 ? known(args[0]) : nullptr;
  if (as_json) args = {json_element(name, args, offset)};
  AggregateCall call =
      resolve_aggregate(as_json ? "array_agg" : name, std::move(args), flag_member(body, "agg_star"), offset);
  call.distinct = flag_member(body, "agg_distinct");
  for (const Json& sort : list_member(body, "agg_order")) {
    const Json& node = member(node_body(sort), "node");
    call.order.push_back(inner.bind_sort_key(node_body(sort), inner.bind(node)));
    ExprPtr& key = call.order.back().expr;
    if (call.distinct && written != nullptr && same(key, written)) key = call.args[0];
  }
  if (call.distinct && !call.order.empty()) check_distinct_order(call, offset);
  const Json& filter = member(body, "agg_filter");
  if (!filter.is_null()) call.filter = coerce_to_boolean(inner.bind(filter), "FILTER", node_location(filter));
  return call;
}

ExprPtr ExpressionBinder::bind_aggregate(const std::string& name, const Json& body) {
  const int offset = location_of(body);
  if (collected_ == nullptr) {
    throw SqlException("42803", "aggregate functions are not allowed in " + clause_, offset);
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
  return as_json_result(name, std::make_shared<const Expr>(std::move(made)));
}

SortKey ExpressionBinder::bind_sort_key(const Json& sort_by, const ExprPtr& expr) {
  const std::string direction = text_member(sort_by, "sortby_dir");
  if (direction == "SORTBY_USING") not_supported("ORDER BY … USING", expr->offset, "Write ASC or DESC.");
  const std::string nulls = text_member(sort_by, "sortby_nulls");
  const bool descending = direction == "SORTBY_DESC";
  return {known(expr), descending, nulls == "SORTBY_NULLS_FIRST" || (nulls != "SORTBY_NULLS_LAST" && descending)};
}

void ExpressionBinder::bind_window_definition(const Json& over, WindowUse& use, ivm::Frame& frame) {
  const int offset = location_of(over);
  for (const std::string& reference : {text_member(over, "name"), text_member(over, "refname")}) {
    if (reference.empty()) continue;
    const Json* found = nullptr;
    for (const Json& named : collected_->named_windows) {
      if (text_member(node_body(named), "name") == reference) found = &node_body(named);
    }
    if (found == nullptr) throw SqlException("42704", "window \"" + reference + "\" does not exist", offset);
    Json copy = *found;
    copy.erase("name");
    bind_window_definition(copy, use, frame);
  }
  ExpressionBinder inner(context_, level_, common_tables_, "window definitions", collected_, false);
  for (const Json& node : list_member(over, "partitionClause")) use.partition.push_back(known(inner.bind(node)));
  for (const Json& sort : list_member(over, "orderClause")) {
    use.order.push_back(inner.bind_sort_key(node_body(sort), inner.bind(member(node_body(sort), "node"))));
  }
  if (text_member(over, "name").empty()) bind_frame(over, use, frame);
}

ExprPtr ExpressionBinder::bind_window(const std::string& name, const Json& body) {
  const int offset = location_of(body);
  if (collected_ == nullptr || !windows_) {
    throw SqlException("42P20", "window functions are not allowed in " + clause_, offset);
  }
  ExpressionBinder inner(context_, level_, common_tables_, "window functions", collected_, false);
  WindowUse use;
  if (is_window_function(name)) {
    std::vector<ExprPtr> args;
    for (const Json& arg : args_of(body)) args.push_back(inner.bind(arg));
    use.call = resolve_window_function(name, std::move(args), offset);
    if (!member(body, "agg_filter").is_null()) {
      not_supported("FILTER of a window function that is no aggregate", offset, "Use CASE in its argument.");
    }
  } else if (is_aggregate(name)) {
    AggregateCall call = aggregate_call(name, body, inner);
    if (call.distinct) not_supported("DISTINCT in a window function", offset, "Remove duplicates in a sub-query.");
    if (!call.order.empty()) {
      not_supported("ORDER BY inside of a window function", offset, "Put it into OVER (…).");
    }
    use.call = {ivm::WindowFunction::aggregate, call.function, call.args, call.filter, {}, call.type};
  } else {
    throw SqlException("42809", "OVER specified, but " + name + " is not a window function nor an aggregate function",
                       offset);
  }
  bind_window_definition(member(body, "over"), use, use.call.frame);
  add_frame_limits(use, location_of(member(body, "over")));
  Expr made{ExprKind::window, use.call.type};
  made.index = collected_->windows.size();
  made.offset = offset;
  collected_->windows.push_back(std::move(use));
  return as_json_result(name, std::make_shared<const Expr>(std::move(made)));
}

}  // namespace laterbase::sql
