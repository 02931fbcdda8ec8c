#pragma once

#include <string>
#include <vector>

#include "views/sql/bind_expression.h"

// What calls of functions, aggregates and window functions have in common.
namespace laterbase::sql {

// The arguments in their order, as they are written.
std::vector<Json> args_of(const Json& body);

// Some aggregates are kept as the array of their group's values: what such an aggregate, of this name, makes of it.
// `direct` are the arguments before WITHIN GROUP. The array itself where the aggregate is of the other ones.
ExprPtr listed_result(const std::string& name, const ExprPtr& list, std::vector<ExprPtr> direct);

}  // namespace laterbase::sql
