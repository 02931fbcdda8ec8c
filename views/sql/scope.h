#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "views/sql/catalog.h"
#include "views/sql/plan.h"
#include "views/sql/statement.h"

// What names mean at a place of a statement.
namespace laterbase::sql {

struct VisibleColumn {
  std::string name;
  ExprPtr expr;          // over the row of FROM; of a merged USING column not always a plain column
  bool refused = false;  // node-local, in a replicated definition
};

struct FromTable {
  std::string alias;
  std::vector<VisibleColumn> columns;
  const Relation* relation = nullptr;  // of base tables: its key decides what GROUP BY determines
  bool is_value = false;               // a function's rows of one value: its name alone is that value
};

// What FROM, or one side of a join, gives: rows, and what can be said of them.
struct FromItem {
  PlanPtr plan;
  std::vector<VisibleColumn> visible;  // what * shows, and what a bare name finds
  std::vector<FromTable> tables;
};

// One query that names are looked up in, and the one around it.
struct Level {
  const Level* parent = nullptr;
  FromItem from = {};
};

struct CommonTable {
  PlanPtr plan;
  std::vector<std::string> names;
  std::size_t depth = 0;  // of the query that it was defined in
};
// Inner WITH clauses hide outer ones.
using CommonTables = std::map<std::string, CommonTable>;

// What holds for a whole statement.
struct BindContext {
  const Catalog& catalog;
  const std::vector<Parameter>* parameters = nullptr;  // null: not allowed here
  bool definition = false;  // of a view: nothing that differs between nodes or from one moment to the next
  bool replicated = false;  // … nor node-local columns
  std::optional<std::int64_t> now_us = {};  // of a statement: what now() is, all through it. Definitions have none
  std::set<std::string> relations = {};
  std::size_t working_tables = 0;
};

// The column that a reference ("a", "t.a") means, here or in a query around: then an outer column.
// Errors: 42703, 42P01, 42702.
ExprPtr find_column(const Level& level, const std::string& table, const std::string& name, int offset);
// Errors: 0A000 where the column is refused.
void check_usable(const VisibleColumn& column, int offset);
// Errors: 42P01, and why where there is such a view and it is broken.
[[noreturn]] void refuse_relation(const std::string& name, const Catalog& catalog, int offset);
// Null where there is none.
const FromTable* find_table(const Level& level, const std::string& alias);

FromItem item_of_plan(PlanPtr plan, const std::string& alias, const std::vector<std::string>& names);
// What is visible of two items whose rows stand side by side; the plan is left's still. Errors: 42712.
FromItem side_by_side(FromItem left, const FromItem& right);
std::vector<ExprPtr> columns_of_plan(const Plan& plan);
PlanPtr make_plan(Operator what, std::vector<PlanPtr> inputs, std::vector<PlanColumn> columns);
PlanPtr one_row();
PlanPtr project(PlanPtr input, std::vector<ExprPtr> exprs, const std::vector<std::string>& names = {});
PlanPtr filter(PlanPtr input, ExprPtr condition);
PlanPtr join(JoinKind kind, PlanPtr left, PlanPtr right, ExprPtr condition);
PlanPtr distinct(PlanPtr input);
// The expression with its columns as columns of the query `levels` around the one that uses it.
ExprPtr as_outer(const ExprPtr& expr, std::size_t levels);

}  // namespace laterbase::sql
