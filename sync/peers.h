#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "sync/peer_file.h"
#include "sync/peer_link.h"
#include "sync/peer_state.h"

// The peers of a node: those of the configuration, and those that were added at run time, which are remembered.
//
// Threads: all calls from any thread. Lifetime: within that of the roots; stop() before they close.
namespace laterbase::sync {

class PeerWorker;
class LogWatch;

class Peers {
 public:
  // `file`: where those of put() are kept. Throws Failure where it is damaged.
  Peers(const PeerContext& context, const std::vector<config::Peer>& configured, const std::string& file);
  ~Peers();
  Peers(const Peers&) = delete;
  Peers& operator=(const Peers&) = delete;

  void start();
  void stop();
  // About once a second: looks which databases are open, so that writes there are heard of.
  void tidy();

  // Whether it is new. Returns once it will outlive a restart. Errors: conflict for a name of the configuration;
  // unavailable for too many.
  Result<bool> put(const config::Peer& peer);
  Result<void> remove(std::string_view name);

  // A node has said something about a database, and got its answer; `level`: nothing is left to do between the two,
  // and it was told of so many events that were written here.
  void heard(const std::string& database, const Ulid& node, std::optional<Lc> level);

  std::vector<PeerState> states() const;

  using Progress = std::function<void(const Report&)>;
  // Errors: not_found for a name that is no peer's.
  Result<config::Peer> find(std::string_view name) const;
  // With a peer, or with somebody who is none (without a name). Blocks.
  Conversed sync_now(const config::Peer& peer, const std::string& database, const Progress& progress, Report& report);

 private:
  friend class LogWatch;
  using WorkerPtr = std::shared_ptr<PeerWorker>;

  WorkerPtr make_worker(const config::Peer& peer, bool configured) const;
  WorkerPtr find_worker(std::string_view name) const;
  std::vector<WorkerPtr> workers() const;
  void keep(std::string_view name, const config::Peer* peer) const;
  void written(const std::string& database) noexcept;

  PeerContext context_;
  PeerFile file_;
  std::mutex change_mutex_;  // one put() or remove() at a time
  mutable std::mutex mutex_;
  std::map<std::string, WorkerPtr, std::less<>> workers_;
  std::vector<WorkerPtr> guests_;  // sync_now() with strangers
  bool started_ = false;
  bool stopped_ = false;
  std::mutex watch_mutex_;
  std::map<std::string, std::unique_ptr<LogWatch>> watches_;
};

}  // namespace laterbase::sync
