#pragma once

#include <compare>
#include <cstdint>

#include "engine/events/ulid.h"

namespace laterbase::triples {

// Which write it was: the event's key, and the fact's place in that event. Greater is later, on every node alike.
struct Version {
  Ulid key;
  std::uint32_t index = 0;  // from 1; 0 is before the event's first fact

  auto operator<=>(const Version&) const = default;
};

}  // namespace laterbase::triples
