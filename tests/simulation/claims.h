#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/events/snapshot.h"
#include "tests/simulation/history.h"

// Whether what a node remembers of others is true: all that a cursor stands behind is here, all that a vector counts is
// here, or is here waiting, or lost to a value that is here.
namespace laterbase::simulation {

class Claims {
 public:
  explicit Claims(const History& history) : history_(history) {}

  // A note of sync/memory.h, as it is kept. Empty where it is true.
  std::string check(Snapshot& now, const std::string& name, const std::string& value);

 private:
  std::string check_cursor(Snapshot& now, const std::string& name, const std::string& value);
  std::string check_seen(Snapshot& now, const Ulid& epoch, std::uint64_t sequence);
  std::string check_place(Snapshot& now, Place place, const Ulid& from, const Ulid& to);
  bool holds(Snapshot& now, const Ulid& key, Value value) const;

  const History& history_;
  std::vector<bool> held_;  // by place: it and all before it
  std::map<Ulid, std::uint64_t> seen_;
};

}  // namespace laterbase::simulation
