#pragma once

#include "engine/base/error.h"
#include "sync/limits.h"
#include "sync/message.h"
#include "sync/replica.h"

// The asked side: one message in, one message out, nothing kept in between but what the replica remembers. A message's
// members are dealt with in the order in which the later need the earlier:
//
//   events   into the log, durable
//   delta    then the cursor into the sender's log goes on to delta.next, if it stood at delta.after
//   ids      → lacks
//   cursor   → verdict, and what the log holds behind it: events, where `seen` tells what the sender has, else ids
//   wants, want_ranges  → events
//   summary  → equal, or what to do about it (reconcile.h)
//   ranges, want_cells  → ranges, ids and wants; cells
//
// Errors: invalid where the message contradicts itself; what the log answers to the events (too_large, unavailable).
// Failure where the machine fails. Threads: any.
namespace laterbase::sync {

Result<Message> answer(Replica& replica, const Message& asked, const Limits& limits);

}  // namespace laterbase::sync
