#include "sync/peer_link.h"

#include <fmt/format.h>

#include <chrono>
#include <mutex>

#include "engine/base/log.h"
#include "sync/giving.h"
#include "sync/lineage.h"
#include "sync/memory.h"
#include "sync/peer_settings.h"

namespace laterbase::sync {
namespace {

constexpr std::string_view json_type = "application/json";
// A quick exchange is waited for; a long one, or one with a slow peer, holds nobody up.
constexpr std::chrono::milliseconds longest_turn{100};

Trouble trouble_here(const Error& error) { return {Trouble::Where::here, error.detail}; }

}  // namespace

Conversed PeerLink::exchange(HttpPeer& http, const std::function<void(const Report&)>& progress, Report& report) {
  report = {};
  try {
    const auto replica = find_replica(http);
    if (!replica) return replica.error();
    std::unique_lock turn((*replica)->turn(), std::defer_lock);
    (void)turn.try_lock_for(longest_turn);
    written_.store((*replica)->written_here(), std::memory_order_relaxed);
    ConversationOptions options;
    options.exchange.peer = peer_.name;
    options.url = peer_.url;
    options.exchange.pull = peer_.direction != config::Direction::push;
    options.exchange.push = peer_.direction != config::Direction::pull;
    options.exchange.window = window_of(peer_, context_.clock.wall_ms());
    options.exchange.limits = context_.limits;
    // What came from others, or went to the peer in an answer, it may well have by now.
    const bool heard = heard_.exchange(false, std::memory_order_relaxed);
    options.exchange.ask_first = heard || (*replica)->merged() != merged_;
    options.progress = progress;
    auto conversed = converse(http, **replica, view_, options, report);
    merged_ = (*replica)->merged();
    lag_ = {};
    if (conversed && !report.equal) measure_lag(**replica, options.exchange);
    return conversed;
  } catch (const Failure& failure) {
    return Trouble{Trouble::Where::here, failure.what()};
  }
}

boost::system::result<std::shared_ptr<RootReplica>, Trouble> PeerLink::find_replica(HttpPeer& http) {
  auto found = context_.replicas.find(database_);
  if (!found && found.error().code == ErrorCode::not_found && peer_.create) {
    if (auto made = make_database(http); !made) return made.error();
    found = context_.replicas.find(database_);
  }
  if (!found) return trouble_here(found.error());
  return std::move(*found);
}

// Only one that the peer has: a message of nothing is answered by who has it.
Conversed PeerLink::make_database(HttpPeer& http) const {
  if (context_.roots.was_dropped(database_))
    return Trouble{
        Trouble::Where::here,
        fmt::format("the database \"{}\" was dropped on this node; PUT /db/{} makes it again", database_, database_)};
  const auto answered = http.send({"POST", "/db/" + database_ + "/sync", json_type, json_type, "{}"});
  if (!answered) return Trouble{Trouble::Where::network, answered.error().detail};
  if (answered->status == 404)
    return Trouble{Trouble::Where::here, fmt::format("neither side has a database \"{}\"", database_)};
  if (!answered->good())
    return Trouble{Trouble::Where::peer, refusal_of(*answered), answered->status, answered->retry_after_ms};
  if (context_.roots.names().size() >= context_.max_databases)
    return Trouble{Trouble::Where::here, "this node has as many databases as limits.max_databases allows"};
  const auto created = context_.roots.create(database_);
  if (!created) return trouble_here(created.error());
  if (created->is_new) log::info("made a database that a peer has", {{"db", database_}, {"peer", peer_.name}});
  return boost::system::in_place_value;
}

// What came from the peer itself lies in this node's log too, and is not ahead of it: hence the look for what there is
// to give.
void PeerLink::measure_lag(RootReplica& replica, const ExchangeOptions& options) {
  const Window window = options.window.value_or(Window{});
  if (view_.head && options.pull) {
    const auto cursor = cursor_into(replica, view_.head->node, view_.head->epoch, window);
    const bool stands = cursor && cursor->epoch == view_.head->epoch && cursor->lc <= view_.head->lc;
    lag_.behind = view_.head->lc - (stands ? cursor->lc : 0);
  }
  Snapshot now = replica.snapshot();
  if (Giving(replica, view_, options.limits, options.push).has_news(now, window, {}))
    lag_.ahead = now.head() - (view_.stands ? stand(now, *view_.stands).lc.value_or(0) : 0);
}

Lc PeerLink::news() const {
  const auto replica = context_.replicas.peek(database_);
  return replica ? replica->written_here() - written_.load(std::memory_order_relaxed) : 1;
}

}  // namespace laterbase::sync
