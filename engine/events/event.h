#pragma once

#include <cstdint>

#include "engine/base/bytes.h"
#include "engine/events/ulid.h"

namespace laterbase {

// A dense position (1, 2, 3, …) in one node's own log; 0 is before the first.
using Lc = std::uint64_t;

// Where an event first came into a log: whose log, which life of it, and which of that life's own events it is
// (1, 2, 3, …). The same on every node that has it from there.
struct Origin {
  Ulid epoch, node;
  std::uint64_t sequence = 0;
  bool operator==(const Origin&) const = default;
};

// One event as a node holds it, or an entry of its log that stands aside.
//
// A key leads to one value. Where nodes wrote two under one key, the winner is the same on every node (conflict.h): the
// map holds the winner, the log holds both. An entry that `replaces` is the winner that came later: at its position the
// value at position `replaces` leaves the map. An entry that is `aside` never was in the map: it had lost when it came,
// or its valid time is still too far ahead.
struct Event {
  Ulid key;
  Lc lc = 0;                    // when this node learned of it, in its own log
  std::int64_t arrived_ms = 0;  // the same on the wall clock
  BytesView value;              // exactly as it was posted
  bool is_json = false;         // whether `value` is one JSON text
  bool aside = false;           // in the log, not in the map
  bool waiting = false;         // aside because its valid time is too far ahead
  bool relayed = false;      // came from a peer that did not say where from: other nodes may know another origin of it
  Lc replaces = 0;           // whose value this one's takes the place of; 0: nobody's
  std::uint16_t origin = 0;  // place in the list of origins (Snapshot::origins)
  std::uint64_t sequence = 0;  // among that origin's own events
};

}  // namespace laterbase
