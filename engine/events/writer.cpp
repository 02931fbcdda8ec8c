#include "engine/events/writer.h"

#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "engine/base/log.h"

namespace laterbase {
namespace {

constexpr std::uint64_t kGroupBytes = 1 << 20;
constexpr std::int64_t kSpaceCheckUs = 100'000;
constexpr std::int64_t kRetryUs = 200'000;

AppendError to_error(const Failure& failure) { return {failure.code(), failure.what(), {}, {}}; }

}  // namespace

Writer::Writer(Parts parts, RootCounters& counters)
    : parts_(std::move(parts)), counters_(counters), queue_(parts_.options.queue_bytes), log_(parts_.open_log()) {}

std::shared_ptr<Log> Writer::log() const {
  const std::lock_guard lock(mutex_);
  return log_;
}

boost::system::result<void, AppendError> Writer::submit(AppendRequest& request, const std::weak_ptr<void>& keep_alive) {
  if (auto error = log()->refusal(request.batch)) return std::move(*error);
  ++submitting_;
  const bool closed = closed_.load();
  const bool taken = !closed && queue_.push(request);
  if (taken) {
    if (!scheduled_.exchange(true)) {
      schedule(keep_alive.lock());
    } else if (sleeping_.load()) {
      const std::lock_guard lock(mutex_);
      changed_.notify_all();
    }
  }
  --submitting_;
  if (closed) return AppendError{FailureCode::closed, "this database has been closed", {}, {}};
  if (!taken)
    return AppendError{
        ErrorCode::unavailable, "more is waiting to be written than fits; try again in a moment", {}, {}};
  return {};
}

void Writer::schedule(std::shared_ptr<void> keep_alive) {
  parts_.workers.run([this, keep_alive = std::move(keep_alive)] { drain(keep_alive); });
}

void Writer::drain(const std::shared_ptr<void>& keep_alive) {
  for (;;) {
    while (drain_once(keep_alive)) {
    }
    if (wait_while_relaxed()) continue;
    scheduled_.store(false);
    if (!queue_.empty() && !scheduled_.exchange(true)) continue;
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
    return;
  }
}

bool Writer::drain_once(const std::shared_ptr<void>& keep_alive) {
  AppendRequest* request = queue_.take_all();
  if (!request) return false;
  Group group;
  for (; request; request = CommitQueue::next_of(*request)) {
    const bool full = !group.requests.empty() && group.bytes + CommitQueue::cost(*request) > kGroupBytes;
    if (full) {
      write(group, keep_alive);
      group = {};
    }
    group.requests.push_back(request);
    group.bytes += CommitQueue::cost(*request);
    group.strong = group.strong || request->batch.durability == Durability::strong;
  }
  write(group, keep_alive);
  return true;
}

bool Writer::relaxed_is_due() const {
  return parts_.clock.monotonic_us() - relaxed_since_us_ >= parts_.options.relaxed_flush_ms * 1'000;
}

// True where there may be something to do again.
bool Writer::wait_while_relaxed() {
  std::int64_t left_us = 0;
  {
    const std::lock_guard writer(writer_mutex_);
    if (!log()->dirty()) return false;
    left_us = relaxed_since_us_ + parts_.options.relaxed_flush_ms * 1'000 - parts_.clock.monotonic_us();
  }
  if (left_us > 0) {
    std::unique_lock lock(mutex_);
    sleeping_ = true;
    changed_.wait_for(lock, std::chrono::microseconds(left_us), [this] { return !queue_.empty() || closed_.load(); });
    sleeping_ = false;
    if (!queue_.empty()) return true;
  }
  const std::lock_guard writer(writer_mutex_);
  try {
    sync(*log());
  } catch (const Failure& failure) {
    log::error("a relaxed flush failed", {{"reason", failure.what()}});
    return false;
  }
  return true;
}

void Writer::write(Group& group, const std::shared_ptr<void>& keep_alive) {
  {
    const std::lock_guard writer(writer_mutex_);
    try {
      reopen_if_failed();
      const auto log = this->log();
      make_room(*log, keep_alive);
      check_free_space();
      commit(*log, group);
    } catch (const Failure& failure) {
      ++counters_.failures;
      refuse(group, to_error(failure));
    } catch (const std::exception& exception) {
      ++counters_.failures;
      refuse(group, {FailureCode::io, exception.what(), {}, {}});
    }
  }
  finish(group);
}

void Writer::commit(Log& log, const Group& group) {
  const bool was_dirty = log.dirty();
  const Lc before = log.head();
  const std::uint64_t wal_before = log.wal_bytes();
  log.apply(group.requests);
  if (!was_dirty) relaxed_since_us_ = parts_.clock.monotonic_us();
  if (group.strong || relaxed_is_due()) sync(log);
  log.publish();
  counters_.events += log.head() - before;
  counters_.batches += group.requests.size();
  ++counters_.groups;
  counters_.wal_bytes += log.wal_bytes() - wal_before;
  if (log.head() != before) parts_.on_publish(log.head());
}

void Writer::sync(Log& log) {
  if (!log.dirty()) return;
  const std::int64_t start_us = parts_.clock.monotonic_us();
  try {
    log.sync();
  } catch (const Failure& failure) {
    const std::lock_guard lock(mutex_);
    failed_ = fmt::format("a write could not be made durable ({})", failure.what());
    throw Failure(failure.code(), failed_ + "; whether it is stored is not known: send it again with the same keys");
  }
  ++counters_.wal_syncs;
  counters_.wal_sync_us += static_cast<std::uint64_t>(parts_.clock.monotonic_us() - start_us);
}

// After a failed sync the files say what is there: the log is read again from them.
void Writer::reopen_if_failed() {
  std::unique_lock lock(mutex_);
  if (failed_.empty()) return;
  changed_.wait(lock, [&] { return !persisting_; });
  const std::int64_t now_us = parts_.clock.monotonic_us();
  if (reopened_us_ != 0 && now_us - reopened_us_ < kRetryUs) throw Failure(FailureCode::closed, failed_);
  reopened_us_ = now_us;
  lock.unlock();
  auto fresh = parts_.open_log();
  lock.lock();
  log_ = std::move(fresh);
  failed_.clear();
  tree_failure_.reset();
  log::info("the log was opened again after a failed write");
}

void Writer::check_free_space() {
  const std::int64_t now_us = parts_.clock.monotonic_us();
  if (now_us - space_checked_us_ < kSpaceCheckUs) return;
  const std::uint64_t free = parts_.free_bytes();
  if (free < parts_.options.min_free_bytes)
    throw Failure(FailureCode::disk_full,
                  fmt::format("the disk has {} bytes left and {} are kept free; reads and sync go on, writes resume "
                              "once there is room",
                              free, parts_.options.min_free_bytes));
  space_checked_us_ = now_us;
}

void Writer::wait_for_tree(std::unique_lock<std::mutex>& lock, const Log& log) {
  changed_.wait(lock, [&] { return log.can_seal() || !persisting_; });
}

void Writer::make_room(Log& log, const std::shared_ptr<void>& keep_alive) {
  if (!log.tail_full()) return;
  std::unique_lock lock(mutex_);
  wait_for_tree(lock, log);
  if (log.can_seal()) {
    lock.unlock();
    log.seal();
    lock.lock();
  } else if (tree_failure_ && parts_.clock.monotonic_us() - tree_tried_us_ < kRetryUs) {
    throw Failure(*tree_failure_);
  }
  persisting_ = true;
  lock.unlock();
  parts_.workers.run([this, keep_alive] { persist(); });
  lock.lock();
  // A tail that could not be written once is waited for: this write is told whether there is room now.
  if (!tree_failure_) return;
  changed_.wait(lock, [&] { return !persisting_; });
  if (tree_failure_) throw Failure(*tree_failure_);
}

void Writer::persist() {
  const std::lock_guard persist(persist_mutex_);
  const auto log = this->log();
  const std::int64_t start_us = parts_.clock.monotonic_us();
  std::optional<Failure> failure;
  try {
    log->write_tree();
    ++counters_.tree_commits;
    counters_.tree_commit_us += static_cast<std::uint64_t>(parts_.clock.monotonic_us() - start_us);
  } catch (const Failure& caught) {
    failure = caught;
  } catch (const std::exception& caught) {
    failure.emplace(FailureCode::io, caught.what());
  }
  if (failure) log::error("the tree could not be written; it will be tried again", {{"reason", failure->what()}});
  const std::lock_guard lock(mutex_);
  tree_failure_ = failure;
  tree_tried_us_ = parts_.clock.monotonic_us();
  persisting_ = false;
  changed_.notify_all();
}

void Writer::flush() {
  {
    const std::lock_guard writer(writer_mutex_);
    seal_all();
  }
  persist();
  throw_tree_failure();
}

void Writer::begin_new_epoch() {
  const std::lock_guard writer(writer_mutex_);
  seal_all();
  persist();
  throw_tree_failure();
  const std::lock_guard persist(persist_mutex_);
  log()->begin_new_epoch();
}

// With writer_mutex_ held.
void Writer::seal_all() {
  reopen_if_failed();
  const auto log = this->log();
  if (log->recovery_pending()) log->apply({});
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !persisting_; });
  lock.unlock();
  if (log->has_sealed()) persist();
  if (log->can_seal()) log->seal();
}

void Writer::throw_tree_failure() const {
  const std::lock_guard lock(mutex_);
  if (tree_failure_) throw Failure(*tree_failure_);
}

void Writer::stop() {
  closed_ = true;
  while (submitting_.load() != 0) std::this_thread::yield();
  std::unique_lock lock(mutex_);
  changed_.notify_all();
  changed_.wait(lock, [this] { return !scheduled_.load() && queue_.empty() && !persisting_; });
}

void Writer::close() {
  stop();
  flush();
  const std::lock_guard writer(writer_mutex_);
  log()->finish();
}

void Writer::abandon() { stop(); }

void Writer::refuse(const Group& group, const AppendError& error) {
  for (AppendRequest* request : group.requests) request->result = error;
}

void Writer::finish(const Group& group) {
  for (AppendRequest* request : group.requests) {
    queue_.done(CommitQueue::cost(*request));
    request->completed();
  }
}

std::string Writer::health() const {
  const std::lock_guard lock(mutex_);
  if (!failed_.empty()) return failed_ + "; the next write opens the log again";
  if (tree_failure_) return tree_failure_->what();
  return {};
}

}  // namespace laterbase
