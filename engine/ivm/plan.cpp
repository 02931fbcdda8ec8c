#include "engine/ivm/plan.h"

namespace laterbase::ivm {
namespace {

struct InputsOf {
  std::vector<NodeId> operator()(const Input&) const { return {}; }
  std::vector<NodeId> operator()(const Constant&) const { return {}; }
  std::vector<NodeId> operator()(const RecursiveSelf&) const { return {}; }
  std::vector<NodeId> operator()(const Join& join) const { return {join.left, join.right}; }
  std::vector<NodeId> operator()(const SetOperation& operation) const { return {operation.left, operation.right}; }
  std::vector<NodeId> operator()(const UnionAll& all) const { return all.inputs; }
  std::vector<NodeId> operator()(const Recursive& recursive) const { return {recursive.base, recursive.step}; }
  template <typename Unary>
  std::vector<NodeId> operator()(const Unary& unary) const {
    return {unary.input};
  }
};

}  // namespace

std::vector<NodeId> inputs_of(const Operation& operation) { return std::visit(InputsOf{}, operation); }

}  // namespace laterbase::ivm
