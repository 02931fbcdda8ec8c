#include <algorithm>
#include <utility>

#include "engine/events/log.h"

// Events of a valid time too far ahead: they wait aside, and come into the map once they are due.
namespace laterbase {
namespace {

constexpr std::size_t kRowsAtOnce = 10'000;
constexpr std::size_t kBatchBytes = 4 << 20;

// The position that shows that the log has the value, in the map or as a loser; 0 where it has lost and the key can
// have no more losers. Nothing where it is still to come.
std::optional<Lc> settled_at(Snapshot& snapshot, const Event& waiting) {
  const auto present = snapshot.find(waiting.key);
  if (!present) return std::nullopt;
  if (present->value == waiting.value) return present->lc;
  if (value_wins(waiting.value, present->value)) return std::nullopt;
  std::size_t aside = 0;
  const auto scan = snapshot.conflicts({waiting.key, 0}, waiting.key);
  while (const auto conflict = scan->next()) {
    if (conflict->reason == AsideReason::lost && conflict->event.value == waiting.value) return conflict->event.lc;
    ++aside;
  }
  return aside >= kMostAside ? std::optional<Lc>(0) : std::nullopt;
}

void add_to(Batch& batch, const Event& event) {
  NewEvent next;
  next.key = event.key;
  next.offset = static_cast<std::uint32_t>(batch.payload.size());
  next.size = static_cast<std::uint32_t>(event.value.size());
  next.is_json = event.is_json;
  batch.payload += event.value;
  batch.events.push_back(next);
}

// One look through what waits.
class DueSearch {
 public:
  DueSearch(Log& log, std::size_t most)
      : most_(most), in_tree_(log.in_tree()), snapshot_(log.snapshot()), beside_(log.snapshot()) {
    found.batch.merge = true;
  }

  // `next_from` is where the next look has to begin.
  void run(const Ulid& from, const Ulid& until) {
    next_from = until.next();
    const auto scan = snapshot_.conflicts({from, 0}, until);
    for (std::size_t rows = 0;; ++rows) {
      const auto row = scan->next();
      if (!row) return;
      if (rows == kRowsAtOnce || full()) {
        found.more = true;
        leave(row->event.key);
        return;
      }
      if (row->reason == AsideReason::waiting) look_at(row->event);
    }
  }

  Log::Due found;
  std::vector<AsidePlace> settled;
  Ulid next_from;

 private:
  bool full() const { return found.batch.events.size() == most_ || found.batch.payload.size() >= kBatchBytes; }
  void leave(const Ulid& key) { next_from = std::min(next_from, key); }

  void look_at(const Event& waiting) {
    const auto at = settled_at(beside_, waiting);
    if (at && std::max(*at, waiting.lc) <= in_tree_) {
      settled.push_back({waiting.key, waiting.lc});
      return;
    }
    leave(waiting.key);
    if (at)
      found.unsettled = true;
    else
      add_to(found.batch, waiting);
  }

  std::size_t most_;
  Lc in_tree_;
  Snapshot snapshot_;
  Snapshot beside_;  // an event of a scan lives until the same snapshot is read again
};

}  // namespace

void Log::end_search(const Ulid& from) {
  const std::lock_guard lock(due_mutex_);
  due_from_ = std::min(due_from_, from);
  searched_from_ = Ulid::greatest();
}

void Log::wait_from(const Ulid& key) {
  const std::lock_guard lock(due_mutex_);
  due_from_ = std::min(due_from_, key);
}

Ulid Log::waiting_from() const {
  const std::lock_guard lock(due_mutex_);
  return std::min(due_from_, searched_from_);
}

Log::Due Log::due(std::size_t most) {
  const std::int64_t until_ms = std::clamp<std::int64_t>(clock_.wall_ms() + limits_.max_future_ms, 0, Ulid::kMaxTimeMs);
  Ulid from;
  {
    const std::lock_guard lock(due_mutex_);
    if (Ulid::last_of(until_ms) < due_from_) return {};
    from = std::exchange(due_from_, Ulid::greatest());  // the writer may put aside more meanwhile
    searched_from_ = from;
  }
  try {
    DueSearch search(*this, most);
    search.run(from, Ulid::last_of(until_ms));
    if (!search.settled.empty()) forget_waiting(search.settled);
    end_search(search.next_from);
    return std::move(search.found);
  } catch (...) {
    end_search(from);
    throw;
  }
}

void Log::forget_waiting(const std::vector<AsidePlace>& places) {
  std::uint64_t forgotten = 0;
  place_.storage->update([&](WriteTxn& txn) {
    forgotten = 0;
    for (const AsidePlace& place : places) forgotten += txn.erase(kAsideTable, AsideKey(place).view()) ? 1 : 0;
  });
  const std::lock_guard lock(state_mutex_);
  extent_.aside -= forgotten;
}

}  // namespace laterbase
