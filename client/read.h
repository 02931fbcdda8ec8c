#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client/console.h"
#include "client/session.h"

// What reads: `laterbase get`, `feed`, `range`, `info`, `health`. Errors: Refused, Unreachable.
namespace laterbase::client {

struct FeedOptions {
  std::string database;
  std::uint64_t from_lc = 0;
  bool from_end = false;               // only what is learned from now on
  std::string order;                   // lc, key or empty for the node's own
  std::optional<std::uint64_t> limit;  // events in all
};

// Prints what the node learned after from_lc, to the end that the log has when it begins.
void feed(Session& session, const Console& console, const FeedOptions& options);

struct RangeOptions {
  std::string database;
  std::string from, to;  // RFC 3339 or ULID, both included; empty is open
  std::optional<std::uint64_t> limit;
};

// Prints the events of a range of valid time, in key order.
void range(Session& session, const Console& console, const RangeOptions& options);

// One key: its exact bytes. Several: an event a line. False where some are missing; says which.
bool get(Session& session, const Console& console, const std::string& database, const std::vector<std::string>& keys);

// A database, or all of them where `database` is empty.
void info(Session& session, const Console& console, const std::string& database);

// Whether the node is ready (or, with `live`, at least alive).
bool health(Session& session, const Console& console, bool live);

// The target of rel="next" in a Link field (RFC 8288), or nothing.
std::optional<std::string> next_link(std::string_view link);

// A number in the query of a target, such as lc.
std::optional<std::uint64_t> query_number(std::string_view target, std::string_view name);

// As a part of a query: everything but letters, digits and -._~ as %XX.
std::string percent_encoded(std::string_view text);

}  // namespace laterbase::client
