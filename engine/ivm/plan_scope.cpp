#include "engine/ivm/plan_scope.h"

#include <map>

namespace laterbase::ivm {
namespace {

// The nodes of a recursion's step in the plan's order, and what they read from outside.
struct Scope {
  std::set<NodeId> inside;
  std::set<NodeId> outside;
};

void collect(const Plan& plan, const std::vector<std::set<NodeId>>& open, NodeId node, Scope& scope) {
  if (open[node].empty()) {
    scope.outside.insert(node);
    return;
  }
  if (!scope.inside.insert(node).second) return;
  for (const NodeId input : inputs_of(plan.node(node).operation)) collect(plan, open, input, scope);
}

Scope scope_of(const Plan& plan, const Recursive& recursive) {
  Scope scope;
  collect(plan, open_recursions(plan), recursive.step, scope);
  scope.inside.insert(recursive.self);
  return scope;
}

}  // namespace

std::vector<std::set<NodeId>> open_recursions(const Plan& plan) {
  std::vector<std::set<NodeId>> open(plan.nodes().size());
  for (NodeId node = 0; node < open.size(); ++node) {
    const Operation& operation = plan.node(node).operation;
    if (std::holds_alternative<RecursiveSelf>(operation)) open[node].insert(node);
    for (const NodeId input : inputs_of(operation)) open[node].insert(open[input].begin(), open[input].end());
    if (const auto* recursive = std::get_if<Recursive>(&operation)) open[node].erase(recursive->self);
  }
  return open;
}

std::vector<NodeId> inputs_of_recursion(const Plan& plan, NodeId node) {
  const auto& recursive = std::get<Recursive>(plan.node(node).operation);
  const Scope scope = scope_of(plan, recursive);
  std::vector<NodeId> inputs{recursive.base};
  inputs.insert(inputs.end(), scope.outside.begin(), scope.outside.end());
  return inputs;
}

StepPlan step_plan_of(const Plan& plan, NodeId node) {
  const auto& recursive = std::get<Recursive>(plan.node(node).operation);
  const Scope scope = scope_of(plan, recursive);
  StepPlan step;
  std::map<NodeId, NodeId> places;
  const auto add_input = [&](NodeId from) {
    return places[from] = step.plan.add(Input{std::to_string(from)}, plan.schema(from));
  };
  step.self = add_input(recursive.self);
  for (const NodeId outside : scope.outside) step.inputs.push_back(add_input(outside));
  for (const NodeId inside : scope.inside) {
    if (inside == recursive.self) continue;
    const Operation& operation = plan.node(inside).operation;
    std::vector<NodeId> inputs;
    for (const NodeId input : inputs_of(operation)) inputs.push_back(places.at(input));
    if (const auto* inner = std::get_if<Recursive>(&operation)) inputs.push_back(places.at(inner->self));
    places[inside] = step.plan.add(with_inputs(operation, inputs), plan.schema(inside));
  }
  step.plan.output("step", places.at(recursive.step));
  return step;
}

}  // namespace laterbase::ivm
