#pragma once

#include <span>

#include "engine/ivm/value.h"

// VARIANCE and STDDEV, of populations and samples, from the exact sums of the values and of their squares: the order
// makes no difference, and nothing cancels out. Of doubles, the variance is the real one rounded once; of integers and
// NUMERIC, it has the digits that PostgreSQL shows.
namespace laterbase::sql {

struct Spread {
  bool sample = false;
  bool root = false;
};

// Of numbers of one type, none of them NULL. NULL of too few. Errors: EvalError 22003 where a double is too small.
ivm::Value spread_of(std::span<const ivm::Value> values, Spread wanted);

}  // namespace laterbase::sql
