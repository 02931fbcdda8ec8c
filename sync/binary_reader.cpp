#include "sync/binary_reader.h"

#include <fmt/format.h>

#include "sync/binary_writer.h"

namespace laterbase::sync {
namespace {

constexpr std::uint64_t time_mask = (std::uint64_t{1} << 48) - 1;

Ulid load_tail(const Ulid& time, BytesView tail) {
  if (tail.size() != 10) return time;
  char bytes[Ulid::kBytes] = {};
  std::memcpy(bytes + 6, tail.data(), 10);
  const Ulid low = Ulid::load(bytes);
  return {time.high | low.high, low.low};
}

Window read_window(BinaryReader& in, KeyReader& from, KeyReader& to) {
  Window window;
  window.from = from.read();
  window.to = to.read();
  if (in.ok() && window.to < window.from) in.fail("a range ends before it begins");
  return window;
}

}  // namespace

void BinaryReader::fail(std::string_view reason, ErrorCode code) {
  if (!ok()) return;
  error_ = {code, fmt::format("The message can't be read: {}.", reason)};
  left_ = {};
}

void BinaryReader::fail(const BinaryReader& inside) {
  if (ok()) error_ = inside.error_;
  left_ = {};
}

std::uint8_t BinaryReader::byte() {
  const BytesView one = bytes(1);
  return one.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(one.front());
}

BytesView BinaryReader::bytes(std::uint64_t count) {
  if (count > left_.size()) {
    fail("it ends too early");
    return {};
  }
  const BytesView found = left_.substr(0, count);
  left_.remove_prefix(count);
  return found;
}

std::uint64_t BinaryReader::varint() {
  std::uint64_t number = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const std::uint64_t next = byte();
    if (shift == 63 && next > 1) break;
    number |= (next & 0x7f) << shift;
    if (next < 0x80) return number;
  }
  fail("a number has more than 64 bits");
  return 0;
}

std::size_t BinaryReader::count(std::uint64_t most, std::size_t least_bytes, std::string_view what) {
  const std::uint64_t found = varint();
  if (found > most) fail(fmt::format("it has {} {}, and {} are taken", found, what, most), ErrorCode::too_large);
  if (found > left_.size() / least_bytes) fail("it ends too early");
  return ok() ? static_cast<std::size_t>(found) : 0;
}

Ulid BinaryReader::ulid() {
  const BytesView at = bytes(Ulid::kBytes);
  return at.empty() ? Ulid{} : Ulid::load(at.data());
}

Hash128 BinaryReader::hash() {
  const auto low = fixed<std::uint64_t>();
  return {low, fixed<std::uint64_t>()};
}

Head HeadReader::read(BinaryReader& in) {
  const std::uint8_t form = in.byte();
  if (form >= 2) {
    if (form - 2U < read_.size()) return read_[form - 2U];
    in.fail("it names a head that it has not shown");
    return {};
  }
  Head head;
  if (form == 1 && !read_.empty()) head = read_.back();
  if (form == 0) {
    head.node = in.ulid();
    head.epoch = in.ulid();
  }
  head.lc = in.varint();
  head.chain = in.hash();
  if (in.ok()) read_.push_back(head);
  return head;
}

Fingerprint BinaryReader::fingerprint() {
  const std::uint64_t count = varint();
  return {count, hash()};
}

Ulid KeyReader::read() {
  const std::uint64_t start = in_.varint();
  const std::uint64_t ms = ((last_.high >> 16) + (start >> 2)) & time_mask;
  Ulid key{ms << 16, 0};
  switch (static_cast<KeyForm>(start & 3)) {
    case KeyForm::whole:
      key = load_tail(key, in_.bytes(10));
      break;
    case KeyForm::near:
      key = {key.high | (last_.high & 0xffff), last_.low + in_.varint()};
      break;
    case KeyForm::lowest:
      break;
    case KeyForm::highest:
      key = Ulid::last_of(static_cast<std::int64_t>(ms));
      break;
  }
  return last_ = key;
}

std::vector<Ulid> read_keys(BinaryReader& in, std::uint64_t most) {
  std::vector<Ulid> keys(in.count(most, 1, "keys"));
  KeyReader reader(in);
  for (std::size_t i = 0; i < keys.size() && in.ok(); ++i) {
    keys[i] = reader.read();
    if (i > 0 && keys[i] <= keys[i - 1]) in.fail("its keys don't ascend");
  }
  return keys;
}

std::vector<Window> read_windows(BinaryReader& in, std::uint64_t most) {
  std::vector<Window> windows(in.count(most, 2, "ranges"));
  KeyReader from(in), to(in);
  for (std::size_t i = 0; i < windows.size() && in.ok(); ++i) windows[i] = read_window(in, from, to);
  return windows;
}

std::vector<Range> read_ranges(BinaryReader& in, std::uint64_t most) {
  std::vector<Range> ranges(in.count(most, 19, "ranges"));
  KeyReader from(in), to(in);
  for (std::size_t i = 0; i < ranges.size() && in.ok(); ++i) {
    ranges[i].keys = read_window(in, from, to);
    ranges[i].print = in.fingerprint();
  }
  return ranges;
}

std::vector<Listing> read_listings(BinaryReader& in, const DecodeLimits& limits) {
  std::vector<Listing> listings(in.count(limits.ranges, 20, "listings"));
  KeyReader keys(in);
  std::uint64_t room = limits.keys;
  for (std::size_t i = 0; i < listings.size() && in.ok(); ++i) {
    Listing& listing = listings[i];
    listing.range.keys.from = keys.read();
    listing.range.print = in.fingerprint();
    listing.elements.resize(in.count(room, 1 + sizeof(Hash128), "elements"));
    room -= listing.elements.size();
    for (Element& element : listing.elements) {
      element.key = keys.read();
      element.value = in.hash();
    }
    listing.range.keys.to = keys.read();
    if (listing.range.keys.to < listing.range.keys.from) in.fail("a range ends before it begins");
  }
  return listings;
}

std::vector<Ulid> read_lacks(BinaryReader& in, std::uint64_t most, const std::vector<Ulid>& asked) {
  const std::uint8_t form = in.byte();
  if (form == 0) return read_keys(in, most);
  if (form != 1) in.fail("its `lacks` have an unknown form");
  const BytesView bits = in.bytes((asked.size() + 7) / 8);
  std::vector<Ulid> keys;
  for (std::size_t i = 0; i < asked.size() && in.ok(); ++i) {
    if ((bits[i / 8] >> (i % 8) & 1) != 0) keys.push_back(asked[i]);
  }
  return keys;
}

}  // namespace laterbase::sync
