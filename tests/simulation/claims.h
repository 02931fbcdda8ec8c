#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/events/snapshot.h"
#include "sync/cell.h"
#include "tests/simulation/history.h"

// Whether what a node remembers of others is true: all that a cursor stands behind is here, all that a vector counts is
// here, or is here waiting, or lost to a value that is here. Two values of a key whose short hashes agree are one to a
// sketch: such a pair is found by comparing fingerprints only.
namespace laterbase::simulation {

class Claims {
 public:
  Claims(const History& history, const sync::SketchOptions& sketch) : history_(history), sketch_(sketch) {}

  // A note of sync/memory.h, as it is kept. Empty where it is true.
  std::string check(Snapshot& now, const std::string& name, const std::string& value);

 private:
  std::string check_cursor(Snapshot& now, const std::string& name, const std::string& value);
  std::string check_seen(Snapshot& now, const Ulid& epoch, std::uint64_t sequence);
  std::string check_place(Snapshot& now, Place place, const Ulid& from, const Ulid& to);
  bool looks_like_one_of(const Ulid& key, BytesView here, Value value) const;
  bool holds(Snapshot& now, const Ulid& key, Value value) const;

  const History& history_;
  sync::SketchOptions sketch_;
  std::vector<bool> held_;  // by place: it and all before it
  std::map<Ulid, std::uint64_t> seen_;
};

}  // namespace laterbase::simulation
