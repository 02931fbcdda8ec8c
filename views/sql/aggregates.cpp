#include "views/sql/aggregates.h"

#include <map>
#include <set>

#include "views/sql/error.h"
#include "views/sql/resolve.h"

namespace laterbase::sql {
namespace {

using ivm::AggregateFunction;
using ivm::Type;
using ivm::TypeKind;

const std::map<std::string, AggregateFunction, std::less<>>& aggregates() {
  using enum AggregateFunction;
  static const std::map<std::string, AggregateFunction, std::less<>> table = {{"count", count},
                                                                              {"sum", sum},
                                                                              {"avg", avg},
                                                                              {"min", min},
                                                                              {"max", max},
                                                                              {"bool_and", bool_and},
                                                                              {"bool_or", bool_or},
                                                                              {"every", bool_and},
                                                                              {"array_agg", array_agg},
                                                                              {"string_agg", string_agg}};
  return table;
}

// Others of PostgreSQL's, refused by name so that nobody thinks of a spelling mistake.
const std::set<std::string, std::less<>> refused = {
    "corr",       "covar_pop",      "covar_samp", "json_agg", "json_object_agg", "xmlagg",
    "regr_slope", "regr_intercept", "regr_count", "regr_r2",  "range_agg",       "any_value"};

// Of which array_agg() keeps the values: bind_call.cpp.
const std::set<std::string, std::less<>> listed = {
    "jsonb_agg",       "jsonb_object_agg", "bit_and",    "bit_or",      "bit_xor",  "mode",    "percentile_cont",
    "percentile_disc", "stddev",           "stddev_pop", "stddev_samp", "variance", "var_pop", "var_samp"};

[[noreturn]] void no_such(const std::string& name, const std::vector<ExprPtr>& args, int offset) {
  std::string types;
  for (const ExprPtr& arg : args) types += (types.empty() ? "" : ", ") + ivm::name_of(arg->type);
  throw SqlException(
      "42883", "function " + name + "(" + types + ") does not exist", offset,
      "No function matches the given name and argument types. You might need to add explicit type casts.");
}

Type sum_type(Type arg) {
  switch (arg.kind) {
    case TypeKind::integer:
      return {TypeKind::bigint};
    case TypeKind::bigint:
    case TypeKind::numeric:
      return {TypeKind::numeric};
    case TypeKind::real8:
    case TypeKind::interval:
      return arg;
    default:
      return {};
  }
}

Type avg_type(Type arg) {
  return arg.kind == TypeKind::integer || arg.kind == TypeKind::bigint ? Type{TypeKind::numeric}
         : sum_type(arg).kind == TypeKind::unknown                     ? Type{}
                                                                       : arg;
}

bool has_extremes(Type type) {
  return type.kind != TypeKind::boolean && type.kind != TypeKind::bytea && type.kind != TypeKind::jsonb &&
         type.kind != TypeKind::unknown;
}

// The type of the result, unknown where the aggregate doesn't take the arguments.
Type result_of(AggregateFunction function, std::vector<ExprPtr>& args, int offset) {
  using enum AggregateFunction;
  const std::size_t wanted = function == string_agg ? 2 : 1;
  if (args.size() != wanted) return {};
  switch (function) {
    case sum:
    case avg:
      if (args[0]->type.kind == TypeKind::unknown) {
        throw SqlException(
            "42725", std::string("function ") + (function == sum ? "sum" : "avg") + "(unknown) is not unique", offset,
            "Could not choose a best candidate function. You might need to add explicit type casts.");
      }
      return function == sum ? sum_type(args[0]->type) : avg_type(args[0]->type);
    case min:
    case max:
      args[0] = known(args[0]);
      return has_extremes(args[0]->type) ? args[0]->type : Type{};
    case bool_and:
    case bool_or: {
      const ExprPtr flag = try_coerce(args[0], {TypeKind::boolean}, CastContext::implicit, offset);
      if (flag == nullptr) return {};
      args[0] = flag;
      return flag->type;
    }
    case array_agg:
      args[0] = known(args[0]);
      return array_of(args[0]->type, offset);
    case string_agg: {
      const bool bytes = args[0]->type.kind == TypeKind::bytea;
      const Type type = bytes ? Type{TypeKind::bytea} : Type{TypeKind::text};
      for (ExprPtr& arg : args) {
        arg = try_coerce(arg, type, CastContext::implicit, offset);
        if (arg == nullptr) return {};
      }
      return type;
    }
    default:
      args[0] = known(args[0]);
      return {TypeKind::bigint};
  }
}

}  // namespace

bool is_aggregate(std::string_view name) {
  return aggregates().contains(name) || refused.contains(name) || listed.contains(name);
}

AggregateCall resolve_aggregate(const std::string& name, std::vector<ExprPtr> args, bool star, int offset) {
  if (refused.contains(name)) {
    not_supported(
        "the aggregate " + name, offset,
        "Use COUNT, SUM, AVG, MIN, MAX, STDDEV, VARIANCE, BOOL_AND, BOOL_OR, ARRAY_AGG, JSONB_AGG, STRING_AGG "
        "or PERCENTILE_CONT.");
  }
  AggregateCall call;
  call.function = aggregates().find(name)->second;
  if (star) {
    if (name != "count") no_such(name, args, offset);
    call.function = AggregateFunction::count_rows;
    call.type = {TypeKind::bigint};
    return call;
  }
  const std::vector<ExprPtr> given = args;
  if (args.empty() && name == "count") {
    throw SqlException("42809", "count(*) must be used to call a parameterless aggregate function", offset);
  }
  call.type = result_of(call.function, args, offset);
  if (call.type.kind == TypeKind::unknown) no_such(name, given, offset);
  call.args = std::move(args);
  return call;
}

void check_distinct_order(const AggregateCall& call, int offset) {
  for (const SortKey& key : call.order) {
    bool found = false;
    for (const ExprPtr& arg : call.args) found = found || same(arg, key.expr);
    if (!found) {
      const int place = key.expr->offset >= 0 ? key.expr->offset : offset;
      throw SqlException("42P10", "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list",
                         place);
    }
  }
}

namespace {

using ivm::WindowFunction;

struct WindowSignature {
  WindowFunction function;
  TypeKind result;  // unknown: of the first argument
  std::size_t least, most;
};

const std::map<std::string, WindowSignature, std::less<>>& window_functions() {
  using enum WindowFunction;
  static const std::map<std::string, WindowSignature, std::less<>> table = {
      {"row_number", {row_number, TypeKind::bigint, 0, 0}},
      {"rank", {rank, TypeKind::bigint, 0, 0}},
      {"dense_rank", {dense_rank, TypeKind::bigint, 0, 0}},
      {"percent_rank", {percent_rank, TypeKind::real8, 0, 0}},
      {"cume_dist", {cume_dist, TypeKind::real8, 0, 0}},
      {"ntile", {ntile, TypeKind::integer, 1, 1}},
      {"lag", {lag, TypeKind::unknown, 1, 3}},
      {"lead", {lead, TypeKind::unknown, 1, 3}},
      {"first_value", {first_value, TypeKind::unknown, 1, 1}},
      {"last_value", {last_value, TypeKind::unknown, 1, 1}},
      {"nth_value", {nth_value, TypeKind::unknown, 2, 2}}};
  return table;
}

}  // namespace

bool is_window_function(std::string_view name) { return window_functions().contains(name); }

WindowCall resolve_window_function(const std::string& name, std::vector<ExprPtr> args, int offset) {
  const WindowSignature& signature = window_functions().find(name)->second;
  if (args.size() < signature.least || args.size() > signature.most) no_such(name, args, offset);
  WindowCall call;
  call.function = signature.function;
  if (!args.empty()) args[0] = known(args[0]);
  if (args.size() == 3) {
    std::vector<ExprPtr> pair = {args[0], args[2]};
    coerce_together(pair, name, offset);
    args[0] = pair[0];
    args[2] = pair[1];
  }
  const Type whole{TypeKind::integer};
  if (call.function == WindowFunction::ntile) args[0] = coerce(args[0], whole, CastContext::implicit, offset);
  if (args.size() > 1) args[1] = coerce(args[1], whole, CastContext::implicit, offset);
  call.type = signature.result == TypeKind::unknown ? args[0]->type : Type{signature.result};
  call.args = std::move(args);
  return call;
}

}  // namespace laterbase::sql
