#include "views/sql/bind_query.h"

#include <algorithm>

#include "engine/ivm/expression.h"
#include "views/sql/compile.h"
#include "views/sql/error.h"
#include "views/sql/subquery.h"

namespace laterbase::sql {

using ivm::Type;
using ivm::TypeKind;

PlanPtr only_columns(const PlanPtr& plan, std::size_t count) {
  if (plan->columns.size() == count) return plan;
  std::vector<ExprPtr> exprs = columns_of_plan(*plan);
  exprs.resize(count);
  return project(plan, exprs);
}

PlanPtr coerce_columns(const PlanPtr& plan, const std::vector<Type>& types, CastContext context,
                       const std::string& what) {
  const auto* top = std::get_if<Project>(&plan->what);
  std::vector<ExprPtr> exprs = top != nullptr ? top->exprs : columns_of_plan(*plan);
  std::vector<std::string> names;
  bool changed = false;
  for (std::size_t i = 0; i < exprs.size(); ++i) {
    names.push_back(plan->columns[i].name);
    if (exprs[i]->type == types[i]) continue;
    const ExprPtr cast = try_coerce(exprs[i], types[i], context, exprs[i]->offset);
    if (cast == nullptr) {
      throw SqlException(
          "42804",
          what + " types " + ivm::name_of(exprs[i]->type) + " and " + ivm::name_of(types[i]) + " cannot be matched",
          exprs[i]->offset);
    }
    exprs[i] = cast;
    changed = true;
  }
  if (!changed) return plan;
  return project(top != nullptr ? plan->inputs[0] : plan, std::move(exprs), names);
}

PlanPtr with_known_columns(const PlanPtr& plan) {
  std::vector<Type> types;
  for (const PlanColumn& at : plan->columns) {
    types.push_back(at.type.kind == TypeKind::unknown ? Type{TypeKind::text} : at.type);
  }
  return coerce_columns(plan, types, CastContext::implicit, "SELECT");
}

PlanPtr QueryBinder::bind_table(const Json& select, bool keep_unknown) {
  const BoundQuery query = bind(select, keep_unknown);
  return only_columns(query.plan, query.visible);
}

BoundQuery QueryBinder::bind(const Json& select, bool keep_unknown) {
  if (!member(select, "lockingClause").is_null()) {
    not_supported("FOR UPDATE", 0, "Leave it out: a read never waits.");
  }
  if (!member(select, "intoClause").is_null()) not_supported("SELECT INTO", 0, "Use CREATE MATERIALIZED VIEW.");
  const Json& with = member(select, "withClause");
  if (!with.is_null()) bind_with(with);
  const bool is_set = text_member(select, "op") != "SETOP_NONE" && !text_member(select, "op").empty();
  if (!is_set && list_member(select, "valuesLists").empty()) return bind_simple(select, keep_unknown);
  BoundQuery query = is_set ? bind_set_operation(select) : bind_values(select, keep_unknown);
  apply_order(select, query);
  return apply_limit(select, std::move(query));
}

BoundQuery QueryBinder::bind_values(const Json& select, bool keep_unknown) {
  const Level level{parent_};
  ExpressionBinder binder(context_, level, common_tables_, "VALUES");
  std::vector<std::vector<ExprPtr>> rows;
  for (const Json& list : list_member(select, "valuesLists")) {
    rows.push_back(binder.bind_list(list_member(node_body(list), "items")));
    if (rows.back().size() != rows.front().size()) {
      throw SqlException("42601", "VALUES lists must all be the same length", leftmost_location(list));
    }
  }
  std::vector<PlanColumn> columns;
  bool all_constant = true;
  for (std::size_t i = 0; i < rows.front().size(); ++i) {
    std::vector<ExprPtr> cells;
    for (const auto& row : rows) cells.push_back(row[i]);
    const bool single_unknown = keep_unknown && rows.size() == 1 && cells[0]->type.kind == TypeKind::unknown;
    const Type type = single_unknown ? Type{} : coerce_together(cells, "VALUES", cells[0]->offset);
    columns.push_back({"column" + std::to_string(i + 1), type});
    for (std::size_t r = 0; r < rows.size(); ++r) {
      rows[r][i] = cells[r];
      all_constant = all_constant && is_constant(cells[r]);
    }
  }
  if (all_constant && rows.size() > 1) return {make_plan(Rows{rows}, {}, columns), columns.size(), {}};
  PlanPtr all;
  for (auto& row : rows) {
    PlanPtr input = attach_subqueries(one_row(), row);
    PlanPtr one = make_plan(Project{row}, {std::move(input)}, columns);
    all = all == nullptr ? one : make_plan(SetOperation{SetKind::union_all}, {all, one}, columns);
  }
  return {all, columns.size(), {}};
}

namespace {

std::optional<SetKind> set_kind(const std::string& op, bool all) {
  if (op == "SETOP_INTERSECT") return all ? SetKind::intersect_all : SetKind::intersect;
  if (op == "SETOP_EXCEPT") return all ? SetKind::except_all : SetKind::except;
  return SetKind::union_all;
}

const char* set_name(const std::string& op) {
  return op == "SETOP_UNION" ? "UNION" : op == "SETOP_INTERSECT" ? "INTERSECT" : "EXCEPT";
}

}  // namespace

BoundQuery QueryBinder::bind_set_operation(const Json& select) {
  const std::string op = text_member(select, "op");
  const bool all = flag_member(select, "all");
  // Each side has its own WITH, and neither sees the other's.
  PlanPtr left = QueryBinder(*this).bind_table(member(select, "larg"), true);
  PlanPtr right = QueryBinder(*this).bind_table(member(select, "rarg"), true);
  if (left->columns.size() != right->columns.size()) {
    throw SqlException("42601", std::string("each ") + set_name(op) + " query must have the same number of columns",
                       leftmost_location(list_member(member(select, "rarg"), "targetList")));
  }
  std::vector<Type> types;
  for (std::size_t i = 0; i < left->columns.size(); ++i) {
    const Type both[] = {left->columns[i].type, right->columns[i].type};
    types.push_back(common_type(both, set_name(op), -1));
  }
  left = coerce_columns(left, types, CastContext::implicit, set_name(op));
  right = coerce_columns(right, types, CastContext::implicit, set_name(op));
  std::vector<PlanColumn> columns = left->columns;
  PlanPtr plan = make_plan(SetOperation{*set_kind(op, all)}, {left, right}, columns);
  if (op == "SETOP_UNION" && !all) plan = distinct(plan);
  return {plan, columns.size(), {}};
}

// Of VALUES and set operations: by a column's name or place.
void QueryBinder::apply_order(const Json& select, BoundQuery& query) {
  const Level level{parent_, item_of_plan(query.plan, "", {})};
  ExpressionBinder binder(context_, level, common_tables_, "ORDER BY");
  for (const Json& sort : list_member(select, "sortClause")) {
    const Json& node = member(node_body(sort), "node");
    ExprPtr expr;
    if (is_node(node, "A_Const") && node_body(node).contains("ival")) {
      const auto place = static_cast<std::size_t>(number_member(node_body(node)["ival"], "ival"));
      if (place < 1 || place > query.visible) {
        throw SqlException("42P10", "ORDER BY position " + std::to_string(place) + " is not in select list",
                           node_location(node));
      }
      expr = column_at(place - 1, query.plan->columns[place - 1].type);
    } else {
      expr = binder.bind(node);
      if (expr->kind != ExprKind::column) {
        throw SqlException("0A000", "invalid UNION/INTERSECT/EXCEPT ORDER BY clause", leftmost_location(node),
                           "Add the expression to every SELECT, or move the UNION into a FROM clause.");
      }
    }
    query.order.push_back(binder.bind_sort_key(node_body(sort), expr));
  }
}

std::optional<std::uint64_t> QueryBinder::bind_count(const Json& node, const char* clause) {
  if (node.is_null()) return std::nullopt;
  const Level level{nullptr};
  const int offset = node_location(node);
  ExpressionBinder binder(context_, level, common_tables_, clause);
  const ExprPtr count = folded(coerce(binder.bind(node), {TypeKind::bigint}, CastContext::assignment, offset));
  if (!is_constant(count)) {
    not_supported(std::string(clause) + " with an expression that is not constant", offset, "Write a number or $1.");
  }
  if (count->value.is_null()) return std::nullopt;
  if (count->value.as_int() < 0) {
    const bool limit = std::string(clause) == "LIMIT";
    throw SqlException(limit ? "2201W" : "2201X", std::string(clause) + " must not be negative", offset);
  }
  return static_cast<std::uint64_t>(count->value.as_int());
}

namespace {

// The rows from `offset` on, and as many as have the rank of the last of `count`.
PlanPtr limited_with_ties(const BoundQuery& query, std::uint64_t count, std::uint64_t offset) {
  const Type bigint{TypeKind::bigint};
  const std::size_t width = query.plan->columns.size();
  Window window{{}, query.order, {}};
  std::vector<PlanColumn> columns = query.plan->columns;
  for (const auto function : {ivm::WindowFunction::row_number, ivm::WindowFunction::rank}) {
    WindowCall call;
    call.function = function;
    call.type = bigint;
    window.calls.push_back(std::move(call));
    columns.push_back({"window", bigint});
  }
  const auto number = [&](std::uint64_t value) {
    return constant(bigint,
                    ivm::Value::of_bigint(static_cast<std::int64_t>(std::min<std::uint64_t>(value, INT64_MAX))));
  };
  const PlanPtr numbered = make_plan(std::move(window), {query.plan}, std::move(columns));
  const ExprPtr after = resolve_operator(">", column_at(width, bigint), number(offset), -1);
  const ExprPtr within = resolve_operator("<=", column_at(width + 1, bigint), number(offset + count), -1);
  return only_columns(filter(numbered, conjunction({after, within})), width);
}

}  // namespace

BoundQuery QueryBinder::apply_limit(const Json& select, BoundQuery query) {
  Limit limit;
  limit.count = bind_count(member(select, "limitCount"), "LIMIT");
  limit.offset = bind_count(member(select, "limitOffset"), "OFFSET").value_or(0);
  if (!limit.count && limit.offset == 0) return query;
  if (limit.count && text_member(select, "limitOption") == "LIMIT_OPTION_WITH_TIES") {
    query.plan = limited_with_ties(query, *limit.count, limit.offset);
    return query;
  }
  limit.order = query.order;
  std::vector<PlanColumn> columns = query.plan->columns;
  query.plan = make_plan(std::move(limit), {query.plan}, std::move(columns));
  return query;
}

}  // namespace laterbase::sql
