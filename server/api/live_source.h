#pragma once

#include <memory>
#include <optional>

#include "server/api/live_feeds.h"
#include "server/http/reply.h"

namespace laterbase::api {

// What a subscriber asked for.
struct LiveStart {
  Ulid epoch;
  Lc after = 0;
  std::optional<std::uint64_t> limit;  // events, then the end
};

// A root's log as server-sent events, in log order: first what is there, then what comes. The subscriber is a cursor:
// however far behind, it costs one part of memory. The last message of a stream that this node ends is `event: error`
// with a problem document whose `last_event_id` says where to go on.
// `count` is the number of live streams, one less when this one is gone.
std::unique_ptr<http::LiveSource> live_source(std::shared_ptr<Watcher> watcher, const LiveStart& start,
                                              std::atomic<std::uint64_t>& count);

}  // namespace laterbase::api
