#pragma once

#include <vector>

#include "views/sql/plan.h"

// Sub-queries in expressions become joins. After this no expression holds a plan.
namespace laterbase::sql {

// The plan with columns added at its end for what the sub-queries in `exprs` give, and `exprs` over it.
PlanPtr attach_subqueries(PlanPtr plan, std::vector<ExprPtr>& exprs);
// Rows for which the condition is true. EXISTS, IN and their negations become semi and anti joins.
PlanPtr filter_subqueries(PlanPtr plan, const ExprPtr& condition);
// For each row of `left`, the rows of `right`, which may use left's columns as outer columns of level 1. `condition` is
// over both.
PlanPtr dependent_join(JoinKind kind, const PlanPtr& left, const PlanPtr& right, const ExprPtr& condition);

bool has_subquery(const ExprPtr& expr);

}  // namespace laterbase::sql
