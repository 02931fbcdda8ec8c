#include "server/http/router.h"

#include <algorithm>

namespace laterbase::http {
namespace {

constexpr std::size_t max_segments = 6;

struct Segments {
  std::array<std::string_view, max_segments> parts;
  std::size_t count = 0;
  bool too_many = false;
};

// A slash at the end makes no difference.
Segments split(std::string_view path) {
  Segments segments;
  if (path.starts_with('/')) path.remove_prefix(1);
  if (path.ends_with('/')) path.remove_suffix(1);
  while (!path.empty()) {
    if (segments.count == max_segments) {
      segments.too_many = true;
      break;
    }
    const std::size_t slash = path.find('/');
    segments.parts[segments.count++] = path.substr(0, slash);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  }
  return segments;
}

bool is_parameter(std::string_view segment) noexcept { return segment.starts_with('{'); }

bool matches(const Route& route, const Segments& segments, const std::set<std::string_view>& words) {
  if (segments.too_many || route.segments.size() != segments.count) return false;
  if (segments.count > 0 && is_parameter(route.segments[0]) && words.contains(segments.parts[0])) return false;
  for (std::size_t i = 0; i < segments.count; ++i)
    if (!is_parameter(route.segments[i]) && route.segments[i] != segments.parts[i]) return false;
  return true;
}

void set_params(const Route& route, const Segments& segments, Exchange& exchange) {
  std::size_t next = 0;
  for (std::size_t i = 0; i < segments.count; ++i)
    if (is_parameter(route.segments[i])) exchange.path_params[next++] = segments.parts[i];
}

std::string_view path_of(Exchange& exchange) {
  if (exchange.head.path.find('%') == std::string_view::npos) return exchange.head.path;
  auto decoded = percent_decoded(exchange.head.path, false);
  if (!decoded) return "/%";
  exchange.decoded_path = std::move(*decoded);
  return exchange.decoded_path;
}

std::size_t parameters_of(const Route& route) {
  return static_cast<std::size_t>(std::count_if(route.segments.begin(), route.segments.end(), is_parameter));
}

}  // namespace

Router::Router(std::vector<Route> routes) : routes_(std::move(routes)) {
  for (Route& route : routes_) {
    const Segments segments = split(route.pattern);
    route.segments.assign(segments.parts.begin(), segments.parts.begin() + static_cast<std::ptrdiff_t>(segments.count));
  }
  for (const Route& route : routes_)
    if (!route.segments.empty() && !is_parameter(route.segments[0])) first_words_.insert(route.segments[0]);
  std::stable_sort(routes_.begin(), routes_.end(),
                   [](const Route& a, const Route& b) { return parameters_of(a) < parameters_of(b); });
}

Router::Match Router::find(Exchange& exchange) const {
  const Segments segments = split(path_of(exchange));
  const Method method = exchange.head.method == Method::head ? Method::get : exchange.head.method;
  bool path_exists = false;
  for (const Route& route : routes_) {
    if (!matches(route, segments, first_words_)) continue;
    path_exists = true;
    if (route.method != method) continue;
    exchange.route = &route;
    set_params(route, segments, exchange);
    return Match::found;
  }
  return path_exists ? Match::no_method : Match::no_path;
}

std::string Router::allowed(Exchange& exchange) const {
  const Segments segments = split(path_of(exchange));
  std::string methods;
  for (const Route& route : routes_) {
    if (exchange.head.path != "*" && !matches(route, segments, first_words_)) continue;
    const std::string name = std::string(method_name(route.method)) + (route.method == Method::get ? ", HEAD, " : ", ");
    if (methods.find(name) == std::string::npos) methods += name;
  }
  return methods.empty() ? methods : methods + "OPTIONS";
}

}  // namespace laterbase::http
