#include "engine/events/log.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/error.h"
#include "engine/base/invariant.h"
#include "engine/base/log.h"
#include "engine/base/rfc3339.h"
#include "engine/events/snapshot_impl.h"

namespace laterbase {
namespace {

bool is_relaxed(const AppendRequest* request) { return request->batch.durability == Durability::relaxed; }

}  // namespace

Log::Log(const LogPlace& place, const LogLimits& limits, Clock& clock, std::uint64_t seed)
    : place_(place),
      limits_(limits),
      clock_(clock),
      random_(seed),
      wals_{{*place.disk, place.directory + "/wal-a"}, {*place.disk, place.directory + "/wal-b"}},
      staging_(std::make_shared<ChunkPool>(), random_()) {
  recover();
}

void Log::recover() {
  bool is_new = false;
  {
    const auto txn = place_.storage->read();
    const auto found = read_state(*txn);
    is_new = !found.has_value();
    if (found) tree_ = *found;
    if (txn->count(kLogTable) != tree_.lc || txn->count(kEventsTable) != tree_.events)
      throw Failure(FailureCode::damaged, "the log and its state do not have the same length");
    const auto cursor = txn->cursor(kEventsTable);
    if (cursor->first()) extent_.first = Ulid::load(cursor->key().data());
    if (cursor->last()) extent_.last = Ulid::load(cursor->key().data());
    extent_.events = tree_.events;
  }
  tree_lc_ = tree_.lc;
  state_ = std::make_shared<const TailState>(TailState{{}, tree_.lc, tree_.lc});
  staging_.start_at({tree_.lc, tree_.chain, tree_.sequence, tree_.origin, extent_.last, extent_.first});

  const bool moved = !is_new && (tree_.node != place_.node || tree_.identity != place_.identity);
  const bool lost = positions_may_be_lost();
  const bool b_first = wals_[0].generation() && wals_[1].generation() &&
                       wals_[1].generation()->generation < wals_[0].generation()->generation;
  replay(wals_[b_first ? 1 : 0]);
  replay(wals_[b_first ? 0 : 1]);
  epoch_ = tree_.epoch;
  if (is_new || moved || lost) begin_epoch();
  head_ = staging_.position().lc;
  durable_ = tree_lc_.load();
  recovery_pending_ = true;
  try {
    finish_recovery();
  } catch (const Failure& failure) {
    if (failure.code() != FailureCode::disk_full && failure.code() != FailureCode::read_only) throw;
    log::warn("recovered events stay in memory for now", {{"reason", failure.what()}});
  }
}

// Both files may hold what the tree lacks, so nothing is appended to either before the tree has it.
void Log::finish_recovery() {
  sealed_ = head() > tree_lc_ ? head() : 0;
  write_tree();
  durable_ = head();
  for (Wal& file : wals_) file.reset(limits_.tail_bytes);
  recovery_pending_ = false;
}

bool Log::positions_may_be_lost() const {
  // Frames of this epoch from before the machine went down, some of which were shown before they were durable.
  return std::any_of(std::begin(wals_), std::end(wals_), [&](const Wal& file) {
    const auto& found = file.generation();
    return found && found->relaxed && found->boot != place_.boot && found->epoch == tree_.epoch;
  });
}

void Log::replay(Wal& file) {
  if (!file.generation()) return;
  generation_ = std::max(generation_, file.generation()->generation);
  auto pool = std::make_shared<ChunkPool>();
  file.replay(state_->tree, [&](const FrameInfo& info, BytesView frame) {
    const Lc last = info.first + info.count - 1;
    if (last <= state_->head) return true;  // the tree has it
    if (info.first != state_->head + 1) return false;
    const auto chunk = pool->take(frame.size());
    std::memcpy(chunk.get(), frame.data(), frame.size());
    std::vector<const char*> entries;
    LogPosition position = staging_.position();
    const auto take = [&](Lc lc, BytesView bytes) {
      const auto entry = decode_entry(bytes, lc);
      if (!entry) return false;
      position.lc = lc;
      position.chain = entry_chain(bytes.data());
      if (entry->origin == position.origin) position.sequence = entry->sequence;
      if (!position.greatest || *position.greatest < entry->key) position.greatest = entry->key;
      if (!position.least || entry->key < *position.least) position.least = entry->key;
      entries.push_back(bytes.data());
      return true;
    };
    if (!for_each_entry(info, {chunk.get(), frame.size()}, take)) return false;
    staging_.start_at(position);
    const Extent extent = extent_with(entries.size());
    show(std::make_shared<const TailRun>(info.first, std::move(entries), std::vector{chunk}), extent);
    recovered_ = true;
    return true;
  });
}

void Log::begin_epoch() {
  const auto origins = [&] {
    const auto txn = place_.storage->read();
    return read_origins(*txn);
  }();
  if (origins.size() > 0xffff) throw Failure(FailureCode::io, "this log has begun more epochs than it can count");
  tree_.node = place_.node;
  tree_.identity = place_.identity;
  tree_.epoch = UlidGenerator(random_()).fresh(std::clamp<std::int64_t>(clock_.wall_ms(), 0, Ulid::kMaxTimeMs));
  tree_.origin = static_cast<std::uint16_t>(origins.size());
  tree_.sequence = 0;
  place_.storage->update([&](WriteTxn& txn) {
    write_origin(txn, tree_.origin, {tree_.epoch, tree_.node});
    write_state(txn, tree_);
  });
  epoch_ = tree_.epoch;
  LogPosition position = staging_.position();
  position.origin = tree_.origin;
  position.sequence = 0;
  staging_.start_at(position);
}

std::optional<AppendError> Log::refusal(const Batch& batch) const {
  const std::int64_t limit_ms = clock_.wall_ms() + limits_.max_future_ms;
  for (std::size_t i = 0; i < batch.events.size(); ++i) {
    const NewEvent& event = batch.events[i];
    if (event.size > limits_.max_event_bytes)
      return AppendError{
          ErrorCode::too_large,
          fmt::format("an event may have {} bytes, this one has {}", limits_.max_event_bytes, event.size), i,
          event.key};
    const std::int64_t at_ms = event.key ? event.key->time_ms() : event.at_ms.value_or(0);
    if (at_ms < 0) return AppendError{ErrorCode::invalid, "a time before 1970 does not fit a ULID", i, event.key};
    if (at_ms > limit_ms || at_ms > Ulid::kMaxTimeMs)
      return AppendError{
          ErrorCode::invalid,
          fmt::format("the valid time {} is more than {} ms ahead of this node's clock, {}", print_rfc3339(at_ms),
                      limits_.max_future_ms, print_rfc3339(limit_ms - limits_.max_future_ms)),
          i, event.key};
  }
  return std::nullopt;
}

void Log::begin_generation(Lc first) {
  WalGeneration next;
  next.generation = ++generation_;
  next.salt = random_();
  next.first = first;
  next.boot = place_.boot;
  next.epoch = epoch_;
  wal().begin(next);
}

void Log::apply(std::span<AppendRequest* const> group) {
  LATERBASE_INVARIANT(!unpublished_, "one group is shown before the next is written");
  if (recovery_pending_) finish_recovery();
  const std::int64_t now_ms = std::clamp<std::int64_t>(clock_.wall_ms(), 0, Ulid::kMaxTimeMs);
  try {
    const auto frame = staging_.stage(group, now_ms, durable(), [this] { return snapshot(); });
    if (frame.size == 0) return;
    if (wal().bytes() == 0) begin_generation(frame.info.first);
    if (std::all_of(group.begin(), group.end(), is_relaxed)) wal().mark_relaxed();
    seal_frame(frame.bytes, frame.size, frame.info, wal().generation()->salt);
    wal().append({frame.bytes, frame.size});
  } catch (...) {
    staging_.take_back();
    throw;
  }
  unpublished_ = staging_.accept();
}

void Log::sync() {
  wal().sync();
  durable_.store(staging_.position().lc, std::memory_order_release);
}

Log::Extent Log::extent_with(std::size_t more) const {
  return {extent_.events + more, staging_.position().least, staging_.position().greatest};
}

void Log::show(const std::shared_ptr<const TailRun>& run, const Extent& extent) {
  const std::lock_guard lock(state_mutex_);
  state_ = std::make_shared<const TailState>(with_run(*state_, run, sealed_.load()));
  extent_ = extent;
  head_.store(run->last(), std::memory_order_release);
}

void Log::publish() {
  if (!unpublished_) return;
  const auto run = std::move(unpublished_);
  unpublished_.reset();
  show(run, extent_with(run->size()));
}

void Log::seal() {
  LATERBASE_INVARIANT(can_seal() && !unpublished_, "one sealed part at a time, and everything in it is shown");
  if (head() == tree_lc_.load()) return;
  if (wal().dirty()) sync();
  sealed_.store(head(), std::memory_order_release);
  active_ = 1 - active_;
  wal().reset(limits_.tail_bytes);
}

void Log::write_tree() {
  const Lc sealed = sealed_.load(std::memory_order_acquire);
  if (sealed == 0) return;
  std::vector<std::shared_ptr<const TailRun>> runs;
  const auto tail = state();
  for (const auto& run : tail->runs)
    if (run->last() <= sealed) runs.push_back(run);
  TreeState next;
  place_.storage->update([&](WriteTxn& txn) {
    // Read anew: a commit that was reported as failed may have happened all the same.
    next = read_state(txn).value();
    if (next.lc == sealed) return;
    write_runs(txn, runs, next);
    write_state(txn, next);
  });
  tree_ = next;
  {
    const std::lock_guard lock(state_mutex_);
    state_ = std::make_shared<const TailState>(without_written(*state_, sealed));
    tree_lc_.store(sealed, std::memory_order_release);
  }
  sealed_.store(0, std::memory_order_release);
}

void Log::finish() {
  LATERBASE_INVARIANT(head() == tree_lc_.load(), "a clean end has everything in the tree");
  for (Wal& file : wals_) file.remove();
  place_.disk->sync_directory(place_.directory);
}

std::shared_ptr<const TailState> Log::state() const {
  const std::lock_guard lock(state_mutex_);
  return state_;
}

Log::Extent Log::extent() const {
  const std::lock_guard lock(state_mutex_);
  return extent_;
}

Snapshot Log::snapshot() {
  for (;;) {
    auto tail = state();
    auto txn = place_.storage->read();
    // Had the tree gone ahead of this tail, keys could have moved on from what the tail knows.
    if (tree_lc_.load(std::memory_order_acquire) == tail->tree)
      return make_snapshot(epoch_, std::move(tail), std::move(txn));
  }
}

}  // namespace laterbase
