#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/random.h"
#include "sync/peer_link.h"
#include "sync/peer_state.h"

// Keeps databases equal with one peer: pulls every interval, pushes soon after a write, and after failures waits longer
// and longer. Two threads of its own, so that a slow peer holds up no other, and a long exchange of one database not
// the next.
//
// Threads: all calls from any thread. Lifetime: the context's.
namespace laterbase::sync {

class PeerWorker {
 public:
  PeerWorker(const PeerContext& context, config::Peer peer, bool configured);
  ~PeerWorker() { stop(); }
  PeerWorker(const PeerWorker&) = delete;
  PeerWorker& operator=(const PeerWorker&) = delete;

  const config::Peer& settings() const noexcept { return peer_; }
  bool configured() const noexcept { return configured_; }

  void start();
  // Cuts exchanges that are under way. Returns when no thread of it runs any more.
  void stop();

  // Something was written in that database, here. Quick: called by writers.
  void written(const std::string& database);

  // The peer has said something about that database, and got its answer; `level`: nothing is left to do, it was told of
  // so many events that were written here (RootReplica::written_here()).
  void heard(const std::string& database, const Ulid& node, std::optional<Lc> level);

  // Exchanges until both sides are equal, or nothing moves any more. Blocks; `progress` is told of each answer.
  using Progress = std::function<void(const Report&)>;
  Conversed sync_now(const std::string& database, const Progress& progress, Report& report);

  PeerState state();

 private:
  struct Lane {
    std::unique_ptr<HttpPeer> http;
    std::thread thread;
  };
  struct Entry {
    Entry(const PeerContext& context, const config::Peer& peer, const std::string& database)
        : link(context, peer, database) {
      state.database = database;
    }
    PeerLink link;  // by whoever has set `busy`
    LinkState state;
    bool busy = false;
    std::int64_t due_us = 0;       // of the next exchange, whatever happens
    std::int64_t push_us = never;  // of one because something was written
    std::int64_t began_us = 0;     // the last one
    std::int64_t level_us = 0;     // when all was done last
    std::optional<Ulid> node;      // the peer's, as of the last exchange
    std::int64_t heard_us = 0;     // it spoke of its own accord
    std::uint64_t failures = 0;    // in a row
    std::int64_t next_us() const noexcept { return std::min(due_us, push_us); }
  };
  using Lock = std::unique_lock<std::mutex>;
  using EntryPtr = std::shared_ptr<Entry>;
  static constexpr std::int64_t never = INT64_MAX;

  void work(HttpPeer& http);
  void step(Lock& lock, HttpPeer& http);
  bool pushes_now(Entry& entry, std::int64_t now_us) const;
  bool yields(const Entry& entry, std::int64_t now_us) const;
  void refresh(Lock& lock, HttpPeer& http);
  Result<std::vector<std::string>> wanted_databases(HttpPeer& http);
  Result<std::vector<std::string>> databases_of_peer(HttpPeer& http) const;
  EntryPtr next_entry();
  EntryPtr entry_of(const std::string& database);

  Conversed run(Lock& lock, const EntryPtr& entry, HttpPeer& http, const Progress& progress);
  void settle(Entry& entry, const Conversed& conversed, const Report& report);
  void schedule(Entry& entry, const Conversed& conversed);
  std::int64_t back_off_us(std::uint64_t failures);
  std::int64_t with_jitter_us(std::int64_t us, std::int64_t least_percent, std::int64_t most_percent);
  std::unique_ptr<HttpPeer> make_http() const;
  std::int64_t interval_us() const noexcept { return static_cast<std::int64_t>(peer_.interval_ms) * 1000; }

  const PeerContext& context_;
  const config::Peer peer_;
  const bool configured_;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  Random random_;
  std::map<std::string, EntryPtr, std::less<>> entries_;
  std::int64_t refresh_us_ = 0;
  bool refreshing_ = false;
  std::int64_t hold_us_ = 0;       // nobody is there; not before this
  std::uint64_t unreachable_ = 0;  // failures in a row
  std::string trouble_;
  std::vector<Lane> lanes_;
  std::vector<HttpPeer*> guests_;  // of sync_now()
};

}  // namespace laterbase::sync
