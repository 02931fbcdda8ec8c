#include <algorithm>

#include "engine/base/error.h"
#include "engine/base/log.h"
#include "engine/events/log.h"

// How a log finds itself again when it is opened, and begins its epochs.
namespace laterbase {
namespace {

constexpr Lc kNoEnd = UINT64_MAX;

}  // namespace

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
    extent_.aside = txn->count(kAsideTable);
    origins_.start_with(read_lives(*txn));
    notes_.load(*txn);
  }
  staging_.use(origins_);
  tree_lc_ = tree_.lc;
  state_ = std::make_shared<const TailState>(
      TailState{{}, tree_.lc, tree_.lc, tree_.epoch, origins_.lives(), tree_.sequence});
  staging_.start_at({tree_.lc, tree_.chain, tree_.sequence, tree_.origin, extent_.last, extent_.first});

  const bool moved = !is_new && (tree_.node != place_.node || tree_.identity != place_.identity);
  const bool lost = positions_may_be_lost();
  const bool b_first = wals_[0].generation() && wals_[1].generation() &&
                       wals_[1].generation()->generation < wals_[0].generation()->generation;
  Wal& newer = wals_[b_first ? 0 : 1];
  // What the older one has from where the newer one begins was left there by a write that failed.
  replay(wals_[b_first ? 1 : 0], newer.generation() ? newer.generation()->first : kNoEnd);
  replay(newer, kNoEnd);
  if (is_new || moved || lost) begin_epoch();
  head_ = staging_.position().lc;
  durable_ = tree_lc_.load();
  recovery_pending_ = true;
  try {
    finish_recovery();
  } catch (const Failure& failure) {
    if (failure.code() != FailureCode::disk_full && failure.code() != FailureCode::read_only) throw;
    // They are shown from now on, and the process that wrote them may have died before they were durable.
    if (failure.code() == FailureCode::disk_full)
      for (Wal& file : wals_) file.sync_replayed();
    durable_ = head();
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

void Log::replay(Wal& file, Lc end) {
  if (!file.generation()) return;
  generation_ = std::max(generation_, file.generation()->generation);
  auto pool = std::make_shared<ChunkPool>();
  file.replay(state_->tree, end, [&](const FrameInfo& info, BytesView frame) {
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
      if (!entry->aside) widen(position, entry->key);
      entries.push_back(bytes.data());
      return true;
    };
    if (!for_each_entry(info, {chunk.get(), frame.size()}, take)) return false;
    staging_.start_at(position);
    const auto run = std::make_shared<const TailRun>(info.first, std::move(entries), std::vector{chunk});
    show(run);
    recovered_ = true;
    return true;
  });
}

// What this epoch's positions follow must not be lost after it has begun: it is durable, wherever it is.
void Log::begin_epoch() {
  if (origins_.size() >= kMostLives) throw Failure(FailureCode::io, "this log has begun more epochs than it can count");
  for (Wal& file : wals_) file.sync_replayed();
  TreeState next = tree_;
  next.node = place_.node;
  next.identity = place_.identity;
  next.epoch = UlidGenerator(random_()).fresh(std::clamp<std::int64_t>(clock_.wall_ms(), 0, Ulid::kMaxTimeMs));
  next.origin = static_cast<std::uint16_t>(origins_.size());
  next.sequence = 0;
  const Life life{next.epoch, next.node, true, staging_.position().lc};
  place_.storage->update([&](WriteTxn& txn) {
    write_life(txn, next.origin, life);
    write_state(txn, next);
  });
  tree_ = next;
  origins_.add({life});
  LogPosition position = staging_.position();
  position.origin = tree_.origin;
  position.sequence = 0;
  staging_.start_at(position);
  const std::lock_guard lock(state_mutex_);
  TailState shown = *state_;
  shown.epoch = tree_.epoch;
  shown.origins = origins_.lives();
  shown.sequence = 0;
  state_ = std::make_shared<const TailState>(std::move(shown));
}

void Log::begin_new_epoch() {
  flush();
  begin_epoch();
}

}  // namespace laterbase
