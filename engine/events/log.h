#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/events/append.h"
#include "engine/events/notes.h"
#include "engine/events/origins.h"
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
// Threads: apply, sync, publish, seal, flush, begin_new_epoch, checkpoint: one at a time (the writer). write_tree: one
// at a time (another thread may). due: one at a time. snapshot, notes and the plain reads: any.
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

  // All of that: everything visible is in the tree, and every note.
  void flush();

  // The next events that waited aside and are due, as a merge batch that is to be applied like any other; `most` at
  // most. Forgets those that waited and that the tree has in the map or among the losers by now.
  struct Due {
    Batch batch;
    bool unsettled = false;  // some are in the log, but not in the tree yet: they are forgotten after a flush()
    bool more = false;       // not all was looked through
  };
  Due due(std::size_t most);
  Ulid waiting_from() const;  // no key below it waits

  // From the next position on, positions are of a new epoch: for a log that turns out to have been restored or cloned.
  // Flushes.
  void begin_new_epoch();

  // Small values that ride with the events; what notes.h promises.
  Result<void> remember(std::string name, std::string value) { return notes_.remember(name, value, head()); }
  void forget(const std::string& name) { notes_.forget(name, head()); }
  const Notes& notes() const noexcept { return notes_; }

  // Runs `change`, which writes only tables of followers (tables.h), in one durable transaction of the environment,
  // once everything up to `lc` is in the tree; flushes where it is not. False, and nothing happens, where the log does
  // not reach so far (any more). `change` may be run twice: see Storage::update().
  bool checkpoint(Lc lc, const std::function<void(WriteTxn&)>& change);
  void read_tables(const std::function<void(ReadTxn&)>& read) const { read(*place_.storage->read()); }

  // Takes the write-ahead files away, everything being in the tree: a clean end.
  void finish();

  Snapshot snapshot();
  Ulid epoch() const noexcept { return state()->epoch; }
  std::shared_ptr<const Lives> origins() const noexcept { return state()->origins; }
  Lc head() const noexcept { return head_.load(std::memory_order_acquire); }
  Lc in_tree() const noexcept { return tree_lc_.load(std::memory_order_acquire); }
  Lc durable() const noexcept { return durable_.load(std::memory_order_acquire); }
  bool recovered() const noexcept { return recovered_; }  // the last stop was not a clean one

  struct Extent {
    std::uint64_t events = 0;  // in the map
    std::optional<Ulid> first, last;
    std::uint64_t aside = 0;  // entries that lost or wait
  };
  Extent extent() const;
  std::uint64_t wal_bytes() const noexcept { return wal().bytes(); }

 private:
  Wal& wal() noexcept { return wals_[active_]; }
  const Wal& wal() const noexcept { return wals_[active_]; }

  void recover();
  void replay(Wal& wal, Lc end);
  void begin_epoch();
  void learn_origins(std::span<AppendRequest* const> group);
  void wait_from(const Ulid& key);
  void end_search(const Ulid& from);
  void forget_waiting(const std::vector<AsidePlace>& places);
  void begin_generation(Lc first);
  bool positions_may_be_lost() const;
  std::shared_ptr<const TailState> state() const;
  Extent extent_with(const TailRun& run) const;
  void show(const std::shared_ptr<const TailRun>& run);
  void finish_recovery();
  void write_notes();

  LogPlace place_;
  LogLimits limits_;
  Clock& clock_;
  Random random_;

  TreeState tree_;  // the persister's
  Wal wals_[2];
  int active_ = 0;
  std::uint64_t generation_ = 0;
  bool recovered_ = false;
  bool recovery_pending_ = false;

  OriginBook origins_;  // the writer's
  Staging staging_;
  std::shared_ptr<const TailRun> unpublished_;
  std::atomic<Lc> durable_{0};

  mutable std::mutex state_mutex_;  // guards the pointer and the extent only
  std::shared_ptr<const TailState> state_;
  Extent extent_;
  std::atomic<Lc> head_{0};
  std::atomic<Lc> tree_lc_{0};
  mutable std::mutex due_mutex_;
  Ulid due_from_;                          // below it nothing waits any more …
  Ulid searched_from_ = Ulid::greatest();  // … but from here on, while due() looks
  Notes notes_;
  std::atomic<Lc> sealed_{0};  // last position of the sealed part, 0 where there is none
};

}  // namespace laterbase
