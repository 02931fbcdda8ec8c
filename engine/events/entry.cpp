#include "engine/events/entry.h"

namespace laterbase {
namespace {

constexpr std::size_t kCheckAt = 0, kChainAt = 8, kKeyAt = 24, kArrivedAt = 40, kFlagsAt = 46, kOriginAt = 47,
                      kSequenceAt = 49;
constexpr std::uint8_t kJsonFlag = 1;

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

std::uint64_t check_of(const char* bytes, const Hash128& value_hash, Lc lc) noexcept {
  char covered[kEntryHeaderBytes - kChainAt + 16];
  std::memcpy(covered, bytes + kChainAt, kEntryHeaderBytes - kChainAt);
  store_hash(covered + kEntryHeaderBytes - kChainAt, value_hash);
  return hash64({covered, sizeof covered}, lc);
}

}  // namespace

Hash128 next_chain(const Hash128& previous, const Ulid& key, const Hash128& value_hash) noexcept {
  char link[48];
  store_hash(link, previous);
  key.store(link + 16);
  store_hash(link + 32, value_hash);
  return hash128({link, sizeof link});
}

Hash128 encode_entry(const Entry& entry, const Hash128& previous_chain, char* to) noexcept {
  const Hash128 value_hash = hash128(entry.value);
  const Hash128 chain = next_chain(previous_chain, entry.key, value_hash);
  store_hash(to + kChainAt, chain);
  entry.key.store(to + kKeyAt);
  store_u48(to + kArrivedAt, static_cast<std::uint64_t>(entry.arrived_ms));
  to[kFlagsAt] = static_cast<char>(entry.is_json ? kJsonFlag : 0);
  store_le(to + kOriginAt, entry.origin);
  store_u48(to + kSequenceAt, entry.sequence);
  store_le(to + kCheckAt, check_of(to, value_hash, entry.lc));
  std::memcpy(to + kEntryHeaderBytes, entry.value.data(), entry.value.size());
  return chain;
}

std::optional<Entry> decode_entry(BytesView bytes, Lc lc) noexcept {
  if (bytes.size() < kEntryHeaderBytes) return std::nullopt;
  const char* at = bytes.data();
  Entry entry;
  entry.value = bytes.substr(kEntryHeaderBytes);
  if (load_le<std::uint64_t>(at + kCheckAt) != check_of(at, hash128(entry.value), lc)) return std::nullopt;
  entry.key = Ulid::load(at + kKeyAt);
  entry.lc = lc;
  entry.arrived_ms = static_cast<std::int64_t>(load_u48(at + kArrivedAt));
  entry.origin = load_le<std::uint16_t>(at + kOriginAt);
  entry.sequence = load_u48(at + kSequenceAt);
  entry.is_json = (at[kFlagsAt] & kJsonFlag) != 0;
  return entry;
}

Event to_event(const Entry& entry) noexcept {
  return {entry.key, entry.lc, entry.arrived_ms, entry.value, entry.is_json};
}

}  // namespace laterbase
