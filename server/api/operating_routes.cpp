#include "server/api/answers.h"
#include "server/api/dashboard_page.h"
#include "server/api/openapi.h"
#include "server/api/routes.h"

// Health, metrics, the API's own description, the dashboard.
namespace laterbase::api {
namespace {

using http::Method;
using http::Role;

void live(Exchange& exchange) {
  exchange.reply.content_type = json_type;
  exchange.reply.body = "{\"status\":\"live\"}\n";
}

void ready(Services& services, Exchange& exchange) {
  if (services.draining.load(std::memory_order_relaxed)) {
    http::set_problem(exchange.reply, problems::unavailable, "This node is going down.");
    return;
  }
  std::string troubles;
  for (const auto& root : services.roots.open_roots()) {
    const std::string trouble = root->health();
    if (trouble.empty()) continue;
    troubles += troubles.empty() ? "" : ",";
    http::append_json_string(troubles, root->name());
    troubles += ':';
    http::append_json_string(troubles, trouble);
  }
  exchange.reply.content_type = json_type;
  // One database in trouble leaves the others, and its own reads, at work: the node is ready and says what is wrong.
  exchange.reply.body = "{\"status\":\"ready\",\"troubles\":{" + troubles + "}}\n";
}

void show_metrics(Services& services, Exchange& exchange) {
  exchange.reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
  exchange.reply.body = services.metrics.text(services.roots, services.gauges(), services.peers.states());
}

void dashboard(Exchange& exchange) {
  exchange.reply.content_type = "text/html; charset=utf-8";
  exchange.reply.header(
      "Content-Security-Policy",
      "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'");
  exchange.reply.header("Cache-Control", "no-cache");
  exchange.reply.body = dashboard_page();
}

// A browser wants the dashboard, anything else a word on what this is.
void front(Services& services, Exchange& exchange) {
  constexpr std::array<std::string_view, 2> offers{json_type, "text/html"};
  const auto best = http::best_type(exchange.head.accept, offers);
  exchange.reply.vary_on_accept = true;
  if (best == 1U) {
    exchange.reply.status = 302;
    exchange.reply.header("Location", "/ui");
    return;
  }
  exchange.reply.content_type = json_type;
  exchange.reply.body = "{\"name\":\"laterbase\",\"node\":\"" + services.roots.node().text() +
                        "\",\"databases\":\"/db\",\"api\":\"/openapi.json\",\"dashboard\":\"/ui\"}\n";
}

}  // namespace

std::vector<http::Route> operating_routes(Services& s, const http::Router& all) {
  const http::PlainHandler lives = [](Exchange& x) { live(x); };
  const http::PlainHandler readies = [&s](Exchange& x) { ready(s, x); };
  const http::PlainHandler measures = [&s](Exchange& x) { show_metrics(s, x); };
  const http::PlainHandler shows = [](Exchange& x) { dashboard(x); };
  const http::PlainHandler fronts = [&s](Exchange& x) { front(s, x); };
  const http::PlainHandler describes = [&all](Exchange& x) {
    x.reply.content_type = json_type;
    x.reply.body = openapi_document(all);
  };
  return {
      {Method::get,
       "/",
       Role::none,
       fronts,
       {"What this is; browsers go to the dashboard", {}, {}, {json_type}, {200, 302}}},
      {Method::get, "/health/live", Role::none, lives, {"Whether the process runs", {}, {}, {json_type}, {200}}},
      {Method::get,
       "/health/ready",
       Role::none,
       readies,
       {"Whether it takes requests; 503 while it recovers or goes down", {}, {}, {json_type}, {200, 503}}},
      {Method::get, "/metrics", Role::read, measures, {"Prometheus metrics", {}, {}, {"text/plain"}, {200}}},
      {Method::get, "/openapi.json", Role::none, describes, {"This document", {}, {}, {json_type}, {200}}},
      {Method::get, "/ui", Role::none, shows, {"The dashboard", {}, {}, {"text/html"}, {200}}},
  };
}

}  // namespace laterbase::api
