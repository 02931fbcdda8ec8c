#include "views/views.h"

#include <algorithm>

namespace laterbase::views {

std::shared_ptr<Database> Views::of(const std::shared_ptr<Root>& root) {
  std::vector<std::shared_ptr<Slot>> gone;  // destroyed off the lock
  std::shared_ptr<Slot> slot;
  DatabaseOptions options;
  {
    const std::lock_guard lock(mutex_);
    if (!slots_.contains(root.get())) make_room(gone);
    std::shared_ptr<Slot>& place = slots_[root.get()];
    if (!place) place = std::make_shared<Slot>();
    slot = place;
    slot->used_us = clock_.monotonic_us();
    options = options_;
  }
  gone.clear();
  const std::lock_guard lock(slot->opening);
  if (!slot->database) slot->database = std::make_shared<Database>(root, workers_, clock_, options);
  return slot->database;
}

// Of those that nobody uses, the one that has not been asked for longest.
void Views::make_room(std::vector<std::shared_ptr<Slot>>& gone) {
  while (slots_.size() >= most_open_) {
    auto oldest = slots_.end();
    for (auto at = slots_.begin(); at != slots_.end(); ++at) {
      if (!is_idle(at->second)) continue;
      if (oldest == slots_.end() || at->second->used_us < oldest->second->used_us) oldest = at;
    }
    if (oldest == slots_.end()) return;
    gone.push_back(std::move(oldest->second));
    slots_.erase(oldest);
  }
}

bool Views::is_idle(const std::shared_ptr<Slot>& slot) {
  return slot.use_count() == 1 && (!slot->database || slot->database.use_count() == 1);
}

std::shared_ptr<Database> Views::if_open(const Root& root) {
  const std::lock_guard lock(mutex_);
  const auto found = slots_.find(&root);
  return found == slots_.end() ? nullptr : found->second->database;
}

void Views::dropped(const Root& root) {
  std::shared_ptr<Slot> slot;
  {
    const std::lock_guard lock(mutex_);
    const auto found = slots_.find(&root);
    if (found == slots_.end()) return;
    slot = std::move(found->second);
    slots_.erase(found);
  }
  const std::lock_guard lock(slot->opening);
  if (slot->database) slot->database->set_gone();
}

void Views::set_options(const DatabaseOptions& options, std::size_t most_open) {
  const std::lock_guard lock(mutex_);
  options_ = options;
  most_open_ = std::max<std::size_t>(most_open, 1);
}

void Views::tidy() {
  std::vector<std::shared_ptr<Slot>> gone;  // destroyed off the lock
  const std::lock_guard lock(mutex_);
  const std::int64_t now_us = clock_.monotonic_us();
  for (auto at = slots_.begin(); at != slots_.end();) {
    if (!is_idle(at->second) || now_us - at->second->used_us < idle_us) {
      ++at;
      continue;
    }
    gone.push_back(std::move(at->second));
    at = slots_.erase(at);
  }
}

void Views::close() {
  const std::lock_guard lock(mutex_);
  slots_.clear();
}

}  // namespace laterbase::views
