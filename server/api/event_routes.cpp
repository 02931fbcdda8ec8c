#include "server/api/event_routes.h"

#include "server/api/routes.h"

namespace laterbase::api {
namespace {

http::RouteDoc post_doc() {
  return {"Write one or more events, all or nothing",
          {{"key", "ULID of a single event"},
           {"at", "Valid time of a single event, RFC 3339"},
           {"durability", "strong: answered after fsync; relaxed: answered once visible (202)"}},
          {json_type, ndjson_type, "application/vnd.laterbase+json", "application/vnd.laterbase+x-ndjson", "*/*"},
          {json_type},
          {201, 200, 202, 404, 409, 413, 415, 422, 503, 507}};
}

http::RouteDoc get_doc() {
  return {"The changes feed after lc=; or a bulk read with keys=; or a range of valid time with from= and to=",
          {{"lc", "Feed: the position to go on from; 0 is the beginning"},
           {"limit", "Events in a page (a live stream ends after so many)"},
           {"order", "Feed: key (default) or lc"},
           {"wait", "Feed: seconds, to 60, to wait for something new"},
           {"epoch", "Feed: the epoch that lc= belongs to; 410 where it is another"},
           {"keys", "Bulk read: ULIDs with commas between"},
           {"from", "Range: first valid time (RFC 3339) or key, included"},
           {"to", "Range: last valid time or key, included"}},
          {},
          {json_type, ndjson_type, event_stream_type},
          {200, 404, 406, 410}};
}

http::RouteDoc conflicts_doc() {
  return {
      "What merges put aside, by key: values that lost against another of their key (reason lost; winner is where "
      "that one is), and events whose valid time is too far ahead yet (waiting)",
      {{"after", "A key, or KEY:LC as the Link of the page before has it"}, {"limit", "Entries in a page"}},
      {},
      {json_type},
      {200, 400, 404}};
}

}  // namespace

http::Awaitable<void> get_events(Services& services, Exchange& exchange) {
  auto root = find_root(services, exchange);
  if (!root) co_return;
  Parameters parameters(exchange);
  const bool bulk = parameters.has("keys"), range = parameters.has("from") || parameters.has("to");
  const bool feed =
      parameters.has("lc") || parameters.has("epoch") || parameters.has("wait") || parameters.has("order");
  if (bulk && (range || feed || parameters.has("limit")))
    parameters.wrong("keys", "keys= stands alone: a bulk read has no page.");
  else if (range && feed)
    parameters.wrong(parameters.has("from") ? "from" : "to",
                     "from= and to= go with limit= only: a range is in key order.");
  if (parameters.failed()) co_return;
  if (bulk)
    get_keys(services, exchange, std::move(root));
  else if (range)
    get_range(services, exchange, std::move(root));
  else
    co_await get_feed(services, exchange, std::move(root));
}

std::vector<http::Route> event_routes(Services& s) {
  const http::SuspendingHandler posts = [&s](Exchange& x) { return post_events(s, x); };
  const http::SuspendingHandler gets = [&s](Exchange& x) { return get_events(s, x); };
  const http::PlainHandler gets_one = [&s](Exchange& x) { get_event(s, x); };
  const http::PlainHandler gets_conflicts = [&s](Exchange& x) { get_conflicts(s, x); };
  return {
      {http::Method::post, "/db/{db}/e", http::Role::write, posts, post_doc(), true},
      {http::Method::get, "/db/{db}/e", http::Role::read, gets, get_doc()},
      {http::Method::get,
       "/db/{db}/e/{key}",
       http::Role::read,
       gets_one,
       {"The exact bytes of one event; its ETag tells whether another value has won since",
        {},
        {},
        {json_type, "application/octet-stream"},
        {200, 304, 404}}},
      {http::Method::get, "/db/{db}/conflicts", http::Role::read, gets_conflicts, conflicts_doc()},
  };
}

}  // namespace laterbase::api
