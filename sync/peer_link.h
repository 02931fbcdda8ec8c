#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "engine/base/clock.h"
#include "engine/events/roots.h"
#include "sync/limits.h"
#include "sync/peer_state.h"
#include "sync/peer_view.h"
#include "sync/replicas.h"

// One database that is kept equal with one peer: one exchange of it, and what that came to.
namespace laterbase::sync {

// What all links of a node share. Lifetime: longer than they.
struct PeerContext {
  Roots& roots;
  Replicas& replicas;
  Clock& clock;
  Limits limits = {};
  std::uint64_t max_answer_bytes = 64 << 20;
  std::uint64_t max_databases = 10'000;
  std::int64_t timeout_ms = 20'000;
  std::int64_t max_back_off_ms = 10'000;
};

// Threads: one at a time. Its owner sees to that.
class PeerLink {
 public:
  PeerLink(const PeerContext& context, const config::Peer& peer, std::string database)
      : context_(context), peer_(peer), database_(std::move(database)) {}

  // One exchange. `report` holds what it did, also where it was cut.
  Conversed exchange(HttpPeer& http, const std::function<void(const Report&)>& progress, Report& report);

  // As of the last exchange's end.
  struct Lag {
    std::uint64_t behind = 0, ahead = 0;
  };
  const Lag& lag() const noexcept { return lag_; }
  const std::optional<Ulid>& node() const noexcept { return view_.node; }

  // How many events were written on this node that the peer was not told of. Any thread.
  Lc news() const;
  // The peer has spoken to this node of its own accord: what is known of it is not the latest. Any thread.
  void heard() noexcept { heard_.store(true, std::memory_order_relaxed); }
  // … and was answered with all that had been written then: RootReplica::written_here(). Any thread.
  void told(Lc written) noexcept { written_.store(written, std::memory_order_relaxed); }

 private:
  boost::system::result<std::shared_ptr<RootReplica>, Trouble> find_replica(HttpPeer& http);
  Conversed make_database(HttpPeer& http) const;
  void measure_lag(RootReplica& replica, const ExchangeOptions& options);

  const PeerContext& context_;
  const config::Peer& peer_;
  const std::string database_;
  PeerView view_;
  Lag lag_;
  std::atomic<Lc> written_{0};  // RootReplica::written_here() when the peer was last told of all
  Lc merged_ = 0;               // RootReplica::merged() when it ended
  std::atomic<bool> heard_{false};
};

}  // namespace laterbase::sync
