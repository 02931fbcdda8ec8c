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
// It must show the chain of its position, in this epoch of the log or in an earlier one. Beyond an earlier epoch's end
// it stands nowhere: the log was restored, and may have gone another way before the next epoch began.
struct Standing {
  std::optional<Lc> lc;
  // The peer has seen more of this very epoch than this log holds, or something else: this log has been restored or
  // copied, and must begin a new epoch before its next write.
  bool outlived = false;
};
Standing stand(Snapshot& now, const Head& cursor);

// Whether this node's log goes through that place, in whichever epoch: all that was here then is here.
bool is_here(Snapshot& now, const Ulid& node, const Head& place);

// Whether a peer's head may be what came of an earlier one: its log only grows. Otherwise the peer has been restored or
// is another one, and what was found out about it is of no use.
bool goes_on(const Head& before, const Head& now) noexcept;

// Whether somebody shows that this log once went further, or another way, in its present epoch: by a cursor into it, by
// what he has seen of it, by an event of it, or because he is a clone of it that has gone on. Then it has been restored
// or copied, and a new epoch must begin before its next write.
bool has_outlived(Snapshot& now, const Ulid& node, const Message& said);

}  // namespace laterbase::sync
