#pragma once

#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "engine/ivm/batch.h"
#include "engine/ivm/operator.h"

// What the turns of a recursion have found. It is told what changed in what a turn finds, turn by turn, and says which
// rows of that turn the step is to see, or no longer; at the end, what the recursion's rows are now.
// Errors: EvalError 54001 where it doesn't end.
namespace laterbase::ivm {

using Turn = std::int64_t;

// A row with the turn behind it as one more column, and without it. Lifetime: until the next call.
class TurnRows {
 public:
  explicit TurnRows(const Schema& schema);
  RowView with(RowView row, Turn turn);
  RowView without(RowView row);
  Turn turn_of(RowView row) const noexcept { return row.word(fixed_.size()); }

 private:
  std::vector<bool> fixed_;
  RowBuilder builder_;
};

class FoundRows {
 public:
  virtual ~FoundRows() = default;

  virtual void begin_step() = 0;
  // A step first takes what goes, then what comes. What goes always ends.
  void may_go_on_for_ever(bool may) noexcept { may_go_on_ = may; }
  // Turn `turn` finds these more or less, each row once; so the step's rows with their turns change by `to_step`. Turns
  // come in order, but begin again with what comes.
  virtual void take(Turn turn, const Batch& found, Batch& to_step) = 0;
  // A turn that is to be taken even if nothing is found in it.
  virtual std::optional<Turn> due() const { return std::nullopt; }
  virtual void finish(Batch& out) = 0;
  virtual void commit() noexcept = 0;
  virtual void rollback() = 0;

  virtual StateSize size() const { return {}; }
  virtual void save(std::string& to) const = 0;
  virtual void load(std::string_view from) = 0;

 protected:
  bool may_go_on_ = false;
};

// UNION ALL: each way to find a row counts. Keeps but a number: turns are told apart in the step.
std::unique_ptr<FoundRows> make_found_by_all_ways(const Recursive& recursive, const Schema& schema);
// UNION: a row is seen in the first turn that finds it. Keeps how often each turn does.
std::unique_ptr<FoundRows> make_found_once(const Recursive& recursive, const Schema& schema, Memory memory);

[[noreturn]] void throw_endless_recursion();

}  // namespace laterbase::ivm
