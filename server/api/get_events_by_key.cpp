#include <fmt/format.h>

#include <unordered_set>

#include "engine/base/hash.h"
#include "server/api/event_routes.h"
#include "server/api/event_sources.h"
#include "server/api/event_text.h"

// Events by key: one, many, or a range of valid time.
namespace laterbase::api {
namespace {

constexpr std::array<std::string_view, 2> offers{json_type, ndjson_type};

std::optional<PageFormat> page_format(Exchange& exchange) {
  const auto type = negotiate(exchange, offers);
  if (!type) return std::nullopt;
  exchange.reply.content_type = offers[*type];
  exchange.reply.header("Cache-Control", "no-cache");
  return *type == 0 ? PageFormat::json : PageFormat::ndjson;
}

// The keys of "k1,k2", each once; nothing, with the problem set, where one is none.
std::optional<std::vector<Ulid>> read_keys(Exchange& exchange, std::uint64_t most) {
  Parameters parameters(exchange);
  std::string_view rest = parameters.text("keys");
  std::vector<Ulid> keys;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const std::string_view text = http::trimmed(rest.substr(0, comma));
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
    if (text.empty()) continue;
    const auto key = Ulid::parse(text);
    if (!key) {
      http::set_problem(exchange.reply, problems::bad_parameter,
                        fmt::format("keys= has {:?}, which is not a ULID.", text),
                        {{"parameter", std::string_view{"keys"}}, {"key", text}});
      return std::nullopt;
    }
    if (std::find(keys.begin(), keys.end(), *key) == keys.end()) keys.push_back(*key);
    if (keys.size() > most) {
      parameters.wrong("keys", fmt::format("A bulk read takes at most {} keys (limits.max_keys).", most));
      return std::nullopt;
    }
  }
  if (keys.empty()) {
    parameters.wrong("keys", "keys= is a list of ULIDs with commas between.");
    return std::nullopt;
  }
  return keys;
}

std::string entity_tag(BytesView value) { return fmt::format("{:016x}{:x}", hash64(value), value.size()); }

}  // namespace

void get_keys(Services& services, Exchange& exchange, std::shared_ptr<Root> root) {
  auto keys = read_keys(exchange, services.live().settings.limits.max_keys);
  if (!keys) return;
  const auto format = page_format(exchange);
  if (!format) return;
  set_clock(exchange.reply, root->epoch(), root->head());
  exchange.reply.source = keys_source(std::move(root), std::move(*keys), *format);
}

void get_range(Services& services, Exchange& exchange, std::shared_ptr<Root> root) {
  const auto& limits = services.live().settings.limits;
  Parameters parameters(exchange);
  RangePage page;
  page.from = parameters.moment("from", Parameters::Edge::first).value_or(Ulid{});
  page.to = parameters.moment("to", Parameters::Edge::last).value_or(Ulid::greatest());
  page.limit = parameters.number("limit", limits.default_page, 1, UINT64_MAX);
  if (parameters.failed()) return;
  const auto format = page_format(exchange);
  if (!format) return;
  std::optional<Ulid> next;
  {
    Snapshot snapshot = root->snapshot();
    set_clock(exchange.reply, snapshot.epoch(), snapshot.head());
    // Looking ahead costs as much as the page does: a long one says in its last line (JSON) where to go on.
    if (page.limit <= limits.max_page) next = snapshot.key_after(page.from, page.to, page.limit);
  }
  if (next)
    exchange.reply.header("Link", fmt::format("</db/{}/e?from={}&to={}&limit={}>; rel=\"next\"", exchange.path_param(0),
                                              next->text(), page.to.text(), page.limit));
  exchange.reply.source = range_source(std::move(root), page, *format);
}

void get_event(Services& services, Exchange& exchange) {
  const auto key = Ulid::parse(exchange.path_param(1));
  if (!key) {
    http::set_problem(exchange.reply, problems::bad_parameter,
                      "A key is a ULID: 26 letters and digits like 01ARZ3NDEKTSV4RRFFQ69G5FAV.",
                      {{"key", exchange.path_param(1)}});
    return;
  }
  const auto root = find_root(services, exchange);
  if (!root) return;
  Reply& reply = exchange.reply;
  Snapshot snapshot = root->snapshot();
  set_clock(reply, snapshot.epoch(), snapshot.head());
  const auto event = snapshot.find(*key);
  if (!event) {
    http::set_problem(reply, problems::not_found, "This node has no event with that key (yet).",
                      {{"key", exchange.path_param(1)}});
    return;
  }
  reply.etag = entity_tag(event->value);
  // A value that comes from a peer under the same key may win against this one.
  reply.headers += "Cache-Control: no-cache\r\nX-Content-Type-Options: nosniff\r\n";
  if (none_match_hits(exchange.head.if_none_match, reply.etag)) {
    reply.status = 304;
    return;
  }
  const std::array<std::string_view, 1> own{event->is_json ? json_type : "application/octet-stream"};
  if (!exchange.head.accept.empty() && !negotiate(exchange, own)) return;
  reply.content_type = own[0];
  reply.body.assign(event->value);
}

}  // namespace laterbase::api
