#include "views/sql/bind_query.h"
#include "views/sql/error.h"

// Sub-queries in expressions.
namespace laterbase::sql {
namespace {

using ivm::TypeKind;

ExprPtr made(SubqueryKind kind, ivm::Type type, PlanPtr plan, std::vector<ExprPtr> args, int offset) {
  Expr expr{ExprKind::subquery, type, std::move(args)};
  expr.subquery = kind;
  expr.plan = std::move(plan);
  expr.offset = offset;
  return std::make_shared<const Expr>(std::move(expr));
}

void require_one_column(const PlanPtr& plan, int offset) {
  if (plan->columns.size() != 1) throw SqlException("42601", "subquery must return only one column", offset);
}

// left OP (a column of the sub-query, as an outer column of level 0).
ExprPtr comparison_of(ExpressionBinder& binder, const Json& body, const PlanPtr& plan, int offset) {
  const Json& test = member(body, "testexpr");
  const Json& names = list_member(body, "operName");
  const std::string name = names.empty() ? "=" : string_node(names.back());
  const bool row = is_node(test, "RowExpr");
  const std::vector<ExprPtr> left =
      row ? binder.bind_list(list_member(node_body(test), "args")) : std::vector<ExprPtr>{binder.bind(test)};
  if (left.size() != plan->columns.size()) {
    throw SqlException(
        "42601", left.size() < plan->columns.size() ? "subquery has too many columns" : "subquery has too few columns",
        offset);
  }
  std::vector<ExprPtr> right;
  for (const PlanColumn& at : plan->columns) right.push_back(outer_column(0, right.size(), at.type, offset));
  const ExprPtr comparison = compare_rows(name, left, right, offset);
  if (comparison->type.kind != TypeKind::boolean) {
    throw SqlException("42804", "operator must return type boolean", offset);
  }
  return comparison;
}

// ARRAY(SELECT …): an aggregate, and {} where there are no rows.
PlanPtr array_plan(const BoundQuery& query, ivm::Type type) {
  AggregateCall call;
  call.function = ivm::AggregateFunction::array_agg;
  call.args = {column_at(0, element_of(type))};
  call.order = query.order;
  call.type = type;
  const PlanPtr aggregate = make_plan(Aggregate{{}, {call}}, {query.plan}, {{"array", type}});
  Expr value{ExprKind::coalesce, type};
  value.args = {column_at(0, type), constant(type, ivm::Value::of_array({}))};
  return project(aggregate, {std::make_shared<const Expr>(std::move(value))}, {"array"});
}

}  // namespace

ExprPtr bind_sublink(ExpressionBinder& binder, BindContext& context, const Level& level,
                     const CommonTables& common_tables, const Json& body) {
  const std::string kind = text_member(body, "subLinkType");
  const int offset = location_of(body);
  QueryBinder inner(context, &level, common_tables);
  const BoundQuery query = inner.bind(node_body(member(body, "subselect")));
  const PlanPtr plan = only_columns(query.plan, query.visible);
  const ivm::Type boolean{TypeKind::boolean};
  if (kind == "EXISTS_SUBLINK") return made(SubqueryKind::exists, boolean, plan, {}, offset);
  if (kind == "EXPR_SUBLINK" || kind == "ARRAY_SUBLINK") {
    require_one_column(plan, offset);
    if (kind == "EXPR_SUBLINK") return made(SubqueryKind::scalar, plan->columns[0].type, plan, {}, offset);
    const ivm::Type array = array_of(plan->columns[0].type, offset);
    return made(SubqueryKind::scalar, array, array_plan(query, array), {}, offset);
  }
  if (kind == "ANY_SUBLINK" || kind == "ALL_SUBLINK") {
    const SubqueryKind quantifier = kind == "ANY_SUBLINK" ? SubqueryKind::any : SubqueryKind::all;
    return made(quantifier, boolean, plan, {comparison_of(binder, body, plan, offset)}, offset);
  }
  not_supported("a row compared with a sub-query", offset, "Compare with IN, or select the columns one by one.");
}

}  // namespace laterbase::sql
