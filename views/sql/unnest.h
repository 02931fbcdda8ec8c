#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "views/sql/plan.h"

// Plans without outer columns, after T. Neumann and A. Kemper, "Unnesting Arbitrary Queries", BTW 2015: the inner plan
// is computed once for each distinct combination of the outer columns that it uses.
namespace laterbase::sql {

// The columns of the query around that a plan uses, ascending; level 1 is the query directly around.
std::vector<std::size_t> outer_columns_of(const PlanPtr& plan);
bool has_outer(const PlanPtr& plan);  // of any level

// The plan with every outer column replaced.
using OuterChange = std::function<ExprPtr(const Expr& outer)>;
PlanPtr replace_outer(const PlanPtr& plan, const OuterChange& change);
// A plan that becomes part of the query around it: level 1 is used up by nobody, 2 becomes 1, and so on.
PlanPtr lower_levels(const PlanPtr& plan);
// A plan that moves into sub-queries.
PlanPtr raise_levels(const PlanPtr& plan, std::size_t by);

// `domain` has one column for each of `outer` (outer_columns_of(plan)), without duplicates. The result: domain's
// columns, then plan's, for each of domain's rows.
PlanPtr push_domain(const PlanPtr& plan, const PlanPtr& domain, const std::vector<std::size_t>& outer);

// What an aggregate that found no group is, where `value` is NULL for it.
ExprPtr value_of_empty_group(ivm::AggregateFunction function, const ExprPtr& value);

// Any plan whose expressions are changed: `change` is given each expression.
PlanPtr map_expressions(const PlanPtr& plan, const std::function<ExprPtr(const ExprPtr&)>& change);
void visit_expressions(const Plan& plan, const std::function<void(const ExprPtr&)>& look);  // of this node alone

}  // namespace laterbase::sql
