#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/hash.h"
#include "engine/events/event.h"
#include "engine/events/tail.h"
#include "engine/storage/storage.h"

// A root's events in its environment:
//
//   log      position (u64, big-endian)        → entry (entry.h)
//   events   key (16 bytes)                    → position (u64, little-endian)
//   origins  number (u16, big-endian)          → epoch (16), node (16), check u64
//   meta     "state"                           → TreeState
//
// Values stand in log order, so they are appended and never move, also when events are backdated.
namespace laterbase {

inline constexpr TableId kLogTable{0}, kEventsTable{1}, kOriginsTable{2}, kMetaTable{3};
const std::vector<std::string>& tree_tables();

// What the tree knows of itself, changed in the transaction of the events.
struct TreeState {
  Ulid node;
  Ulid epoch;
  Hash128 identity;            // of the file that this was written to: another one is a copy
  Lc lc = 0;                   // positions up to here are in the tree
  Hash128 chain;               // at `lc`
  std::uint64_t events = 0;    // keys
  std::uint64_t key_sum = 0;   // sum of key_hash() over the table of events
  std::uint64_t sequence = 0;  // of this epoch's own events
  std::uint16_t origin = 0;    // this epoch's number among the origins
};

std::uint64_t key_hash(const Ulid& key, Lc lc) noexcept;

// Nothing for a tree that has none yet. Throws Failure{damaged}.
std::optional<TreeState> read_state(ReadTxn& txn);
void write_state(WriteTxn& txn, const TreeState& state);

struct Origin {
  Ulid epoch;
  Ulid node;
};
void write_origin(WriteTxn& txn, std::uint16_t number, const Origin& origin);
// By number. Throws Failure{damaged}.
std::vector<Origin> read_origins(ReadTxn& txn);

// The position of a key; nothing where the tree does not have it.
std::optional<Lc> find_in_tree(ReadTxn& txn, const Ulid& key);

// Writes the runs' entries behind the log, and their keys. `runs` follow state.lc without a gap; advances `state`,
// whose chain is the last entry's. To be followed by write_state() in the same transaction.
void write_runs(WriteTxn& txn, const std::vector<std::shared_ptr<const TailRun>>& runs, TreeState& state);

// Big-endian position as bytes, the key of the log.
struct LcKey {
  explicit LcKey(Lc lc) noexcept { store_be64(bytes, lc); }
  BytesView view() const noexcept { return {bytes, sizeof bytes}; }
  char bytes[8];
};
struct UlidKey {
  explicit UlidKey(const Ulid& key) noexcept { key.store(bytes); }
  BytesView view() const noexcept { return {bytes, sizeof bytes}; }
  char bytes[Ulid::kBytes];
};

[[noreturn]] void throw_damaged_event(Lc lc);

}  // namespace laterbase
