#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ivm/plan.h"
#include "engine/ivm/row_pool.h"

// What a group remembers for one or several aggregate calls. The state of a group lies in memory that the aggregate
// operator gives; an accumulator knows what is in it. All of them are exact: what was added and taken away leaves no
// trace, so a step is undone by taking away what it added.
namespace laterbase::ivm {

class Accumulator {
 public:
  virtual ~Accumulator() = default;

  virtual std::size_t size() const noexcept = 0;  // of the state, alignment 16
  virtual void create(char* state) const = 0;
  virtual void destroy(char* state) const noexcept = 0;
  virtual void add(char* state, RowView row, std::int64_t weight) const = 0;
  virtual void save(const char* state, std::string& to) const = 0;
  virtual void load(char* state, std::string_view& from) const = 0;
};

// Writes a call's value. Errors: EvalError where it has none (a sum out of range).
class Result {
 public:
  virtual ~Result() = default;
  virtual void write(const char* state, RowBuilder& to, std::size_t column) const = 0;
};

// A call compiled: what it accumulates, with a name by which equal ones are shared, and how its value is made of that.
// Its arguments, filter and order are columns of the rows that are added.
struct CallColumns {
  AggregateFunction function;
  std::vector<std::size_t> arguments;
  std::vector<Type> argument_types;
  std::vector<Order> order;  // columns of the rows
  Type type;
};

struct Compiled {
  std::string accumulator_name;
  std::shared_ptr<const Accumulator> accumulator;
  std::shared_ptr<const Result> result;
};

// `rows` is the schema of what is added; `pool` is where accumulators keep rows and what is more than their states'
// size, and outlives them.
Compiled compile_call(const CallColumns& call, const Schema& rows, RowPool& pool);
Compiled compile_count(const CallColumns& call);
Compiled compile_sum(const CallColumns& call, RowPool& pool);                          // sum and avg
Compiled compile_bool(const CallColumns& call);                                        // bool_and and bool_or
Compiled compile_extreme(const CallColumns& call, const Schema& rows, RowPool& pool);  // min and max
Compiled compile_ordered(const CallColumns& call, const Schema& rows, RowPool& pool);  // array_agg and the like

// The first of the rows in the order of these columns, whatever came first; its value is all of the columns, from the
// one given on.
Compiled compile_first(const std::vector<std::size_t>& columns, const Schema& rows, RowPool& pool);

// For those whose state is a C++ object; of one that lies partly in the pool, create() is theirs to say.
template <typename State>
class StateOf : public Accumulator {
 public:
  std::size_t size() const noexcept final { return sizeof(State); }
  void destroy(char* state) const noexcept override { of(state).~State(); }

 protected:
  static State& of(char* state) noexcept { return *reinterpret_cast<State*>(state); }
  static const State& of(const char* state) noexcept { return *reinterpret_cast<const State*>(state); }
};

template <typename State>
class AccumulatorOf : public StateOf<State> {
 public:
  void create(char* state) const final { new (state) State{}; }

 protected:
  using StateOf<State>::of;
};

}  // namespace laterbase::ivm
