#pragma once

#include <cstdint>
#include <optional>

#include "engine/events/event.h"

// What becomes of two values under one key: the same on every node, in whatever order they come.
namespace laterbase {

// Whether `value` wins against `other`: by the greater XXH3-128, compared high then low; of equal hashes the greater
// bytes. A total order, so joining replicas is commutative, associative and idempotent.
bool value_wins(BytesView value, BytesView other) noexcept;

enum class AsideReason : std::uint8_t {
  lost = 1,     // another value of its key won
  waiting = 2,  // its valid time is further ahead than max_future
};

// So many entries of one key are kept aside; what would be one more is dropped, and counted as known. (Winners that are
// replaced later are listed beyond that: their entries are in the log anyway.)
constexpr std::size_t kMostAside = 16;

// A place in the list of what stands aside, in the order of keys.
struct AsidePlace {
  Ulid key;
  Lc lc = 0;
  auto operator<=>(const AsidePlace&) const = default;
};

struct Conflict {
  Event event;  // what stands aside
  AsideReason reason = AsideReason::lost;
  std::optional<Lc> winner;  // where the key's value is; none while it only waits
};

}  // namespace laterbase
