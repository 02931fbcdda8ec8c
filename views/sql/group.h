#pragma once

#include <vector>

#include "views/sql/bind_expression.h"
#include "views/sql/scope.h"

// GROUP BY, aggregates and window functions as plans, and what expressions are after them.
namespace laterbase::sql {

// The places of a set's keys among all, ascending.
using GroupingSet = std::vector<std::size_t>;

struct Grouping {
  PlanPtr plan;               // keys ++ aggregates ++ GROUPING(…)s
  std::vector<ExprPtr> keys;  // over the rows before
  // Keys as they were written, with sub-queries in them, and which key each is.
  std::vector<std::pair<ExprPtr, std::size_t>> written;
  const Level* level = nullptr;
  std::size_t aggregates = 0;
  bool by_sets = false;  // a key may be NULL where what it is made of is not
};

// Columns that a table's grouped primary key determines become keys too. With sets, one group of rows for each set,
// in which the other keys are NULL. Errors: 42803 for GROUPING of what is no key.
Grouping make_grouping(PlanPtr input, const Level& level, std::vector<ExprPtr> keys,
                       const std::vector<GroupingSet>& sets, const Collected& collected);
// An expression over the rows before, over the groups. Errors: 42803 for a column that is neither grouped nor
// aggregated.
ExprPtr after_grouping(const ExprPtr& expr, const Grouping& grouping);

// The plan with a column for each use, in `results`. Uses of one window share an operator.
PlanPtr add_windows(PlanPtr plan, const std::vector<WindowUse>& uses, std::vector<ExprPtr>& results);

// DISTINCT ON's expressions must come first in ORDER BY.
void check_distinct_on(const std::vector<ExprPtr>& partition, const std::vector<SortKey>& order);

}  // namespace laterbase::sql
