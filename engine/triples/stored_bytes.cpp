#include "engine/triples/stored_bytes.h"

namespace laterbase::triples {
namespace {

using ivm::TypeKind;
using ivm::Value;

constexpr std::size_t word_bytes = sizeof(std::uint64_t), check_bytes = sizeof(std::uint32_t);

std::uint32_t check_of(BytesView key, BytesView row) noexcept {
  return static_cast<std::uint32_t>(hash64(row, hash64(key)));
}

}  // namespace

void append_varint(std::string& to, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) to += static_cast<char>(number | 0x80);
  to += static_cast<char>(number);
}

void append_ordered(std::string& to, std::uint64_t number) {
  char bytes[word_bytes];
  store_be64(bytes, number);
  std::size_t zeros = 0;
  while (zeros < word_bytes && bytes[zeros] == 0) ++zeros;
  to += static_cast<char>(word_bytes - zeros);
  to.append(bytes + zeros, word_bytes - zeros);
}

void append_version(std::string& to, const Version& version) {
  char key[Ulid::kBytes];
  version.key.store(key);
  to.append(key, sizeof key);
  append_varint(to, version.index);
}

void append_value(std::string& to, const Value& value) {
  to += static_cast<char>(value.kind());
  if (value.is_null()) return;
  if (value.kind() == TypeKind::interval) {
    const ivm::Interval interval = value.as_interval();
    append_le(to, interval.months);
    append_le(to, interval.days);
    append_le(to, interval.microseconds);
  } else if (is_fixed_width(value.kind())) {
    append_le(to, value.word());
  } else {
    append_text(to, value.as_bytes());
  }
}

void seal(std::string& row, BytesView key) { append_le(row, check_of(key, row)); }

BytesView unsealed(BytesView key, BytesView row) noexcept {
  if (row.size() < check_bytes) return {};
  const BytesView said = row.substr(0, row.size() - check_bytes);
  return check_of(key, said) == load_le<std::uint32_t>(said.data() + said.size()) ? said : BytesView{};
}

BytesView ByteReader::bytes(std::size_t count) {
  if (count > bytes_.size()) {
    ok_ = false;
    bytes_ = {};
    return {};
  }
  const BytesView taken = bytes_.substr(0, count);
  bytes_.remove_prefix(count);
  return taken;
}

std::uint8_t ByteReader::byte() {
  const BytesView one = bytes(1);
  return one.empty() ? 0 : static_cast<std::uint8_t>(one.front());
}

std::uint64_t ByteReader::varint() {
  std::uint64_t number = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const std::uint64_t part = byte();
    number |= (part & 0x7f) << shift;
    if (part < 0x80) return number;
  }
  ok_ = false;
  return 0;
}

std::uint64_t ByteReader::ordered() {
  const std::size_t count = byte();
  const BytesView digits = bytes(count);
  ok_ &= count <= word_bytes;
  std::uint64_t number = 0;
  for (const char digit : digits) number = number << 8 | static_cast<std::uint8_t>(digit);
  return number;
}

std::uint64_t ByteReader::fixed() {
  const BytesView word = bytes(word_bytes);
  return word.empty() ? 0 : load_le<std::uint64_t>(word.data());
}

Ulid ByteReader::ulid() {
  const BytesView key = bytes(Ulid::kBytes);
  return key.empty() ? Ulid{} : Ulid::load(key.data());
}

Version ByteReader::version() {
  const Ulid key = ulid();
  return {key, static_cast<std::uint32_t>(varint())};
}

Value ByteReader::value() {
  const std::uint8_t kind_byte = byte();
  const auto kind = static_cast<TypeKind>(kind_byte);
  ok_ &= kind_byte <= static_cast<std::uint8_t>(TypeKind::array);
  if (!ok_ || kind == TypeKind::unknown) return {};
  if (kind == TypeKind::interval) {
    const std::uint64_t parts = fixed();
    const auto microseconds = static_cast<std::int64_t>(fixed());
    return Value::of_interval({static_cast<std::int32_t>(parts), static_cast<std::int32_t>(parts >> 32), microseconds});
  }
  if (is_fixed_width(kind)) return Value::of_word(kind, static_cast<std::int64_t>(fixed()));
  return Value::of_bytes(kind, text());
}

}  // namespace laterbase::triples
