#include "engine/ivm/circuit.h"

#include "engine/base/hash.h"
#include "engine/base/invariant.h"
#include "engine/ivm/budget.h"
#include "engine/ivm/graph.h"
#include "engine/ivm/output_rows.h"
#include "engine/ivm/rows_io.h"

namespace laterbase::ivm {
namespace {

constexpr std::uint64_t saved_magic = 0x35736e6963726976;  // "vircins5"

}  // namespace

struct Circuit::Body {
  Body(Plan plan, std::unique_ptr<ScratchFile> file)
      : scratch(std::move(file)), graph(std::move(plan), Memory{scratch.get()}) {
    for (const Output& output : graph.plan().outputs()) {
      const Schema& schema = graph.plan().schema(output.node);
      outputs.push_back(std::make_unique<OutputBag>(schema, output.indexes, Memory{scratch.get()}));
    }
  }

  std::uint64_t fingerprint() const;
  void explain(NodeId node, std::size_t depth, std::string& text) const;

  void step();

  std::unique_ptr<ScratchFile> scratch;  // outlives what lies in it
  Graph graph;
  bool has_failed = false;
  std::vector<std::unique_ptr<OutputBag>> outputs;
};

Circuit::Circuit(Plan plan, std::unique_ptr<ScratchFile> scratch)
    : body_(std::make_unique<Body>(std::move(plan), std::move(scratch))) {}
Circuit::~Circuit() = default;
Circuit::Circuit(Circuit&&) noexcept = default;
Circuit& Circuit::operator=(Circuit&&) noexcept = default;

const Plan& Circuit::plan() const noexcept { return body_->graph.plan(); }

Batch& Circuit::input(NodeId input) {
  LATERBASE_INVARIANT(std::holds_alternative<Input>(plan().node(input).operation), "not an input of the circuit");
  return body_->graph.batch_of(input);
}

void Circuit::step() {
  if (body_->has_failed)
    throw Failure(FailureCode::closed, "the state of a view was lost when there was no room for it");
  try {
    body_->step();
  } catch (const EvalError&) {
    throw;
  } catch (...) {
    body_->has_failed = true;
    throw;
  }
}

void Circuit::Body::step() {
  graph.begin();
  for (const auto& output : outputs) output->begin_step();
  {
    const Budget budget{BudgetLimits{}};
    try {
      graph.run();
    } catch (const EvalError&) {
      Budget::suspend();
      graph.roll_back();
      throw;
    }
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    outputs[i]->integrate(graph.batch_of(graph.plan().outputs()[i].node));
  }
  graph.commit();
}

const Batch& Circuit::changes(std::size_t output) const { return body_->outputs.at(output)->changes(); }
const OutputRows& Circuit::rows(std::size_t output) const { return *body_->outputs.at(output); }
OutputRows& Circuit::rows(std::size_t output) { return *body_->outputs.at(output); }

std::vector<NodeState> Circuit::state() const {
  std::vector<NodeState> states;
  for (const Graph::Part& part : body_->graph.parts()) {
    const StateSize size = part.op ? part.op->size() : StateSize{};
    const Operation& operation = plan().node(part.node).operation;
    std::string text = part.arrangement.empty() ? describe(operation) : part.arrangement;
    states.push_back({part.node, std::move(text), part.inputs, size.rows, size.bytes});
  }
  return states;
}

std::uint64_t Circuit::changes_looked_at() const noexcept {
  std::uint64_t sum = body_->graph.looked_at();
  for (const Graph::Part& part : body_->graph.parts()) sum += part.op ? part.op->looked_at() : 0;
  return sum;
}

std::string Circuit::explain() const {
  std::string text;
  for (std::size_t i = 0; i < body_->outputs.size(); ++i) {
    const Output& output = plan().outputs()[i];
    text += "Output " + output.name + " (rows " + std::to_string(body_->outputs[i]->size()) + ", bytes " +
            std::to_string(body_->outputs[i]->bytes()) + ")\n";
    body_->explain(output.node, 1, text);
  }
  for (const Graph::Part& part : body_->graph.parts()) {
    if (part.arrangement.empty()) continue;
    const StateSize size = part.op->size();
    text += "Shared: " + part.arrangement + " (rows " + std::to_string(size.rows) + ", bytes " +
            std::to_string(size.bytes) + ")\n";
  }
  if (body_->scratch) text += "Scratch file (bytes " + std::to_string(body_->scratch->size()) + ")\n";
  return text;
}

void Circuit::Body::explain(NodeId node, std::size_t depth, std::string& text) const {
  text += std::string(2 * depth, ' ') + "-> " + describe(graph.plan().node(node).operation);
  if (const Operator* op = graph.find(node)) {
    text += op->note();
    const StateSize size = op->size();
    if (size.bytes != 0) text += " (rows " + std::to_string(size.rows) + ", bytes " + std::to_string(size.bytes) + ")";
  }
  text += "\n";
  for (const NodeId input : inputs_of(graph.plan().node(node).operation)) explain(input, depth + 1, text);
}

// Of the plan: state is loaded only into a circuit that computes the same.
std::uint64_t Circuit::Body::fingerprint() const {
  std::string text;
  for (const Node& node : graph.plan().nodes()) {
    text += describe(node.operation);
    for (const NodeId input : inputs_of(node.operation)) text += " <" + std::to_string(input);
    for (const Column& column : node.schema) text += "," + name_of(column.type);
    text += "\n";
  }
  for (const Output& output : graph.plan().outputs()) text += output.name + " <" + std::to_string(output.node) + "\n";
  return hash64(text);
}

// Magic | plan | operators | outputs | checksum of all that.
std::string Circuit::save() const {
  std::string saved;
  put(saved, saved_magic);
  put(saved, body_->fingerprint());
  body_->graph.save(saved);
  for (const auto& output : body_->outputs) put_part(saved, *output);
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
  try {
    body_->graph.load(saved);
    for (const auto& output : body_->outputs) take_part(saved, *output);
  } catch (const Failure& no_room) {
    body_->has_failed = true;
    return Error{ErrorCode::unavailable, no_room.what()};
  }
  return {};
}

}  // namespace laterbase::ivm
