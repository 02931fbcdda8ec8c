#include "views/sql/scope.h"

#include "views/sql/error.h"

namespace laterbase::sql {
namespace {

const VisibleColumn* only_column(const std::vector<VisibleColumn>& columns, const std::string& name, int offset) {
  const VisibleColumn* found = nullptr;
  for (const VisibleColumn& column : columns) {
    if (column.name != name) continue;
    if (found != nullptr) throw SqlException("42702", "column reference \"" + name + "\" is ambiguous", offset);
    found = &column;
  }
  return found;
}

SqlException no_table(const Level& level, const std::string& table, int offset) {
  for (const Level* at = &level; at != nullptr; at = at->parent) {
    for (const FromTable& other : at->from.tables) {
      if (other.relation == nullptr || other.relation->name != table) continue;
      return {"42P01", "invalid reference to FROM-clause entry for table \"" + table + "\"", offset,
              "Perhaps you meant to reference the table alias \"" + other.alias + "\"."};
    }
  }
  return {"42P01", "missing FROM-clause entry for table \"" + table + "\"", offset};
}

[[noreturn]] void no_column(const Level& level, const std::string& table, const std::string& name, int offset) {
  if (table.empty()) throw SqlException("42703", "column \"" + name + "\" does not exist", offset);
  for (const Level* at = &level; at != nullptr; at = at->parent) {
    if (find_table(*at, table) != nullptr) {
      throw SqlException("42703", "column " + table + "." + name + " does not exist", offset);
    }
  }
  throw no_table(level, table, offset);
}

}  // namespace

void check_usable(const VisibleColumn& column, int offset) {
  if (!column.refused) return;
  throw SqlException("0A000", "column \"" + column.name + "\" differs from node to node", offset,
                     "A replicated view must show the same rows everywhere: use key or at, or keep the view on this "
                     "node with ?scope=node.");
}

void refuse_relation(const std::string& name, const Catalog& catalog, int offset) {
  const auto trouble = catalog.trouble_of(name);
  if (!trouble) throw SqlException("42P01", "relation \"" + name + "\" does not exist", offset);
  throw SqlException(trouble->sqlstate, trouble->message, offset, trouble->hint);
}

const FromTable* find_table(const Level& level, const std::string& alias) {
  for (const FromTable& table : level.from.tables) {
    if (table.alias == alias) return &table;
  }
  return nullptr;
}

ExprPtr find_column(const Level& level, const std::string& table, const std::string& name, int offset) {
  std::size_t levels = 0;
  for (const Level* at = &level; at != nullptr; at = at->parent, ++levels) {
    const FromTable* named = table.empty() ? nullptr : find_table(*at, table);
    if (!table.empty() && named == nullptr) continue;
    const VisibleColumn* found = only_column(named == nullptr ? at->from.visible : named->columns, name, offset);
    if (found == nullptr) continue;
    check_usable(*found, offset);
    const ExprPtr expr = levels == 0 ? found->expr : as_outer(found->expr, levels);
    if (expr->kind != ExprKind::column && expr->kind != ExprKind::outer) return expr;
    Expr placed = *expr;
    placed.offset = offset;
    return std::make_shared<const Expr>(std::move(placed));
  }
  no_column(level, table, name, offset);
}

FromItem item_of_plan(PlanPtr plan, const std::string& alias, const std::vector<std::string>& names) {
  FromItem item;
  for (std::size_t i = 0; i < plan->columns.size(); ++i) {
    const std::string& name = i < names.size() ? names[i] : plan->columns[i].name;
    item.visible.push_back({name, column_at(i, plan->columns[i].type)});
  }
  item.tables.push_back({alias, item.visible});
  item.plan = std::move(plan);
  return item;
}

FromItem side_by_side(FromItem left, const FromItem& right) {
  const std::size_t by = left.plan->columns.size();
  const auto moved = [by](std::vector<VisibleColumn> columns) {
    for (VisibleColumn& at : columns) at.expr = shift_columns(at.expr, by);
    return columns;
  };
  for (const FromTable& table : right.tables) {
    for (const FromTable& other : left.tables) {
      if (other.alias == table.alias && !table.alias.empty()) {
        throw SqlException("42712", "table name \"" + table.alias + "\" specified more than once");
      }
    }
    left.tables.push_back({table.alias, moved(table.columns), table.relation, table.is_value});
  }
  const std::vector<VisibleColumn> visible = moved(right.visible);
  left.visible.insert(left.visible.end(), visible.begin(), visible.end());
  return left;
}

std::vector<ExprPtr> columns_of_plan(const Plan& plan) {
  std::vector<ExprPtr> columns;
  for (const PlanColumn& at : plan.columns) columns.push_back(column_at(columns.size(), at.type));
  return columns;
}

PlanPtr make_plan(Operator what, std::vector<PlanPtr> inputs, std::vector<PlanColumn> columns) {
  return std::make_shared<const Plan>(Plan{std::move(columns), std::move(inputs), std::move(what)});
}

PlanPtr one_row() { return make_plan(Rows{{{}}}, {}, {}); }

PlanPtr project(PlanPtr input, std::vector<ExprPtr> exprs, const std::vector<std::string>& names) {
  std::vector<PlanColumn> columns;
  for (std::size_t i = 0; i < exprs.size(); ++i) {
    const bool is_column = exprs[i]->kind == ExprKind::column;
    const std::string inherited = is_column ? input->columns.at(exprs[i]->index).name : "?column?";
    columns.push_back({i < names.size() ? names[i] : inherited, exprs[i]->type});
  }
  return make_plan(Project{std::move(exprs)}, {std::move(input)}, std::move(columns));
}

PlanPtr filter(PlanPtr input, ExprPtr condition) {
  std::vector<ExprPtr> terms;
  split_conjunction(condition, terms);
  if (terms.empty()) return input;
  std::vector<PlanColumn> columns = input->columns;
  return make_plan(Filter{conjunction(terms)}, {std::move(input)}, std::move(columns));
}

PlanPtr join(JoinKind kind, PlanPtr left, PlanPtr right, ExprPtr condition) {
  std::vector<PlanColumn> columns = left->columns;
  if (kind != JoinKind::semi && kind != JoinKind::anti) {
    columns.insert(columns.end(), right->columns.begin(), right->columns.end());
  }
  return make_plan(Join{kind, std::move(condition)}, {std::move(left), std::move(right)}, std::move(columns));
}

PlanPtr distinct(PlanPtr input) {
  std::vector<PlanColumn> columns = input->columns;
  return make_plan(Distinct{}, {std::move(input)}, std::move(columns));
}

ExprPtr as_outer(const ExprPtr& expr, std::size_t levels) {
  return rewrite(expr, [levels](const ExprPtr& at) -> ExprPtr {
    if (at->kind == ExprKind::column) return outer_column(levels, at->index, at->type, at->offset);
    if (at->kind == ExprKind::outer) return outer_column(at->level + levels, at->index, at->type, at->offset);
    return nullptr;
  });
}

}  // namespace laterbase::sql
