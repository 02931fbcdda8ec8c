#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/base/clock.h"
#include "server/api/door.h"
#include "server/api/openapi.h"
#include "tests/support/temp_dir.h"

namespace {

using namespace laterbase;
using Match = http::Router::Match;

// A door without a house: no connection, an empty data directory.
struct Setup {
  tests::TempDir directory;
  config::Settings settings;
  std::unique_ptr<Roots> roots = open_roots(directory.file("data"), {}, system_clock());
  api::Extensions nothing_more;
  api::Services services{*roots, settings, nothing_more};
  api::Door door{services};
  http::IoThread thread{100};
  http::Wakeup wakeup{thread};
  http::Exchange exchange{thread, wakeup};

  ~Setup() { roots->close(); }

  // As if this request had come.
  bool admitted(const std::string& method, const std::string& target, const std::string& fields = "") {
    exchange.clear();
    block = method + " " + target + " HTTP/1.1\r\nHost: here:1\r\n" + fields + "\r\n";
    auto head = http::parse_head(block);
    REQUIRE(head.has_value());
    exchange.head = std::move(*head);
    return door.admit(exchange);
  }
  int status() const { return exchange.reply.status; }

  std::string block;
};

std::string lower(std::string_view text) {
  std::string out;
  for (const char c : text) out += static_cast<char>(std::tolower(c));
  return out;
}

std::string filled_in(std::string_view pattern) {
  std::string path(pattern);
  for (std::size_t open = path.find('{'); open != std::string::npos; open = path.find('{'))
    path.replace(open, path.find('}') - open + 1, "x1");
  return path;
}

}  // namespace

TEST_CASE("the OpenAPI document and the router list the same operations") {
  Setup setup;
  const auto document = nlohmann::json::parse(api::openapi_document(setup.door.router()));
  CHECK(document.at("openapi") == "3.1.0");
  std::set<std::pair<std::string, std::string>> documented, routed;
  for (const auto& [path, item] : document.at("paths").items())
    for (const auto& [method, operation] : item.items()) {
      documented.emplace(path, method);
      INFO(path);
      CHECK_FALSE(operation.at("summary").get<std::string>().empty());
      CHECK_FALSE(operation.at("responses").empty());
    }
  for (const auto& route : setup.door.router().routes())
    routed.emplace(route.pattern, lower(http::method_name(route.method)));
  CHECK(documented == routed);
}

TEST_CASE("each documented operation is reached by its path, each documented parameter taken, others refused") {
  Setup setup;
  const auto document = nlohmann::json::parse(api::openapi_document(setup.door.router()));
  for (const auto& [path, item] : document.at("paths").items())
    for (const auto& [method, operation] : item.items()) {
      std::string upper;
      for (const char c : method) upper += static_cast<char>(std::toupper(c));
      std::string target = filled_in(path);
      INFO(upper << " " << target);
      CHECK(setup.admitted(upper, target));
      CHECK(setup.exchange.route->pattern == path);
      char separator = '?';
      bool takes_any = false;
      for (const auto& parameter : operation.at("parameters")) {
        if (parameter.at("in") != "query") continue;
        takes_any |= parameter.at("name") == "*";
        target += separator + parameter.at("name").get<std::string>() + "=1";
        separator = '&';
      }
      CHECK(setup.admitted(upper, target));
      if (takes_any) continue;  // names of columns, which only the relation knows
      CHECK_FALSE(setup.admitted(upper, filled_in(path) + "?nonsense=1"));
      CHECK(setup.status() == 400);
      CHECK(setup.exchange.reply.body.find("nonsense") != std::string::npos);
    }
}

TEST_CASE("wrong paths, methods and queries") {
  Setup setup;
  CHECK_FALSE(setup.admitted("GET", "/nowhere"));
  CHECK(setup.status() == 404);
  CHECK_FALSE(setup.admitted("GET", "/db/x/e/k/more"));
  CHECK(setup.status() == 404);
  CHECK_FALSE(setup.admitted("GET", "/a/b/c/d/e/f/g/h"));
  CHECK(setup.status() == 404);
  CHECK_FALSE(setup.admitted("GET", "/db/%zz"));
  CHECK(setup.status() == 404);
  CHECK_FALSE(setup.admitted("PATCH", "/db/x/e"));
  CHECK(setup.status() == 405);
  CHECK(setup.exchange.reply.headers.find("Allow: POST, GET, HEAD, OPTIONS\r\n") != std::string::npos);
  CHECK_FALSE(setup.admitted("GET", "/db/x/e?lc=1&lc=2"));
  CHECK(setup.status() == 400);
  CHECK_FALSE(setup.admitted("GET", "/db/x/e?lc=%f"));
  CHECK(setup.status() == 400);
  CHECK_FALSE(setup.admitted("POST", "/db/x/e", "Content-Encoding: br\r\n"));
  CHECK(setup.status() == 415);
  CHECK(setup.admitted("HEAD", "/db/x/e/"));
  CHECK(setup.admitted("GET", "/db/%78/e"));
  CHECK(setup.exchange.path_param(0) == "x");
}

TEST_CASE("OPTIONS and pages of other origins") {
  Setup setup;
  CHECK_FALSE(setup.admitted("OPTIONS", "/db/x"));
  CHECK(setup.status() == 204);
  CHECK(setup.exchange.reply.headers.find("Allow: ") != std::string::npos);
  CHECK(setup.exchange.reply.headers.find("Access-Control") == std::string::npos);
  CHECK_FALSE(setup.admitted("OPTIONS", "/nowhere"));
  CHECK(setup.status() == 404);
  CHECK_FALSE(setup.admitted("POST", "/db/x/e", "Origin: https://evil.example\r\n"));
  CHECK(setup.status() == 403);
  CHECK(setup.admitted("POST", "/db/x/e", "Origin: http://here:1\r\n"));
  CHECK(setup.admitted("GET", "/db/x/e", "Origin: https://evil.example\r\n"));
  setup.settings.server.cors_origins = {"https://good.example"};
  setup.services.apply(setup.settings);
  CHECK(setup.admitted("POST", "/db/x/e", "Origin: https://good.example\r\n"));
  CHECK_FALSE(setup.admitted("OPTIONS", "/db/x/e", "Origin: https://good.example\r\n"));
  setup.door.decorate(setup.exchange);
  CHECK(setup.exchange.reply.headers.find("Access-Control-Allow-Methods: ") != std::string::npos);
  CHECK(setup.exchange.reply.headers.find("Access-Control-Allow-Origin: https://good.example\r\n") !=
        std::string::npos);
}

TEST_CASE("tokens: who may do what, where") {
  Setup setup;
  config::Token reader, admin, hashed;
  reader.name = "reader";
  reader.token = "abc";
  reader.roles = {config::Role::read};
  reader.databases = {"x"};
  admin.name = "admin";
  admin.token = "def";
  admin.roles = {config::Role::admin};
  hashed.name = "hashed";
  hashed.token_sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";  // of "abc"
  hashed.roles = {config::Role::write};
  const auto status = [&](const std::string& method, const std::string& target, const std::string& token) {
    const bool admitted =
        setup.admitted(method, target, token.empty() ? "" : "Authorization: Bearer " + token + "\r\n");
    return admitted ? 200 : setup.status();
  };
  setup.settings.tokens = {reader, admin};
  setup.services.apply(setup.settings);
  CHECK(status("GET", "/db/x/e", "") == 401);
  CHECK(setup.exchange.reply.headers.find("WWW-Authenticate: Bearer") != std::string::npos);
  CHECK(status("GET", "/db/x/e", "abcd") == 401);
  CHECK(status("GET", "/db/x/e", "abc") == 200);
  CHECK(status("GET", "/db/y/e", "abc") == 403);
  CHECK(status("POST", "/db/x/e", "abc") == 403);
  CHECK(status("PUT", "/db/x", "abc") == 403);
  CHECK(status("PUT", "/db/x", "def") == 200);
  CHECK(status("POST", "/db/y/e", "def") == 200);
  CHECK(status("GET", "/health/live", "") == 200);
  CHECK(status("GET", "/openapi.json", "") == 200);
  CHECK(status("GET", "/metrics", "") == 401);
  setup.settings.tokens = {hashed};
  setup.services.apply(setup.settings);
  CHECK(status("POST", "/db/x/e", "abc") == 200);
  CHECK(status("GET", "/db/x/e", "abc") == 403);
}
