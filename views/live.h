#pragma once

#include <optional>
#include <string>

#include "views/feed.h"
#include "views/reading.h"

// A relation followed live: first all of it, then what each commit changes.
namespace laterbase::views {

// Who follows, and how far. Threads: one at a time.
struct Subscription {
  Subscription(std::string name, FeedListener& told) : relation(std::move(name)), listener(told) {}

  std::string relation;
  FeedListener& listener;
  ReadRequest request;               // filters and select; the rest makes no sense here
  std::optional<Ulid> resume_epoch;  // Last-Event-ID
  Lc resume_lc = 0;

  // The database's.
  Lc at = 0;
  std::uint64_t generation = 0;
  bool begun = false;
  Reading reading;
  ivm::Schema schema;
};

struct LiveMessage {
  enum class Kind { snapshot, delta, reset, error, patch };
  Kind kind = Kind::delta;
  Ulid epoch;
  Lc lc = 0;
  std::string data;  // JSON in one line; of an error, a sentence
};

}  // namespace laterbase::views
