#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "engine/events/event.h"

// Somebody's code that folds events into states, with its types erased. A fold (fold.h) decides what is folded when.
//
// Promises asked of it: all of it is a function of its arguments. Neither the order in which events arrived, nor a
// clock, nor anything that is kept from one call to the next may show in what it gives (server/library/determinism.h
// tries that out).
// Threads: called from one thread at a time for one fold, and from several for several.
// Errors: what it throws breaks the fold; only Undecodable passes the event over.
namespace laterbase::folds {

// The event is none that this reducer can read.
class Undecodable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A state of the reducer's own type.
class State {
 public:
  virtual ~State() = default;
};

// An event as the reducer reads it. Lifetime: it may point into the event.
class Input {
 public:
  virtual ~Input() = default;
};

class Reducer {
 public:
  virtual ~Reducer() = default;

  // Changes whenever the code does: states that were saved by other code are folded anew.
  virtual std::uint64_t identity() const = 0;

  virtual std::unique_ptr<Input> read(const Event& event) const = 0;
  // Which states the event belongs to; none is fine, and so are several.
  virtual std::vector<std::string> keys_of(const Input& input) const = 0;

  virtual std::unique_ptr<State> initial(const std::string& key) const = 0;
  virtual std::unique_ptr<State> copy(const State& state) const = 0;
  virtual void apply(State& state, const std::string& key, const Input& input) const = 0;

  virtual std::string show(const State& state) const = 0;  // JSON
  // All that a state is, as bytes.
  virtual std::string save(const State& state) const = 0;
  virtual std::unique_ptr<State> load(std::string_view bytes) const = 0;
};

}  // namespace laterbase::folds
