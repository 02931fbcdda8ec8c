#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/events/event.h"
#include "engine/events/ulid.h"
#include "sync/cell.h"
#include "sync/element.h"

// What nodes say to each other: one shape for requests and answers. Every member is optional, and a node does what
// those present ask for. json_codec.h and binary_codec.h write and read the same message.
namespace laterbase::sync {

// The head of a log, and a cursor into one. `chain` is the running hash of the log up to `lc`.
struct Head {
  Ulid node, epoch;
  Lc lc = 0;
  Hash128 chain;
  bool operator==(const Head&) const = default;
};

// Keys, both included.
struct Window {
  Ulid from;
  Ulid to = Ulid::greatest();
  bool operator==(const Window&) const = default;
};

// Everything that the epoch's own node gave up to `sequence` is there.
struct Seen {
  Ulid epoch;
  std::uint64_t sequence = 0;
  bool operator==(const Seen&) const = default;
};

struct WireEvent {
  Ulid key;
  std::optional<Origin> origin;  // in whose log it was first; nothing: the sender only relays it
  bool is_json = false;
  std::string value;
  bool operator==(const WireEvent&) const = default;
};

struct Range {
  Window keys;
  Fingerprint print;
  bool operator==(const Range&) const = default;
};

// A range of so few elements that all are named: ascending.
struct Listing {
  Range range;
  std::vector<Element> elements;
  bool operator==(const Listing&) const = default;
};

enum class Verdict : std::uint8_t {
  valid,  // the cursor is one that this log has given out
  reset,  // it is not: reconcile
};

struct Summary {
  Fingerprint whole;                  // of the message's window, or of everything
  std::vector<Range> newest;          // each from some key to the end of the window, the longest first
  std::vector<std::int8_t> counters;  // counters.h; none where only fingerprints are asked for
  bool operator==(const Summary&) const = default;
};

// Cells `first`, `first` + 1, … of the sender's sketch of the message's window.
struct Cells {
  std::uint64_t first = 0;
  std::vector<Cell> cells;
  bool operator==(const Cells&) const = default;
};

struct CellsWanted {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  bool operator==(const CellsWanted&) const = default;
};

// What the receiver holds under the message's `wants` and under these keys, before it takes the message's events: as it
// must be if the two sets differ in nothing but what a sketch has shown. A sketch tells two values of a key apart by a
// few bits; a pair that it took for one is seen by this sum.
struct Proof {
  Fingerprint sum;
  std::vector<Ulid> of;  // ascending
  bool operator==(const Proof&) const = default;
};

// What part of the sender's log the ids and events of this message cover.
struct Delta {
  Head after;  // all that follows this
  Head next;   // up to and with this
  bool more = false;
  // The receiver's own head when it said what it holds, if the delta leaves out what it said: a receiver whose log does
  // not have that any more (restored meanwhile, or another disk) takes the events, and does not move its cursor.
  std::optional<Head> held;
  // Where the delta builds on a sketch: what must be so, or the receiver does not move its cursor either.
  std::optional<Proof> proof;
  bool operator==(const Delta&) const = default;
};

struct Message {
  std::optional<Head> from;        // the sender and the head of its log
  std::optional<Window> window;    // what summary, ranges and cells speak of; everything where it is absent
  std::optional<Head> cursor;      // where the sender stands in the receiver's log …
  std::optional<Verdict> verdict;  // … and what the receiver says to that
  std::vector<Seen> seen;          // by ascending epoch
  // Ascending keys. Present but empty is something else than absent.
  std::optional<std::vector<Ulid>> ids;  // that the sender has
  // Of the values of `ids`, one each: the lower half of hash128(), of which the lower 32 bits. None: keys alone are
  // told, and another value under the same key goes unseen.
  std::vector<std::uint32_t> hashes;
  std::optional<std::vector<Ulid>> lacks;  // those of the ids asked about that the sender doesn't have
  std::optional<std::vector<Ulid>> wants;  // to be sent
  std::vector<WireEvent> events;
  std::optional<Delta> delta;
  std::optional<Summary> summary;
  std::vector<Range> ranges;        // of the sender's set, to be compared
  std::vector<Listing> listings;    // the same, where they are small
  std::vector<Window> want_ranges;  // whose events are to be sent
  std::vector<Window> deferred;     // what a limit has cut off from those that were wanted
  std::optional<Cells> cells;
  std::optional<CellsWanted> want_cells;
  // Of an answer: the cursor to keep once everything before it is durable. Of a question that goes on from an answer:
  // the receiver's head as it was told there, so that whoever was restored in between sees it.
  std::optional<Head> next;
  bool operator==(const Message&) const = default;
};

}  // namespace laterbase::sync
