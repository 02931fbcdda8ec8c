#pragma once

#include <string>
#include <vector>

#include "sync/message.h"

// The pieces of the binary form, written; binary_reader.h reads them. Numbers are LEB128 varints.
namespace laterbase::sync {

void write_varint(std::string& out, std::uint64_t number);
void write_hash(std::string& out, const Hash128& hash);
// The heads of one message, in order. One that was there before is named again in a byte; one of the same log as the
// last is its place alone:
//   0, node 16, epoch 16, place      1, place      2 + n: the n-th of the message     place: varint lc, chain 16
class HeadWriter {
 public:
  void write(std::string& out, const Head& head);

 private:
  std::vector<Head> written_;
};
void write_fingerprint(std::string& out, const Fingerprint& print);

// How the lower 80 bits of a key stand beside the distance of its millisecond from the one before:
// varint of distance × 4 + form, then what the form says.
enum class KeyForm : std::uint8_t {
  whole,    // 10 bytes
  near,     // a varint: the distance from the key before
  lowest,   // nothing: all bits 0, the first key of its millisecond
  highest,  // nothing: all bits 1, the last one
};

// Keys one after the other, each as its distance from the one before: 11 to 15 bytes, 2 for keys that were given in one
// go, 1 to 7 for bounds. Any order is possible, ascending is short.
class KeyWriter {
 public:
  explicit KeyWriter(std::string& out) : out_(out) {}
  void write(const Ulid& key);

 private:
  std::string& out_;
  Ulid last_;
};

void write_keys(std::string& out, const std::vector<Ulid>& keys);
void write_windows(std::string& out, const std::vector<Window>& windows);
void write_ranges(std::string& out, const std::vector<Range>& ranges);
void write_listings(std::string& out, const std::vector<Listing>& listings);
// Without the upper bits of the keys where all symbols seem to have the same: see binary_cells.cpp.
void write_cells(std::string& out, const Cells& cells);
// In a zstd frame where that is smaller.
void write_events(std::string& out, const std::vector<WireEvent>& events);
// A bit for each key asked about, or, where that is longer or impossible, the keys.
void write_lacks(std::string& out, const std::vector<Ulid>& lacks, const std::vector<Ulid>& asked);

}  // namespace laterbase::sync
