#include "engine/events/entry.h"

namespace laterbase {
namespace {

constexpr std::size_t kCheckAt = 0, kChainAt = 8, kKeyAt = 24, kArrivedAt = 40, kFlagsAt = 46, kOriginAt = 47,
                      kSequenceAt = 49, kReplacesAt = kEntryHeaderBytes;

void store_u48(char* to, std::uint64_t value) noexcept { std::memcpy(to, &value, 6); }

std::uint64_t load_u48(const char* from) noexcept {
  std::uint64_t value = 0;
  std::memcpy(&value, from, 6);
  return value;
}

void store_hash(char* to, const Hash128& hash) noexcept {
  store_le(to, hash.low);
  store_le(to + 8, hash.high);
}

// A size known here is what makes this fast: it is done for every event that comes or is read.
template <std::size_t header>
std::uint64_t check_of(const char* bytes, const Hash128& value_hash, Lc lc) noexcept {
  char covered[header - kChainAt + 16];
  std::memcpy(covered, bytes + kChainAt, header - kChainAt);
  store_hash(covered + header - kChainAt, value_hash);
  return hash64({covered, sizeof covered}, lc);
}

std::uint64_t check_of(const char* bytes, const Hash128& value_hash, Lc lc) noexcept {
  return (entry_flags(bytes) & kReplacesFlag) == 0
             ? check_of<kEntryHeaderBytes>(bytes, value_hash, lc)
             : check_of<kEntryHeaderBytes + kReplacesBytes>(bytes, value_hash, lc);
}

std::uint8_t flags_of(const Entry& entry) noexcept {
  return static_cast<std::uint8_t>((entry.is_json ? kJsonFlag : 0) | (entry.relayed ? kRelayedFlag : 0) |
                                   (entry.aside ? kAsideFlag : 0) | (entry.waiting ? kWaitingFlag : 0) |
                                   (entry.replaces != 0 ? kReplacesFlag : 0));
}

void read_flags(Entry& entry, std::uint8_t flags) noexcept {
  entry.is_json = (flags & kJsonFlag) != 0;
  entry.relayed = (flags & kRelayedFlag) != 0;
  entry.aside = (flags & kAsideFlag) != 0;
  entry.waiting = (flags & kWaitingFlag) != 0;
}

}  // namespace

Hash128 next_chain(const Hash128& previous, const Entry& entry, const Hash128& value_hash) noexcept {
  char link[49];
  store_hash(link, previous);
  entry.key.store(link + 16);
  store_hash(link + 32, value_hash);
  link[48] = static_cast<char>(flags_of(entry) & (kAsideFlag | kWaitingFlag));
  return hash128({link, entry.aside ? 49U : 48U});
}

Hash128 encode_entry(const Entry& entry, const Hash128& previous_chain, char* to) noexcept {
  const Hash128 value_hash = hash128(entry.value);
  const Hash128 chain = next_chain(previous_chain, entry, value_hash);
  const std::size_t header = entry_bytes(entry) - entry.value.size();
  store_hash(to + kChainAt, chain);
  entry.key.store(to + kKeyAt);
  store_u48(to + kArrivedAt, static_cast<std::uint64_t>(entry.arrived_ms));
  to[kFlagsAt] = static_cast<char>(flags_of(entry));
  store_le(to + kOriginAt, entry.origin);
  store_u48(to + kSequenceAt, entry.sequence);
  if (entry.replaces != 0) store_le(to + kReplacesAt, entry.replaces);
  store_le(to + kCheckAt, check_of(to, value_hash, entry.lc));
  std::memcpy(to + header, entry.value.data(), entry.value.size());
  return chain;
}

std::optional<Entry> decode_entry(BytesView bytes, Lc lc) noexcept {
  if (bytes.size() < kEntryHeaderBytes) return std::nullopt;
  const char* at = bytes.data();
  const std::uint8_t flags = entry_flags(at);
  const std::size_t header = kEntryHeaderBytes + ((flags & kReplacesFlag) != 0 ? kReplacesBytes : 0);
  if (bytes.size() < header) return std::nullopt;
  Entry entry;
  entry.value = bytes.substr(header);
  if (load_le<std::uint64_t>(at + kCheckAt) != check_of(at, hash128(entry.value), lc)) return std::nullopt;
  entry.key = Ulid::load(at + kKeyAt);
  entry.lc = lc;
  entry.arrived_ms = static_cast<std::int64_t>(load_u48(at + kArrivedAt));
  read_flags(entry, flags);
  entry.origin = load_le<std::uint16_t>(at + kOriginAt);
  entry.sequence = load_u48(at + kSequenceAt);
  entry.replaces = entry_replaces(at);
  return entry;
}

}  // namespace laterbase
