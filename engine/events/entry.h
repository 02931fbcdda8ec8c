#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/base/hash.h"
#include "engine/events/event.h"

// An entry of the log as bytes: the same in the write-ahead file, in memory and in the tree, so that it is copied and
// never rewritten.
//
//    0  check     u64   XXH3-64 of bytes 8 to the value and of the value's hash, seeded with the position
//    8  chain     2u64  running hash of the log up to here
//   24  key       16    ULID, big-endian
//   40  arrived   u48   milliseconds since 1970
//   46  flags     u8    1: the value is one JSON text, 2: relayed, 4: aside, 8: waiting (with aside), 16: replaces
//   47  origin    u16   place in the table of origins: in whose log the event was first
//   49  sequence  u48   its place among that origin's own events: 1, 2, 3, …
//   55  replaces  u64   position of the entry whose value this one's takes the place of; only with flag 16
//   55 or 63      value
//
// Integers are little-endian except in the key. The position is not inside: it is the place where the entry stands, and
// `check` tells when it stands in another.
namespace laterbase {

constexpr std::size_t kEntryHeaderBytes = 55;
constexpr std::size_t kReplacesBytes = 8;
constexpr std::uint64_t kMostSequence = (std::uint64_t{1} << 48) - 1;

// An event, as the log keeps it.
using Entry = Event;

// chain(n) = H(chain(n - 1), key, H(value)), and of an entry that is aside H(…, its flags 4 and 8); before the first
// position it is zero. Whether an entry is aside belongs to it because a peer that reads the log is not sent such an
// entry: two logs that differ only in this have not told their readers the same.
Hash128 next_chain(const Hash128& previous, const Entry& entry, const Hash128& value_hash) noexcept;

// Writes the entry's bytes to memory of entry_bytes(entry) bytes at `to`; gives the chain at this position.
inline std::size_t entry_bytes(const Entry& entry) noexcept {
  return kEntryHeaderBytes + (entry.replaces != 0 ? kReplacesBytes : 0) + entry.value.size();
}
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

constexpr std::uint8_t kJsonFlag = 1, kRelayedFlag = 2, kAsideFlag = 4, kWaitingFlag = 8, kReplacesFlag = 16;
inline std::uint8_t entry_flags(const char* bytes) noexcept { return static_cast<std::uint8_t>(bytes[46]); }
// 0 where it replaces nothing.
inline Lc entry_replaces(const char* bytes) noexcept {
  return (entry_flags(bytes) & kReplacesFlag) != 0 ? load_le<Lc>(bytes + kEntryHeaderBytes) : 0;
}
inline BytesView entry_value(BytesView bytes) noexcept {
  return bytes.substr(kEntryHeaderBytes + (entry_replaces(bytes.data()) != 0 ? kReplacesBytes : 0));
}

}  // namespace laterbase
