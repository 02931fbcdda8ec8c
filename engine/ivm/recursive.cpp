#include "engine/ivm/bag.h"
#include "engine/ivm/circuit.h"
#include "engine/ivm/found_rows.h"
#include "engine/ivm/operator.h"
#include "engine/ivm/plan_scope.h"

namespace laterbase::ivm {
namespace {

// WITH RECURSIVE of any step. Keeps what it reads, and computes all of it anew whenever that changes: turn by turn over
// the rows of the turn before, as PostgreSQL does, so that deletions are right without any thought of which rows
// supported which. Cost: of the whole recursion in each step that touches it.
class RecomputedRecursion final : public Operator {
 public:
  RecomputedRecursion(const Plan& plan, NodeId node, Memory memory)
      : recursive_(std::get<Recursive>(plan.node(node).operation)),
        step_(step_plan_of(plan, node)),
        memory_(memory),
        shown_(std::make_unique<Bag>(memory)) {
    while (inputs_.size() < inputs_of_recursion(plan, node).size()) inputs_.push_back(std::make_unique<Bag>(memory));
  }

  void begin_step() override {
    for (const auto& input : inputs_) input->begin_step();
    shown_before_.reset();
    looked_at_ = 0;
  }
  void step(Inputs inputs, Batch& out) override {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      for (const Change& change : *inputs[i]) inputs_[i]->add(change.row, change.weight);
    }
    auto found = compute();
    emit_difference(*found, out);
    shown_before_ = std::exchange(shown_, std::move(found));
  }
  void commit() noexcept override {
    for (const auto& input : inputs_) input->commit();
  }
  void rollback() override {
    for (const auto& input : inputs_) input->rollback();
    if (shown_before_) shown_ = std::move(shown_before_);
  }
  StateSize size() const override {
    StateSize size{shown_->distinct_rows(), shown_->bytes()};
    for (const auto& input : inputs_) {
      size.rows += input->distinct_rows();
      size.bytes += input->bytes();
    }
    return size;
  }
  std::string note() const override { return ", computed whole at each change"; }
  std::uint64_t looked_at() const noexcept override { return looked_at_; }
  void save(std::string& to) const override {
    for (const auto& input : inputs_) input->save(to);
    shown_->save(to);
  }
  void load(std::string_view from) override {
    for (const auto& input : inputs_) input->load(from);
    shown_->load(from);
  }

 private:
  // Those of the rows that are to be looked at in the next turn; they are in `found` from then on.
  Batch take_new(const Bag& rows, Bag& found) {
    Batch taken;
    rows.for_each([&](RowView row, std::int64_t weight) {
      if (weight <= 0) return;
      if (recursive_.distinct) {
        if (found.weight_of(row) != 0) return;
        weight = 1;
      }
      found.add(row, weight);
      taken.add(row, weight);
      rows_ += static_cast<std::uint64_t>(weight);
    });
    found.commit();
    if (rows_ > recursive_.max_rows) throw_endless_recursion();
    return taken;
  }

  std::unique_ptr<Bag> compute() {
    auto found = std::make_unique<Bag>(memory_);
    rows_ = looked_at_ = 0;
    Circuit circuit{step_.plan};
    for (std::size_t i = 0; i < step_.inputs.size(); ++i) {
      inputs_[i + 1]->for_each(
          [&](RowView row, std::int64_t weight) { circuit.input(step_.inputs[i]).add(row, weight); });
    }
    Batch before, now = take_new(*inputs_[0], *found);
    Bag step_rows;
    for (std::uint64_t turn = 0; !now.empty(); ++turn) {
      if (turn == recursive_.max_turns) throw_endless_recursion();
      for (const Change& change : before) circuit.input(step_.self).add(change.row, -change.weight);
      for (const Change& change : now) circuit.input(step_.self).add(change.row, change.weight);
      circuit.step();
      looked_at_ += circuit.changes_looked_at();
      for (const Change& change : circuit.changes(0)) step_rows.add(change.row, change.weight);
      step_rows.commit();
      step_rows.begin_step();
      before = std::move(now);
      now = take_new(step_rows, *found);
    }
    return found;
  }

  void emit_difference(const Bag& found, Batch& out) const {
    found.for_each([&](RowView row, std::int64_t weight) {
      const std::int64_t change = weight - shown_->weight_of(row);
      if (change != 0) out.refer(row, change);
    });
    shown_->for_each([&](RowView row, std::int64_t weight) {
      if (found.weight_of(row) == 0) out.refer(row, -weight);
    });
  }

  Recursive recursive_;
  StepPlan step_;
  Memory memory_;
  std::vector<std::unique_ptr<Bag>> inputs_;  // the base, then what the step reads from outside
  std::unique_ptr<Bag> shown_, shown_before_;
  std::uint64_t rows_ = 0;       // found by the last computation
  std::uint64_t looked_at_ = 0;  // by it
};

}  // namespace

OperatorPtr make_recomputed_recursion(const Plan& plan, NodeId node, Memory memory) {
  return std::make_unique<RecomputedRecursion>(plan, node, memory);
}

}  // namespace laterbase::ivm
