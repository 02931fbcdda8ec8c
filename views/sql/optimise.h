#pragma once

#include "views/sql/plan.h"

// The same rows for less work. What may raise an error is moved as PostgreSQL moves it: towards the rows it is about.
namespace laterbase::sql {

PlanPtr optimise(const PlanPtr& plan);

// The passes of it, each of use alone.
// Conditions go down to the rows that they are about, or into the join that they connect; inner joins are put in an
// order in which each is connected to what is before it, where there is one.
PlanPtr push_conditions(const PlanPtr& plan);
// Joins and top-k keep only columns that somebody above asks for.
PlanPtr prune_columns(const PlanPtr& plan);

// Inner joins of `leaves` under `terms`, over the leaves' columns side by side.
PlanPtr join_in_best_order(const std::vector<PlanPtr>& leaves, std::vector<ExprPtr> terms);

}  // namespace laterbase::sql
