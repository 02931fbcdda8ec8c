#pragma once

#include <string>

#include "views/sql/plan.h"

// Plans as text: equal texts over equal inputs mean equal work.
namespace laterbase::sql {

// Of one expression, complete.
std::string describe(const ExprPtr& expr);
// Of one operator, without its inputs and columns' names.
std::string describe(const Plan& plan);
// Of a whole plan, an operator a line, inputs indented: for tests and for people.
std::string draw(const PlanPtr& plan);

}  // namespace laterbase::sql
