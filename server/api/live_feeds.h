#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/events/root.h"
#include "server/http/io_thread.h"

// Who waits for which root's log to grow. A waiter is a cursor of its own; all it gets from here is a wake-up.
namespace laterbase::api {

// Threads: any. Lifetime: holds its root.
class Watcher : private LogListener {
 public:
  explicit Watcher(std::shared_ptr<Root> root);
  ~Watcher() override;
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  void add(http::Wakeup& wakeup);
  void remove(http::Wakeup& wakeup) noexcept;  // when it returns, the wake-up is not touched any more
  Root& root() noexcept { return *root_; }

  // The root has been dropped: there will be no more, and whoever waits is woken to hear it.
  void set_gone() noexcept;
  bool gone() const noexcept { return gone_.load(std::memory_order_acquire); }

 private:
  void log_advanced(Lc head) noexcept override;
  void wake_all() noexcept;

  std::shared_ptr<Root> root_;
  std::mutex mutex_;
  std::vector<http::Wakeup*> waiting_;
  std::atomic<bool> gone_{false};
};

class LiveFeeds {
 public:
  // The one of that root; made where there is none, gone with the last who holds it.
  std::shared_ptr<Watcher> watch(std::shared_ptr<Root> root);
  void dropped(Root& root);

 private:
  std::mutex mutex_;
  std::unordered_map<Root*, std::weak_ptr<Watcher>> watchers_;
};

}  // namespace laterbase::api
