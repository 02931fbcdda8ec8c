#include "engine/ivm/graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "engine/base/bytes.h"
#include "engine/ivm/plan_scope.h"
#include "engine/ivm/rows_io.h"

namespace laterbase::ivm {
namespace {

bool makes_semi_join(const Join& join) {
  return (join.kind == JoinKind::semi || join.kind == JoinKind::anti) && !join.condition;
}

// An operator for any node but Input and RecursiveSelf.
struct MakeOperator {
  const Plan& plan;
  NodeId node;
  Memory memory;
  SharedSides shared;  // of a join

  const Schema& schema_of(NodeId of) const { return plan.schema(of); }

  OperatorPtr operator()(const Input&) const { return nullptr; }
  OperatorPtr operator()(const RecursiveSelf&) const { return nullptr; }
  OperatorPtr operator()(const Constant& constant) const { return make_constant(constant); }
  OperatorPtr operator()(const Filter& filter) const { return make_filter(filter); }
  OperatorPtr operator()(const Map& map) const { return make_map(map); }
  OperatorPtr operator()(const Unfold& unfold) const { return make_unfold(unfold, schema_of(unfold.input)); }
  OperatorPtr operator()(const UnionAll&) const { return make_union_all(); }
  OperatorPtr operator()(const Join& join) const {
    if (makes_semi_join(join)) return make_semi_join(join, shared, memory);
    if (join.kind == JoinKind::inner)
      return make_inner_join(join, schema_of(join.left), schema_of(join.right), shared, memory);
    return make_outer_join(join, schema_of(join.left), schema_of(join.right), memory);
  }
  OperatorPtr operator()(const Aggregate& aggregate) const {
    return make_aggregate(aggregate, schema_of(aggregate.input), memory);
  }
  // Where equal rows may look different, a group is needed to say which of them to show.
  OperatorPtr operator()(const Distinct& distinct) const {
    const Schema& schema = schema_of(distinct.input);
    const bool may_look_different = std::any_of(schema.begin(), schema.end(), [](const Column& column) {
      return has_representations(column.type) || column.type.kind == TypeKind::real8;
    });
    if (!may_look_different) return make_distinct(memory);
    std::vector<ExpressionPtr> columns;
    for (std::size_t i = 0; i < schema.size(); ++i) columns.push_back(column(i, schema[i].type));
    return make_aggregate(Aggregate{distinct.input, std::move(columns), {}}, schema, memory);
  }
  OperatorPtr operator()(const SetOperation& operation) const {
    return make_set_operation(operation, schema_of(operation.left), memory);
  }
  OperatorPtr operator()(const TopK& top_k) const { return make_top_k(top_k, schema_of(top_k.input), memory); }
  OperatorPtr operator()(const Window& window) const { return make_window(window, schema_of(window.input), memory); }
  OperatorPtr operator()(const Recursive&) const { return make_recursive(plan, node, memory); }
};

}  // namespace

Graph::Graph(Plan plan, Memory memory)
    : plan_(std::move(plan)), memory_(memory), place_of_(plan_.nodes().size(), none) {
  const auto open = open_recursions(plan_);
  readers_ = count_readers();
  std::set<NodeId> joined_above;
  for (NodeId node = 0; node < plan_.nodes().size(); ++node) {
    const bool runs = open[node].empty() && readers_[node] != 0;
    if (runs && join_under(node) != nullptr) joined_above.insert(inputs_of(plan_.node(node).operation)[0]);
  }
  std::vector<NodeId> running;
  for (NodeId node = 0; node < plan_.nodes().size(); ++node) {
    const bool is_input = std::holds_alternative<Input>(plan_.node(node).operation);
    const bool runs = is_input || (readers_[node] != 0 && !joined_above.contains(node));
    if (open[node].empty() && runs) running.push_back(node);
  }
  for (const NodeId node : running) count_sides(node);
  for (const NodeId node : running) add(node);
}

namespace {

std::vector<ArrangementKey> keys_of(const Join& join, bool left) {
  std::vector<ArrangementKey> keys;
  for (const JoinKey& key : join.keys) keys.push_back({left ? key.left : key.right, key.nulls_match});
  return keys;
}

}  // namespace

void Graph::count_sides(NodeId node) {
  const Join* join = join_under(node);
  if (join == nullptr) join = std::get_if<Join>(&plan_.node(node).operation);
  if (join == nullptr) return;
  const auto count = [&](NodeId input, bool left) { ++shared_[{input, text_of(keys_of(*join, left))}].sides; };
  const bool is_inner = join->kind == JoinKind::inner;
  if (is_inner || makes_semi_join(*join)) count(join->left, true);
  if (is_inner) count(join->right, false);
}

SharedSides Graph::shared_sides(const Join& join) {
  SharedSides sides;
  const bool is_inner = join.kind == JoinKind::inner;
  if (is_inner || makes_semi_join(join)) sides.left = shared_side(join.left, keys_of(join, true));
  if (is_inner) sides.right = shared_side(join.right, keys_of(join, false));
  return sides;
}

// The arrangement of a node by these keys, where several sides want it; made before the first join that does.
const Arrangement* Graph::shared_side(NodeId node, const std::vector<ArrangementKey>& keys) {
  Shared& shared = shared_.at({node, text_of(keys)});
  if (shared.sides < 2 || shared.arrangement != nullptr) return shared.arrangement;
  auto arrangement = std::make_unique<Arrangement>(keys, memory_);
  shared.arrangement = arrangement.get();
  Part made;
  made.node = node;
  made.arrangement = fmt::format("Arrangement of {} by {} for {} sides of joins", describe(plan_.node(node).operation),
                                 text_of(keys), shared.sides);
  made.op = std::move(arrangement);
  made.inputs = {node};
  made.input_batches = {parts_.at(place_of_.at(node)).out.get()};
  parts_.push_back(std::move(made));
  return shared.arrangement;
}

// How many outputs and needed nodes read each node: what nobody reads does not run, for it must not fail either.
std::vector<std::size_t> Graph::count_readers() const {
  std::vector<std::size_t> counts(plan_.nodes().size());
  for (const Output& output : plan_.outputs()) ++counts[output.node];
  for (NodeId node = counts.size(); node-- > 0;) {
    if (counts[node] == 0) continue;
    for (const NodeId input : inputs_of(plan_.node(node).operation)) ++counts[input];
  }
  return counts;
}

// The join under a node that takes some of its columns and is the only one to read it: they run as one.
const Join* Graph::join_under(NodeId node) const {
  const auto* map = std::get_if<Map>(&plan_.node(node).operation);
  if (map == nullptr || readers_[map->input] != 1) return nullptr;
  for (const ExpressionPtr& column : map->columns) {
    if (!column->as_column()) return nullptr;
  }
  const auto* join = std::get_if<Join>(&plan_.node(map->input).operation);
  return join != nullptr && join->kind == JoinKind::inner && !join->condition ? join : nullptr;
}

void Graph::add(NodeId node) {
  const Operation& operation = plan_.node(node).operation;
  Part made;
  made.node = node;
  const Join* under = join_under(node);
  const Join* join = under != nullptr ? under : std::get_if<Join>(&operation);
  const SharedSides shared = join != nullptr ? shared_sides(*join) : SharedSides{};
  if (under != nullptr) {
    std::vector<std::size_t> columns;
    for (const ExpressionPtr& column : std::get<Map>(operation).columns) columns.push_back(*column->as_column());
    made.op = make_projected_join(*join, plan_.schema(join->left), plan_.schema(join->right), columns, shared, memory_);
    made.inputs = inputs_of(*join);
  } else {
    made.op = std::visit(MakeOperator{plan_, node, memory_, shared}, operation);
    made.inputs =
        std::holds_alternative<Recursive>(operation) ? inputs_of_recursion(plan_, node) : inputs_of(operation);
  }
  for (const NodeId input : made.inputs) made.input_batches.push_back(parts_.at(place_of_.at(input)).out.get());
  place_of_[node] = parts_.size();
  parts_.push_back(std::move(made));
}

void Graph::begin() {
  looked_at_ = 0;
  for (const Part& part : parts_) {
    if (part.op) part.op->begin_step();
  }
}

void Graph::run() {
  for (Part& part : parts_) {
    if (!part.op) {
      part.out->cancel_out();
      continue;
    }
    part.out->clear();
    std::size_t changes = 0;
    for (const Batch* batch : part.input_batches) changes += batch->size();
    if (changes == 0 && has_begun_) {
      part.op->idle();
      continue;
    }
    looked_at_ += changes;
    part.op->step(part.input_batches, *part.out);
  }
}

void Graph::commit() noexcept {
  for (const Part& part : parts_) {
    if (part.op) part.op->commit();
  }
  has_begun_ = true;
  clear_inputs();
}

void Graph::roll_back() {
  for (const Part& part : parts_) {
    if (!part.op) continue;
    part.op->rollback();
    part.out->clear();
  }
  clear_inputs();
}

void Graph::clear_inputs() noexcept {
  for (const Part& part : parts_) {
    if (!part.op) part.out->clear();
  }
}

const Operator* Graph::find(NodeId node) const noexcept {
  return place_of_[node] == none ? nullptr : parts_[place_of_[node]].op.get();
}

StateSize Graph::size() const {
  StateSize sum;
  for (const Part& part : parts_) {
    if (!part.op) continue;
    const StateSize size = part.op->size();
    sum.rows += size.rows;
    sum.bytes += size.bytes;
  }
  return sum;
}

void Graph::save(std::string& to) const {
  put(to, has_begun_);
  for (const Part& part : parts_) {
    if (part.op) put_part(to, *part.op);
  }
}

void Graph::load(std::string_view& from) {
  has_begun_ = take<bool>(from);
  for (const Part& part : parts_) {
    if (part.op) take_part(from, *part.op);
  }
}

}  // namespace laterbase::ivm
