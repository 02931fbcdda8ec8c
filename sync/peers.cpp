#include "sync/peers.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/log.h"
#include "sync/peer_worker.h"

namespace laterbase::sync {
namespace {

constexpr std::size_t most_peers = 64;

}  // namespace

// Hears of writes in one database while it is open.
class LogWatch : private LogListener {
 public:
  LogWatch(Peers& peers, std::string database) : peers_(peers), database_(std::move(database)) {}
  ~LogWatch() override { leave(); }
  LogWatch(const LogWatch&) = delete;
  LogWatch& operator=(const LogWatch&) = delete;

  // Does not hold the root: an idle one must be able to close.
  void follow(const std::shared_ptr<Root>& root) {
    if (root_.lock() == root) return;
    leave();
    root_ = root;
    root->listen(*this);
  }
  void leave() noexcept {
    if (const auto root = root_.lock()) root->unlisten(*this);
    root_.reset();
  }

 private:
  void log_advanced(Lc) noexcept override { peers_.written(database_); }

  Peers& peers_;
  const std::string database_;
  std::weak_ptr<Root> root_;
};

Peers::Peers(const PeerContext& context, const std::vector<config::Peer>& configured, const std::string& file)
    : context_(context), file_(file) {
  for (const config::Peer& peer : configured) workers_[peer.name] = make_worker(peer, true);
  for (const config::Peer& peer : file_.read()) {
    if (workers_.contains(peer.name))
      log::warn("a peer of the configuration goes before the one that was added under its name", {{"peer", peer.name}});
    else
      workers_[peer.name] = make_worker(peer, false);
  }
}

Peers::~Peers() { stop(); }

Peers::WorkerPtr Peers::make_worker(const config::Peer& peer, bool configured) const {
  return std::make_shared<PeerWorker>(context_, peer, configured);
}

void Peers::start() {
  const std::lock_guard lock(mutex_);
  started_ = true;
  for (const auto& [name, worker] : workers_) worker->start();
}

void Peers::stop() {
  std::vector<WorkerPtr> all = workers();
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    all.insert(all.end(), guests_.begin(), guests_.end());
  }
  for (const WorkerPtr& worker : all) worker->stop();
  const std::lock_guard lock(watch_mutex_);
  watches_.clear();
}

std::vector<Peers::WorkerPtr> Peers::workers() const {
  const std::lock_guard lock(mutex_);
  std::vector<WorkerPtr> all;
  for (const auto& [name, worker] : workers_) all.push_back(worker);
  return all;
}

Peers::WorkerPtr Peers::find_worker(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = workers_.find(name);
  return found == workers_.end() ? nullptr : found->second;
}

void Peers::tidy() {
  const auto open = context_.roots.open_roots();
  const std::lock_guard lock(watch_mutex_);
  for (const auto& root : open) {
    auto& watch = watches_[root->name()];
    if (!watch) watch = std::make_unique<LogWatch>(*this, root->name());
    watch->follow(root);
  }
}

// On a writer's thread.
void Peers::written(const std::string& database) noexcept {
  const std::lock_guard lock(mutex_);
  for (const auto& [name, worker] : workers_) worker->written(database);
}

void Peers::heard(const std::string& database, const Ulid& node, std::optional<Lc> level) {
  const std::lock_guard lock(mutex_);
  for (const auto& [name, worker] : workers_) worker->heard(database, node, level);
}

Result<bool> Peers::put(const config::Peer& peer) {
  const std::lock_guard one_at_a_time(change_mutex_);
  const WorkerPtr before = find_worker(peer.name);
  if (before && before->configured())
    return Error{ErrorCode::conflict,
                 fmt::format("The peer {:?} stands in the configuration; change it there.", peer.name)};
  if (!before && workers().size() >= most_peers)
    return Error{ErrorCode::unavailable, fmt::format("There are {} peers, as many as a node has.", most_peers)};
  if (before && before->settings() == peer) return false;
  keep(peer.name, &peer);
  if (before) before->stop();
  const WorkerPtr fresh = make_worker(peer, false);
  const std::lock_guard lock(mutex_);
  workers_[peer.name] = fresh;
  if (started_ && !stopped_) fresh->start();
  return !before;
}

Result<void> Peers::remove(std::string_view name) {
  const std::lock_guard one_at_a_time(change_mutex_);
  const WorkerPtr worker = find_worker(name);
  if (!worker) return Error{ErrorCode::not_found, fmt::format("There is no peer {:?}.", name)};
  if (worker->configured())
    return Error{ErrorCode::conflict,
                 fmt::format("The peer {:?} stands in the configuration; take it out there.", name)};
  keep(name, nullptr);
  {
    const std::lock_guard lock(mutex_);
    workers_.erase(workers_.find(name));
  }
  worker->stop();
  return {};
}

// All that were added, but for `name`, which is `peer` or nobody from now on.
void Peers::keep(std::string_view name, const config::Peer* peer) const {
  std::vector<config::Peer> added;
  for (const WorkerPtr& worker : workers())
    if (!worker->configured() && worker->settings().name != name) added.push_back(worker->settings());
  if (peer != nullptr) added.push_back(*peer);
  file_.write(added);
}

std::vector<PeerState> Peers::states() const {
  std::vector<PeerState> states;
  for (const WorkerPtr& worker : workers()) states.push_back(worker->state());
  return states;
}

Result<config::Peer> Peers::find(std::string_view name) const {
  if (const WorkerPtr worker = find_worker(name)) return worker->settings();
  return Error{ErrorCode::not_found, fmt::format("There is no peer {:?}; GET /peers lists those there are.", name)};
}

Conversed Peers::sync_now(const config::Peer& peer, const std::string& database, const Progress& progress,
                          Report& report) {
  WorkerPtr worker = peer.name.empty() ? nullptr : find_worker(peer.name);
  const bool is_guest = !worker;
  if (is_guest) worker = make_worker(peer, false);
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return Trouble{Trouble::Where::here, "this node is going down"};
    if (is_guest) guests_.push_back(worker);
  }
  auto conversed = worker->sync_now(database, progress, report);
  const std::lock_guard lock(mutex_);
  std::erase(guests_, worker);
  return conversed;
}

}  // namespace laterbase::sync
