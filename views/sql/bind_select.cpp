#include <algorithm>

#include "views/sql/bind_targets.h"
#include "views/sql/error.h"
#include "views/sql/function.h"
#include "views/sql/group.h"
#include "views/sql/subquery.h"

// SELECT … FROM … WHERE … GROUP BY … HAVING … WINDOW … ORDER BY … LIMIT.
namespace laterbase::sql {

using ivm::TypeKind;

namespace {

constexpr std::size_t most_columns = 1664;  // PostgreSQL's MaxTupleAttributeNumber

}  // namespace

namespace {

// What a column without AS is called, and whether a cast around it may call it something else.
struct OutputName {
  std::string name;
  bool weak = false;
};

std::string name_of_value_function(const std::string& which) {
  return which == "SVFOP_CURRENT_DATE"               ? "current_date"
         : which.starts_with("SVFOP_LOCALTIMESTAMP") ? "localtimestamp"
                                                     : "current_timestamp";
}

OutputName name_of_output(const Json& node);

OutputName name_of_sublink(const Json& body) {
  const std::string kind = text_member(body, "subLinkType");
  if (kind == "EXISTS_SUBLINK") return {"exists"};
  if (kind == "ARRAY_SUBLINK") return {"array"};
  const Json& targets = list_member(node_body(member(body, "subselect")), "targetList");
  if (kind != "EXPR_SUBLINK" || targets.empty()) return {"", true};
  const std::string name = text_member(node_body(targets[0]), "name");
  return name.empty() ? name_of_output(member(node_body(targets[0]), "val")) : OutputName{name};
}

OutputName name_of_output(const Json& node) {
  const Json& body = node_body(node);
  if (is_node(node, "ColumnRef")) {
    const Json& last = list_member(body, "fields").back();
    return is_node(last, "String") ? OutputName{string_node(last)} : OutputName{"", true};
  }
  if (is_node(node, "FuncCall")) return {string_node(list_member(body, "funcname").back())};
  if (is_node(node, "CoalesceExpr")) return {"coalesce"};
  if (is_node(node, "GroupingFunc")) return {"grouping"};
  if (is_node(node, "RowExpr")) return {"row"};
  if (is_node(node, "MinMaxExpr")) return {text_member(body, "op") == "IS_GREATEST" ? "greatest" : "least"};
  if (is_node(node, "A_ArrayExpr")) return {"array"};
  if (is_node(node, "SQLValueFunction")) return {name_of_value_function(text_member(body, "op"))};
  if (is_node(node, "A_Indirection")) return name_of_output(member(body, "arg"));
  if (is_node(node, "A_Expr") && text_member(body, "kind") == "AEXPR_NULLIF") return {"nullif"};
  if (is_node(node, "CaseExpr")) {
    const OutputName inner = name_of_output(member(body, "defresult"));
    return inner.weak ? OutputName{"case", true} : inner;
  }
  if (is_node(node, "TypeCast")) {
    const OutputName inner = name_of_output(member(body, "arg"));
    const Json& names = list_member(member(body, "typeName"), "names");
    return inner.weak ? OutputName{string_nodes(names).back(), true} : inner;
  }
  return is_node(node, "SubLink") ? name_of_sublink(body) : OutputName{"", true};
}

}  // namespace

std::string output_name(const Json& node) {
  const std::string name = name_of_output(node).name;
  return name.empty() ? "?column?" : name;
}

void QueryBinder::expand_star(const Json& fields, int offset, const Level& level, Targets& targets) {
  const std::vector<VisibleColumn>* columns = &level.from.visible;
  if (fields.size() > 1) {
    const std::string alias = string_node(fields[fields.size() - 2]);
    const FromTable* table = find_table(level, alias);
    if (table == nullptr) throw SqlException("42P01", "missing FROM-clause entry for table \"" + alias + "\"", offset);
    columns = &table->columns;
  } else if (level.from.tables.empty()) {
    throw SqlException("42601", "SELECT * with no tables specified is not valid", offset);
  }
  for (const VisibleColumn& at : *columns) {
    check_usable(at, offset);
    Expr shown = *at.expr;
    shown.offset = offset;
    targets.exprs.push_back(std::make_shared<const Expr>(std::move(shown)));
    targets.names.push_back(at.name);
  }
}

namespace {

// unnest(…) and its like, alone in the list of what is selected.
bool gives_rows(const Json& node) {
  if (!is_node(node, "FuncCall")) return false;
  const std::string name = output_name(node);
  return !functions_named(" rows of " + name).empty() && !name.starts_with("jsonb_each");
}

// Each row of the plan for each element of the array, which comes behind it.
PlanPtr for_each_element(const PlanPtr& plan, const ExprPtr& array) {
  std::vector<PlanColumn> columns = plan->columns;
  columns.push_back({"element", element_of(array->type)});
  return make_plan(Unfold{array, false}, {plan}, std::move(columns));
}

}  // namespace

ExprPtr QueryBinder::bind_rows(const Json& node, ExpressionBinder& binder, Targets& targets) {
  const int offset = node_location(node);
  if (targets.rows_of) not_supported("a second function that gives rows in one SELECT", offset, "Put it into FROM.");
  targets.rows_of = targets.exprs.size();
  return resolve_function(" rows of " + output_name(node), binder.bind_list(list_member(node_body(node), "args")),
                          offset);
}

void QueryBinder::bind_targets(const Json& select, ExpressionBinder& binder, const Level& level, Targets& targets) {
  for (const Json& node : list_member(select, "targetList")) {
    const Json& value = member(node_body(node), "val");
    const Json& fields = is_node(value, "ColumnRef") ? list_member(node_body(value), "fields") : list_member(value, "");
    if (!fields.empty() && is_node(fields.back(), "A_Star")) {
      expand_star(fields, node_location(value), level, targets);
      continue;
    }
    const std::string name = text_member(node_body(node), "name");
    targets.exprs.push_back(gives_rows(value) ? bind_rows(value, binder, targets) : binder.bind(value));
    targets.names.push_back(name.empty() ? output_name(value) : name);
  }
  if (targets.exprs.size() > most_columns) {
    throw SqlException("54011", "target lists can have at most " + std::to_string(most_columns) + " entries", -1);
  }
}

// ORDER BY and GROUP BY by place or by name of the output; else null.
ExprPtr QueryBinder::order_target(const Json& node, ExpressionBinder& binder, const Targets& targets,
                                  const char* clause) {
  const int offset = node_location(node);
  if (is_node(node, "A_Const")) {
    if (!node_body(node).contains("ival")) {
      throw SqlException("42601", std::string("non-integer constant in ") + clause, offset);
    }
    const auto place = static_cast<std::size_t>(number_member(node_body(node)["ival"], "ival"));
    if (place < 1 || place > targets.exprs.size()) {
      throw SqlException("42P10", std::string(clause) + " position " + std::to_string(place) + " is not in select list",
                         offset);
    }
    return targets.exprs[place - 1];
  }
  const Json& fields = is_node(node, "ColumnRef") ? list_member(node_body(node), "fields") : list_member(node, "");
  if (fields.size() == 1 && is_node(fields[0], "String")) {
    ExprPtr found;
    for (std::size_t i = 0; i < targets.names.size(); ++i) {
      if (targets.names[i] != string_node(fields[0])) continue;
      if (found != nullptr && !same(found, targets.exprs[i])) {
        throw SqlException("42702", std::string(clause) + " \"" + targets.names[i] + "\" is ambiguous", offset);
      }
      found = targets.exprs[i];
    }
    if (found != nullptr) return found;
  }
  return binder.bind(node);
}

void QueryBinder::bind_orders(const Json& select, ExpressionBinder& binder, Targets& targets) {
  for (const Json& sort : list_member(select, "sortClause")) {
    const Json& node = member(node_body(sort), "node");
    targets.order.push_back(binder.bind_sort_key(node_body(sort), order_target(node, binder, targets, "ORDER BY")));
  }
  for (const Json& node : list_member(select, "distinctClause")) {
    if (node.is_object() && !node.empty()) {
      targets.distinct_on.push_back(known(order_target(node, binder, targets, "DISTINCT ON")));
    }
  }
}

PlanPtr QueryBinder::window(PlanPtr plan, Targets& targets) {
  std::vector<WindowUse>& uses = targets.collected.windows;
  if (uses.empty()) return plan;
  std::vector<ExprPtr> exprs;
  const auto each = [&](const auto& f) {
    for (WindowUse& use : uses) {
      for (ExprPtr& expr : use.partition) f(expr);
      for (SortKey& key : use.order) f(key.expr);
      for (ExprPtr& expr : use.call.args) f(expr);
      if (use.call.filter) f(use.call.filter);
    }
  };
  each([&](ExprPtr& expr) { exprs.push_back(expr); });
  plan = attach_subqueries(std::move(plan), exprs);
  std::size_t next = 0;
  each([&](ExprPtr& expr) { expr = exprs[next++]; });
  std::vector<ExprPtr> results;
  plan = add_windows(std::move(plan), uses, results);
  targets.each([&](const ExprPtr& expr) {
    return rewrite(expr, [&](const ExprPtr& at) -> ExprPtr {
      return at->kind == ExprKind::window ? results.at(at->index) : nullptr;
    });
  });
  return plan;
}

BoundQuery QueryBinder::finish(const Json& select, PlanPtr plan, Targets& targets) {
  BoundQuery query;
  query.visible = targets.exprs.size();
  std::vector<ExprPtr> all = targets.exprs;
  for (const SortKey& key : targets.order) all.push_back(key.expr);
  for (const ExprPtr& expr : targets.distinct_on) all.push_back(expr);
  plan = attach_subqueries(std::move(plan), all);
  if (targets.rows_of) {
    const ExprPtr array = all[*targets.rows_of];
    plan = for_each_element(plan, array);
    const ExprPtr element = column_at(plan->columns.size() - 1, plan->columns.back().type, array->offset);
    all[*targets.rows_of] = element;
    for (std::size_t i = query.visible; i < all.size(); ++i) all[i] = same(all[i], array) ? element : all[i];
  }
  const bool is_distinct = !list_member(select, "distinctClause").empty() && targets.distinct_on.empty();
  std::vector<ExprPtr> exprs(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(query.visible));
  std::vector<std::string> names = targets.names;
  // What is ordered by and not shown is kept behind what is.
  const auto place = [&](const ExprPtr& expr, const char* clause) {
    for (std::size_t i = 0; i < exprs.size(); ++i) {
      if (same(exprs[i], expr)) return column_at(i, expr->type, leftmost_offset(expr));
    }
    if (is_distinct) {
      throw SqlException("42P10",
                         std::string("for SELECT DISTINCT, ") + clause + " expressions must appear in select list",
                         leftmost_offset(expr));
    }
    exprs.push_back(expr);
    names.emplace_back("?order?");
    return column_at(exprs.size() - 1, expr->type, leftmost_offset(expr));
  };
  std::size_t next = query.visible;
  for (const SortKey& key : targets.order) {
    query.order.push_back({place(all[next++], "ORDER BY"), key.descending, key.nulls_first});
  }
  Limit first_of_each;
  for (; next < all.size(); ++next) first_of_each.partition.push_back(place(all[next], "DISTINCT ON"));
  query.plan = project(std::move(plan), exprs, names);
  if (is_distinct) query.plan = distinct(query.plan);
  if (first_of_each.partition.empty()) return query;
  check_distinct_on(first_of_each.partition, query.order);
  first_of_each.order = query.order;
  first_of_each.count = 1;
  std::vector<PlanColumn> columns = query.plan->columns;
  query.plan = make_plan(std::move(first_of_each), {query.plan}, std::move(columns));
  return query;
}

// Also those that nobody uses.
void QueryBinder::check_windows(const Level& level, const Targets& targets) {
  Collected unused;
  unused.named_windows = targets.collected.named_windows;
  ExpressionBinder binder(context_, level, common_tables_, "SELECT", &unused, true);
  for (const Json& named : unused.named_windows) binder.check_window(node_body(named));
}

BoundQuery QueryBinder::bind_simple(const Json& select, bool keep_unknown) {
  Level level{parent_, bind_from(list_member(select, "fromClause"))};
  PlanPtr plan = level.from.plan;
  const Json& where = member(select, "whereClause");
  if (!where.is_null()) {
    ExpressionBinder binder(context_, level, common_tables_, "WHERE");
    plan = filter_subqueries(plan, binder.bind_condition(where));
  }
  Targets targets;
  targets.collected.named_windows = list_member(select, "windowClause");
  ExpressionBinder binder(context_, level, common_tables_, "SELECT", &targets.collected, true);
  bind_targets(select, binder, level, targets);
  check_windows(level, targets);
  bool plain = keep_unknown && member(select, "limitCount").is_null() && member(select, "limitOffset").is_null();
  for (const char* clause : {"distinctClause", "sortClause", "groupClause"}) {
    plain = plain && list_member(select, clause).empty();
  }
  if (!plain) {
    for (ExprPtr& expr : targets.exprs) expr = known(expr);
  }
  bind_groups(select, level, targets);
  const Json& having = member(select, "havingClause");
  if (!having.is_null()) {
    ExpressionBinder having_binder(context_, level, common_tables_, "HAVING", &targets.collected);
    targets.having = having_binder.bind_condition(having);
    targets.grouped = true;
  }
  bind_orders(select, binder, targets);
  if (targets.grouped || !targets.collected.aggregates.empty() || !targets.collected.groupings.empty())
    plan = aggregate(plan, level, targets);
  plan = window(plan, targets);
  return apply_limit(select, finish(select, plan, targets));
}

}  // namespace laterbase::sql
