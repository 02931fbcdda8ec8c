#include "sync/replicas.h"

#include <vector>

namespace laterbase::sync {
namespace {

// An index of a large database takes some tens of megabytes.
constexpr std::size_t most_held = 64;
constexpr std::int64_t idle_us = 10'000'000;

}  // namespace

Result<std::shared_ptr<RootReplica>> Replicas::find(std::string_view database) {
  auto root = roots_.find(database);
  std::shared_ptr<RootReplica> gone;  // a root that ends may have to wait for its writer: not under the lock
  const std::lock_guard lock(mutex_);
  const auto found = held_.find(database);
  if (!root) {
    if (found != held_.end() && root.error().code == ErrorCode::not_found) {
      gone = std::move(found->second.replica);
      held_.erase(found);
    }
    return root.error();
  }
  const std::int64_t now_us = clock_.monotonic_us();
  if (found != held_.end() && &found->second.replica->root() == root->get()) {
    found->second.used_us = now_us;
    return found->second.replica;
  }
  if (found != held_.end()) gone = std::move(found->second.replica);
  auto replica = std::make_shared<RootReplica>(std::move(*root), roots_.node());
  held_.insert_or_assign(std::string(database), Held{replica, now_us});
  return replica;
}

std::shared_ptr<RootReplica> Replicas::peek(std::string_view database) {
  const std::lock_guard lock(mutex_);
  const auto found = held_.find(database);
  return found == held_.end() ? nullptr : found->second.replica;
}

void Replicas::tidy() { let_go(clock_.monotonic_us() - idle_us, most_held); }

void Replicas::close() { let_go(INT64_MAX, 0); }

// Of those that no conversation holds, the ones unused since then, and of all the rest beyond `most` the least used.
void Replicas::let_go(std::int64_t unused_since_us, std::size_t most) {
  std::vector<std::shared_ptr<RootReplica>> going;
  {
    const std::lock_guard lock(mutex_);
    std::multimap<std::int64_t, std::string> by_use;
    for (const auto& [name, held] : held_)
      if (held.replica.use_count() == 1) by_use.emplace(held.used_us, name);
    for (const auto& [used_us, name] : by_use) {
      if (used_us > unused_since_us && held_.size() <= most) break;
      going.push_back(std::move(held_.find(name)->second.replica));
      held_.erase(name);
    }
  }
  for (const auto& replica : going) replica->checkpoint();
}

}  // namespace laterbase::sync
