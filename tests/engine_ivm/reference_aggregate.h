#pragma once

#include "tests/engine_ivm/reference.h"

// The parts of the oracle that look at several rows at once: aggregates and window functions, over lists.
namespace laterbase::ivm::reference {

Value eval(const ExpressionPtr& expression, const Tuple& row);
bool is_before(const Tuple& left, const Tuple& right, const std::vector<Order>& order);
Value aggregate_of(const AggregateCall& call, const Table& group);
Value window_value(const WindowCall& call, const std::vector<Order>& order, const Table& part, std::size_t row);

}  // namespace laterbase::ivm::reference
