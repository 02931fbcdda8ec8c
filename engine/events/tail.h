#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "engine/events/conflict.h"
#include "engine/events/entry.h"
#include "engine/events/origins.h"

// The tail of the log that the tree does not hold yet, in memory: sorted runs, each never changed once it is made, so
// that readers need no locks. A group of commits makes a run; runs of like size are merged, so that there are few: the
// logarithmic method (Bentley and Saxe, 1980).
namespace laterbase {

// Memory for frames, in chunks that come from and go back to a pool: freed and mapped again with every tail they would
// cost more than the copying.
class ChunkPool : public std::enable_shared_from_this<ChunkPool> {
 public:
  static constexpr std::size_t kChunkBytes = 1 << 20;
  using Chunk = std::shared_ptr<char[]>;

  // At least `bytes`; goes back to the pool with its last holder, if it is of the pool's size.
  Chunk take(std::size_t bytes);

 private:
  void give_back(char* chunk) noexcept;

  static constexpr std::size_t kKept = 8;
  std::mutex mutex_;
  std::vector<std::unique_ptr<char[]>> free_;
};

// Places frames one behind the other in chunks.
class Arena {
 public:
  explicit Arena(std::shared_ptr<ChunkPool> pool) : pool_(std::move(pool)) {}
  // Room for `bytes`; stays unused unless commit() follows.
  char* reserve(std::size_t bytes);
  void commit(std::size_t bytes) noexcept { used_ += bytes; }
  const ChunkPool::Chunk& chunk() const noexcept { return chunk_; }

 private:
  std::shared_ptr<ChunkPool> pool_;
  ChunkPool::Chunk chunk_;
  std::size_t size_ = 0;
  std::size_t used_ = 0;
};

// An entry's place in memory. Its size stands in the four bytes before it, as in a frame.
inline BytesView entry_at(const char* entry) noexcept { return {entry, load_le<std::uint32_t>(entry - 4)}; }

class TailRun {
 public:
  // Entries of the positions from `first` on, dense; `chunks` keep their bytes.
  TailRun(Lc first, std::vector<const char*> entries, std::vector<ChunkPool::Chunk> chunks);
  // The two as one; `newer` follows `older` without a gap.
  TailRun(const TailRun& older, const TailRun& newer);

  struct Keyed {
    Ulid key;
    std::uint32_t place = 0;  // of the entry, from the run's first position
    bool operator<(const Keyed& other) const noexcept { return key < other.key; }
  };

  Lc first() const noexcept { return first_; }
  Lc last() const noexcept { return first_ + entries_.size() - 1; }
  std::size_t size() const noexcept { return entries_.size(); }
  BytesView entry(Lc lc) const noexcept { return entry_at(entries_[lc - first_]); }
  // Of each key the entry that is in the map.
  const std::vector<Keyed>& by_key() const noexcept { return by_key_; }
  // What this run puts aside, in the order of keys: its own entries that are, and those, here or before, that it
  // replaces.
  struct Aside {
    AsidePlace place;
    AsideReason reason;
    bool operator<(const Aside& other) const noexcept { return place < other.place; }
  };
  const std::vector<Aside>& asides() const noexcept { return asides_; }
  std::size_t new_keys() const noexcept { return new_keys_; }
  Lc lc_of(const Keyed& keyed) const noexcept { return first_ + keyed.place; }
  std::optional<Lc> find(const Ulid& key) const noexcept;

 private:
  void list_entry(std::uint32_t place);
  void keep_newest_of_keys();

  Lc first_;
  std::vector<const char*> entries_;
  std::vector<Keyed> by_key_;  // ascending
  std::vector<Aside> asides_;  // ascending
  std::size_t new_keys_ = 0;
  std::vector<ChunkPool::Chunk> chunks_;
};

using Runs = std::vector<std::shared_ptr<const TailRun>>;

// What readers see: everything up to `head`, of which the tree has all up to `tree`.
struct TailState {
  Runs runs;  // dense positions tree + 1 … head, oldest first
  Lc tree = 0;
  Lc head = 0;
  Ulid epoch;
  std::shared_ptr<const Lives> origins;
  std::uint64_t sequence = 0;  // of the epoch's own events, at the head

  // The run that holds the position; none at or below `tree`.
  const TailRun* run_of(Lc lc) const noexcept;
  std::optional<Lc> find(const Ulid& key) const noexcept;
};

// The state with one more run behind; runs after `sealed` may be merged with it, those up to it are left alone.
TailState with_run(const TailState& state, std::shared_ptr<const TailRun> run, Lc sealed);
// The state without what the tree has by now: whole runs up to `tree`.
TailState without_written(const TailState& state, Lc tree);

}  // namespace laterbase
