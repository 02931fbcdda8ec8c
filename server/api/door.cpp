#include "server/api/door.h"

#include <fmt/format.h>

#include <algorithm>
#include <new>

#include "engine/base/log.h"
#include "server/api/answers.h"
#include "server/api/routes.h"

namespace laterbase::api {
namespace {

using http::Method;

using Handler = decltype(http::Route::handler);

// Opening a database may read all of it: never on an I/O thread. It stays open until it is answered.
http::Awaitable<void> open_and_handle(Services& services, http::Exchange& exchange, const Handler& handler) {
  std::shared_ptr<Root> held;
  const std::function<void()> open = [&] {
    if (auto found = services.roots.find(exchange.path_param(0))) held = std::move(*found);
  };
  co_await services.aside(exchange, open);
  if (const auto* plain = std::get_if<http::PlainHandler>(&handler)) {
    (*plain)(exchange);
    co_return;
  }
  co_await std::get<http::SuspendingHandler>(handler)(exchange);
}

http::Awaitable<void> handle_plainly(const http::PlainHandler& handler, http::Exchange& exchange) {
  handler(exchange);
  co_return;
}

bool works_in_a_database(const http::Route& route) {
  const bool describes = route.pattern == "/db/{db}" && route.method == Method::get;
  return describes || route.pattern.starts_with("/db/{db}/") || route.pattern.starts_with("/{db}/");
}

void open_aside(Services& services, http::Route& route) {
  const auto handler = std::make_shared<const Handler>(std::move(route.handler));
  route.handler = http::SuspendingHandler([&services, handler](http::Exchange& exchange) {
    if (!services.roots.answers_at_once(exchange.path_param(0))) return open_and_handle(services, exchange, *handler);
    if (const auto* plain = std::get_if<http::PlainHandler>(handler.get())) return handle_plainly(*plain, exchange);
    return std::get<http::SuspendingHandler>(*handler)(exchange);
  });
}

std::vector<http::Route> all_routes(Services& services, const http::Router& router) {
  std::vector<http::Route> routes;
  if (services.extensions.routes) routes = services.extensions.routes(services);
  for (auto& route : event_routes(services)) routes.push_back(std::move(route));
  for (auto& route : database_routes(services)) routes.push_back(std::move(route));
  for (auto& route : sync_routes(services)) routes.push_back(std::move(route));
  for (auto& route : peer_routes(services)) routes.push_back(std::move(route));
  for (auto& route : sql_routes(services)) routes.push_back(std::move(route));
  for (auto& route : view_routes(services)) routes.push_back(std::move(route));
  for (auto& route : tree_routes(services)) routes.push_back(std::move(route));
  for (auto& route : plugin_routes(services)) routes.push_back(std::move(route));
  for (auto& route : operating_routes(services, router)) routes.push_back(std::move(route));
  for (http::Route& route : routes)
    if (works_in_a_database(route)) open_aside(services, route);
  return routes;
}

std::string_view authority_of(std::string_view origin) noexcept {
  const std::size_t scheme = origin.find("://");
  return scheme == std::string_view::npos ? std::string_view{} : origin.substr(scheme + 3);
}

bool is_about_database(const http::Route& route) noexcept {
  return route.pattern.starts_with("/db/{db}") || route.pattern.starts_with("/{db}");
}

// A route whose parameters are names of columns too, each any number of times.
bool takes_any_parameter(const http::Route& route) noexcept {
  return std::any_of(route.doc.query.begin(), route.doc.query.end(), [](const auto& one) { return one.name == "*"; });
}

std::string_view role_name(http::Role role) noexcept {
  constexpr std::array<std::string_view, 6> names{"none", "read", "write", "sync", "admin", "read"};
  return names[static_cast<std::size_t>(role)];
}

}  // namespace

Door::Door(Services& services) : services_(services), router_(all_routes(services, router_)) {
  services_.metrics.prepare(router_);
}

bool Door::admit(http::Exchange& exchange) {
  if (exchange.head.method == Method::options) return answer_options(exchange);
  return route(exchange) && may_cross_origin(exchange) && authorized(exchange) && query_fits(exchange) &&
         coding_known(exchange);
}

bool Door::route(http::Exchange& exchange) {
  switch (router_.find(exchange)) {
    case http::Router::Match::found:
      return true;
    case http::Router::Match::no_path:
      http::set_problem(exchange.reply, problems::not_found,
                        "There is nothing at this path; /openapi.json lists what there is.",
                        {{"path", exchange.head.path}});
      return false;
    case http::Router::Match::no_method:
      break;
  }
  const std::string allowed = router_.allowed(exchange);
  exchange.reply.header("Allow", allowed);
  http::set_problem(exchange.reply, problems::method_not_allowed, fmt::format("This path takes {}.", allowed));
  return false;
}

// OPTIONS itself, and what browsers ask before a request to another origin.
bool Door::answer_options(http::Exchange& exchange) {
  const std::string allowed = router_.allowed(exchange);
  if (allowed.empty()) return route(exchange), false;
  Reply& reply = exchange.reply;
  reply.status = 204;
  reply.header("Allow", allowed);
  if (!exchange.head.origin.empty() && origin_allowed(exchange.head.origin)) {
    reply.header("Access-Control-Allow-Methods", allowed);
    reply.header("Access-Control-Allow-Headers",
                 "Accept, Authorization, Content-Type, Content-Encoding, If-None-Match, Last-Event-ID, X-Request-Id");
    reply.header("Access-Control-Max-Age", "600");
  }
  return false;
}

bool Door::origin_allowed(std::string_view origin) const {
  const auto& origins = services_.live().settings.server.cors_origins;
  return std::any_of(origins.begin(), origins.end(),
                     [origin](const std::string& one) { return one == "*" || one == origin; });
}

// A page of another origin may read only what CORS lets it, but a browser would send its simple POSTs all the same: a
// node on loopback without tokens must not take events from any site that its owner looks at.
bool Door::may_cross_origin(http::Exchange& exchange) {
  const http::Head& head = exchange.head;
  if (head.origin.empty() || head.method == Method::get || head.method == Method::head) return true;
  if (http::equal_ignoring_case(authority_of(head.origin), head.host) || origin_allowed(head.origin)) return true;
  http::set_problem(exchange.reply, problems::forbidden,
                    fmt::format("Pages of {} may not write here; server.cors_origins can allow it.", head.origin));
  return false;
}

bool Door::authorized(http::Exchange& exchange) {
  const auto& tokens = services_.live().tokens;
  const http::Role role = exchange.route->role;
  if (tokens.empty() || role == http::Role::none) return true;
  const Token* token = find_token(tokens, exchange.head.authorization);
  if (token == nullptr) {
    const bool missing = exchange.head.authorization.empty();
    exchange.reply.header("WWW-Authenticate", missing ? "Bearer realm=\"laterbase\""
                                                      : "Bearer realm=\"laterbase\", error=\"invalid_token\"");
    http::set_problem(
        exchange.reply, problems::unauthorized,
        missing ? "Say who you are: Authorization: Bearer TOKEN." : "This node does not know that token.");
    return false;
  }
  exchange.user = token->name;
  const bool of_database = is_about_database(*exchange.route);
  const std::string_view database = of_database ? exchange.path_param(0) : std::string_view{};
  if (token->allows(role, database)) return true;
  http::set_problem(exchange.reply, problems::forbidden,
                    of_database
                        ? fmt::format("This token has no role {:?} for database {:?}.", role_name(role), database)
                        : fmt::format("This token has no role {:?}.", role_name(role)));
  return false;
}

bool Door::query_fits(http::Exchange& exchange) {
  if (exchange.head.query.empty()) return true;
  auto params = http::parse_query(exchange.head.query);
  if (!params) {
    http::set_problem(exchange.reply, problems::bad_request, "The query is not percent-encoded as it should be.");
    return false;
  }
  exchange.query = std::move(*params);
  if (takes_any_parameter(*exchange.route)) return true;
  const auto& known = exchange.route->doc.query;
  for (std::size_t i = 0; i < exchange.query.size(); ++i) {
    const std::string& name = exchange.query[i].name;
    const bool is_known = std::any_of(known.begin(), known.end(), [&](const auto& one) { return one.name == name; });
    const bool twice = exchange.query_param(name) != &exchange.query[i].value;
    if (is_known && !twice) continue;
    std::string list;
    for (const auto& one : known) list.append(list.empty() ? "" : ", ").append(one.name);
    http::set_problem(exchange.reply, problems::bad_parameter,
                      twice           ? fmt::format("The parameter {:?} comes twice.", name)
                      : known.empty() ? fmt::format("There is no parameter {:?}; this takes none.", name)
                                      : fmt::format("There is no parameter {:?}; this takes {}.", name, list),
                      {{"parameter", std::string_view{name}}});
    return false;
  }
  return true;
}

bool Door::coding_known(http::Exchange& exchange) {
  const std::string_view coding = exchange.head.content_encoding;
  if (coding.empty() || http::equal_ignoring_case(coding, "gzip") || http::equal_ignoring_case(coding, "zstd") ||
      http::equal_ignoring_case(coding, "identity"))
    return true;
  exchange.reply.header("Accept-Encoding", "gzip, zstd");
  http::set_problem(exchange.reply, problems::unsupported_type,
                    "Bodies are taken as they are or with Content-Encoding gzip or zstd.");
  return false;
}

void Door::failed(http::Exchange& exchange) noexcept {
  try {
    Reply& reply = exchange.reply;
    reply.clear();
    try {
      throw;
    } catch (const Failure& failure) {
      set_failure(reply, failure.code(), failure.what(), exchange.request_id);
      log::error("request failed", {{"request_id", exchange.request_id}, {"reason", failure.what()}});
    } catch (const std::bad_alloc&) {
      http::set_problem(reply, problems::unavailable, "This node is out of memory for the moment.");
    } catch (const std::exception& trouble) {
      http::set_problem(reply, problems::internal, "Something failed inside; this node's log has the reason.",
                        {{"request_id", std::string_view{exchange.request_id}}});
      log::error("request failed", {{"request_id", exchange.request_id}, {"reason", trouble.what()}});
    }
  } catch (...) {
    exchange.reply.status = 500;  // not even memory for a problem document
  }
}

// Refusals about a database carry its clock too, wherever they were made.
void Door::add_clock(http::Exchange& exchange) {
  const int status = exchange.reply.status;
  const bool of_database = exchange.route != nullptr && is_about_database(*exchange.route);
  if (!of_database || status < 400 || status == 401 || status == 403) return;
  if (exchange.reply.headers.find("Laterbase-Clock: ") != std::string::npos) return;
  try {
    if (const auto root = services_.roots.find(exchange.path_param(0)))
      set_clock(exchange.reply, (*root)->epoch(), (*root)->head());
  } catch (const Failure&) {
    // What is wrong with the database is what the answer says already.
  }
}

void Door::decorate(http::Exchange& exchange) {
  add_clock(exchange);
  const std::string_view origin = exchange.head.origin;
  if (origin.empty() || !origin_allowed(origin)) return;
  exchange.reply.header("Access-Control-Allow-Origin", origin);
  exchange.reply.header("Access-Control-Expose-Headers",
                        "Laterbase-Clock, Link, ETag, Location, X-Request-Id, Retry-After, Allow");
  exchange.reply.header("Vary", "Origin");
}

void Door::finished(http::Exchange& exchange) noexcept {
  try {
    const double seconds = static_cast<double>(exchange.thread.now_us() - exchange.started_us) * 1e-6;
    const int status = exchange.reply.status;
    services_.metrics.observe_request(exchange.route, status, exchange.started_us == 0 ? 0 : seconds, exchange.bytes_in,
                                      exchange.bytes_out);
    if (!services_.live().settings.log.requests || !log::enabled(log::Level::info)) return;
    log::info("request", {{"request_id", exchange.request_id},
                          {"method", http::method_name(exchange.head.method)},
                          {"path", exchange.head.path},
                          {"status", status},
                          {"seconds", seconds},
                          {"bytes_in", exchange.bytes_in},
                          {"bytes_out", exchange.bytes_out},
                          {"user", exchange.user}});
  } catch (...) {
    log::warn("a request could not be counted", {});
  }
}

}  // namespace laterbase::api
