#include "views/views.h"

#include <vector>

namespace laterbase::views {

std::shared_ptr<Database> Views::of(const std::shared_ptr<Root>& root) {
  std::shared_ptr<Slot> slot;
  DatabaseOptions options;
  {
    const std::lock_guard lock(mutex_);
    std::shared_ptr<Slot>& place = slots_[root.get()];
    if (!place) place = std::make_shared<Slot>();
    slot = place;
    slot->used_us = clock_.monotonic_us();
    options = options_;
  }
  const std::lock_guard lock(slot->opening);
  if (!slot->database) slot->database = std::make_shared<Database>(root, workers_, clock_, options);
  return slot->database;
}

std::shared_ptr<Database> Views::if_open(const Root& root) {
  const std::lock_guard lock(mutex_);
  const auto found = slots_.find(&root);
  return found == slots_.end() ? nullptr : found->second->database;
}

void Views::dropped(const Root& root) {
  std::shared_ptr<Slot> slot;
  const std::lock_guard lock(mutex_);
  const auto found = slots_.find(&root);
  if (found == slots_.end()) return;
  slot = found->second;
  slots_.erase(found);
  if (slot->database) slot->database->set_gone();
}

void Views::set_options(const DatabaseOptions& options) {
  const std::lock_guard lock(mutex_);
  options_ = options;
}

void Views::tidy() {
  std::vector<std::shared_ptr<Slot>> gone;  // destroyed off the lock
  const std::lock_guard lock(mutex_);
  const std::int64_t now_us = clock_.monotonic_us();
  for (auto at = slots_.begin(); at != slots_.end();) {
    const Slot& slot = *at->second;
    const bool idle = at->second.use_count() == 1 && (!slot.database || slot.database.use_count() == 1);
    const bool old = now_us - slot.used_us > (slots_.size() > most_open ? 0 : idle_us);
    if (!idle || !old) {
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
