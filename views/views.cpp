#include "views/views.h"

#include <algorithm>
#include <utility>

namespace laterbase::views {

std::shared_ptr<Database> Views::of(const std::shared_ptr<Root>& root) {
  std::vector<std::shared_ptr<Slot>> gone;  // destroyed off the lock
  std::shared_ptr<Slot> slot;
  DatabaseOptions options;
  {
    std::unique_lock lock(mutex_);
    if (!slots_.contains(root.get())) make_room(lock, gone);
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
void Views::make_room(std::unique_lock<std::mutex>& lock, std::vector<std::shared_ptr<Slot>>& gone) {
  while (slots_.size() >= most_open_) {
    auto oldest = slots_.end();
    for (auto at = slots_.begin(); at != slots_.end(); ++at) {
      if (!is_idle(at->second)) continue;
      if (oldest == slots_.end() || at->second->used_us < oldest->second->used_us) oldest = at;
    }
    if (oldest == slots_.end()) return;
    const Root* root = oldest->first;
    if (auto slot = let_go(lock, root)) gone.push_back(std::move(slot));
  }
}

// Of an idle one. It is saved while it has its place, off the lock, so that nobody opens it a second time meanwhile;
// and stays where somebody came.
std::shared_ptr<Views::Slot> Views::let_go(std::unique_lock<std::mutex>& lock, const Root* root) {
  std::shared_ptr<Slot> slot = slots_.at(root);
  const std::int64_t used_us = slot->used_us;
  lock.unlock();
  {
    const std::lock_guard opening(slot->opening);
    if (slot->database) slot->database->save();
  }
  lock.lock();
  const auto found = slots_.find(root);
  const bool still_idle = found != slots_.end() && found->second == slot && slot.use_count() == 2 &&
                          slot->used_us == used_us && (!slot->database || slot->database.use_count() == 1);
  if (!still_idle) return nullptr;
  slots_.erase(found);
  return slot;
}

bool Views::is_idle(const std::shared_ptr<Slot>& slot) {
  return slot.use_count() == 1 && (!slot->database || slot->database.use_count() == 1);
}

std::shared_ptr<Database> Views::if_open(const Root& root) {
  const std::lock_guard lock(mutex_);
  const auto found = slots_.find(&root);
  return found == slots_.end() ? nullptr : found->second->database;
}

std::vector<std::shared_ptr<Database>> Views::open() {
  std::vector<std::shared_ptr<Slot>> slots;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [root, slot] : slots_) slots.push_back(slot);
  }
  std::vector<std::shared_ptr<Database>> all;
  for (const auto& slot : slots) {
    const std::lock_guard opening(slot->opening);
    if (slot->database) all.push_back(slot->database);
  }
  return all;
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
  std::unique_lock lock(mutex_);
  const std::int64_t now_us = clock_.monotonic_us();
  std::vector<const Root*> idle;
  for (const auto& [root, slot] : slots_)
    if (is_idle(slot) && now_us - slot->used_us >= idle_us) idle.push_back(root);
  for (const Root* root : idle)
    if (slots_.contains(root) && is_idle(slots_.at(root)))
      if (auto slot = let_go(lock, root)) gone.push_back(std::move(slot));
}

void Views::close() {
  std::map<const Root*, std::shared_ptr<Slot>> slots;
  {
    const std::lock_guard lock(mutex_);
    slots = std::exchange(slots_, {});
  }
  for (auto& [root, slot] : slots)
    if (slot->database) slot->database->save();
}

}  // namespace laterbase::views
