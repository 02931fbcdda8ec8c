#pragma once

#include <set>
#include <vector>

#include "engine/ivm/plan.h"

// Which nodes of a plan run where: those of a recursion's step run inside of it.
namespace laterbase::ivm {

// For each node the RecursiveSelf nodes that it reads, but for those of recursions that it contains whole.
std::vector<std::set<NodeId>> open_recursions(const Plan& plan);

// What a recursion reads from outside: its base, then the nodes that its step needs and that don't depend on itself.
std::vector<NodeId> inputs_of_recursion(const Plan& plan, NodeId node);

// Its step as a plan of its own: the inputs are `self`, then inputs_of_recursion() but for the base; the output is the
// step's rows.
struct StepPlan {
  Plan plan;
  NodeId self;
  std::vector<NodeId> inputs;
};
StepPlan step_plan_of(const Plan& plan, NodeId node);

}  // namespace laterbase::ivm
