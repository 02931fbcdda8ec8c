#pragma once

#include "engine/base/random.h"
#include "tests/engine_ivm/reference.h"

// Plans of any shape over small tables with NULLs, duplicates and extreme values.
namespace laterbase::ivm {

Schema random_schema(Random& random);
Value random_value(TypeKind kind, Random& random);
reference::Tuple random_tuple(const Schema& schema, Random& random);

// A plan with some inputs, `nodes` random nodes on top of them, and the last of them as its output.
Plan random_plan(Random& random, std::size_t nodes);
// A WITH RECURSIVE over a table of edges, without an output.
Plan random_recursion(Random& random);
// The same, and perhaps something random above.
Plan random_recursive_plan(Random& random);

std::vector<NodeId> inputs_of_plan(const Plan& plan);
std::string text_of(const Plan& plan);

// 100 / column: an EvalError where it is zero.
ExpressionPtr hundred_by(std::size_t column);
ExpressionPtr plus_one(std::size_t column);

}  // namespace laterbase::ivm
