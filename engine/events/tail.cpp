#include "engine/events/tail.h"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "engine/base/invariant.h"

namespace laterbase {

ChunkPool::Chunk ChunkPool::take(std::size_t bytes) {
  if (bytes > kChunkBytes) return Chunk(new char[bytes]);
  std::unique_ptr<char[]> chunk;
  {
    const std::lock_guard lock(mutex_);
    if (!free_.empty()) {
      chunk = std::move(free_.back());
      free_.pop_back();
    }
  }
  if (!chunk) chunk.reset(new char[kChunkBytes]);
  return Chunk(chunk.release(), [pool = weak_from_this()](char* freed) {
    if (const auto alive = pool.lock())
      alive->give_back(freed);
    else
      delete[] freed;
  });
}

void ChunkPool::give_back(char* chunk) noexcept {
  std::unique_ptr<char[]> owned(chunk);
  const std::lock_guard lock(mutex_);
  if (free_.size() < kKept) free_.push_back(std::move(owned));
}

char* Arena::reserve(std::size_t bytes) {
  if (!chunk_ || size_ - used_ < bytes) {
    chunk_ = pool_->take(bytes);
    size_ = std::max(bytes, ChunkPool::kChunkBytes);
    used_ = 0;
  }
  return chunk_.get() + used_;
}

TailRun::TailRun(Lc first, std::vector<const char*> entries, std::vector<ChunkPool::Chunk> chunks)
    : first_(first), entries_(std::move(entries)), chunks_(std::move(chunks)) {
  by_key_.reserve(entries_.size());
  for (std::size_t i = 0; i < entries_.size(); ++i) list_entry(static_cast<std::uint32_t>(i));
  if (!std::is_sorted(by_key_.begin(), by_key_.end()))
    std::sort(by_key_.begin(), by_key_.end(), [](const Keyed& one, const Keyed& other) {
      return std::tie(one.key, one.place) < std::tie(other.key, other.place);
    });
  if (new_keys_ != by_key_.size()) keep_newest_of_keys();
  if (!asides_.empty()) std::sort(asides_.begin(), asides_.end());
}

void TailRun::list_entry(std::uint32_t place) {
  const char* entry = entries_[place];
  const std::uint8_t flags = entry_flags(entry);
  const Ulid key = entry_key(entry);
  if ((flags & kAsideFlag) != 0) {
    const bool waits = (flags & kWaitingFlag) != 0;
    asides_.push_back({{key, first_ + place}, waits ? AsideReason::waiting : AsideReason::lost});
    return;
  }
  by_key_.push_back({key, place});
  if ((flags & kReplacesFlag) == 0)
    ++new_keys_;
  else
    asides_.push_back({{key, entry_replaces(entry)}, AsideReason::lost});
}

// Of equal keys the later entry stands behind.
void TailRun::keep_newest_of_keys() {
  std::size_t kept = 0;
  for (const Keyed& keyed : by_key_) {
    if (kept > 0 && by_key_[kept - 1].key == keyed.key) --kept;
    by_key_[kept++] = keyed;
  }
  by_key_.resize(kept);
}

TailRun::TailRun(const TailRun& older, const TailRun& newer)
    : first_(older.first_), new_keys_(older.new_keys_ + newer.new_keys_) {
  LATERBASE_INVARIANT(newer.first_ == older.last() + 1, "runs are merged without a gap");
  entries_.reserve(older.size() + newer.size());
  entries_ = older.entries_;
  entries_.insert(entries_.end(), newer.entries_.begin(), newer.entries_.end());
  const auto shift = static_cast<std::uint32_t>(older.size());
  std::vector<Keyed> shifted = newer.by_key_;
  for (Keyed& keyed : shifted) keyed.place += shift;
  by_key_.resize(older.by_key_.size() + shifted.size());
  std::merge(older.by_key_.begin(), older.by_key_.end(), shifted.begin(), shifted.end(), by_key_.begin());
  if (new_keys_ != by_key_.size()) keep_newest_of_keys();
  if (!older.asides_.empty() || !newer.asides_.empty())
    std::merge(older.asides_.begin(), older.asides_.end(), newer.asides_.begin(), newer.asides_.end(),
               std::back_inserter(asides_));
  chunks_ = older.chunks_;
  for (const auto& chunk : newer.chunks_)
    if (std::find(chunks_.begin(), chunks_.end(), chunk) == chunks_.end()) chunks_.push_back(chunk);
}

std::optional<Lc> TailRun::find(const Ulid& key) const noexcept {
  if (by_key_.empty() || key < by_key_.front().key || by_key_.back().key < key) return std::nullopt;
  const auto at = std::lower_bound(by_key_.begin(), by_key_.end(), Keyed{key, 0});
  if (at->key != key) return std::nullopt;
  return lc_of(*at);
}

const TailRun* TailState::run_of(Lc lc) const noexcept {
  for (auto run = runs.rbegin(); run != runs.rend(); ++run)
    if (lc >= (*run)->first()) return lc <= (*run)->last() ? run->get() : nullptr;
  return nullptr;
}

std::optional<Lc> TailState::find(const Ulid& key) const noexcept {
  for (auto run = runs.rbegin(); run != runs.rend(); ++run)
    if (const auto lc = (*run)->find(key)) return lc;
  return std::nullopt;
}

TailState with_run(const TailState& state, std::shared_ptr<const TailRun> run, Lc sealed) {
  TailState next = state;
  next.head = run->last();
  while (!next.runs.empty() && next.runs.back()->first() > sealed && next.runs.back()->size() <= 2 * run->size()) {
    run = std::make_shared<const TailRun>(*next.runs.back(), *run);
    next.runs.pop_back();
  }
  next.runs.push_back(std::move(run));
  return next;
}

TailState without_written(const TailState& state, Lc tree) {
  TailState next{{}, tree, state.head, state.epoch, state.origins, state.sequence};
  for (const auto& run : state.runs) {
    if (run->last() > tree) next.runs.push_back(run);
  }
  return next;
}

}  // namespace laterbase
