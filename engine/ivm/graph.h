#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ivm/arrangement.h"
#include "engine/ivm/operator.h"
#include "engine/ivm/plan.h"

// A plan's operators, wired: what runs in a circuit, and once more inside of a recursion. Only what an output needs
// runs; what is inside of a recursion is not here but in that recursion's operator.
// A step is begin(), then run() once or several times with what its inputs bring each time, then commit() or
// roll_back(). Errors: run() throws EvalError; then roll back.
namespace laterbase::ivm {

class Graph {
 public:
  struct Part {
    NodeId node = 0;
    OperatorPtr op;           // none: an input, which is only its batch
    std::string arrangement;  // of an arrangement of the node: its key
    std::vector<NodeId> inputs;
    std::vector<const Batch*> input_batches;
    std::unique_ptr<Batch> out = std::make_unique<Batch>();
  };

  Graph(Plan plan, Memory memory);  // its operators' state lies in `memory`, which outlives it

  const Plan& plan() const noexcept { return plan_; }
  // Of an input: what the next run takes. Of others: what the last one gave. Lifetime: until the next run.
  Batch& batch_of(NodeId node) { return *parts_.at(place_of_.at(node)).out; }

  void begin();
  void run();
  void commit() noexcept;
  void roll_back();
  void clear_inputs() noexcept;

  const std::vector<Part>& parts() const noexcept { return parts_; }  // inputs before those that read them
  // The operator of a node; none for what doesn't run by itself.
  const Operator* find(NodeId node) const noexcept;
  StateSize size() const;
  std::uint64_t looked_at() const noexcept { return looked_at_; }  // changes given to operators, since begin()

  // Whether it has stepped, then for each operator its length and bytes.
  void save(std::string& to) const;
  void load(std::string_view& from);

 private:
  struct Shared {
    std::size_t sides = 0;  // of joins that look up the node's rows by them
    const Arrangement* arrangement = nullptr;
  };

  void count_sides(NodeId node);
  SharedSides shared_sides(const Join& join);
  const Arrangement* shared_side(NodeId node, const std::vector<ArrangementKey>& keys);
  std::vector<std::size_t> count_readers() const;
  const Join* join_under(NodeId node) const;
  void add(NodeId node);

  static constexpr std::size_t none = static_cast<std::size_t>(-1);
  Plan plan_;
  Memory memory_;
  std::vector<Part> parts_;
  std::vector<std::size_t> readers_;
  std::map<std::pair<NodeId, std::string>, Shared> shared_;
  std::vector<std::size_t> place_of_;  // in parts_, of nodes
  std::uint64_t looked_at_ = 0;
  bool has_begun_ = false;
};

}  // namespace laterbase::ivm
