#pragma once

#include <optional>
#include <vector>

#include "sync/limits.h"
#include "sync/message.h"
#include "sync/replica.h"

// Events out of a replica for a peer: parts of the log in log order, and events by key.
namespace laterbase::sync {

// Positions of this log that came from the peer itself in this conversation, so that they are not sent back.
struct Positions {
  Lc after = 0, until = 0;  // `after` excluded
  bool holds(Lc lc) const noexcept { return after < lc && lc <= until; }
};

struct LogFilter {
  const std::vector<Seen>* seen = nullptr;  // what the peer holds, if it has said
  bool announce = false;                    // by key what `seen` does not tell of; else it is sent at once
  Window keys;
  std::vector<Positions> came_from_peer;
};

// An event by name: its key, and of its value's hash as much as a message tells.
struct Announced {
  Ulid key;
  std::uint32_t hash = 0;
};
std::uint32_t announced_hash(BytesView value) noexcept;
// Into ids and hashes of the message.
void announce(const std::vector<Announced>& ids, Message& message);
// Those of the message's ids that are not here, or here with another value, where the message tells. Ascending.
std::vector<Ulid> missing_of(Snapshot& now, const Message& message);

struct LogPart {
  std::vector<WireEvent> events;
  std::vector<Announced> ids;  // by key: the peer may have them from elsewhere, so they are asked about first
  Lc after = 0;
  Lc next = 0;  // everything up to here is in the part, or the peer has it
  bool more = false;

  bool empty() const noexcept { return events.empty() && ids.empty(); }
};

// The room that a message has left beside the events that are in it already. One event always fits.
class Budget {
 public:
  Budget(const Limits& limits, const std::vector<WireEvent>& events);
  bool has_room() const noexcept { return events_ > 0 && bytes_ > 0; }
  void spend(const WireEvent& event) noexcept;

 private:
  std::int64_t events_;
  std::int64_t bytes_;
};

// Of the log after `after`, what passes the filter, up to a limit.
LogPart read_log(Snapshot& now, Lc after, const LogFilter& filter, const Limits& limits, Budget budget);

// The events of `keys` from `*at` on, as far as a limit allows; `*at` is moved behind what was looked at. Keys that are
// not here are left out. Adds to `events`, whose bytes count.
void read_keys(Snapshot& now, const std::vector<Ulid>& keys, std::size_t* at, const Limits& limits,
               std::vector<WireEvent>& events);

// The events of a range in key order, up to a limit; gives where to go on.
std::optional<Ulid> read_range(Snapshot& now, const Window& keys, const Limits& limits, std::vector<WireEvent>& events);

// Events that came in a message, into the log. With `keep_origins` as part of the sender's log; without, they are this
// log's own to whoever filters by origins.
AppendResult merge_events(Replica& replica, const std::vector<WireEvent>& events, bool keep_origins);

}  // namespace laterbase::sync
