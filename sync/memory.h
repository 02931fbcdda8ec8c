#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "sync/message.h"
#include "sync/replica.h"

// What a replica remembers of its peers: where it stands in their logs, and of each origin how much it holds. All of it
// rides with the events that it speaks of (Replica::remember), so a crash takes back both or neither.
namespace laterbase::sync {

// Where this replica stands in the log of `node`. Preferred is a cursor into `epoch`, else the latest one. Nothing
// where none was kept for a window that holds `window`.
std::optional<Head> cursor_into(Replica& replica, const Ulid& node, const Ulid& epoch, const Window& window);
// Keeps it, in place of earlier ones into the same epoch. Of one node's epochs the last few are kept.
void keep_cursor(Replica& replica, const Head& cursor, const Window& window);

// Which node answered under a peer's name last.
std::optional<Ulid> known_node(Replica& replica, std::string_view peer);
void keep_node(Replica& replica, std::string_view peer, const Ulid& node);

// Of each origin: this replica holds all its events up to that sequence, and offers them to others. While something
// waits until it is due, only of this log itself. By epoch; at most `most`, the youngest epochs. `joined` is what
// joined_seen() gave before the snapshot was taken.
std::vector<Seen> joined_seen(Replica& replica);
std::vector<Seen> seen_by(std::vector<Seen> joined, Snapshot& now, std::size_t most);
// The replica holds everything that whoever said this held.
void join_seen(Replica& replica, Snapshot& now, const std::vector<Seen>& theirs);

}  // namespace laterbase::sync
