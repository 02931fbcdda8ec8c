#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/ivm/plan.h"

// What a plan means, said as simply as possible: every node computed from scratch over lists of rows, without hashes,
// deltas or anything that engine/ivm's operators do. The oracle of the differential tests.
namespace laterbase::ivm::reference {

using Tuple = std::vector<Value>;
using Table = std::vector<Tuple>;  // a bag, in no order

// Thrown where a join has more rows than is worth looking at.
struct TooLarge {};
constexpr std::size_t most_rows = 500;

// Errors: EvalError, as a step would throw it.
Table evaluate(const Plan& plan, NodeId node, const std::map<NodeId, Table>& inputs);

// The bag as something that can be compared: each row in the form that is the same for equal values, with its weight.
using Comparable = std::map<std::string, std::int64_t>;
Comparable comparable(const Table& table);
std::string comparable(const Tuple& row);

}  // namespace laterbase::ivm::reference
