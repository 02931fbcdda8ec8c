#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/error.h"
#include "engine/ivm/batch.h"
#include "engine/ivm/memory.h"
#include "engine/ivm/plan.h"

// A plan that runs (Budiu et al., "DBSP: automatic incremental view maintenance", VLDB 2023): give it the changes of
// its inputs, step, and it has the changes of its outputs, at a cost of the change and not of what is held.
// Threads: one at a time; while nobody steps, any number may read.
// Errors: step() throws EvalError, and then no operator has changed; Failure where there is no room for the state, and
// then the circuit has ended: each further step() is a Failure too.
namespace laterbase::ivm {

// One end of a range of an index: values of its first columns, at most all.
struct Bound {
  std::vector<Value> values;
  bool inclusive = true;
};

struct Range {
  std::optional<Bound> lower;  // in the index's order: the first rows
  std::optional<Bound> upper;
};

// Rows with their weights, until it says false. Rows live until the next step.
using RowVisitor = std::function<bool(RowView row, std::int64_t weight)>;

// An output's rows, as they are after the last step.
class OutputRows {
 public:
  virtual ~OutputRows() = default;
  virtual const Schema& schema() const noexcept = 0;
  virtual std::uint64_t size() const noexcept = 0;  // a row of weight 2 counts twice
  virtual std::int64_t weight_of(RowView row) const = 0;
  virtual void scan(const RowVisitor& visit) const = 0;  // in no order
  // In the order of Output::indexes[index], or from its end.
  virtual void read(std::size_t index, const Range& range, bool backwards, const RowVisitor& visit) const = 0;
  // One more order, from now on; its number. Cost: sorts all rows.
  virtual std::size_t add_index(std::vector<Order> order) = 0;
  virtual void drop_index(std::size_t index) = 0;  // the numbers of others stay
};

// One line of EXPLAIN.
struct NodeState {
  NodeId node = 0;
  std::string text;  // "Join inner on …"
  std::vector<NodeId> inputs;
  std::uint64_t rows = 0;   // held
  std::uint64_t bytes = 0;  // of memory
};

class Circuit {
 public:
  // State lies in the scratch file, where there is one.
  explicit Circuit(Plan plan, std::unique_ptr<ScratchFile> scratch = nullptr);
  ~Circuit();
  Circuit(Circuit&&) noexcept;
  Circuit& operator=(Circuit&&) noexcept;

  const Plan& plan() const noexcept;

  // Where the next step's changes of this Input go. Empty again after step(), also where it throws.
  Batch& input(NodeId input);
  // The first one brings also what comes of no input: VALUES, COUNT(*) of nothing.
  void step();
  // What the last step changed: each row once, none with weight 0. Lifetime: until the next step.
  const Batch& changes(std::size_t output) const;
  const OutputRows& rows(std::size_t output) const;
  OutputRows& rows(std::size_t output);

  // All operators' and outputs' state, with a checksum; of the inputs' rows only what operators keep of them.
  std::string save() const;
  // Into a circuit of the same plan that has not stepped yet. Errors: invalid, where the bytes are damaged or of
  // another plan, and unavailable, where there is no room for the state; then begin with a new circuit and all rows.
  Result<void> load(BytesView saved);

  std::vector<NodeState> state() const;
  // How many changes operators were given in the last step, inside of recursions too: what it cost, without a clock.
  std::uint64_t changes_looked_at() const noexcept;
  std::string explain() const;  // the circuit drawn, outputs first, with state()

 private:
  struct Body;
  std::unique_ptr<Body> body_;
};

}  // namespace laterbase::ivm
