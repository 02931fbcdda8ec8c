#include "engine/events/log.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/error.h"
#include "engine/base/invariant.h"
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
      wals_{{*place.disk, place.directory + "/wal-a", limits.tail_bytes},
            {*place.disk, place.directory + "/wal-b", limits.tail_bytes}},
      staging_(std::make_shared<ChunkPool>(), random_()) {
  recover();
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
    if (batch.merge && event.key) continue;  // what is too far ahead waits aside
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
  next.epoch = epoch();
  wal().begin(next);
}

void Log::apply(std::span<AppendRequest* const> group) {
  LATERBASE_INVARIANT(!unpublished_, "one group is shown before the next is written");
  if (recovery_pending_) finish_recovery();
  learn_origins(group);
  const std::int64_t now_ms = std::clamp<std::int64_t>(clock_.wall_ms(), 0, Ulid::kMaxTimeMs);
  try {
    const Staging::Moment moment{now_ms, now_ms + limits_.max_future_ms, durable()};
    const auto frame = staging_.stage(group, moment, [this] { return snapshot(); });
    if (frame.size == 0) return;
    // One that was begun for a frame that could not be written may be of an epoch that has ended since.
    if (wal().bytes() == 0 || wal().generation()->epoch != epoch()) begin_generation(frame.info.first);
    if (std::all_of(group.begin(), group.end(), is_relaxed)) wal().mark_relaxed();
    seal_frame(frame.bytes, frame.size, frame.info, wal().generation()->salt);
    wal().append({frame.bytes, frame.size});
  } catch (...) {
    staging_.take_back();
    throw;
  }
  unpublished_ = staging_.accept();
  if (staging_.least_waiting()) wait_from(*staging_.least_waiting());
}

// Lives that a peer's events name and that this log has not met get their numbers before an entry names them.
void Log::learn_origins(std::span<AppendRequest* const> group) {
  Lives fresh;
  const auto learn = [&](const Origin& origin) {
    const bool known =
        origins_.number_of(origin.epoch, origin.node) || std::any_of(fresh.begin(), fresh.end(), [&](const Life& life) {
          return life.epoch == origin.epoch && life.node == origin.node;
        });
    if (!known && origins_.size() + fresh.size() < kMostForeignLives)
      fresh.push_back({origin.epoch, origin.node, false, std::nullopt});
  };
  for (const AppendRequest* request : group) {
    if (!request->batch.merge) continue;
    for (const NewEvent& event : request->batch.events)
      if (event.origin) learn(*event.origin);
  }
  if (fresh.empty()) return;
  place_.storage->update([&](WriteTxn& txn) {
    for (std::size_t i = 0; i < fresh.size(); ++i) write_life(txn, origins_.size() + i, fresh[i]);
  });
  origins_.add(fresh);
}

void Log::sync() {
  wal().sync();
  durable_.store(staging_.position().lc, std::memory_order_release);
}

Log::Extent Log::extent_with(const TailRun& run) const {
  return {extent_.events + run.new_keys(), staging_.position().least, staging_.position().greatest,
          extent_.aside + run.asides().size()};
}

void Log::show(const std::shared_ptr<const TailRun>& run) {
  const std::lock_guard lock(state_mutex_);
  TailState next = with_run(*state_, run, sealed_.load());
  if (next.origins != origins_.lives()) next.origins = origins_.lives();
  next.sequence = staging_.position().sequence;
  state_ = std::make_shared<const TailState>(std::move(next));
  extent_ = extent_with(*run);
  head_.store(run->last(), std::memory_order_release);
}

void Log::publish() {
  if (!unpublished_) return;
  const auto run = std::move(unpublished_);
  unpublished_.reset();
  show(run);
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
  if (sealed == 0) return write_notes();
  const auto tail = state();
  Runs runs;
  for (const auto& run : tail->runs)
    if (run->last() <= sealed) runs.push_back(run);
  const auto notes = notes_.pending(sealed);
  TreeState next;
  place_.storage->update([&](WriteTxn& txn) {
    // Read anew: a commit that was reported as failed may have happened all the same.
    next = read_state(txn).value();
    Notes::write(txn, notes);
    if (next.lc == sealed) return;
    write_runs(txn, runs, next);
    write_state(txn, next);
  });
  tree_ = next;
  notes_.settle(notes);
  {
    const std::lock_guard lock(state_mutex_);
    state_ = std::make_shared<const TailState>(without_written(*state_, sealed));
    tree_lc_.store(sealed, std::memory_order_release);
  }
  sealed_.store(0, std::memory_order_release);
}

void Log::write_notes() {
  const auto notes = notes_.pending(in_tree());
  if (notes.empty()) return;
  place_.storage->update([&](WriteTxn& txn) { Notes::write(txn, notes); });
  notes_.settle(notes);
}

void Log::flush() {
  if (recovery_pending_) finish_recovery();
  if (has_sealed()) write_tree();
  seal();
  write_tree();
}

bool Log::checkpoint(Lc lc, const std::function<void(WriteTxn&)>& change) {
  if (lc > head()) return false;
  if (lc > in_tree()) flush();
  place_.storage->update(change);
  return true;
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
    // What has left the list of those that wait is in the tree, and the tail's tree is asked for below.
    const Ulid waiting = waiting_from();
    auto txn = place_.storage->read();
    // Had the tree gone ahead of this tail, keys could have moved on from what the tail knows.
    if (tree_lc_.load(std::memory_order_acquire) == tail->tree)
      return make_snapshot(std::move(tail), std::move(txn), waiting);
  }
}

}  // namespace laterbase
