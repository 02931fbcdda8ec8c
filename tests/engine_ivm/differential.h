#pragma once

#include "tests/engine_ivm/random_plan.h"

// Steps a circuit with random changes of its inputs, and requires after each step that it shows what the plan means,
// computed from scratch; that what it said has changed is what has changed; and that it goes on from its saved state.
namespace laterbase::ivm {

void check_against_reference(const Plan& plan, Random& random);

}  // namespace laterbase::ivm
