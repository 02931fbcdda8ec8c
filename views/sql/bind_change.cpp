#include <algorithm>

#include "views/sql/bind_query.h"
#include "views/sql/bind_statement.h"
#include "views/sql/error.h"
#include "views/sql/subquery.h"

// INSERT, UPDATE, DELETE: which rows, as a query; what is done with them is for who keeps the table.
namespace laterbase::sql {
namespace {

using ivm::Type;

const Relation& target_table(const Json& range, BindContext& context) {
  const std::string name = text_member(range, "relname");
  const Relation* relation = context.catalog.find(name);
  const int offset = location_of(range);
  if (relation == nullptr) refuse_relation(name, context.catalog, offset);
  if (relation->kind == RelationKind::view) {
    throw SqlException("42809", "cannot change materialized view \"" + name + "\"", offset,
                       "Change the tables that it is made of.");
  }
  if (relation->kind == RelationKind::fold) {
    throw SqlException("42809", "cannot change \"" + name + "\": code folds it from the events", offset);
  }
  if (relation->kind == RelationKind::events) {
    throw SqlException("42809", "events are added by POST, and never changed", offset, "POST /db/{database}/e");
  }
  return *relation;
}

std::size_t place_of(const Relation& relation, const std::string& name, int offset) {
  for (std::size_t i = 0; i < relation.columns.size(); ++i) {
    if (relation.columns[i].name == name) return i;
  }
  throw SqlException("42703", "column \"" + name + "\" of relation \"" + relation.name + "\" does not exist", offset);
}

// A value as the column keeps it.
ExprPtr assigned(const ExprPtr& value, const Column& column, int offset) {
  const ExprPtr cast = try_coerce(value, column.type, CastContext::assignment, offset);
  if (cast == nullptr) {
    throw SqlException("42804",
                       "column \"" + column.name + "\" is of type " + ivm::name_of(column.type) +
                           " but expression is of type " + ivm::name_of(value->type),
                       offset, "You will need to rewrite or cast the expression.");
  }
  TypeModifier modifier;
  if (column.numeric_precision > 0) modifier.precision = column.numeric_precision;
  modifier.scale = column.numeric_scale.value_or(0);
  if (column.text_limit) modifier.precision = *column.text_limit;
  return with_modifier(cast, modifier, false);
}

ExprPtr default_of(const Column& column) {
  return column.default_value != nullptr ? column.default_value : null_constant(column.type);
}

FromItem item_of(const Relation& relation, const std::string& alias, std::size_t from = 0) {
  FromItem item;
  for (const Column& at : relation.columns) {
    item.visible.push_back({at.name, column_at(from + item.visible.size(), at.type)});
  }
  item.tables.push_back({alias, item.visible, &relation});
  return item;
}

std::string alias_of(const Json& range) {
  const std::string alias = text_member(member(range, "alias"), "aliasname");
  return alias.empty() ? text_member(range, "relname") : alias;
}

Returning bind_returning(const Json& body, const Level& level, BindContext& context) {
  Returning returning;
  const CommonTables none;  // they are for sub-queries, and there are none
  ExpressionBinder binder(context, level, none, "RETURNING");
  for (const Json& node : list_member(body, "returningList")) {
    const Json& value = member(node_body(node), "val");
    const Json& fields = is_node(value, "ColumnRef") ? list_member(node_body(value), "fields") : list_member(value, "");
    if (!fields.empty() && is_node(fields.back(), "A_Star")) {
      for (const VisibleColumn& at : level.from.visible) {
        returning.exprs.push_back(at.expr);
        returning.columns.push_back({at.name, at.expr->type});
      }
      continue;
    }
    const std::string name = text_member(node_body(node), "name");
    const ExprPtr expr = known(binder.bind(value));
    if (has_subquery(expr)) not_supported("a sub-query in RETURNING", expr->offset, "Ask for it with a SELECT.");
    returning.exprs.push_back(expr);
    returning.columns.push_back({name.empty() ? output_name(value) : name, expr->type});
  }
  return returning;
}

CommonTables tables_of_with(const Json& body, BindContext& context) {
  return QueryBinder(context, nullptr, {}).bind_common_tables(member(body, "withClause"));
}

// INSERT's rows: all columns of the table, in order.
class InsertSource {
 public:
  InsertSource(const Relation& relation, std::vector<std::size_t> targets, BindContext& context,
               const CommonTables& tables)
      : relation_(relation), targets_(std::move(targets)), context_(context), tables_(tables) {}

  PlanPtr bind(const Json& select) {
    if (select.is_null()) return finish({row_of({})});
    const Json& lists = list_member(node_body(select), "valuesLists");
    return lists.empty() || !member(node_body(select), "limitCount").is_null() ? bind_select(node_body(select))
                                                                               : bind_values(lists);
  }

 private:
  void check_count(std::size_t count, int offset) const {
    if (count > targets_.size()) throw SqlException("42601", "INSERT has more expressions than target columns", offset);
    if (count < targets_.size() && explicit_) {
      throw SqlException("42601", "INSERT has more target columns than expressions", offset);
    }
  }

 public:
  void set_explicit() { explicit_ = true; }

 private:
  std::vector<ExprPtr> row_of(const std::vector<ExprPtr>& given) const {
    std::vector<ExprPtr> row;
    for (const Column& at : relation_.columns) row.push_back(default_of(at));
    for (std::size_t i = 0; i < given.size(); ++i) {
      if (given[i] != nullptr) row[targets_[i]] = assigned(given[i], relation_.columns[targets_[i]], given[i]->offset);
    }
    return row;
  }

  PlanPtr bind_values(const Json& lists) {
    const Level nothing;
    ExpressionBinder binder(context_, nothing, tables_, "VALUES");
    std::vector<std::vector<ExprPtr>> rows;
    for (const Json& list : lists) {
      std::vector<ExprPtr> given;
      for (const Json& cell : list_member(node_body(list), "items")) {
        given.push_back(is_node(cell, "SetToDefault") ? nullptr : binder.bind(cell));
      }
      check_count(given.size(), node_location(list_member(node_body(list), "items").front()));
      rows.push_back(row_of(given));
    }
    return finish(rows);
  }

  // The table's columns, and the row's place in VALUES: which of two rows with one key comes first is not all the same.
  std::vector<PlanColumn> columns_and_place() const {
    std::vector<PlanColumn> all = columns();
    all.push_back({"place", {ivm::TypeKind::bigint}});
    return all;
  }

  std::vector<PlanColumn> columns() const {
    std::vector<PlanColumn> columns;
    for (const Column& at : relation_.columns) columns.push_back({at.name, at.type});
    return columns;
  }

  // Constants as rows; what has to be computed as a SELECT each.
  PlanPtr finish(const std::vector<std::vector<ExprPtr>>& rows) const {
    std::vector<std::vector<ExprPtr>> constants;
    std::vector<PlanPtr> parts;
    for (const auto& row : rows) {
      std::vector<ExprPtr> exprs = row;
      const auto place = static_cast<std::int64_t>(constants.size() + parts.size());
      exprs.push_back(constant({ivm::TypeKind::bigint}, ivm::Value::of_bigint(place)));
      if (std::all_of(row.begin(), row.end(), is_constant)) {
        constants.push_back(std::move(exprs));
      } else {
        const PlanPtr input = attach_subqueries(one_row(), exprs);
        parts.push_back(make_plan(Project{exprs}, {input}, columns_and_place()));
      }
    }
    if (!constants.empty()) parts.push_back(make_plan(Rows{constants}, {}, columns_and_place()));
    PlanPtr all = parts.front();
    for (std::size_t i = 1; i < parts.size(); ++i) {
      all = make_plan(SetOperation{SetKind::union_all}, {all, parts[i]}, columns_and_place());
    }
    return all;
  }

  PlanPtr bind_select(const Json& select) {
    QueryBinder binder(context_, nullptr, tables_);
    const PlanPtr source = binder.bind_table(select, true);
    check_count(source->columns.size(), -1);
    const auto* top = std::get_if<Project>(&source->what);
    const std::vector<ExprPtr> given = top != nullptr ? top->exprs : columns_of_plan(*source);
    return make_plan(Project{row_of(given)}, {top != nullptr ? source->inputs[0] : source}, columns());
  }

  const Relation& relation_;
  std::vector<std::size_t> targets_;
  BindContext& context_;
  const CommonTables& tables_;
  bool explicit_ = false;
};

struct Assignments {
  std::vector<std::size_t> columns;
  std::vector<ExprPtr> values;
};

ExprPtr assigned_value(const Json& node, const Column& column, ExpressionBinder& binder) {
  if (is_node(node, "SetToDefault")) return default_of(column);
  const Json* value = &node;
  if (is_node(node, "MultiAssignRef")) {
    const Json& source = member(node_body(node), "source");
    if (!is_node(source, "RowExpr")) {
      not_supported("a sub-query for several columns", node_location(source), "Set the columns one by one.");
    }
    const auto place = static_cast<std::size_t>(number_member(node_body(node), "colno", 1)) - 1;
    value = &list_member(node_body(source), "args").at(place);
    if (is_node(*value, "SetToDefault")) return default_of(column);
  }
  return assigned(binder.bind(*value), column, node_location(*value));
}

Assignments bind_assignments(const Json& list, const Relation& relation, ExpressionBinder& binder) {
  Assignments assignments;
  for (const Json& node : list) {
    const Json& target = node_body(node);
    const std::size_t place = place_of(relation, text_member(target, "name"), location_of(target));
    if (!list_member(target, "indirection").empty()) {
      not_supported("an assignment to a part of a column", location_of(target), "Assign the whole column.");
    }
    if (std::find(assignments.columns.begin(), assignments.columns.end(), place) != assignments.columns.end()) {
      throw SqlException("42601", "multiple assignments to same column \"" + relation.columns[place].name + "\"",
                         location_of(target));
    }
    assignments.columns.push_back(place);
    assignments.values.push_back(assigned_value(member(target, "val"), relation.columns[place], binder));
  }
  return assignments;
}

bool is_unique_key(const Relation& relation, std::vector<std::size_t> target) {
  std::vector<std::size_t> key = relation.primary_key;
  std::sort(key.begin(), key.end());
  std::sort(target.begin(), target.end());
  return target == key || (target.size() == 1 && relation.columns[target[0]].unique);
}

OnConflict bind_on_conflict(const Json& clause, const Relation& relation, const std::string& alias,
                            BindContext& context, const CommonTables& tables) {
  OnConflict conflict;
  const int offset = location_of(clause);
  conflict.update = text_member(clause, "action") == "ONCONFLICT_UPDATE";
  const Json& infer = member(clause, "infer");
  if (!text_member(infer, "conname").empty() || !member(infer, "whereClause").is_null()) {
    not_supported("ON CONFLICT ON CONSTRAINT", offset, "Name the columns of the key.");
  }
  for (const Json& element : list_member(infer, "indexElems")) {
    conflict.target.push_back(place_of(relation, text_member(node_body(element), "name"), offset));
  }
  if (conflict.target.empty() && conflict.update) {
    throw SqlException("42601", "ON CONFLICT DO UPDATE requires inference specification or constraint name", offset);
  }
  if (!conflict.target.empty() && !is_unique_key(relation, conflict.target)) {
    throw SqlException("42P10", "there is no unique or exclusion constraint matching the ON CONFLICT specification");
  }
  if (!conflict.update) return conflict;
  Level level;
  level.from = item_of(relation, alias);
  level.from.tables.push_back(item_of(relation, "excluded", relation.columns.size()).tables[0]);
  ExpressionBinder binder(context, level, tables, "ON CONFLICT");
  Assignments assignments = bind_assignments(list_member(clause, "targetList"), relation, binder);
  conflict.columns = assignments.columns;
  conflict.values = assignments.values;
  if (const Json& where = member(clause, "whereClause"); !where.is_null()) {
    conflict.condition = binder.bind_condition(where);
  }
  return conflict;
}

// The table with its subject, and what else FROM or USING names.
FromItem changed_rows(const Relation& relation, const std::string& alias, const Json& others, BindContext& context,
                      const CommonTables& tables) {
  FromItem item = item_of(relation, alias);
  std::vector<PlanColumn> columns;
  for (const Column& at : relation.columns) columns.push_back({at.name, at.type});
  columns.push_back({"subject", {ivm::TypeKind::text}});
  item.plan = make_plan(Scan{relation.name, true}, {}, std::move(columns));
  if (others.empty()) return item;
  QueryBinder binder(context, nullptr, tables);
  const FromItem more = binder.bind_from(others);
  FromItem all = side_by_side(item, more);
  all.plan = join(JoinKind::inner, item.plan, more.plan, boolean_constant(true));
  return all;
}

PlanPtr chosen_rows(const Json& body, const Level& level, BindContext& context, const CommonTables& tables) {
  const Json& where = member(body, "whereClause");
  if (where.is_null()) return level.from.plan;
  ExpressionBinder binder(context, level, tables, "WHERE");
  return filter_subqueries(level.from.plan, binder.bind_condition(where));
}

Query changes_query(PlanPtr plan, std::vector<ExprPtr> exprs, const BindContext& context, const Relation& relation) {
  plan = attach_subqueries(std::move(plan), exprs);
  Query query;
  query.visible = exprs.size();
  query.plan = project(std::move(plan), std::move(exprs));
  query.relations = {context.relations.begin(), context.relations.end()};
  if (!context.relations.contains(relation.name)) query.relations.push_back(relation.name);
  return query;
}

}  // namespace

Insert bind_insert(const Json& body, BindContext& context) {
  const CommonTables tables = tables_of_with(body, context);
  const Json& range = member(body, "relation");
  const Relation& relation = target_table(range, context);
  std::vector<std::size_t> targets;
  for (const Json& node : list_member(body, "cols")) {
    targets.push_back(place_of(relation, text_member(node_body(node), "name"), location_of(node_body(node))));
    if (std::count(targets.begin(), targets.end(), targets.back()) > 1) {
      throw SqlException("42701", "column \"" + relation.columns[targets.back()].name + "\" specified more than once",
                         location_of(node_body(node)));
    }
  }
  const bool listed = !targets.empty();
  for (std::size_t i = 0; !listed && i < relation.columns.size(); ++i) targets.push_back(i);
  InsertSource source(relation, targets, context, tables);
  if (listed) source.set_explicit();
  Insert insert;
  insert.table = relation.name;
  insert.query.plan = source.bind(member(body, "selectStmt"));
  insert.query.visible = relation.columns.size();
  if (insert.query.plan->columns.size() > insert.query.visible) {
    insert.query.order = {{column_at(insert.query.visible, {ivm::TypeKind::bigint}), false, false}};
  }
  insert.query.relations = {context.relations.begin(), context.relations.end()};
  const Json& conflict = member(body, "onConflictClause");
  if (!conflict.is_null()) insert.on_conflict = bind_on_conflict(conflict, relation, alias_of(range), context, tables);
  Level level;
  level.from = item_of(relation, alias_of(range));
  insert.returning = bind_returning(body, level, context);
  return insert;
}

Update bind_update(const Json& body, BindContext& context) {
  const CommonTables tables = tables_of_with(body, context);
  const Json& range = member(body, "relation");
  const Relation& relation = target_table(range, context);
  Level level;
  level.from = changed_rows(relation, alias_of(range), list_member(body, "fromClause"), context, tables);
  ExpressionBinder binder(context, level, tables, "UPDATE");
  const Assignments assignments = bind_assignments(list_member(body, "targetList"), relation, binder);
  const PlanPtr plan = chosen_rows(body, level, context, tables);
  const Returning returning = bind_returning(body, level, context);
  Update update;
  update.table = relation.name;
  update.columns = assignments.columns;
  update.returning = returning.columns;
  std::vector<ExprPtr> exprs = {column_at(relation.columns.size(), {ivm::TypeKind::text})};
  exprs.insert(exprs.end(), assignments.values.begin(), assignments.values.end());
  // RETURNING sees the row as it is afterwards.
  std::vector<ExprPtr> after = columns_of_plan(*plan);
  for (std::size_t i = 0; i < assignments.columns.size(); ++i) after[assignments.columns[i]] = assignments.values[i];
  for (const ExprPtr& expr : returning.exprs) exprs.push_back(substitute(expr, after));
  update.query = changes_query(plan, std::move(exprs), context, relation);
  return update;
}

Delete bind_delete(const Json& body, BindContext& context) {
  const CommonTables tables = tables_of_with(body, context);
  const Json& range = member(body, "relation");
  const Relation& relation = target_table(range, context);
  Level level;
  level.from = changed_rows(relation, alias_of(range), list_member(body, "usingClause"), context, tables);
  const PlanPtr plan = chosen_rows(body, level, context, tables);
  const Returning returning = bind_returning(body, level, context);
  Delete made;
  made.table = relation.name;
  made.returning = returning.columns;
  std::vector<ExprPtr> exprs = {column_at(relation.columns.size(), {ivm::TypeKind::text})};
  exprs.insert(exprs.end(), returning.exprs.begin(), returning.exprs.end());
  made.query = changes_query(plan, std::move(exprs), context, relation);
  return made;
}

}  // namespace laterbase::sql
