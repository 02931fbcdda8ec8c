#pragma once

#include <cstdint>

#include "engine/base/bytes.h"
#include "engine/events/ulid.h"

namespace laterbase {

// A dense position (1, 2, 3, …) in one node's own log; 0 is before the first.
using Lc = std::uint64_t;

// One event as a node holds it.
struct Event {
  Ulid key;
  Lc lc = 0;                    // when this node learned of it, in its own log
  std::int64_t arrived_ms = 0;  // the same on the wall clock
  BytesView value;              // exactly as it was posted
  bool is_json = false;         // whether `value` is one JSON text
};

}  // namespace laterbase
