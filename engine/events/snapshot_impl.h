#pragma once

#include <memory>

#include "engine/events/snapshot.h"
#include "engine/events/tables.h"
#include "engine/events/tail.h"
#include "engine/storage/storage.h"

namespace laterbase {

// A snapshot stitches two things of one moment: a tree transaction, and the tail above it. The transaction may have
// been begun a little later and see positions of the tail too; the tail is asked first, and tree entries above
// `tail->tree` are passed over, to what they replaced.
class SnapshotImpl {
 public:
  SnapshotImpl(std::shared_ptr<const TailState> tail, std::unique_ptr<ReadTxn> txn, const Ulid& waiting_from)
      : tail_(std::move(tail)), txn_(std::move(txn)), waiting_from_(waiting_from) {}

  const TailState& tail() const noexcept { return *tail_; }
  ReadTxn& txn() noexcept { return *txn_; }
  const Ulid& waiting_from() const noexcept { return waiting_from_; }

  std::optional<Lc> lc_of(const Ulid& key);
  // Where the tree leads to for a key, as this moment sees it: a transaction that is ahead of the tail may lead to an
  // entry beyond it, which then may have replaced one that is seen.
  std::optional<Lc> seen_in_tree(Lc lc);
  // The entry's bytes; unchecked. Throws Failure{damaged} where a position of the tree is missing.
  BytesView bytes_at(Lc lc);
  Event event_at(Lc lc);

 private:
  std::shared_ptr<const TailState> tail_;
  std::unique_ptr<ReadTxn> txn_;
  Ulid waiting_from_;
  std::unique_ptr<Cursor> log_cursor_;  // stays where the last read was: the next position is one step away
  Lc cursor_lc_ = 0;
};

Snapshot make_snapshot(std::shared_ptr<const TailState> tail, std::unique_ptr<ReadTxn> txn, const Ulid& waiting_from);

}  // namespace laterbase
