#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "engine/base/bytes.h"

// The seam under everything: ordered tables of bytes to bytes, changed by one transaction at a time.
//
// Promises: a transaction is seen whole or not at all; a read transaction sees one moment and never blocks a writer;
// when update() has returned, its changes outlive a crash. Refuses: two writers at once (the second waits), writing
// keys that are empty or over 511 bytes (a bug: the caller checks), a second opening of the same place.
// Threads: a Storage is shared by all. A transaction and its cursors belong to one thread at a time; a write
// transaction begins and ends on the thread that called update().
// Lifetime: a Storage outlives its transactions, a transaction its cursors and every view of bytes that it gave out. A
// write invalidates the views that the same transaction gave out before, so none of them may be its argument; its
// cursors keep their place by key.
// Errors: everything that fails here is the machine, so it throws Failure: disk_full (nothing changed, reads go on, try
// again later), read_only, damaged, io (of a commit nobody may know whether it happened), closed.
namespace laterbase {

// A table's place in the list of names that the storage was opened with.
enum class TableId : std::uint8_t {};

class Cursor {
 public:
  virtual ~Cursor() = default;

  // Each moves the cursor and says whether it stands on an entry.
  virtual bool first() = 0;
  virtual bool last() = 0;
  virtual bool seek(BytesView at_or_after) = 0;
  virtual bool next() = 0;  // from an entry only
  virtual bool prev() = 0;  // from an entry only

  // Of the entry that the cursor stands on.
  virtual BytesView key() const = 0;
  virtual BytesView value() const = 0;
};

class ReadTxn {
 public:
  virtual ~ReadTxn() = default;
  virtual std::optional<BytesView> get(TableId table, BytesView key) = 0;
  virtual std::unique_ptr<Cursor> cursor(TableId table) = 0;
  virtual std::uint64_t count(TableId table) = 0;
};

class WriteTxn : public ReadTxn {
 public:
  virtual void put(TableId table, BytesView key, BytesView value) = 0;
  // False, and nothing is written, where the key is there already.
  virtual bool insert(TableId table, BytesView key, BytesView value) = 0;
  // The key must be greater than every key of the table; several times faster than put.
  virtual void append(TableId table, BytesView key, BytesView value) = 0;
  // False where the key was not there.
  virtual bool erase(TableId table, BytesView key) = 0;
};

struct StorageStats {
  std::uint64_t bytes_on_disk = 0;    // what the files take
  std::uint64_t bytes_map = 0;        // how far they may grow before the map must
  std::uint64_t readers = 0;          // read transactions open now
  std::int64_t oldest_reader_ms = 0;  // how long the oldest of them has been open
};

class Storage {
 public:
  using Change = std::function<void(WriteTxn&)>;
  // Takes the next bytes of a backup; throws to stop it.
  using Sink = std::function<void(BytesView)>;

  virtual ~Storage() = default;
  virtual std::unique_ptr<ReadTxn> read() = 0;
  // Runs `change` in one write transaction and commits it durably. An exception from `change` aborts it and goes on to
  // the caller. `change` may be run again from the start, after an abort, where the map had to grow: it must not have
  // effects outside the transaction that a second run would double.
  virtual void update(const Change& change) = 0;
  // A consistent, compact copy of the last commit, while writes go on.
  virtual void backup(const Sink& sink) = 0;
  virtual StorageStats stats() = 0;
};

}  // namespace laterbase
