#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/base/hash.h"
#include "engine/events/snapshot.h"
#include "tests/simulation/fault_count.h"

// What nobody in the world knows but the checker: every event that was ever written, and every log that ever was, as
// one tree whose branches are what restores and clones made of a log. An entry's running hash names it and all before
// it, on whichever disk; it does not tell an entry that stands aside from one that doesn't.
namespace laterbase::simulation {

using Place = std::uint32_t;  // of an entry in the tree; 0 is before the first
using Value = std::uint32_t;  // the number of a value

struct Entry {
  Place parent = 0;
  Lc lc = 0;
  Hash128 chain;
  Ulid key;
  Value value = 0;
  bool offered = true;  // to peers: not aside
};

class History {
 public:
  History();

  // Somebody has written it: it may be anywhere from now on.
  void write(const Ulid& key, BytesView value);
  std::int64_t latest_ms() const noexcept { return latest_ms_; }  // valid time

  // The log's entries behind `known`, up to the snapshot's head, are part of the tree from now on; gives the head's
  // place. Empty `wrong` where all is well.
  Place follow(Snapshot& now, Place known, FaultCount& faults, std::string& wrong);

  const Entry& at(Place place) const { return entries_[place]; }
  std::size_t size() const noexcept { return entries_.size(); }  // with the one before the first
  // Entries of that running hash, one a branch.
  const std::vector<Place>& find(const Hash128& chain) const;
  bool is_before(Place earlier, Place later) const;  // or the same
  Value phantom() { return number("nobody wrote this"); }
  Place back_to(Place place, Lc lc) const;  // the one before it that has this position
  const std::string& text(Value value) const { return values_[value]; }

  // What the epoch's own node gave up to that sequence; nothing where copies of one disk both used it.
  struct Given {
    Ulid key;
    Value value = 0;
    bool offered = false;  // to peers: not aside
  };
  const std::vector<Given>* given_by(const Ulid& epoch) const;
  // Copies of one disk have given the same numbers to different events: then vectors say nothing, until the sets are
  // compared.
  bool has_forks() const noexcept { return !forked_.empty(); }

 private:
  Value number(BytesView value);
  void note_origin(const Event& event, const Lives& lives, Value value);

  struct ChainHash {
    std::size_t operator()(const Hash128& chain) const noexcept { return chain.low; }
  };
  std::vector<Entry> entries_;
  Place add(const Entry& entry);

  std::unordered_map<Hash128, std::vector<Place>, ChainHash> places_;
  std::vector<std::string> values_;
  std::unordered_map<std::string, Value> numbers_;
  std::set<std::pair<Ulid, Value>> written_;
  std::int64_t latest_ms_ = 0;
  std::map<Ulid, std::vector<Given>> given_;
  std::set<Ulid> forked_;
};

}  // namespace laterbase::simulation
