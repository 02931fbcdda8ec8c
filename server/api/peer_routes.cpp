#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/base/rfc3339.h"
#include "server/api/answers.h"
#include "server/api/routes.h"
#include "server/api/sync_text.h"
#include "sync/peer_settings.h"

// Peers: list with how it stands, add, remove.
namespace laterbase::api {
namespace {

using http::Awaitable;
using http::Method;
using http::Role;
using Json = nlohmann::ordered_json;

Json link_json(const sync::LinkState& link) {
  Json json = {
      {"database", link.database},
      {"state", sync::name_of(link.phase)},
      {"lag",
       {{"events_behind", link.events_behind}, {"events_ahead", link.events_ahead}, {"seconds", link.lag_seconds}}},
      {"exchanges", link.exchanges},
      {"failures", link.failures}};
  if (!link.trouble.empty()) json["error"] = link.trouble;
  if (!link.last) return json;
  json["last_exchange"] = {{"at", print_rfc3339(link.last_at_ms)},
                           {"ms", static_cast<double>(link.last_took_us) * 1e-3}};
  json["last_exchange"].update(report_json(*link.last));
  json["total"] = report_json(link.total);
  json["total"].erase("mode");
  json["total"].erase("equal");
  return json;
}

// The worst of its databases.
std::string_view state_of(const sync::PeerState& peer) {
  if (!peer.trouble.empty()) return name_of(sync::LinkPhase::failing);
  sync::LinkPhase worst = peer.links.empty() ? sync::LinkPhase::waiting : sync::LinkPhase::level;
  for (const sync::LinkState& link : peer.links)
    if (worst == sync::LinkPhase::level || link.phase == sync::LinkPhase::failing) worst = link.phase;
  return name_of(worst);
}

Json peer_json(const sync::PeerState& peer) {
  Json json = Json::parse(sync::print_peer(peer.settings));
  json["configured"] = peer.configured;
  json["state"] = state_of(peer);
  if (peer.node) json["node"] = peer.node->text();
  if (!peer.trouble.empty()) json["error"] = peer.trouble;
  std::uint64_t behind = 0, ahead = 0;
  double seconds = 0;
  for (const sync::LinkState& link : peer.links) {
    behind += link.events_behind;
    ahead += link.events_ahead;
    seconds = std::max(seconds, link.lag_seconds);
  }
  json["lag"] = {{"events_behind", behind}, {"events_ahead", ahead}, {"seconds", seconds}};
  json["links"] = Json::array();
  for (const sync::LinkState& link : peer.links) json["links"].push_back(link_json(link));
  return json;
}

void answer_json(Exchange& exchange, const Json& json) {
  exchange.reply.content_type = json_type;
  exchange.reply.header("Cache-Control", "no-store");
  exchange.reply.body = json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

void answer_error(Exchange& exchange, const Error& error) {
  if (error.code == ErrorCode::conflict)
    http::set_problem(exchange.reply, problems::configured, error.detail);
  else
    set_error(exchange.reply, error);
}

void list(Services& services, Exchange& exchange) {
  Json peers = Json::array();
  for (const sync::PeerState& peer : services.peers.states()) peers.push_back(peer_json(peer));
  answer_json(exchange, {{"node", services.roots.node().text()}, {"peers", std::move(peers)}});
}

Awaitable<void> put(Services& services, Exchange& exchange) {
  const auto peer = sync::parse_peer(exchange.path_param(0), exchange.body);
  if (!peer) {
    http::set_problem(exchange.reply, problems::bad_body, peer.error().detail);
    co_return;
  }
  std::optional<Result<bool>> done;
  const std::function<void()> work = [&] { done.emplace(services.peers.put(*peer)); };
  co_await services.await_long(exchange, work);
  if (!*done) {
    answer_error(exchange, done->error());
    co_return;
  }
  exchange.reply.status = **done ? 201 : 200;
  exchange.reply.header("Location", "/peers");
  answer_json(exchange, Json::parse(sync::print_peer(*peer)));
}

Awaitable<void> remove(Services& services, Exchange& exchange) {
  std::optional<Result<void>> done;
  const std::function<void()> work = [&] { done.emplace(services.peers.remove(exchange.path_param(0))); };
  co_await services.await_long(exchange, work);
  if (*done)
    exchange.reply.status = 204;
  else
    answer_error(exchange, done->error());
}

}  // namespace

std::vector<http::Route> peer_routes(Services& s) {
  const http::PlainHandler lists = [&s](Exchange& x) { list(s, x); };
  const http::SuspendingHandler puts = [&s](Exchange& x) { return put(s, x); };
  const http::SuspendingHandler removes = [&s](Exchange& x) { return remove(s, x); };
  http::Route add{
      Method::put,
      "/peers/{peer}",
      Role::admin,
      puts,
      {"Add a peer, or change one; remembered across restarts", {}, {json_type}, {json_type}, {201, 200, 400, 409}},
      true};
  return {
      {Method::get, "/peers", Role::read, lists, {"How it stands with each peer", {}, {}, {json_type}, {200}}},
      std::move(add),
      {Method::del, "/peers/{peer}", Role::admin, removes, {"Take a peer away", {}, {}, {}, {204, 404, 409}}},
  };
}

}  // namespace laterbase::api
