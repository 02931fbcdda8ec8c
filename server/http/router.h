#pragma once

#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/http/exchange.h"

// The table of routes: what the router matches, the metrics count and the OpenAPI document is written from.
namespace laterbase::http {

// read_or_write: what is asked decides, which the handler looks at.
enum class Role : std::uint8_t { none, read, write, sync, admin, read_or_write };

struct QueryParam {
  std::string_view name;
  std::string_view meaning;
};

// What the OpenAPI document says of a route.
struct RouteDoc {
  std::string_view summary;
  std::vector<QueryParam> query;                // all that the route takes; others are refused
  std::vector<std::string_view> request_types;  // of bodies
  std::vector<std::string_view> answer_types;   // of good answers
  std::vector<int> statuses;                    // good ones and those beyond the common errors
};

using PlainHandler = std::function<void(Exchange&)>;
using SuspendingHandler = std::function<Awaitable<void>(Exchange&)>;

struct Route {
  Method method;
  std::string_view pattern;  // "/db/{db}/e"; at most 6 segments, 3 of them in braces
  Role role = Role::none;
  std::variant<PlainHandler, SuspendingHandler> handler;
  RouteDoc doc;
  bool takes_body = false;
  std::vector<std::string_view> segments = {};  // of the pattern; filled in by the router
};

class Router {
 public:
  explicit Router(std::vector<Route> routes);

  enum class Match { found, no_path, no_method };
  // Finds the route for the exchange's head and sets its route and path parameters. HEAD is served by GET's. Literal
  // segments go before parameters, and what some route begins with is no parameter at the beginning of another.
  Match find(Exchange& exchange) const;
  // "GET, HEAD, OPTIONS" of the exchange's path; empty where no route has it.
  std::string allowed(Exchange& exchange) const;

  std::span<const Route> routes() const noexcept { return routes_; }

 private:
  std::vector<Route> routes_;  // more literal ones first
  std::set<std::string_view> first_words_;
};

}  // namespace laterbase::http
