#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/hash.h"
#include "engine/ivm/value.h"
#include "engine/triples/version.h"

// Numbers, versions and values in the bytes of a row of the environment.
namespace laterbase::triples {

// Little groups of seven bits, the lowest first.
void append_varint(std::string& to, std::uint64_t number);
// How many bytes follow, then they, big-endian: ordered as the numbers are.
void append_ordered(std::string& to, std::uint64_t number);
inline void append_text(std::string& to, std::string_view text) {
  append_varint(to, text.size());
  to += text;
}
void append_version(std::string& to, const Version& version);
void append_value(std::string& to, const ivm::Value& value);

// Four bytes over a row's key and what it says: LMDB has no checksums.
void seal(std::string& row, BytesView key);
// What was sealed; nothing (a null view) where it is damaged.
BytesView unsealed(BytesView key, BytesView row) noexcept;

// Takes what the above have written. Where the bytes end too early it gives zeros, and is not ok() from then on.
class ByteReader {
 public:
  explicit ByteReader(BytesView bytes) : bytes_(bytes) {}

  bool ok() const noexcept { return ok_; }
  bool at_end() const noexcept { return bytes_.empty(); }
  const char* next() const noexcept { return bytes_.data(); }  // where it stands
  std::uint8_t byte();
  std::uint64_t varint();
  std::uint64_t ordered();
  std::uint64_t fixed();  // eight bytes
  BytesView bytes(std::size_t count);
  BytesView text() { return bytes(varint()); }
  BytesView rest() { return bytes(bytes_.size()); }
  Ulid ulid();
  Version version();
  ivm::Value value();

 private:
  BytesView bytes_;
  bool ok_ = true;
};

}  // namespace laterbase::triples
