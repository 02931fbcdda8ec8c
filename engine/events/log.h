#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/events/append.h"
#include "engine/events/snapshot.h"
#include "engine/events/staging.h"
#include "engine/events/tail.h"
#include "engine/events/tree.h"
#include "engine/events/wal.h"
#include "engine/storage/disk.h"
#include "engine/storage/storage.h"

// The append log of one root, without threads: a tree (storage.h), two write-ahead files that take turns, and the tail
// between them in memory. Root adds the queue and the threads; a simulation calls it as it is.
//
//   apply()  frames into the write-ahead file      sync()  durable      publish()  visible
//   seal()   the tail so far is complete           write_tree()  it is in the tree, its file is free again
//
// Promises: what sync() has returned for is there after any crash; what publish() has shown is there after the death of
// the process; positions are dense; an epoch's position never means two things.
// Threads: apply, sync, publish, seal: one at a time (the writer). write_tree: one at a time (another thread may).
// snapshot and the plain reads: any.
// Errors: Failure. Where apply() or write_tree() throws, nothing has changed and it may be called again. Where sync()
// throws, what is durable is not known until the log is opened again.
namespace laterbase {

struct LogPlace {
  Storage* storage = nullptr;  // opened with tree_tables()
  Disk* disk = nullptr;
  std::string directory;  // of the write-ahead files
  Ulid node;
  Hash128 identity;        // of the tree's file
  std::uint64_t boot = 0;  // changes when the machine has been down
};

struct LogLimits {
  std::int64_t max_future_ms = 5'000;
  std::uint64_t max_event_bytes = 1 << 20;
  std::uint64_t tail_bytes = 4 << 20;
};

class Log {
 public:
  // Recovers: replays the write-ahead files over the tree. Begins a new epoch where positions that somebody may have
  // seen can have been lost, or the files are a copy. Throws Failure{damaged} in words.
  Log(const LogPlace& place, const LogLimits& limits, Clock& clock, std::uint64_t seed);

  // Why the batch can't be taken, whatever the log holds: an event too large, a time out of range. Any thread.
  std::optional<AppendError> refusal(const Batch& batch) const;

  // Writes what is new of the batches as one frame. Sets each one's result.
  void apply(std::span<AppendRequest* const> group);
  bool dirty() const noexcept { return wal().dirty(); }
  void sync();
  void publish();

  // What recovery found could not be written to the tree yet, the disk being full: apply() tries again first.
  bool recovery_pending() const noexcept { return recovery_pending_; }
  bool tail_full() const noexcept { return wal().bytes() >= limits_.tail_bytes; }
  bool can_seal() const noexcept { return sealed_.load(std::memory_order_acquire) == 0; }
  void seal();  // where can_seal()
  bool has_sealed() const noexcept { return !can_seal(); }
  void write_tree();  // what is sealed

  // Takes the write-ahead files away, everything being in the tree: a clean end.
  void finish();

  Snapshot snapshot();
  Ulid epoch() const noexcept { return epoch_; }
  Lc head() const noexcept { return head_.load(std::memory_order_acquire); }
  Lc durable() const noexcept { return durable_.load(std::memory_order_acquire); }
  bool recovered() const noexcept { return recovered_; }  // the last stop was not a clean one

  struct Extent {
    std::uint64_t events = 0;
    std::optional<Ulid> first, last;
  };
  Extent extent() const;
  std::uint64_t wal_bytes() const noexcept { return wal().bytes(); }

 private:
  Wal& wal() noexcept { return wals_[active_]; }
  const Wal& wal() const noexcept { return wals_[active_]; }

  void recover();
  void replay(Wal& wal);
  void begin_epoch();
  void begin_generation(Lc first);
  bool positions_may_be_lost() const;
  std::shared_ptr<const TailState> state() const;
  Extent extent_with(std::size_t more) const;
  void show(const std::shared_ptr<const TailRun>& run, const Extent& extent);
  void finish_recovery();

  LogPlace place_;
  LogLimits limits_;
  Clock& clock_;
  Random random_;

  TreeState tree_;  // the persister's
  Ulid epoch_;
  Wal wals_[2];
  int active_ = 0;
  std::uint64_t generation_ = 0;
  bool recovered_ = false;
  bool recovery_pending_ = false;

  Staging staging_;  // the writer's
  std::shared_ptr<const TailRun> unpublished_;
  std::atomic<Lc> durable_{0};

  mutable std::mutex state_mutex_;  // guards the pointer and the extent only
  std::shared_ptr<const TailState> state_;
  Extent extent_;
  std::atomic<Lc> head_{0};
  std::atomic<Lc> tree_lc_{0};
  std::atomic<Lc> sealed_{0};  // last position of the sealed part, 0 where there is none
};

}  // namespace laterbase
