#include "sync/binary_writer.h"

#include <algorithm>

namespace laterbase::sync {
namespace {

// The lower 80 bits.
constexpr std::uint64_t low_high(const Ulid& key) { return key.high & 0xffff; }

void write_tail(std::string& out, const Ulid& key) {
  char bytes[Ulid::kBytes];
  key.store(bytes);
  out.append(bytes + 6, 10);
}

void write_ulid(std::string& out, const Ulid& ulid) {
  char bytes[Ulid::kBytes];
  ulid.store(bytes);
  out.append(bytes, sizeof bytes);
}

}  // namespace

void write_varint(std::string& out, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) out += static_cast<char>(number | 0x80);
  out += static_cast<char>(number);
}

void write_hash(std::string& out, const Hash128& hash) {
  append_le(out, hash.low);
  append_le(out, hash.high);
}

void HeadWriter::write(std::string& out, const Head& head) {
  const auto same = std::find(written_.begin(), written_.end(), head);
  if (same != written_.end()) {
    out += static_cast<char>(2 + (same - written_.begin()));
    return;
  }
  const bool same_log = !written_.empty() && written_.back().node == head.node && written_.back().epoch == head.epoch;
  out += same_log ? '\1' : '\0';
  if (!same_log) {
    write_ulid(out, head.node);
    write_ulid(out, head.epoch);
  }
  write_varint(out, head.lc);
  write_hash(out, head.chain);
  written_.push_back(head);
}

void write_fingerprint(std::string& out, const Fingerprint& print) {
  write_varint(out, print.count);
  write_hash(out, print.sum);
}

void KeyWriter::write(const Ulid& key) {
  constexpr std::uint64_t time_mask = (std::uint64_t{1} << 48) - 1;
  const std::uint64_t distance = ((key.high >> 16) - (last_.high >> 16)) & time_mask;
  const auto start = [&](KeyForm form) { write_varint(out_, distance << 2 | static_cast<std::uint64_t>(form)); };
  const bool same_upper = low_high(key) == low_high(last_);
  if (distance == 0 && same_upper && key.low - last_.low < (std::uint64_t{1} << 56)) {
    start(KeyForm::near);
    write_varint(out_, key.low - last_.low);
  } else if (low_high(key) == 0 && key.low == 0) {
    start(KeyForm::lowest);
  } else if (low_high(key) == 0xffff && key.low == ~0ULL) {
    start(KeyForm::highest);
  } else {
    start(KeyForm::whole);
    write_tail(out_, key);
  }
  last_ = key;
}

void write_keys(std::string& out, const std::vector<Ulid>& keys) {
  write_varint(out, keys.size());
  KeyWriter writer(out);
  for (const Ulid& key : keys) writer.write(key);
}

void write_windows(std::string& out, const std::vector<Window>& windows) {
  write_varint(out, windows.size());
  KeyWriter from(out), to(out);
  for (const Window& window : windows) {
    from.write(window.from);
    to.write(window.to);
  }
}

void write_ranges(std::string& out, const std::vector<Range>& ranges) {
  write_varint(out, ranges.size());
  KeyWriter from(out), to(out);
  for (const Range& range : ranges) {
    from.write(range.keys.from);
    to.write(range.keys.to);
    write_fingerprint(out, range.print);
  }
}

void write_listings(std::string& out, const std::vector<Listing>& listings) {
  write_varint(out, listings.size());
  KeyWriter keys(out);
  for (const Listing& listing : listings) {
    keys.write(listing.range.keys.from);
    write_fingerprint(out, listing.range.print);
    write_varint(out, listing.elements.size());
    for (const Element& element : listing.elements) {
      keys.write(element.key);
      write_hash(out, element.value);
    }
    keys.write(listing.range.keys.to);
  }
}

void write_lacks(std::string& out, const std::vector<Ulid>& lacks, const std::vector<Ulid>& asked) {
  std::string bits((asked.size() + 7) / 8, '\0');
  auto key = lacks.begin();
  for (std::size_t i = 0; i < asked.size() && key != lacks.end(); ++i) {
    if (asked[i] != *key) continue;
    bits[i / 8] = static_cast<char>(bits[i / 8] | 1 << (i % 8));
    ++key;
  }
  std::string list;
  write_keys(list, lacks);
  const bool as_bits = key == lacks.end() && !asked.empty() && bits.size() < list.size();
  out += as_bits ? '\1' : '\0';
  out += as_bits ? bits : list;
}

}  // namespace laterbase::sync
