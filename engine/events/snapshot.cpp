#include "engine/events/snapshot.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/error.h"
#include "engine/events/entry.h"
#include "engine/events/snapshot_impl.h"
#include "engine/events/tree.h"

namespace laterbase {

std::optional<Lc> SnapshotImpl::lc_of(const Ulid& key) {
  if (const auto lc = tail_->find(key)) return lc;
  const auto lc = find_in_tree(*txn_, key);
  return lc ? seen_in_tree(*lc) : std::nullopt;
}

std::optional<Lc> SnapshotImpl::seen_in_tree(Lc lc) {
  while (lc > tail_->tree) {
    const auto bytes = txn_->get(kLogTable, LcKey(lc).view());
    const auto entry = bytes ? decode_entry(*bytes, lc) : std::nullopt;
    if (!entry) throw_damaged_event(lc);
    if (entry->replaces == 0 || entry->replaces >= lc) return std::nullopt;
    lc = entry->replaces;
  }
  return lc;
}

BytesView SnapshotImpl::bytes_at(Lc lc) {
  if (lc > tail_->tree) return tail_->run_of(lc)->entry(lc);
  if (!log_cursor_) log_cursor_ = txn_->cursor(kLogTable);
  if (cursor_lc_ == lc && lc != 0) return log_cursor_->value();
  const bool steps = cursor_lc_ != 0 && lc == cursor_lc_ + 1;
  const bool found = steps ? log_cursor_->next() : log_cursor_->seek(LcKey(lc).view());
  cursor_lc_ = 0;
  if (!found || log_cursor_->key() != LcKey(lc).view()) throw_damaged_event(lc);
  cursor_lc_ = lc;
  return log_cursor_->value();
}

Event SnapshotImpl::event_at(Lc lc) {
  const auto entry = decode_entry(bytes_at(lc), lc);
  if (!entry) throw_damaged_event(lc);
  return *entry;
}

namespace {

class LogScan final : public EventScan {
 public:
  LogScan(SnapshotImpl& snapshot, Lc after, Lc until)
      : snapshot_(snapshot), next_(after + 1), until_(std::min(until, snapshot.tail().head)) {}

  std::optional<Event> next() override {
    if (next_ > until_) return std::nullopt;
    return snapshot_.event_at(next_++);
  }

 private:
  SnapshotImpl& snapshot_;
  Lc next_;
  Lc until_;
};

// One source of keys in order: a run of the tail.
struct RunRange {
  const TailRun* run;
  std::vector<TailRun::Keyed>::const_iterator at, end;
};

// Merges the tree's keys and the runs' keys. A run more costs a comparison an event; there are about log2 of the tail's
// groups of them, and none once the tail is written.
class RangeScan final : public EventScan {
 public:
  RangeScan(SnapshotImpl& snapshot, const Ulid& from, const Ulid& to) : snapshot_(snapshot), to_(to) {
    for (const auto& run : snapshot.tail().runs) add_run(*run, from);
    cursor_ = snapshot.txn().cursor(kEventsTable);
    settle(cursor_->seek(UlidKey(from).view()));
  }

  std::optional<Event> next() override {
    const auto place = step();
    if (!place) return std::nullopt;
    const Event event = snapshot_.event_at(place->lc);
    if (event.key != place->key) throw_damaged_event(place->lc);
    return event;
  }

  // The next key and where its event is.
  struct Place {
    Ulid key;
    Lc lc;
  };
  std::optional<Place> step() {
    RunRange* best = nullptr;
    for (RunRange& range : runs_)
      if (range.at != range.end && (!best || !(best->at->key < range.at->key))) best = &range;
    if (best && (!tree_lc_ || !(tree_key_ < best->at->key))) return step_run(*best);
    if (!tree_lc_) return std::nullopt;
    const Place place{tree_key_, *tree_lc_};
    settle(cursor_->next());
    return place;
  }

 private:
  void add_run(const TailRun& run, const Ulid& from) {
    const auto& keys = run.by_key();
    const auto begin = std::lower_bound(keys.begin(), keys.end(), TailRun::Keyed{from, 0});
    const auto end = std::upper_bound(begin, keys.end(), TailRun::Keyed{to_, 0});
    if (begin != end) runs_.push_back({&run, begin, end});
  }

  // `best` is the newest of those that have its key; what the others lead to was replaced.
  Place step_run(RunRange& best) {
    const Place place{best.at->key, best.run->lc_of(*best.at)};
    for (RunRange& range : runs_)
      if (range.at != range.end && range.at->key == place.key) ++range.at;
    if (tree_lc_ && tree_key_ == place.key) settle(cursor_->next());
    return place;
  }

  // Goes on to the next key of the tree that this snapshot sees; `on`: whether the cursor stands on one.
  void settle(bool on) {
    tree_lc_.reset();
    for (; on; on = cursor_->next()) {
      const bool whole = cursor_->key().size() == Ulid::kBytes && cursor_->value().size() == sizeof(Lc);
      if (!whole) throw Failure(FailureCode::damaged, "the table of keys holds something that is no key");
      tree_key_ = Ulid::load(cursor_->key().data());
      if (to_ < tree_key_) return;
      tree_lc_ = snapshot_.seen_in_tree(load_le<Lc>(cursor_->value().data()));
      if (tree_lc_) return;
    }
  }

  SnapshotImpl& snapshot_;
  Ulid to_;
  std::vector<RunRange> runs_;
  std::unique_ptr<Cursor> cursor_;
  Ulid tree_key_;
  std::optional<Lc> tree_lc_;
};

}  // namespace

Snapshot::Snapshot(std::unique_ptr<SnapshotImpl> impl) : impl_(std::move(impl)) {}
Snapshot::Snapshot(Snapshot&&) noexcept = default;
Snapshot& Snapshot::operator=(Snapshot&&) noexcept = default;
Snapshot::~Snapshot() = default;

Ulid Snapshot::epoch() const noexcept { return impl_->tail().epoch; }
std::uint64_t Snapshot::sequence() const noexcept { return impl_->tail().sequence; }
Lc Snapshot::head() const noexcept { return impl_->tail().head; }

std::optional<Event> Snapshot::find(const Ulid& key) {
  const auto lc = impl_->lc_of(key);
  if (!lc) return std::nullopt;
  Event event = impl_->event_at(*lc);
  if (event.key != key) throw_damaged_event(*lc);
  return event;
}

std::unique_ptr<EventScan> Snapshot::log(Lc after, Lc until) { return std::make_unique<LogScan>(*impl_, after, until); }

std::unique_ptr<EventScan> Snapshot::range(const Ulid& from, const Ulid& to) {
  return std::make_unique<RangeScan>(*impl_, from, to);
}

std::optional<Ulid> Snapshot::key_after(const Ulid& from, const Ulid& to, std::uint64_t count) {
  RangeScan scan(*impl_, from, to);
  for (;; --count) {
    const auto place = scan.step();
    if (!place) return std::nullopt;
    if (count == 0) return place->key;
  }
}

std::optional<Ulid> Snapshot::key_at(Lc lc) {
  if (lc == 0 || lc > head()) return std::nullopt;
  const BytesView bytes = impl_->bytes_at(lc);
  if (bytes.size() < kEntryHeaderBytes) throw_damaged_event(lc);
  return entry_key(bytes.data());
}

std::optional<Event> Snapshot::at(Lc lc) {
  if (lc == 0 || lc > head()) return std::nullopt;
  return impl_->event_at(lc);
}

bool Snapshot::aside_at(Lc lc) {
  if (lc == 0 || lc > head()) return false;
  const BytesView bytes = impl_->bytes_at(lc);
  if (bytes.size() < kEntryHeaderBytes) throw_damaged_event(lc);
  return (entry_flags(bytes.data()) & kAsideFlag) != 0;
}

std::optional<Hash128> Snapshot::chain_at(Lc lc) {
  if (lc == 0) return Hash128{};
  if (lc > head()) return std::nullopt;
  const BytesView bytes = impl_->bytes_at(lc);
  if (!decode_entry(bytes, lc)) throw_damaged_event(lc);
  return entry_chain(bytes.data());
}

const Lives& Snapshot::origins() const noexcept { return *impl_->tail().origins; }

std::vector<OwnEpoch> Snapshot::epochs() const {
  std::vector<OwnEpoch> found;
  std::optional<Lc> end = head();
  for (auto life = origins().rbegin(); life != origins().rend(); ++life) {
    if (!life->own) continue;
    if (end && life->began) found.push_back({life->epoch, life->node, *life->began, *end});
    end = life->began;
  }
  std::reverse(found.begin(), found.end());
  return found;
}

std::optional<Origin> Snapshot::origin_of(const Event& event) const {
  if (event.relayed || event.origin >= origins().size()) return std::nullopt;
  const Life& life = origins()[event.origin];
  return Origin{life.epoch, life.node, event.sequence};
}

Ulid Snapshot::waiting_from() const noexcept { return impl_->waiting_from(); }

Snapshot make_snapshot(std::shared_ptr<const TailState> tail, std::unique_ptr<ReadTxn> txn, const Ulid& waiting_from) {
  return Snapshot(std::make_unique<SnapshotImpl>(std::move(tail), std::move(txn), waiting_from));
}

}  // namespace laterbase
