#include <map>

#include "engine/ivm/found_rows.h"
#include "engine/ivm/graph.h"
#include "engine/ivm/rows_io.h"
#include "engine/ivm/tagged_step.h"

namespace laterbase::ivm {
namespace {

// WITH RECURSIVE by its changes. The step runs as a graph of its own over the rows of all turns, each with its turn
// (tagged_step.h), so it knows for each change of what it reads which turns' findings that changes. These go in turn by
// turn: what a turn finds is final before the next one looks at it, and a loop that nothing leads to any more dissolves
// from its beginning. First all that goes, then all that comes, so that no expression sees a row that is in no answer.
// Cost: of the rows whose turns change, whatever else there is; a run of the graph for each such turn.
class IncrementalRecursion final : public Operator {
 public:
  IncrementalRecursion(TaggedStep step, const Recursive& recursive, const Schema& schema, Memory memory)
      : self_(step.self),
        inputs_(std::move(step.inputs)),
        result_(step.result),
        graph_(std::move(step.plan), memory),
        turn_rows_(schema),
        found_(recursive.distinct ? make_found_once(recursive, schema, memory)
                                  : make_found_by_all_ways(recursive, schema)),
        changes_(inputs_.size() + 1) {}

  void begin_step() override {
    graph_.begin();
    found_->begin_step();
  }
  void step(Inputs inputs, Batch& out) override {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      changes_[i].clear();
      for (const auto& [row, weight] : *inputs[i]) changes_[i].refer(row, weight);
      changes_[i].cancel_out();
    }
    for (const bool coming : {false, true}) {
      found_->may_go_on_for_ever(coming);
      take_inputs(coming);
      while (const auto turn = next_turn()) take_turn(*turn);
    }
    found_->finish(out);
  }
  void commit() noexcept override {
    graph_.commit();
    found_->commit();
  }
  void rollback() override {
    graph_.roll_back();
    found_->rollback();
    waiting_.clear();
  }
  StateSize size() const override {
    const StateSize of_step = graph_.size(), found = found_->size();
    return {of_step.rows + found.rows, of_step.bytes + found.bytes};
  }
  std::string note() const override { return ", incremental"; }
  std::uint64_t looked_at() const noexcept override { return graph_.looked_at(); }
  void save(std::string& to) const override {
    put_part(to, *found_);
    graph_.save(to);
  }
  void load(std::string_view from) override {
    take_part(from, *found_);
    graph_.load(from);
  }

 private:
  void take_inputs(bool coming) {
    const auto take = [&](const Batch& changes, Batch& to) {
      for (const auto& [row, weight] : changes) {
        if ((weight > 0) == coming) to.refer(row, weight);
      }
      return !to.empty();
    };
    Batch base;
    if (take(changes_[0], base)) {
      Batch& first = batch_of(0);
      for (const auto& [row, weight] : base) first.add(row, weight);
    }
    bool any = false;
    for (std::size_t i = 0; i < inputs_.size(); ++i) any |= take(changes_[i + 1], graph_.batch_of(inputs_[i]));
    if (any) run();
  }

  std::optional<Turn> next_turn() const {
    const auto due = found_->due();
    if (waiting_.empty()) return due;
    return due ? std::min(*due, waiting_.begin()->first) : waiting_.begin()->first;
  }

  void take_turn(Turn turn) {
    Batch& self = graph_.batch_of(self_);
    const auto place = waiting_.find(turn);
    if (place == waiting_.end()) {
      found_->take(turn, {}, self);
    } else {
      place->second.consolidate();
      found_->take(turn, place->second, self);
      place->second.clear();
      spare_.push_back(std::move(place->second));
      waiting_.erase(place);
    }
    if (!self.empty()) run();
  }

  // What comes out goes to the turns after those of the rows that it comes of.
  void run() {
    graph_.run();
    for (const auto& [row, weight] : graph_.batch_of(result_)) {
      batch_of(turn_rows_.turn_of(row) + 1).add(turn_rows_.without(row), weight);
    }
    graph_.clear_inputs();
  }

  Batch& batch_of(Turn turn) {
    const auto [place, is_new] = waiting_.try_emplace(turn);
    if (is_new && !spare_.empty()) {
      place->second = std::move(spare_.back());
      spare_.pop_back();
    }
    return place->second;
  }

  NodeId self_;
  std::vector<NodeId> inputs_;
  NodeId result_;
  Graph graph_;
  TurnRows turn_rows_;
  std::unique_ptr<FoundRows> found_;
  std::vector<Batch> changes_;     // of the base, then of inputs_: those of this step
  std::map<Turn, Batch> waiting_;  // changes of what turns find, not yet taken
  std::vector<Batch> spare_;
};

}  // namespace

OperatorPtr make_incremental_recursion(const Plan& plan, NodeId node, Memory memory) {
  auto step = tagged_step_of(plan, node);
  if (!step) return nullptr;
  return std::make_unique<IncrementalRecursion>(std::move(*step), std::get<Recursive>(plan.node(node).operation),
                                                plan.schema(node), memory);
}

OperatorPtr make_recursive(const Plan& plan, NodeId node, Memory memory) {
  auto incremental = make_incremental_recursion(plan, node, memory);
  return incremental ? std::move(incremental) : make_recomputed_recursion(plan, node, memory);
}

}  // namespace laterbase::ivm
