#include <sstream>

#include "tests/blackbox/blackbox.h"

using namespace laterbase::tests;

// What must not grow with the answer or with the number of databases.

namespace {

// The process's own memory, without mapped files: KiB.
std::uint64_t anonymous_kib(pid_t pid) {
  std::istringstream status(read_file("/proc/" + std::to_string(pid) + "/status"));
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("RssAnon:")) return std::stoull(line.substr(8));
  }
  return 0;
}

std::uint64_t open_files(pid_t pid) {
  std::uint64_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd")) {
    count += !entry.path().empty();
  }
  return count;
}

}  // namespace

TEST_CASE("memory doesn't grow with the answer") {
  Node node({.flags = {"--limits.max_page=1000000"}, .config = ""});
  const std::string db = fresh_database(node);
  std::string lines;
  for (int i = 0; i < 20'000; ++i) lines += "\"" + std::string(1000, 'm') + "\"\n";
  for (int i = 0; i < 3; ++i) stored(node, db, lines, ndjson_type);
  node.restart_after_kill();
  node.get(db + "/e?lc=0&limit=100");
  const std::uint64_t before = anonymous_kib(node.process().pid());

  for (const std::string query : {"from=1970-01-01T00:00:00Z&limit=60000", "lc=0&order=lc&limit=60000"}) {
    INFO(query);
    HttpConnection slow(node.port(), 10'000, 4096);
    const Headers accept = {{"Accept", ndjson_type}};
    slow.send(Request{.method = "GET", .target = db + "/e?" + query, .body = "", .headers = accept}.bytes());
    CHECK(slow.read_head().status == 200);
    std::size_t bytes = 0;
    std::uint64_t most = 0;
    for (std::string some = slow.read_some_of_body(); !some.empty(); some = slow.read_some_of_body()) {
      bytes += some.size();
      if (bytes / 10'000'000 != (bytes - some.size()) / 10'000'000) {
        most = std::max(most, anonymous_kib(node.process().pid()));
      }
    }
    CHECK(bytes > 60'000'000);
    CHECK(most < before + 16 * 1024);
  }
}

TEST_CASE("many databases, few of them open") {
  const int count = static_cast<int>(laterbase::test_size(100, 1000));
  Node node({.flags = {"--storage.open_databases=16"}, .config = ""});
  HttpConnection connection(node.port());
  const auto ask = [&connection](const std::string& method, const std::string& target, const std::string& body) {
    return connection.ask({.method = method, .target = target, .body = body, .headers = {{"Content-Type", json_type}}});
  };
  for (int i = 0; i < count; ++i) {
    const std::string db = "/db/many" + std::to_string(i);
    REQUIRE(ask("PUT", db, "").status == 201);
    REQUIRE(ask("POST", db + "/e", std::to_string(i)).status == 201);
  }
  CHECK(open_files(node.process().pid()) < 16 * 4 + 60);
  node.kill();
  node.start();
  HttpConnection again(node.port());
  connection = std::move(again);
  for (int i = 0; i < count; ++i) {
    REQUIRE(ask("GET", "/db/many" + std::to_string(i) + "/e?lc=0", "").json()["events"][0]["value"] == i);
  }
  CHECK(ask("GET", "/db", "").body.find("many" + std::to_string(count - 1)) != std::string::npos);
}
