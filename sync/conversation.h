#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <functional>
#include <string>

#include "sync/exchange.h"
#include "sync/http_peer.h"
#include "sync/peer_view.h"
#include "sync/replica.h"

// One exchange with a peer over HTTP, from its first message to its last.
namespace laterbase::sync {

// What one or several exchanges came to.
struct Report {
  std::uint64_t sent = 0;      // events
  std::uint64_t received = 0;  // events that were new here
  std::uint64_t round_trips = 0;
  std::uint64_t bytes_out = 0, bytes_in = 0;  // of bodies
  Mode mode = Mode::cursor;                   // how, where cursors were not enough
  bool equal = false;                         // both sides were seen to hold the same at the end

  // `later` came after this.
  void add(const Report& later);
};

// Why an exchange was cut.
struct Trouble {
  enum class Where : std::uint8_t {
    network,  // nobody there, or silence
    peer,     // it refused, or said what makes no sense
    here,     // this node's own log or disk
  } where = Where::network;
  std::string words;
  unsigned status = 0;              // of the peer's refusal
  std::int64_t retry_after_ms = 0;  // that the peer asked for
};

using Conversed = boost::system::result<void, Trouble>;

struct ConversationOptions {
  ExchangeOptions exchange;
  std::string url;                                                     // for the log, where the peer has no name
  bool json = false;                                                   // for people who watch the wire
  std::function<void(const Report&)> progress = [](const Report&) {};  // after each answer
};

// `report` holds what was done also where the exchange was cut: all of that is kept, and the next one goes on from
// there. Threads: any; one at a time for a view. Cost: blocks on the network.
Conversed converse(HttpPeer& peer, Replica& replica, PeerView& view, const ConversationOptions& options,
                   Report& report);

[[noreturn]] void throw_exception_from_error(const Trouble& trouble, const boost::source_location& location);

}  // namespace laterbase::sync
