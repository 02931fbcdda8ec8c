#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/events/root.h"
#include "server/http/reply.h"

// Pages of events as bodies that are made while they are sent. Each part is read from a snapshot of its own: short
// enough that the tree's pages can be used again, whatever time the client takes.
namespace laterbase::api {

enum class PageFormat : std::uint8_t { json, ndjson };

// The page of the log after `after` up to and with `until`: `order_by_key` sorts it by key (at a cost of 24 bytes an
// event). What stands aside (event.h) takes a position and is not in the page. In JSON:
// {"lc":until,"more":more,"epoch":…,"events":[…]}.
struct LogPage {
  Ulid epoch;
  Lc after = 0;
  Lc until = 0;
  bool more = false;
  bool order_by_key = true;
};
std::unique_ptr<http::Source> log_source(std::shared_ptr<Root> root, const LogPage& page, PageFormat format);

// Events by valid time, the first `limit` from key `from` to `to`. JSON: {"events":[…],"next":ULID or null}: `next` is
// what `from` is to be to go on. The end of NDJSON does not say it: `next` of the page's Link does.
struct RangePage {
  Ulid from;
  Ulid to;
  std::uint64_t limit = 0;
};
std::unique_ptr<http::Source> range_source(std::shared_ptr<Root> root, const RangePage& page, PageFormat format);

// Those of the keys that are there, in the order given; JSON: {"events":[…],"missing":[…]}.
std::unique_ptr<http::Source> keys_source(std::shared_ptr<Root> root, std::vector<Ulid> keys, PageFormat format);

}  // namespace laterbase::api
