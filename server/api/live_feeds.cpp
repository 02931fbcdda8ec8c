#include "server/api/live_feeds.h"

#include <algorithm>

namespace laterbase::api {

Watcher::Watcher(std::shared_ptr<Root> root) : root_(std::move(root)) { root_->listen(*this); }

Watcher::~Watcher() { root_->unlisten(*this); }

void Watcher::add(http::Wakeup& wakeup) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back(&wakeup);
}

void Watcher::remove(http::Wakeup& wakeup) noexcept {
  const std::lock_guard lock(mutex_);
  const auto found = std::find(waiting_.begin(), waiting_.end(), &wakeup);
  if (found == waiting_.end()) return;
  *found = waiting_.back();
  waiting_.pop_back();
}

void Watcher::log_advanced(Lc) noexcept { wake_all(); }

void Watcher::set_gone() noexcept {
  gone_.store(true, std::memory_order_release);
  wake_all();
}

void Watcher::wake_all() noexcept {
  const std::lock_guard lock(mutex_);
  for (http::Wakeup* wakeup : waiting_) wakeup->wake();
}

std::shared_ptr<Watcher> LiveFeeds::watch(std::shared_ptr<Root> root) {
  const std::lock_guard lock(mutex_);
  std::weak_ptr<Watcher>& slot = watchers_[root.get()];
  std::shared_ptr<Watcher> watcher = slot.lock();
  if (!watcher) {
    watcher = std::make_shared<Watcher>(std::move(root));
    slot = watcher;
    std::erase_if(watchers_, [](const auto& entry) { return entry.second.expired(); });
  }
  return watcher;
}

void LiveFeeds::dropped(Root& root) {
  std::shared_ptr<Watcher> watcher;
  {
    const std::lock_guard lock(mutex_);
    const auto found = watchers_.find(&root);
    if (found != watchers_.end()) watcher = found->second.lock();
  }
  if (watcher) watcher->set_gone();
}

}  // namespace laterbase::api
