#pragma once

#include <cstdint>
#include <fstream>
#include <istream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/events/ulid.h"

// Files of events, cut into batches that may be sent again: each event gets its key here, before it is sent.
namespace laterbase::client {

enum class Format {
  automatic,  // json for *.json, lines for everything else
  lines,      // NDJSON: one value a non-empty line
  json,       // a JSON document: an array is one event an element, anything else one event
  envelopes,  // NDJSON of {"key"?, "at"?, "value" | "base64"}
  raw,        // any bytes: one event a file
};

struct BatchOptions {
  Format format = Format::automatic;
  std::size_t events = 1000;                          // of one batch, at most
  std::size_t bytes = std::size_t{4} << 20;           // of one batch, before the event that goes beyond
  std::size_t longest_event = std::size_t{64} << 20;  // of the input: more is no event but a mistake
  std::uint64_t skip = 0;                             // events at the beginning
};

struct Batch {
  std::string body;
  std::string content_type;
  std::vector<std::string> keys;      // that were given here; none for those that had their own
  std::vector<std::uint64_t> places;  // of each event: its line, or its element in a JSON array, from 1
  std::string file;
  // Where the input has the event on this line (from 1) of the batch.
  std::string place(std::uint64_t line) const;
  bool of_elements = false;
};

// The input is wrong; says where.
class BadInput : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Threads: one at a time. Errors: BadInput.
class Batches {
 public:
  // Files in order; "-" is `standard_input`. Keys are made by `keys` for the time that `now_ms` tells.
  Batches(std::vector<std::string> files, BatchOptions options, UlidGenerator& keys, std::istream& standard_input);

  std::optional<Batch> next(std::int64_t now_ms);

  std::uint64_t bytes_read() const { return bytes_read_; }
  std::uint64_t bytes_total() const;  // 0 where it can't be known

 private:
  bool open_next();
  void read_lines(Batch& batch, std::int64_t now_ms);
  void read_document(Batch& batch, std::int64_t now_ms);
  void add(Batch& batch, std::uint64_t place, std::string_view member, std::string_view value, std::int64_t now_ms);
  void add_envelope(Batch& batch, std::uint64_t place, std::string_view line, std::int64_t now_ms);
  void append(Batch& batch, std::uint64_t place, std::string_view envelope);
  bool skipped();
  bool full(const Batch& batch) const;
  [[noreturn]] void bad(std::uint64_t place, const std::string& what) const;

  std::vector<std::string> files_;
  BatchOptions options_;
  UlidGenerator& keys_;
  std::istream& standard_input_;

  std::size_t next_file_ = 0;
  std::string file_;
  Format format_ = Format::lines;
  std::ifstream opened_;
  std::istream* input_ = nullptr;
  std::uint64_t place_ = 0;
  std::string document_;                    // a whole file, where it is read as one
  std::vector<std::string_view> elements_;  // of it
  std::uint64_t skip_left_;
  std::uint64_t bytes_read_ = 0;
};

}  // namespace laterbase::client
