#include <filesystem>

#include "tests/cluster/cluster.h"

using namespace laterbase::tests;

// Tokens and certificates between nodes.

namespace {

const std::string tokens = R"(
[[tokens]]
name = "ops"
token = "all-may-i"
roles = ["admin"]
[[tokens]]
name = "truck"
token = "sync-may-i"
roles = ["sync"]
databases = ["trucks"]
)";

Contents write_as_admin(const Node& node, const std::string& value) {
  const Headers headers = {{"Authorization", "Bearer all-may-i"}, {"Content-Type", "application/json"}};
  node.ask({.method = "PUT", .target = trucks, .body = "", .headers = headers});
  const Response answer = node.ask({.method = "POST", .target = trucks + "/e", .body = value, .headers = headers});
  REQUIRE(answer.status == 201);
  return {{answer.json()["keys"][0], value}};
}

}  // namespace

TEST_CASE("a peer is shown a token, and a wrong one is told in words") {
  const Site a;
  const Site b({}, tokens);
  const Contents of_b = write_as_admin(b, "{\"b\":1}");
  add_peer(a, "b", b.url(), {{"databases", {"trucks"}}});
  REQUIRE(eventually([&] { return peer_state(a, "b")["state"] == "failing"; }));
  CHECK(peer_state(a, "b")["links"][0]["error"].get<std::string>().find("401") != std::string::npos);
  CHECK(contents(a).empty());
  add_peer(a, "b", b.url(), {{"token", "sync-may-i"}});  // every database, though it may only sync one
  check_all_hold({&a}, of_b);
  CHECK(a.get("/peers").body.find("sync-may-i") == std::string::npos);
}

TEST_CASE("sync needs its role, and peer= and peers need admin") {
  const Site b({}, tokens);
  write_as_admin(b, "{}");
  const auto status = [&](const std::string& method, const std::string& target, const std::string& token) {
    Headers headers;
    if (!token.empty()) headers.emplace_back("Authorization", "Bearer " + token);
    return b.ask({.method = method, .target = target, .body = "{}", .headers = headers}).status;
  };
  CHECK(status("POST", trucks + "/sync", "") == 401);
  CHECK(status("POST", trucks + "/sync", "sync-may-i") == 200);
  CHECK(status("POST", trucks + "/sync?peer=x", "sync-may-i") == 403);
  CHECK(status("POST", trucks + "/sync?peer=x", "all-may-i") == 404);
  CHECK(status("PUT", "/peers/x", "sync-may-i") == 403);
  CHECK(status("DELETE", "/peers/x", "sync-may-i") == 403);
  CHECK(status("GET", trucks + "/conflicts", "sync-may-i") == 403);
  CHECK(status("GET", "/peers", "all-may-i") == 200);
}

TEST_CASE("over TLS a peer's certificate is checked") {
  const std::string certificate = "tests/program/test_certificate.pem";
  const Site a;
  const Contents of_a = write(a, "a", 4);
  const std::string has_a = "[[peers]]\nname = \"a\"\nurl = \"" + a.url() + "\"\ninterval_ms = 100\n";
  const Node b({{"--tls.certificate=" + certificate, "--tls.key=tests/program/test_key.pem"}, has_a, true});
  const std::string url = "https://127.0.0.1:" + std::to_string(b.port());
  add_peer(a, "b", url);
  REQUIRE(eventually([&] { return peer_state(a, "b")["state"] == "failing"; }));
  CHECK(a.get("/peers").body.find("certificate is not one to trust") != std::string::npos);
  add_peer(a, "b", url, {{"ca_file", std::filesystem::absolute(certificate)}});
  REQUIRE(eventually([&] { return peer_state(a, "b")["state"] == "level"; }));
  CHECK(sync_now(a, "b")["equal"] == true);
}
