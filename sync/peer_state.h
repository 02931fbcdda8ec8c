#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.h"
#include "engine/events/ulid.h"
#include "sync/conversation.h"

// How it stands with each peer, for GET /peers, metrics and people.
namespace laterbase::sync {

enum class LinkPhase : std::uint8_t {
  waiting,  // not tried yet
  syncing,  // an exchange is under way
  level,    // the last exchange ended with nothing left to do
  behind,   // it ended, and something is left
  failing,  // it was cut; `trouble` says why
};
std::string_view name_of(LinkPhase phase) noexcept;

// One database of one peer.
struct LinkState {
  std::string database;
  LinkPhase phase = LinkPhase::waiting;
  std::string trouble;  // of the last exchange
  std::optional<Report> last;
  std::int64_t last_at_ms = 0;  // its beginning, wall clock
  std::int64_t last_took_us = 0;
  // Positions of the peer's log that this node has not followed yet, and of this node's that the peer hasn't.
  std::uint64_t events_behind = 0, events_ahead = 0;
  // Since when nothing was left to do; 0 while that is so.
  double lag_seconds = 0;

  // Since this node started.
  Report total;
  std::uint64_t exchanges = 0, failures = 0;
};

struct PeerState {
  config::Peer settings;
  bool configured = false;  // by the configuration, not by PUT /peers
  std::optional<Ulid> node;
  std::string trouble;  // where it can't be reached
  std::vector<LinkState> links;
};

}  // namespace laterbase::sync
