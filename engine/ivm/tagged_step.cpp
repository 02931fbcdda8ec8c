#include "engine/ivm/tagged_step.h"

#include <algorithm>

namespace laterbase::ivm {
namespace {

// Copies a step's plan node by node; a node over self becomes one that has the turn behind its columns.
class Tagging {
 public:
  Tagging(const StepPlan& step, bool distinct) : from_(step.plan), self_(step.self), distinct_(distinct) {}

  bool run() {
    for (NodeId node = 0; node < from_.nodes().size(); ++node) {
      if (!std::visit([&](const auto& operation) { return add(node, operation); }, from_.node(node).operation)) {
        return false;
      }
    }
    return is_tagged(from_.outputs()[0].node);
  }

  TaggedStep take(const StepPlan& step) {
    TaggedStep made;
    made.self = place(step.self);
    for (const NodeId input : step.inputs) made.inputs.push_back(place(input));
    made.result = place(from_.outputs()[0].node);
    plan_.output("step", made.result);
    made.plan = std::move(plan_);
    return made;
  }

 private:
  NodeId place(NodeId node) const { return places_[node].first; }
  bool is_tagged(NodeId node) const { return places_[node].second; }
  std::size_t width(NodeId node) const { return from_.schema(node).size(); }
  Schema tagged(Schema schema) const {
    schema.push_back({"turn", turn_type});
    return schema;
  }

  bool keep(NodeId place, bool is_tagged) {
    places_.emplace_back(place, is_tagged);
    return true;
  }
  // An operation that doesn't touch the turn, or doesn't see it.
  bool keep(NodeId node, Operation operation, bool is_tagged) {
    const Schema& schema = from_.schema(node);
    return keep(plan_.add(std::move(operation), is_tagged ? tagged(schema) : schema), is_tagged);
  }
  // The node's columns out of those of `wide`, in this order.
  NodeId pick(NodeId node, NodeId wide, const std::vector<std::size_t>& columns) {
    Map map{wide, {}};
    for (const std::size_t at : columns) map.columns.push_back(column(at, plan_.schema(wide)[at].type));
    return plan_.add(std::move(map), tagged(from_.schema(node)));
  }

  bool add(NodeId node, const Input& input) {
    return node == self_ ? keep(node, input, true) : keep(node, input, false);
  }
  bool add(NodeId node, const Filter& filter) {
    return keep(node, Filter{place(filter.input), filter.condition}, true);
  }
  bool add(NodeId node, const Map& map) {
    Map made{place(map.input), map.columns};
    made.columns.push_back(column(width(map.input), turn_type));
    if (const auto* under = std::get_if<Map>(&plan_.node(made.input).operation))
      made = through(std::move(made), *under);
    return keep(node, std::move(made), true);
  }
  // Columns of columns are columns; and over a join, they run with it as one.
  static Map through(Map above, const Map& under) {
    const auto is_column = [](const ExpressionPtr& expression) { return expression->as_column().has_value(); };
    if (!std::all_of(above.columns.begin(), above.columns.end(), is_column)) return above;
    for (ExpressionPtr& column : above.columns) column = under.columns.at(*column->as_column());
    above.input = under.input;
    return above;
  }
  bool add(NodeId node, const Unfold& unfold) {
    const std::size_t turn = width(unfold.input);
    Schema wide = tagged(from_.schema(unfold.input));
    std::vector<std::size_t> columns;
    for (std::size_t i = 0; i < turn; ++i) columns.push_back(i);
    for (std::size_t i = turn; i < width(node); ++i) {
      columns.push_back(i + 1);
      wide.push_back(from_.schema(node)[i]);
    }
    columns.push_back(turn);
    const NodeId unfolded = plan_.add(Unfold{place(unfold.input), unfold.array, unfold.ordinality}, wide);
    return keep(pick(node, unfolded, columns), true);
  }
  bool add(NodeId node, const UnionAll& all) {
    UnionAll made;
    for (const NodeId input : all.inputs) {
      if (!is_tagged(input)) return false;
      made.inputs.push_back(place(input));
    }
    return keep(node, std::move(made), true);
  }
  // A set has each row once anyway, and then it's the same whether that is seen to here or there.
  bool add(NodeId node, const Distinct& distinct) {
    const Schema& schema = from_.schema(node);
    const bool may_look_different = std::any_of(schema.begin(), schema.end(), [](const Column& column) {
      return has_representations(column.type) || column.type.kind == TypeKind::real8;
    });
    return distinct_ && !may_look_different && keep(place(distinct.input), true);
  }
  bool add(NodeId node, const Join& join) {
    if (is_tagged(join.left) == is_tagged(join.right)) return false;
    if (join.kind == JoinKind::semi && !join.condition && is_tagged(join.left)) {
      return keep(node, Join{join.kind, place(join.left), place(join.right), join.keys, nullptr}, true);
    }
    if (join.kind != JoinKind::inner) return false;
    Join made{join.kind, place(join.left), place(join.right), join.keys, nullptr};
    if (is_tagged(join.right)) {
      made.condition = join.condition;
      return keep(node, std::move(made), true);
    }
    const NodeId joined = joined_with_turn_last(node, join, std::move(made));
    return keep(join.condition ? plan_.add(Filter{joined, join.condition}, tagged(from_.schema(node))) : joined, true);
  }
  // The turn comes behind left's columns: a condition would count right's from there.
  NodeId joined_with_turn_last(NodeId node, const Join& join, Join made) {
    const std::size_t turn = width(join.left);
    Schema wide = tagged(from_.schema(join.left));
    std::vector<std::size_t> columns;
    for (std::size_t i = 0; i < width(node); ++i) columns.push_back(i < turn ? i : i + 1);
    columns.push_back(turn);
    const Schema& right = from_.schema(join.right);
    wide.insert(wide.end(), right.begin(), right.end());
    return pick(node, plan_.add(std::move(made), wide), columns);
  }
  template <typename Other>
  bool add(NodeId, const Other&) {
    return false;
  }

  const Plan& from_;
  NodeId self_;
  bool distinct_;
  Plan plan_;
  std::vector<std::pair<NodeId, bool>> places_;  // in plan_, of from_'s nodes, and whether they have the turn
};

}  // namespace

std::optional<TaggedStep> tagged_step_of(const Plan& plan, NodeId recursion) {
  const StepPlan step = step_plan_of(plan, recursion);
  Tagging tagging{step, std::get<Recursive>(plan.node(recursion).operation).distinct};
  if (!tagging.run()) return std::nullopt;
  return tagging.take(step);
}

}  // namespace laterbase::ivm
