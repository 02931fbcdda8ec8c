#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "engine/ivm/batch.h"
#include "engine/ivm/memory.h"
#include "engine/ivm/plan.h"

// One node of a running circuit: takes its inputs' changes of this step, gives its own, and keeps what it needs of all
// steps before. A step is begin_step, step, and then either commit or rollback; only step may throw, and rollback must
// bring back what was before it, whatever step had done.
// Of the changes in a batch, those with a negative weight are of rows that were there before the step, those with a
// positive one of rows that are there after it: no expression is asked about a row that is in no answer.
// Lifetime: rows in the batches given out live until the next begin_step.
namespace laterbase::ivm {

struct StateSize {
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
};

using Inputs = std::span<const Batch* const>;

class Operator {
 public:
  Operator() = default;
  virtual ~Operator() = default;
  Operator(const Operator&) = delete;
  Operator& operator=(const Operator&) = delete;

  virtual void begin_step() {}
  virtual void step(Inputs inputs, Batch& out) = 0;
  virtual void idle() {}  // in place of step, where no input has changes
  virtual void commit() noexcept {}
  virtual void rollback() {}
  virtual StateSize size() const { return {}; }
  // For EXPLAIN, behind the operation's text; how it does that, where there are several ways.
  virtual std::string note() const { return {}; }
  // Changes that operators within this one were given in the last step.
  virtual std::uint64_t looked_at() const noexcept { return 0; }

  // The state as bytes, and back; load() is given what save() of the same operator made, and starts from nothing.
  virtual void save(std::string&) const {}
  virtual void load(std::string_view) {}
};

using OperatorPtr = std::unique_ptr<Operator>;

// Arrangements of a join's sides that it shares with others (arrangement.h); none: the side is its own.
class Arrangement;
struct SharedSides {
  const Arrangement* left = nullptr;
  const Arrangement* right = nullptr;
};

// Each for one kind of node; its state lies in `memory`, which outlives it.
OperatorPtr make_constant(const Constant& constant);
OperatorPtr make_filter(const Filter& filter);
OperatorPtr make_map(const Map& map);
OperatorPtr make_unfold(const Unfold& unfold, const Schema& input);
OperatorPtr make_union_all();
OperatorPtr make_inner_join(const Join& join, const Schema& left, const Schema& right, SharedSides shared,
                            Memory memory);
// Gives only these columns of the joined rows; of a join without condition.
OperatorPtr make_projected_join(const Join& join, const Schema& left, const Schema& right,
                                const std::vector<std::size_t>& columns, SharedSides shared, Memory memory);
OperatorPtr make_outer_join(const Join& join, const Schema& left, const Schema& right, Memory memory);
OperatorPtr make_semi_join(const Join& join, SharedSides shared, Memory memory);  // semi and anti without a condition
OperatorPtr make_aggregate(const Aggregate& aggregate, const Schema& input, Memory memory);
OperatorPtr make_distinct(Memory memory);
OperatorPtr make_set_operation(const SetOperation& operation, const Schema& schema, Memory memory);
OperatorPtr make_top_k(const TopK& top_k, const Schema& schema, Memory memory);
OperatorPtr make_window(const Window& window, const Schema& input, Memory memory);
OperatorPtr make_recursive(const Plan& plan, NodeId node, Memory memory);
// Computes all of it at each change. For what make_incremental_recursion() does not do.
OperatorPtr make_recomputed_recursion(const Plan& plan, NodeId node, Memory memory);
// None where the step isn't linear in what the turn before found, or rows of others can both add to it and take away.
OperatorPtr make_incremental_recursion(const Plan& plan, NodeId node, Memory memory);

}  // namespace laterbase::ivm
