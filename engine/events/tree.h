#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/hash.h"
#include "engine/events/event.h"
#include "engine/events/tables.h"
#include "engine/events/tail.h"
#include "engine/storage/storage.h"

// A root's events in its environment:
//
//   log      position (u64, big-endian)        → entry (entry.h)
//   events   key (16 bytes)                    → position (u64, little-endian)
//   origins  number (u16, big-endian)          → epoch (16), node (16), began u64, check u64
//   meta     "state"                           → TreeState
//   aside    key (16), position (u64, big-e.)  → reason (u8): 1 lost, 2 waiting
//   peers    a note's name                     → check u64, the note (notes.h)
//
// Values stand in log order, so they are appended and never move, also when events are backdated. `events` leads to the
// winner of a key; `aside` lists the log's other entries of it, and what waits until it is due. `began` is the log's
// head when a life of its own began, ~0 for another log's; rows from before it was kept are 8 bytes shorter.
namespace laterbase {

// What the tree knows of itself, changed in the transaction of the events.
struct TreeState {
  Ulid node;
  Ulid epoch;
  Hash128 identity;            // of the file that this was written to: another one is a copy
  Lc lc = 0;                   // positions up to here are in the tree
  Hash128 chain;               // at `lc`
  std::uint64_t events = 0;    // keys in the map
  std::uint64_t key_sum = 0;   // sum of key_hash() over the table of events
  std::uint64_t sequence = 0;  // of this epoch's own events
  std::uint16_t origin = 0;    // this epoch's number among the origins
};

std::uint64_t key_hash(const Ulid& key, Lc lc) noexcept;

// Nothing for a tree that has none yet. Throws Failure{damaged}.
std::optional<TreeState> read_state(ReadTxn& txn);
void write_state(WriteTxn& txn, const TreeState& state);

void write_life(WriteTxn& txn, std::size_t number, const Life& life);
// By number. Throws Failure{damaged}.
Lives read_lives(ReadTxn& txn);

// The position of a key; nothing where the tree does not have it.
std::optional<Lc> find_in_tree(ReadTxn& txn, const Ulid& key);

// Writes the runs' entries behind the log, their keys, and what they put aside. `runs` follow state.lc without a gap;
// advances `state`, whose chain is the last entry's. To be followed by write_state() in the same transaction.
void write_runs(WriteTxn& txn, const Runs& runs, TreeState& state);

// Of what the table `aside` holds.
struct AsideKey {
  explicit AsideKey(const AsidePlace& place) noexcept {
    place.key.store(bytes);
    store_be64(bytes + Ulid::kBytes, place.lc);
  }
  BytesView view() const noexcept { return {bytes, sizeof bytes}; }
  char bytes[Ulid::kBytes + sizeof(Lc)];
};
// Throws Failure{damaged} where the row is none.
TailRun::Aside read_aside(BytesView key, BytesView value);

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
