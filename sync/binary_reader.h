#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/error.h"
#include "sync/decode_limits.h"
#include "sync/message.h"

// The pieces of the binary form, read back. Bytes are a stranger's: the first thing that is wrong makes the reader
// empty and stays in error(); what is read from then on is zeros, so that a loop over a bounded count ends by itself.
namespace laterbase::sync {

class BinaryReader {
 public:
  explicit BinaryReader(BytesView bytes) : left_(bytes) {}

  bool ok() const noexcept { return error_.detail.empty(); }
  bool at_end() const noexcept { return left_.empty(); }
  std::size_t left() const noexcept { return left_.size(); }
  const Error& error() const noexcept { return error_; }
  void fail(std::string_view reason, ErrorCode code = ErrorCode::invalid);
  void fail(const BinaryReader& inside);  // for the same reason

  std::uint8_t byte();
  BytesView bytes(std::uint64_t count);
  std::uint64_t varint();
  // How many follow, of at least `least_bytes` each: at most `most`, and at most what there can be bytes for.
  std::size_t count(std::uint64_t most, std::size_t least_bytes, std::string_view what);
  template <typename Integer>
  Integer fixed() {
    const BytesView at = bytes(sizeof(Integer));
    return at.empty() ? Integer{0} : load_le<Integer>(at.data());
  }
  Ulid ulid();
  Hash128 hash();
  Fingerprint fingerprint();

 private:
  BytesView left_;
  Error error_;
};

class HeadReader {
 public:
  Head read(BinaryReader& in);

 private:
  std::vector<Head> read_;
};

class KeyReader {
 public:
  explicit KeyReader(BinaryReader& in) : in_(in) {}
  Ulid read();

 private:
  BinaryReader& in_;
  Ulid last_;
};

std::vector<Ulid> read_keys(BinaryReader& in, std::uint64_t most);  // strictly ascending
std::vector<Window> read_windows(BinaryReader& in, std::uint64_t most);
std::vector<Range> read_ranges(BinaryReader& in, std::uint64_t most);
std::vector<Listing> read_listings(BinaryReader& in, const DecodeLimits& limits);
Cells read_cells(BinaryReader& in, std::uint64_t most);
std::vector<WireEvent> read_events(BinaryReader& in, const DecodeLimits& limits);
std::vector<Ulid> read_lacks(BinaryReader& in, std::uint64_t most, const std::vector<Ulid>& asked);

}  // namespace laterbase::sync
