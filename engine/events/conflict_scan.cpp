#include <algorithm>

#include "engine/base/error.h"
#include "engine/events/snapshot_impl.h"
#include "engine/events/tree.h"

namespace laterbase {
namespace {

// Merges the tree's rows with what the tail puts aside. Rows that the tree got in the meantime and the tail has too
// are one.
class StoredConflictScan final : public ConflictScan {
 public:
  StoredConflictScan(SnapshotImpl& snapshot, const AsidePlace& after, const Ulid& to)
      : snapshot_(snapshot), last_(after), to_(to) {
    for (const auto& run : snapshot.tail().runs) add_run(*run);
    std::sort(tail_.begin(), tail_.end());
    cursor_ = snapshot.txn().cursor(kAsideTable);
    read_row(cursor_->seek(AsideKey(after).view()));
  }

  std::optional<Conflict> next() override {
    while (const auto aside = step()) {
      if (aside->place.lc > snapshot_.tail().head) continue;
      const auto winner = snapshot_.lc_of(aside->place.key);
      if (winner == aside->place.lc) continue;  // replaced only after this moment
      return Conflict{event_at(aside->place), aside->reason, winner};
    }
    return std::nullopt;
  }

 private:
  void add_run(const TailRun& run) {
    const auto& asides = run.asides();
    auto at = std::upper_bound(asides.begin(), asides.end(), TailRun::Aside{last_, AsideReason::lost});
    for (; at != asides.end() && at->place.key <= to_; ++at) tail_.push_back(*at);
  }

  void read_row(bool on) {
    row_.reset();
    if (!on) return;
    const auto row = read_aside(cursor_->key(), cursor_->value());
    if (row.place.key <= to_) row_ = row;
  }

  // The least place after `last_` of either.
  std::optional<TailRun::Aside> step() {
    while (row_ && row_->place <= last_) read_row(cursor_->next());
    while (next_ < tail_.size() && tail_[next_].place <= last_) ++next_;
    const bool from_tail = next_ < tail_.size() && (!row_ || tail_[next_] < *row_);
    if (!from_tail && !row_) return std::nullopt;
    const TailRun::Aside found = from_tail ? tail_[next_] : *row_;
    last_ = found.place;
    return found;
  }

  Event event_at(const AsidePlace& place) {
    const Event event = snapshot_.event_at(place.lc);
    if (event.key != place.key) throw_damaged_event(place.lc);
    return event;
  }

  SnapshotImpl& snapshot_;
  AsidePlace last_;
  Ulid to_;
  std::vector<TailRun::Aside> tail_;
  std::size_t next_ = 0;
  std::unique_ptr<Cursor> cursor_;
  std::optional<TailRun::Aside> row_;
};

}  // namespace

std::unique_ptr<ConflictScan> Snapshot::conflicts(const AsidePlace& after, const Ulid& to) {
  return std::make_unique<StoredConflictScan>(*impl_, after, to);
}

}  // namespace laterbase
