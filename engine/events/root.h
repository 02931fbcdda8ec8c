#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/events/append.h"
#include "engine/events/event.h"
#include "engine/events/snapshot.h"
#include "engine/events/tables.h"

// One aggregate root: a grow-only map from ULID to bytes with the log in which this node learned of it. One root is one
// LMDB environment, one write-ahead file and one writer.
//
// Promises: batches are applied one after the other, whole or not at all, and get dense positions; what was answered as
// strong outlives power loss, what was answered at all outlives the process; a snapshot sees one moment.
// After a failed commit the root refuses writes (Failure::closed) until it is reopened, and says so in health();
// reads go on. Where the failure was a full disk, it reopens itself once there is room.
// Threads: all calls from any thread. Lifetime: as long as a shared_ptr from Roots is held.
namespace laterbase {

struct RootOptions {
  std::int64_t max_future_ms = 5'000;
  std::uint64_t max_event_bytes = 1 << 20;
  std::uint64_t queue_bytes = 64 << 20;  // waiting in the commit queue; more is ErrorCode::unavailable
  std::uint64_t tail_bytes = 4 << 20;    // in memory and in the write-ahead file before the tree is written
  std::int64_t relaxed_flush_ms = 50;
  std::uint64_t map_bytes = std::uint64_t{16} << 30;
  std::uint64_t max_map_bytes = std::uint64_t{1} << 40;
  std::uint64_t min_free_bytes = 16 << 20;  // of the disk: below, writes are refused as disk_full
};

struct RootInfo {
  std::string name;
  Ulid node;
  Ulid epoch;
  Lc lc = 0;
  std::uint64_t events = 0;         // in the map
  std::uint64_t aside = 0;          // entries that lost against another value of their key, or wait until they are due
  std::optional<Ulid> first, last;  // keys
  std::uint64_t bytes = 0;          // on disk
};

// Counters for metrics; they only grow.
struct RootCounters {
  std::atomic<std::uint64_t> events{0}, batches{0}, groups{0}, wal_bytes{0}, wal_syncs{0}, wal_sync_us{0};
  std::atomic<std::uint64_t> tree_commits{0}, tree_commit_us{0}, tree_events{0}, failures{0};
};

// Told, on the writer's thread, that the log has grown: quick, no throwing, no calls into the root.
class LogListener {
 public:
  virtual ~LogListener() = default;
  virtual void log_advanced(Lc head) noexcept = 0;
};

class Root {
 public:
  virtual ~Root() = default;

  virtual const std::string& name() const noexcept = 0;
  virtual Ulid epoch() const noexcept = 0;
  virtual Lc head() const noexcept = 0;  // the greatest visible position

  // Takes the batch into the commit queue, or says at once why not (a key too far ahead, an event too large, a full
  // queue); then completed() is not called.
  virtual boost::system::result<void, AppendError> submit(AppendRequest& request) = 0;
  // The same, waiting for the outcome.
  virtual AppendResult append(Batch batch) = 0;

  // What a peer has: see Batch. Answered once it is durable.
  AppendResult merge(Batch batch) {
    batch.merge = true;
    batch.durability = Durability::strong;
    return append(std::move(batch));
  }

  // One moment of the root. Throws Failure where the tree can't be read. Keep it short: see snapshot.h.
  virtual Snapshot snapshot() = 0;

  // From the next write on, positions are of a new epoch. Throws Failure.
  virtual void begin_new_epoch() = 0;

  // Small values that ride with the events; what notes.h promises. All that was remembered is on the disk after
  // backup(), checkpoint() of the head, and a clean end.
  virtual Result<void> remember(std::string name, std::string value) = 0;
  virtual void forget(const std::string& name) = 0;
  virtual std::optional<std::string> recall(const std::string& name) = 0;
  virtual std::vector<std::pair<std::string, std::string>> notes(std::string_view prefix) = 0;

  // What followers of the log keep in their tables (tables.h). `change` runs in one durable transaction once everything
  // up to `lc` is in the tree, which is written first where it has to be; while it runs nothing else goes to the disk,
  // so keep it short. It may be run twice: see Storage::update(). False, and nothing happens, where the log does not
  // reach up to `lc` (any more). Throws Failure.
  virtual bool checkpoint(Lc lc, const std::function<void(WriteTxn&)>& change) = 0;
  virtual void read_tables(const std::function<void(ReadTxn&)>& read) = 0;

  virtual void listen(LogListener& listener) = 0;
  virtual void unlisten(LogListener& listener) noexcept = 0;  // when it returns, no call is under way

  virtual RootInfo info() = 0;
  virtual const RootCounters& counters() const noexcept = 0;
  // Empty where all is well, otherwise what is wrong and what to do.
  virtual std::string health() = 0;

  // A consistent copy of everything visible at the call, as one stream (see backup.h), while writes go on.
  virtual void backup(const std::function<void(BytesView)>& sink) = 0;
};

}  // namespace laterbase
