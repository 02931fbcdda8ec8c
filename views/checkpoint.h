#pragma once

#include <cstdint>
#include <set>

#include "engine/events/root.h"
#include "views/engine.h"

// An engine's state in its root's environment, with the position of the log that it stands at, so that a restart goes
// on from there and does not fold the log again.
//
//   kViewsTable       head: form, epoch, position, chain, …      view | name: definition, circuit, …      source | name
//   kAggregatesTable  circuit's id | place → a piece of its bytes
//   kTriplesTable     triples/layout.h
//
// A circuit that has changed is written whole, under an id beyond all others, in transactions of a few MB; tables are
// written where they changed. Then one transaction makes all of that the state, and later ones take away what it
// replaced. So what load() finds is always a whole one, of one position.
//
// Threads: one call at a time. Lifetime: within its root's. Errors: Failure.
namespace laterbase::views {

class Checkpoint {
 public:
  explicit Checkpoint(Root& root) : root_(root) {}

  // Takes the engine, which is new, to the state that is stored. False where there is none, it is damaged, or of a log
  // that this one is not: the engine then begins with an empty log.
  bool load(Engine& engine);
  // Stores the state, and gives new circuits their places. False where the log does not reach its position any more.
  bool write(EngineState& state);
  // Takes away what is not in use; `tables`: what is (Store::ids()).
  void tidy(const EngineState& state, const std::set<std::uint64_t>& tables);

 private:
  bool write_ahead(EngineState& state);
  void write_tables(WriteTxn& txn, const EngineState& state) const;
  void write_head(WriteTxn& txn, const EngineState& state, const Hash128& chain) const;
  bool read(ReadTxn& txn, EngineState& state);

  Root& root_;
  std::uint64_t next_id_ = 1;  // of circuits
};

}  // namespace laterbase::views
