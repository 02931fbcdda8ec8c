#include <fmt/format.h>

#include <charconv>

#include "engine/base/rfc3339.h"
#include "server/api/event_routes.h"
#include "server/api/event_text.h"

// GET /db/{db}/conflicts: what merges put aside.
namespace laterbase::api {
namespace {

// Answered at once, so held in memory; a page ends early where values are large.
constexpr std::size_t page_bytes = 4 << 20;

std::string place_text(const AsidePlace& place) { return fmt::format("{}:{}", place.key.text(), place.lc); }

// "KEY:LC", what Link said; or "KEY": after all of that key.
std::optional<AsidePlace> read_place(std::string_view text) {
  const std::size_t colon = text.find(':');
  const auto key = Ulid::parse(text.substr(0, colon));
  if (!key) return std::nullopt;
  if (colon == std::string_view::npos) return AsidePlace{*key, UINT64_MAX};
  AsidePlace place{*key, 0};
  const std::string_view number = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), place.lc);
  const bool whole = error == std::errc{} && end == number.data() + number.size();
  return whole ? std::optional(place) : std::nullopt;
}

void append_conflict(std::string& out, const Conflict& conflict) {
  append_event(out, conflict.event, false);
  out.pop_back();
  out.append(",\"arrived\":\"").append(print_rfc3339(conflict.event.arrived_ms));
  out.append("\",\"reason\":\"").append(conflict.reason == AsideReason::lost ? "lost" : "waiting");
  out.append("\",\"winner\":").append(conflict.winner ? std::to_string(*conflict.winner) : "null").append("}");
}

}  // namespace

void get_conflicts(Services& services, Exchange& exchange) {
  const auto root = find_root(services, exchange);
  if (!root) return;
  const auto& limits = services.live().settings.limits;
  Parameters parameters(exchange);
  const std::uint64_t limit = std::min(parameters.number("limit", limits.default_page, 1, UINT64_MAX), limits.max_page);
  const auto after = parameters.has("after") ? read_place(parameters.text("after")) : AsidePlace{};
  if (!after) parameters.wrong("after", "after= is a key, or KEY:LC as the Link of a page has it.");
  if (parameters.failed()) return;
  Snapshot snapshot = root->snapshot();
  const auto scan = snapshot.conflicts(*after);
  std::string& out = exchange.reply.body;
  AsidePlace last;
  std::uint64_t count = 0;
  out += '[';
  while (const auto conflict = scan->next()) {
    if (count == limit || out.size() >= page_bytes) {
      exchange.reply.header("Link", fmt::format("</db/{}/conflicts?after={}&limit={}>; rel=\"next\"",
                                                exchange.path_param(0), place_text(last), limit));
      break;
    }
    if (count++ > 0) out += ",\n";
    append_conflict(out, *conflict);
    last = {conflict->event.key, conflict->event.lc};
  }
  out += "]\n";
  exchange.reply.content_type = json_type;
  exchange.reply.header("Cache-Control", "no-cache");
  set_clock(exchange.reply, snapshot.epoch(), snapshot.head());
}

}  // namespace laterbase::api
