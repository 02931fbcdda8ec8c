#include <algorithm>
#include <map>
#include <set>

#include "views/sql/bind_query.h"
#include "views/sql/error.h"
#include "views/sql/subquery.h"
#include "views/sql/unnest.h"

// FROM: tables, views, sub-queries, functions, and the joins between them.
namespace laterbase::sql {

using ivm::TypeKind;

namespace {

FromItem nothing_selected_from() {
  FromItem item;
  item.plan = one_row();
  return item;
}

std::string alias_of(const Json& body, const std::string& otherwise) {
  const std::string alias = text_member(member(body, "alias"), "aliasname");
  return alias.empty() ? otherwise : alias;
}

std::vector<std::string> column_aliases(const Json& body) {
  return string_nodes(list_member(member(body, "alias"), "colnames"));
}

void check_aliases(const std::vector<std::string>& names, const Plan& plan, const std::string& table) {
  if (names.size() <= plan.columns.size()) return;
  throw SqlException("42P10", "table \"" + table + "\" has " + std::to_string(plan.columns.size()) +
                                  " columns available but " + std::to_string(names.size()) + " columns specified");
}

// The rows of jsonb_each: a pair as its two columns.
PlanPtr apart(const PlanPtr& pairs, bool as_text, int offset) {
  const ivm::Type whole{TypeKind::integer};
  const ExprPtr pair = column_at(0, pairs->columns[0].type);
  const auto part = [&](const char* how, std::int32_t i) {
    return resolve_operator(how, pair, constant(whole, ivm::Value::of_integer(i)), offset);
  };
  std::vector<ExprPtr> exprs = {part("->>", 0), part(as_text ? "->>" : "->", 1)};
  std::vector<std::string> names = {"key", "value"};
  for (std::size_t i = 1; i < pairs->columns.size(); ++i) {
    exprs.push_back(column_at(i, pairs->columns[i].type));
    names.push_back(pairs->columns[i].name);
  }
  return project(pairs, exprs, names);
}

}  // namespace

FromItem QueryBinder::bind_from(const Json& from_clause) {
  if (from_clause.empty()) return nothing_selected_from();
  FromItem all;
  for (const Json& node : from_clause) {
    if (all.plan == nullptr) {
      all = bind_item(node, nullptr);
      continue;
    }
    const Level lateral{parent_, all};
    FromItem next = bind_item(node, &lateral);
    const PlanPtr plan = dependent_join(JoinKind::inner, all.plan, next.plan, boolean_constant(true));
    all = side_by_side(std::move(all), next);
    all.plan = plan;
  }
  return all;
}

// An item is bound as a sub-query of what is left of it: what it takes from the queries around is one level further.
FromItem QueryBinder::bind_item(const Json& node, const Level* lateral) {
  const Json& body = node_body(node);
  FromItem item;
  if (is_node(node, "RangeVar")) {
    item = bind_relation(body);
  } else if (is_node(node, "RangeSubselect")) {
    return bind_subselect(body, lateral);
  } else if (is_node(node, "RangeFunction")) {
    return bind_function(body, lateral);
  } else if (is_node(node, "JoinExpr")) {
    return bind_join(body, lateral);
  } else {
    not_supported(is_node(node, "RangeTableSample") ? "TABLESAMPLE" : "this in FROM", node_location(node),
                  "Name a table, a view, or a sub-query.");
  }
  if (lateral != nullptr) item.plan = raise_levels(item.plan, 1);
  return item;
}

FromItem QueryBinder::bind_relation(const Json& body) {
  const std::string name = text_member(body, "relname");
  const int offset = location_of(body);
  const std::string schema = text_member(body, "schemaname");
  const bool of_system = schema == "information_schema" || schema == "pg_catalog" || name.starts_with("pg_");
  if (of_system && context_.catalog.find(name) == nullptr) {
    not_supported("the catalogue in tables", offset,
                  "GET /db/{db} lists tables and views, GET /db/{db}/v/{view} tells of one.");
  }
  if (!schema.empty() && schema != "public") {
    not_supported("a schema in a table's name", offset, "Name the table alone: there is one schema.");
  }
  const std::string alias = alias_of(body, name);
  std::vector<std::string> names = column_aliases(body);
  if (const auto common = common_tables_.find(name); common != common_tables_.end() && schema.empty()) {
    std::size_t depth = 0;
    for (const Level* at = parent_; at != nullptr; at = at->parent) ++depth;
    const PlanPtr plan = raise_levels(common->second.plan, depth - common->second.depth);
    check_aliases(names, *plan, alias);
    for (std::size_t i = names.size(); i < common->second.names.size(); ++i) names.push_back(common->second.names[i]);
    return item_of_plan(plan, alias, names);
  }
  const Relation* relation = context_.catalog.find(name);
  if (relation == nullptr) refuse_relation(name, context_.catalog, offset);
  context_.relations.insert(relation->name);
  std::vector<PlanColumn> columns;
  for (const Column& at : relation->columns) columns.push_back({at.name, at.type});
  const PlanPtr plan = make_plan(Scan{relation->name}, {}, std::move(columns));
  check_aliases(names, *plan, alias);
  FromItem item = item_of_plan(plan, alias, names);
  for (const std::size_t i : relation->node_local) {
    item.visible[i].refused = context_.definition && context_.replicated;
    item.tables[0].columns[i].refused = item.visible[i].refused;
  }
  item.tables[0].relation = relation;
  return item;
}

FromItem QueryBinder::bind_subselect(const Json& body, const Level* lateral) {
  const bool is_lateral = flag_member(body, "lateral") && lateral != nullptr;
  const std::string alias = alias_of(body, "");
  QueryBinder inner(context_, is_lateral ? lateral : parent_, common_tables_);
  PlanPtr plan = with_known_columns(inner.bind_table(node_body(member(body, "subquery"))));
  if (lateral != nullptr && !is_lateral) plan = raise_levels(plan, 1);
  const std::vector<std::string> names = column_aliases(body);
  check_aliases(names, *plan, alias);
  return item_of_plan(plan, alias, names);
}

FromItem QueryBinder::bind_function(const Json& body, const Level* lateral) {
  const Json& functions = list_member(body, "functions");
  const Json& items = functions.size() == 1 ? list_member(node_body(functions[0]), "items") : functions;
  if (functions.size() != 1 || items.empty() || !is_node(items[0], "FuncCall")) {
    const Json& first = functions.empty() ? items : list_member(node_body(functions[0]), "items");
    not_supported("several functions in ROWS FROM", first.empty() ? 0 : node_location(first[0]), "Join them.");
  }
  const Json& call = node_body(items[0]);
  const std::string name = string_node(list_member(call, "funcname").back());
  const int offset = location_of(call);
  // What a function that gives rows is as one that gives an array.
  const std::vector<const Function*> known_functions = functions_named(" rows of " + name);
  if (known_functions.empty()) {
    not_supported(
        "the function " + name + " in FROM", offset,
        "GENERATE_SERIES, UNNEST, JSONB_ARRAY_ELEMENTS(_TEXT), JSONB_EACH(_TEXT) and JSONB_OBJECT_KEYS are there.");
  }
  if (name == "unnest" && list_member(call, "args").size() > 1) {
    not_supported("unnest of several arrays", offset, "Unnest each WITH ORDINALITY and join them by it.");
  }
  const Level level{parent_};
  ExpressionBinder binder(context_, lateral != nullptr ? *lateral : level, common_tables_, "functions in FROM");
  const ExprPtr array = resolve_function(" rows of " + name, binder.bind_list(list_member(call, "args")), offset);
  // Its arguments are of the level around: as a sub-query over one row.
  const ExprPtr outer = lateral != nullptr ? as_outer(array, 1) : array;
  const bool ordinality = flag_member(body, "ordinality");
  std::vector<PlanColumn> columns = {{name.starts_with("jsonb_array") ? "value" : name, element_of(array->type)}};
  if (ordinality) columns.push_back({"ordinality", {TypeKind::bigint}});
  PlanPtr plan = make_plan(Unfold{outer, ordinality}, {one_row()}, columns);
  const bool of_pairs = name.starts_with("jsonb_each");
  if (of_pairs) plan = apart(plan, name == "jsonb_each_text", offset);
  const std::string alias = alias_of(body, name);
  std::vector<std::string> names = column_aliases(body);
  const bool named_itself = of_pairs || name.starts_with("jsonb_array");
  if (names.empty() && !member(body, "alias").is_null() && !named_itself) names.push_back(alias);
  check_aliases(names, *plan, alias);
  FromItem item = item_of_plan(plan, alias, names);
  item.tables[0].is_value = plan->columns.size() == 1;
  return item;
}

}  // namespace laterbase::sql
