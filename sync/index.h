#pragma once

#include <optional>

#include "engine/events/snapshot.h"
#include "engine/storage/storage.h"
#include "sync/blocks.h"
#include "sync/counters.h"
#include "sync/message.h"
#include "sync/rateless.h"

// What a replica knows about its own set so that it can compare it without reading it: fingerprints of runs of keys,
// counters, and the first cells of its sketch. It follows the log: nothing of it runs when an event is written, and
// whoever asks catches up first, so the answers are exact.
//
//   log ──catch_up()──▶ blocks, counters, cells ──▶ whole(), range(), summary(), cells()
//
// Promises: after catch_up() has returned true every answer is that of the snapshot's map, however it came to be.
// Threads: one at a time; a server keeps a lock around an index and the snapshots that it is used with, since each must
// be at least as new as the last one. Lifetime: of its own, a snapshot is only used within a call.
// Errors: Failure{damaged} where an event that has to be read is not what was written; the index stays where it was.
// Cost: an appended event about 0.1 µs besides reading it, 0.35 µs while cells are kept; 64 bytes of memory for 512
// events, 6 MiB of cells while they are kept.
namespace laterbase::sync {

struct IndexOptions {
  std::size_t block_elements = 512;
  std::size_t gathered = 1 << 20;  // sorted in memory when an index is made: blocks.h
  std::size_t counters = default_counters;
  // Cells of fewer elements are made when asked for, in one pass; more are made once, and then kept up.
  std::uint64_t keep_cells_above = 32'768;
  std::uint64_t save_cells_above = 4 << 20;  // where they are less than 1 % of the disk
  std::size_t most_cells = 1 << 18;
  SketchOptions sketch = {};
};

class Index {
 public:
  explicit Index(const IndexOptions& options = {});

  // Reads what the log has beyond lc(), at most so many entries. False where there is more: for that take another
  // snapshot, so that none lives long; only when it was true may anything below be called, with the same snapshot.
  bool catch_up(Snapshot& snapshot, std::uint64_t most = UINT64_MAX);
  Lc lc() const noexcept { return lc_; }
  const std::vector<Block>& blocks() const noexcept { return blocks_.all(); }
  const SketchOptions& sketch_options() const noexcept { return options_.sketch; }

  const Fingerprint& whole() const noexcept { return blocks_.whole(); }
  Fingerprint range(Snapshot& snapshot, const Window& window) const;
  // The window in `pieces` of about the same size, or fewer; together they are all of it. With two pieces or more, none
  // has all of two elements or more, so that splitting ends.
  std::vector<Range> split(Snapshot& snapshot, const Window& window, std::size_t pieces) const;
  // All of a window's elements, ascending. Reads them.
  std::vector<Element> elements(Snapshot& snapshot, const Window& window) const;
  // Of everything, or of a window; of a window with more than keep_cells_above elements without counters.
  Summary summary(Snapshot& snapshot, const std::optional<Window>& window = {}) const;
  // Cells of everything, or of a window; none beyond most_cells. Reads all of the set or window, unless they are kept.
  Cells cells(Snapshot& snapshot, const std::optional<Window>& window, const CellsWanted& wanted);

  // ---- checkpoints: rows in two tables

  struct Tables {
    TableId blocks, state;
  };
  // Writes what has changed since saved(), as of lc(). To be run as a checkpoint of that position.
  void save(WriteTxn& txn, const Tables& tables, const Hash128& chain) const;
  void saved() noexcept;  // it is durable
  // Takes what was saved, if it is whole and of this very log. False: the index is empty, and catches up from the
  // start.
  bool load(ReadTxn& txn, const Tables& tables, Snapshot& snapshot);

 private:
  struct Saved;

  void apply(Snapshot& snapshot, const Event& event);
  bool saves_cells() const noexcept;
  void keep_cells(Snapshot& snapshot);
  void sketch(Snapshot& snapshot, const Window& window, CellSet& to) const;
  std::vector<Ulid> counted_cuts(Snapshot& snapshot, const Window& window, std::size_t pieces) const;
  std::vector<Range> part(Snapshot& snapshot, const Window& window, const std::vector<Ulid>& cuts) const;
  std::vector<Range> newest(const Window& window) const;
  std::string state_row(const Hash128& chain) const;
  bool take(const Saved& state, std::vector<Block> blocks);

  IndexOptions options_;
  Blocks blocks_;
  Counters counters_;
  std::optional<CellSet> cells_;
  Lc lc_ = 0;
  bool rewrite_ = true;  // nothing that is saved is of use
};

}  // namespace laterbase::sync
