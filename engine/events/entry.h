#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/base/hash.h"
#include "engine/events/event.h"

// An entry of the log as bytes: the same in the write-ahead file, in memory and in the tree, so that it is copied and
// never rewritten.
//
//    0  check     u64   XXH3-64 of bytes 8..55 and the value's hash, seeded with the position
//    8  chain     2u64  running hash of the log up to here
//   24  key       16    ULID, big-endian
//   40  arrived   u48   milliseconds since 1970
//   46  flags     u8    1: the value is one JSON text
//   47  origin    u16   place in the table of origins: in whose log the event was first
//   49  sequence  u48   its place among that origin's own events: 1, 2, 3, …
//   55  value
//
// Integers are little-endian except in the key. The position is not inside: it is the place where the entry stands, and
// `check` tells when it stands in another.
namespace laterbase {

constexpr std::size_t kEntryHeaderBytes = 55;

struct Entry {
  Ulid key;
  Lc lc = 0;
  std::int64_t arrived_ms = 0;
  std::uint16_t origin = 0;
  std::uint64_t sequence = 0;
  bool is_json = false;
  BytesView value;
};

// chain(n) = H(chain(n - 1), key, H(value)); before the first position it is zero.
Hash128 next_chain(const Hash128& previous, const Ulid& key, const Hash128& value_hash) noexcept;

// Appends the entry's bytes to memory of entry_bytes(value) bytes at `to`; gives the chain at this position.
inline std::size_t entry_bytes(BytesView value) noexcept { return kEntryHeaderBytes + value.size(); }
Hash128 encode_entry(const Entry& entry, const Hash128& previous_chain, char* to) noexcept;

// Nothing where the bytes are not an entry that was written at this position.
std::optional<Entry> decode_entry(BytesView bytes, Lc lc) noexcept;

// The parts that are wanted without a check. `bytes` holds at least a header.
inline Ulid entry_key(const char* bytes) noexcept { return Ulid::load(bytes + 24); }
inline std::uint16_t entry_origin(const char* bytes) noexcept { return load_le<std::uint16_t>(bytes + 47); }
inline std::uint64_t entry_sequence(const char* bytes) noexcept { return load_le<std::uint64_t>(bytes + 47) >> 16; }
inline Hash128 entry_chain(const char* bytes) noexcept {
  return {load_le<std::uint64_t>(bytes + 8), load_le<std::uint64_t>(bytes + 16)};
}

Event to_event(const Entry& entry) noexcept;

}  // namespace laterbase
