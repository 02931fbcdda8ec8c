#pragma once

#include <memory>
#include <string>

#include "engine/base/random.h"
#include "engine/events/log.h"
#include "engine/storage/memory_disk.h"
#include "engine/storage/memory_storage.h"
#include "sync/replica.h"

// A replica over a log in memory, on one thread: what a conversation is tested with, without a daemon.
namespace laterbase::tests {

class StillClock final : public Clock {
 public:
  std::int64_t wall_ms() noexcept override { return wall; }
  std::int64_t monotonic_us() noexcept override { return wall * 1'000; }
  std::int64_t wall = 1'700'000'000'000;
};

class LogReplica final : public sync::Replica {
 public:
  explicit LogReplica(std::uint64_t number, const sync::IndexOptions& options = {})
      : options_(options),
        storage_(open_memory_storage(tree_tables().size())),
        disk_(make_memory_disk()),
        node_{number, number} {
    disk_->make_directories("/root");
    disk_->sync_directory("/");
    open(number);
  }

  // As after a stop; with another identity of its file: as restored from a copy.
  void open(std::uint64_t identity) {
    const LogPlace place{storage_.get(), disk_.get(), "/root", node_, Hash128{identity, 7}, 1};
    log_ = std::make_unique<Log>(place, LogLimits{}, clock, ++seed_ * 1'000 + identity);
    index_ = std::make_unique<sync::Index>(options_);
  }

  Log& log() { return *log_; }

  // Local events.
  AppendResult append(Batch batch) {
    Request request;
    request.batch = std::move(batch);
    write(request);
    return std::move(request.result);
  }
  void put(const Ulid& key, const std::string& value) {
    Batch batch;
    batch.payload = value;
    batch.events.push_back({key, {}, 0, static_cast<std::uint32_t>(value.size()), false, {}});
    append(std::move(batch)).value();
  }

  const std::string& name() const noexcept override { return name_; }
  Ulid node() const noexcept override { return node_; }
  Snapshot snapshot() override { return log_->snapshot(); }
  AppendResult merge(Batch batch) override {
    batch.merge = true;
    return append(std::move(batch));
  }
  void begin_new_epoch() override { log_->begin_new_epoch(); }
  void remember(const std::string& key, std::string value) override { (void)log_->remember(key, std::move(value)); }
  std::optional<std::string> recall(const std::string& key) override { return log_->notes().recall(key); }
  void forget(const std::string& key) override { log_->forget(key); }
  std::vector<std::pair<std::string, std::string>> notes(std::string_view prefix) override {
    return log_->notes().list(prefix);
  }
  Snapshot with_index(const IndexWork& work) override {
    Snapshot now = log_->snapshot();
    index_->catch_up(now);
    work(*index_, now);
    return now;
  }

  StillClock clock;

 private:
  class Request final : public AppendRequest {
   public:
    void completed() noexcept override {}
  };

  void write(Request& request) {
    if (auto refusal = log_->refusal(request.batch)) {
      request.result = std::move(*refusal);
      return;
    }
    if (log_->tail_full()) {
      if (!log_->can_seal()) log_->write_tree();
      log_->seal();
      log_->write_tree();
    }
    AppendRequest* group[] = {&request};
    log_->apply(group);
    log_->sync();
    log_->publish();
  }

  std::string name_ = "memory";
  sync::IndexOptions options_;
  std::unique_ptr<Storage> storage_;
  std::unique_ptr<MemoryDisk> disk_;
  Ulid node_;
  std::uint64_t seed_ = 0;
  std::unique_ptr<Log> log_;
  std::unique_ptr<sync::Index> index_;
};

}  // namespace laterbase::tests
