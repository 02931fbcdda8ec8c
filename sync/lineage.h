#pragma once

#include <optional>

#include "engine/events/snapshot.h"
#include "sync/message.h"

// Cursors against the log that they point into.
namespace laterbase::sync {

// The log's own head, as a peer is told of it.
Head head_of(Snapshot& now, const Ulid& node);
// The position `lc` of the log, as a cursor into it.
Head place_of(Snapshot& now, const Ulid& node, Lc lc);

// Where a peer's cursor stands in this log; nothing where it stands nowhere.
//
// A cursor of this epoch must show the chain of its position. One of an earlier epoch of this log stands where it says,
// if the chain agrees; one beyond that epoch's end stands at the end: the peer has seen what was lost since, and all
// that is left. Should it have seen something else, the fingerprints at the exchange's end tell.
struct Standing {
  std::optional<Lc> lc;
  // The peer has seen more of this very epoch than this log holds, or something else: this log has been restored or
  // copied, and must begin a new epoch before its next write.
  bool outlived = false;
};
Standing stand(Snapshot& now, const Head& cursor);

}  // namespace laterbase::sync
