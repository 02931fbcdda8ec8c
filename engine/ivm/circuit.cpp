#include "engine/ivm/circuit.h"

#include <algorithm>
#include <set>

#include "engine/base/hash.h"
#include "engine/base/invariant.h"
#include "engine/ivm/operator.h"
#include "engine/ivm/output_rows.h"
#include "engine/ivm/plan_scope.h"
#include "engine/ivm/rows_io.h"

namespace laterbase::ivm {
namespace {

// An operator for any node but Input and RecursiveSelf.
struct MakeOperator {
  const Plan& plan;
  NodeId node;

  const Schema& schema_of(NodeId of) const { return plan.schema(of); }

  OperatorPtr operator()(const Input&) const { return nullptr; }
  OperatorPtr operator()(const RecursiveSelf&) const { return nullptr; }
  OperatorPtr operator()(const Constant& constant) const { return make_constant(constant); }
  OperatorPtr operator()(const Filter& filter) const { return make_filter(filter); }
  OperatorPtr operator()(const Map& map) const { return make_map(map); }
  OperatorPtr operator()(const Unfold& unfold) const { return make_unfold(unfold, schema_of(unfold.input)); }
  OperatorPtr operator()(const UnionAll&) const { return make_union_all(); }
  OperatorPtr operator()(const Join& join) const {
    const bool is_exists = join.kind == JoinKind::semi || join.kind == JoinKind::anti;
    if (is_exists && !join.condition) return make_semi_join(join);
    if (join.kind == JoinKind::inner) return make_inner_join(join, schema_of(join.left), schema_of(join.right));
    return make_outer_join(join, schema_of(join.left), schema_of(join.right));
  }
  OperatorPtr operator()(const Aggregate& aggregate) const {
    return make_aggregate(aggregate, schema_of(aggregate.input));
  }
  // Where equal rows may look different, a group is needed to say which of them to show.
  OperatorPtr operator()(const Distinct& distinct) const {
    const Schema& schema = schema_of(distinct.input);
    const bool may_look_different = std::any_of(schema.begin(), schema.end(), [](const Column& column) {
      return has_representations(column.type) || column.type.kind == TypeKind::real8;
    });
    if (!may_look_different) return make_distinct();
    std::vector<ExpressionPtr> columns;
    for (std::size_t i = 0; i < schema.size(); ++i) columns.push_back(column(i, schema[i].type));
    return make_aggregate(Aggregate{distinct.input, std::move(columns), {}}, schema);
  }
  OperatorPtr operator()(const SetOperation& operation) const {
    return make_set_operation(operation, schema_of(operation.left));
  }
  OperatorPtr operator()(const TopK& top_k) const { return make_top_k(top_k, schema_of(top_k.input)); }
  OperatorPtr operator()(const Window& window) const { return make_window(window, schema_of(window.input)); }
  OperatorPtr operator()(const Recursive&) const { return make_recursive(plan, node); }
};

constexpr std::uint64_t saved_magic = 0x32736e6963726976;  // "vircins2"

}  // namespace

struct Circuit::Body {
  // A node that runs; for an Input only its batch.
  struct Running {
    NodeId node = 0;
    OperatorPtr op;
    std::vector<NodeId> inputs;
    std::vector<const Batch*> input_batches;
    std::unique_ptr<Batch> out = std::make_unique<Batch>();
  };

  explicit Body(Plan with) : plan(std::move(with)) {
    place_of.assign(plan.nodes().size(), none);
    const auto open = open_recursions(plan);
    readers = count_readers();
    std::set<NodeId> joined_above;
    for (NodeId node = 0; node < plan.nodes().size(); ++node) {
      const bool runs = open[node].empty() && readers[node] != 0;
      if (runs && join_under(node) != nullptr) joined_above.insert(inputs_of(plan.node(node).operation)[0]);
    }
    for (NodeId node = 0; node < plan.nodes().size(); ++node) {
      const bool is_input = std::holds_alternative<Input>(plan.node(node).operation);
      const bool runs = is_input || (readers[node] != 0 && !joined_above.contains(node));
      if (open[node].empty() && runs) add(node);
    }
    for (const Output& output : plan.outputs()) {
      outputs.push_back(std::make_unique<OutputBag>(plan.schema(output.node), output.indexes));
    }
  }

  // How many outputs and needed nodes read each node: what nobody reads does not run, for it must not fail either.
  std::vector<std::size_t> count_readers() const {
    std::vector<std::size_t> counts(plan.nodes().size());
    for (const Output& output : plan.outputs()) ++counts[output.node];
    for (NodeId node = counts.size(); node-- > 0;) {
      if (counts[node] == 0) continue;
      for (const NodeId input : inputs_of(plan.node(node).operation)) ++counts[input];
    }
    return counts;
  }

  // The join under a node that takes some of its columns and is the only one to read it: they run as one.
  const Join* join_under(NodeId node) const {
    const auto* map = std::get_if<Map>(&plan.node(node).operation);
    if (map == nullptr || readers[map->input] != 1) return nullptr;
    for (const ExpressionPtr& column : map->columns) {
      if (!column->as_column()) return nullptr;
    }
    const auto* join = std::get_if<Join>(&plan.node(map->input).operation);
    return join != nullptr && join->kind == JoinKind::inner && !join->condition ? join : nullptr;
  }

  void add(NodeId node) {
    const Operation& operation = plan.node(node).operation;
    Running made;
    made.node = node;
    if (const Join* join = join_under(node)) {
      std::vector<std::size_t> columns;
      for (const ExpressionPtr& column : std::get<Map>(operation).columns) columns.push_back(*column->as_column());
      made.op = make_projected_join(*join, plan.schema(join->left), plan.schema(join->right), columns);
      made.inputs = inputs_of(*join);
    } else {
      made.op = std::visit(MakeOperator{plan, node}, operation);
      made.inputs =
          std::holds_alternative<Recursive>(operation) ? inputs_of_recursion(plan, node) : inputs_of(operation);
    }
    for (const NodeId input : made.inputs) made.input_batches.push_back(running.at(place_of.at(input)).out.get());
    place_of[node] = running.size();
    running.push_back(std::move(made));
  }

  Batch& batch_of(NodeId node) { return *running[place_of[node]].out; }

  void run() {
    for (Running& part : running) {
      if (!part.op) {
        part.out->cancel_out();
        continue;
      }
      const bool idle = has_begun && std::all_of(part.input_batches.begin(), part.input_batches.end(),
                                                 [](const Batch* batch) { return batch->empty(); });
      if (!idle) part.op->step(part.input_batches, *part.out);
    }
  }
  void begin() {
    for (Running& part : running) {
      if (!part.op) continue;
      part.out->clear();
      part.op->begin_step();
    }
    for (const auto& output : outputs) output->begin_step();
  }
  void finish() {
    for (Running& part : running) {
      if (part.op) part.op->commit();
    }
    has_begun = true;
    for (std::size_t i = 0; i < outputs.size(); ++i) outputs[i]->integrate(batch_of(plan.outputs()[i].node));
    clear_inputs();
  }
  void roll_back() {
    for (Running& part : running) {
      if (part.op) part.op->rollback();
    }
    clear_inputs();
  }
  void clear_inputs() {
    for (Running& part : running) {
      if (!part.op) part.out->clear();
    }
  }

  std::uint64_t fingerprint() const;
  void explain(NodeId node, std::size_t depth, std::string& text) const;

  static constexpr std::size_t none = static_cast<std::size_t>(-1);
  Plan plan;
  std::vector<Running> running;  // inputs before those that read them
  std::vector<std::size_t> readers;
  std::vector<std::size_t> place_of;  // in `running`, of nodes
  std::vector<std::unique_ptr<OutputBag>> outputs;
  bool has_begun = false;
};

Circuit::Circuit(Plan plan) : body_(std::make_unique<Body>(std::move(plan))) {}
Circuit::~Circuit() = default;
Circuit::Circuit(Circuit&&) noexcept = default;
Circuit& Circuit::operator=(Circuit&&) noexcept = default;

const Plan& Circuit::plan() const noexcept { return body_->plan; }

Batch& Circuit::input(NodeId input) {
  LATERBASE_INVARIANT(std::holds_alternative<Input>(body_->plan.node(input).operation), "not an input of the circuit");
  return body_->batch_of(input);
}

void Circuit::step() {
  body_->begin();
  try {
    body_->run();
  } catch (...) {
    body_->roll_back();
    throw;
  }
  body_->finish();
}

const Batch& Circuit::changes(std::size_t output) const { return body_->outputs.at(output)->changes(); }
const OutputRows& Circuit::rows(std::size_t output) const { return *body_->outputs.at(output); }
OutputRows& Circuit::rows(std::size_t output) { return *body_->outputs.at(output); }

std::vector<NodeState> Circuit::state() const {
  std::vector<NodeState> states;
  for (const Body::Running& part : body_->running) {
    const StateSize size = part.op ? part.op->size() : StateSize{};
    states.push_back({part.node, describe(body_->plan.node(part.node).operation), part.inputs, size.rows, size.bytes});
  }
  return states;
}

std::string Circuit::explain() const {
  std::string text;
  for (std::size_t i = 0; i < body_->outputs.size(); ++i) {
    const Output& output = body_->plan.outputs()[i];
    text += "Output " + output.name + " (rows " + std::to_string(body_->outputs[i]->size()) + ", bytes " +
            std::to_string(body_->outputs[i]->bytes()) + ")\n";
    body_->explain(output.node, 1, text);
  }
  return text;
}

void Circuit::Body::explain(NodeId node, std::size_t depth, std::string& text) const {
  text += std::string(2 * depth, ' ') + "-> " + describe(plan.node(node).operation);
  if (place_of[node] != none && running[place_of[node]].op) {
    const StateSize size = running[place_of[node]].op->size();
    if (size.bytes != 0) text += " (rows " + std::to_string(size.rows) + ", bytes " + std::to_string(size.bytes) + ")";
  }
  text += "\n";
  for (const NodeId input : inputs_of(plan.node(node).operation)) explain(input, depth + 1, text);
}

// Of the plan: state is loaded only into a circuit that computes the same.
std::uint64_t Circuit::Body::fingerprint() const {
  std::string text;
  for (const Node& node : plan.nodes()) {
    text += describe(node.operation);
    for (const NodeId input : inputs_of(node.operation)) text += " <" + std::to_string(input);
    for (const Column& column : node.schema) text += "," + name_of(column.type);
    text += "\n";
  }
  for (const Output& output : plan.outputs()) text += output.name + " <" + std::to_string(output.node) + "\n";
  return hash64(text);
}

// Magic | plan | begun | for each operator and output its length and bytes | checksum of all that.
std::string Circuit::save() const {
  std::string saved;
  put(saved, saved_magic);
  put(saved, body_->fingerprint());
  put(saved, body_->has_begun);
  const auto put_part = [&](const auto& part) {
    const std::size_t at = saved.size();
    put(saved, std::uint64_t{0});
    part.save(saved);
    store_le(saved.data() + at, std::uint64_t{saved.size() - at - sizeof(std::uint64_t)});
  };
  for (const Body::Running& part : body_->running) {
    if (part.op) put_part(*part.op);
  }
  for (const auto& output : body_->outputs) put_part(*output);
  put(saved, hash64(saved));
  return saved;
}

Result<void> Circuit::load(BytesView saved) {
  constexpr std::size_t least = 3 * sizeof(std::uint64_t) + sizeof(bool);
  if (saved.size() < least) return Error{ErrorCode::invalid, "saved circuit: too short"};
  BytesView checksum = saved.substr(saved.size() - sizeof(std::uint64_t));
  saved.remove_suffix(checksum.size());
  if (take<std::uint64_t>(checksum) != hash64(saved)) return Error{ErrorCode::invalid, "saved circuit: damaged"};
  if (take<std::uint64_t>(saved) != saved_magic) return Error{ErrorCode::invalid, "saved circuit: of another format"};
  if (take<std::uint64_t>(saved) != body_->fingerprint()) {
    return Error{ErrorCode::invalid, "saved circuit: of another plan"};
  }
  body_->has_begun = take<bool>(saved);
  const auto load_part = [&](auto& part) {
    const auto size = take<std::uint64_t>(saved);
    part.load(saved.substr(0, size));
    saved.remove_prefix(size);
  };
  for (Body::Running& part : body_->running) {
    if (part.op) load_part(*part.op);
  }
  for (const auto& output : body_->outputs) load_part(*output);
  return {};
}

}  // namespace laterbase::ivm
