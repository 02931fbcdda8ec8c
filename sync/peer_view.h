#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "sync/message.h"

namespace laterbase::sync {

// What is known of a peer from one exchange to the next; lost without harm.
struct PeerView {
  std::optional<Ulid> node;
  std::optional<Head> head;    // of the peer's log
  std::optional<Head> stands;  // the peer's cursor into this log, as it said
  std::vector<Seen> seen;      // the peer's
  // Sets that differ and that reconciling did not make equal (events set aside until they are due): not tried again
  // while both are the same.
  std::optional<std::pair<Fingerprint, Fingerprint>> fruitless;
  int unchecked = 0;  // exchanges since the two sets were last compared
};

}  // namespace laterbase::sync
