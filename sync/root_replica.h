#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "engine/events/root.h"
#include "sync/index.h"
#include "sync/replica.h"

namespace laterbase::sync {

// A daemon's root as what conversations need. Its index is made when it is first asked for, and kept from then on.
//
// Threads: any. Lifetime: holds the root.
class RootReplica final : public Replica {
 public:
  RootReplica(std::shared_ptr<Root> root, Ulid node) : root_(std::move(root)), node_(node) {}

  const std::string& name() const noexcept override { return root_->name(); }
  Ulid node() const noexcept override { return node_; }
  Snapshot snapshot() override { return root_->snapshot(); }
  AppendResult merge(Batch batch) override;
  void begin_new_epoch() override { root_->begin_new_epoch(); }
  void remember(const std::string& key, std::string value) override;
  std::optional<std::string> recall(const std::string& key) override { return root_->recall(key); }
  void forget(const std::string& key) override { root_->forget(key); }
  std::vector<std::pair<std::string, std::string>> notes(std::string_view prefix) override {
    return root_->notes(prefix);
  }
  Snapshot with_index(const IndexWork& work) override;

  Root& root() noexcept { return *root_; }
  // Positions of the log that were not brought by a merge since the root was opened here: they grow with each local
  // write.
  Lc written_here() const noexcept { return root_->head() - merged(); }
  // Positions that were.
  Lc merged() const noexcept { return merged_.load(std::memory_order_relaxed); }

  // Exchanges that take turns don't ask two peers for the same.
  std::timed_mutex& turn() noexcept { return turn_; }

  // Writes down what the index has learned, so that it need not be built again. Quiet where that is not to be had.
  void checkpoint() noexcept;

 private:
  void open_index();
  void save(Snapshot& now);

  std::shared_ptr<Root> root_;
  const Ulid node_;
  std::atomic<Lc> merged_{0};
  std::timed_mutex turn_;
  std::mutex index_mutex_;
  std::optional<Index> index_;
  Lc checkpointed_ = 0;
};

}  // namespace laterbase::sync
