#pragma once

#include "client/console.h"
#include "client/read.h"
#include "client/session.h"

// `laterbase feed --follow`: the log as it grows, over broken connections and restarts of the node.
namespace laterbase::client {

// Prints events in log order, from the one after from_lc, until the limit, or for ever. After a broken connection it
// goes on behind the last event that it printed: none twice, none left out. Where the node has no such position any
// more, because its log is another one now, it ends with Refused and says so.
void follow(Session& session, const Console& console, const FeedOptions& options);

}  // namespace laterbase::client
