#include <thread>

#include "tests/blackbox/blackbox.h"

using namespace laterbase::tests;

namespace {

Request upload(const std::string& db, const std::string& body, const std::string& type) {
  return {.method = "POST", .target = db + "/e", .body = body, .headers = {{"Content-Type", type}}};
}

}  // namespace

TEST_CASE("a body over the limit is 413, and its sender gets to read that") {
  Node node({.flags = {"--limits.max_body=1MiB"}, .config = ""});
  const std::string db = fresh_database(node);
  const std::string lines = [] {
    std::string text;
    while (text.size() < 3'000'000) text += "\"" + std::string(1000, 'x') + "\"\n";
    return text;
  }();
  check_problem(node.post(db + "/e", lines, ndjson_type), 413);

  HttpConnection chunked(node.port());
  chunked.send("POST " + db + "/e HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\n" +
               "Transfer-Encoding: chunked\r\n\r\n2DC6C0\r\n");
  chunked.send(lines.substr(0, 3'000'000));
  check_problem(chunked.read(), 413);
  CHECK(node.get(db).json()["events"] == 0);
  CHECK(node.post(db + "/e", lines.substr(0, 1003 * 900), ndjson_type).status == 201);
}

TEST_CASE("an event over the limit is 413, one at it is not") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  const std::string value(1024 * 1024, 'x');
  const Response fits = node.post(db + "/e", value, "text/plain");
  CHECK(fits.status == 201);
  CHECK(node.get(db + "/e/" + fits.json()["keys"][0].get<std::string>()).body == value);
  check_problem(node.post(db + "/e", value + "x", "text/plain"), 413);
  check_problem(node.post(db + "/e", "1\n\"" + value + "\"\n", ndjson_type), 413);
  CHECK(node.get(db).json()["events"] == 1);
}

TEST_CASE("a header over the limit is 431") {
  Node& node = shared_node();
  CHECK(node.get("/health/live", {{"X-Long", std::string(12'000, 'x')}}).status == 200);
  check_problem(node.get("/health/live", {{"X-Long", std::string(20'000, 'x')}}), 431);
  const Response target = node.get("/" + std::string(20'000, 'x'));
  CHECK((target.status == 431 || target.status == 414));
}

TEST_CASE("a request that doesn't arrive in time is 408") {
  Node node({.flags = {"--limits.read_timeout=300ms"}, .config = ""});
  const std::string db = fresh_database(node);
  for (const std::string& part : {std::string("GET /db HTTP/1.1\r\nHost: x\r\n"),
                                  "POST " + db + "/e HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345"}) {
    HttpConnection slow(node.port());
    slow.send(part);
    check_problem(slow.read(), 408);
    CHECK(slow.read_to_close().empty());
  }
  HttpConnection dripping(node.port());
  for (int i = 0; i < 40; ++i) {
    if (!dripping.send(i == 0 ? "GET /db HTTP/1.1\r\nX: " : "x")) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  check_problem(dripping.read(), 408);
}

TEST_CASE("an idle connection is closed") {
  Node node({.flags = {"--limits.idle_timeout=200ms"}, .config = ""});
  HttpConnection idle(node.port());
  CHECK(idle.ask({.method = "GET", .target = "/health/live", .body = "", .headers = {}}).status == 200);
  CHECK(idle.read_to_close().empty());
}

TEST_CASE("connections over the limit are 503, and room is made when one closes") {
  Node node({.flags = {"--limits.connections=8"}, .config = ""});
  const Request ask{.method = "GET", .target = "/health/live", .body = "", .headers = {}};
  std::vector<HttpConnection> connections;
  for (int i = 0; i < 8; ++i) {
    connections.emplace_back(node.port());
    REQUIRE(connections.back().ask(ask).status == 200);
  }
  {
    HttpConnection one_more(node.port());
    const Response refused = one_more.ask(ask);
    check_problem(refused, 503);
    CHECK(refused.has("retry-after"));
  }
  CHECK(connections[0].ask(ask).status == 200);
  connections.clear();
  int status = 0;
  for (int tries = 0; tries < 200 && status != 200; ++tries) {
    try {
      status = node.ask(ask).status;
    } catch (const BadAnswer&) {
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  CHECK(status == 200);
}

TEST_CASE("streams over the limit are 503") {
  Node node({.flags = {"--limits.subscribers=1"}, .config = ""});
  const std::string db = fresh_database(node);
  HttpConnection first(node.port());
  first.send(
      Request{.method = "GET", .target = db + "/e?lc=0", .body = "", .headers = {{"Accept", "text/event-stream"}}}
          .bytes());
  CHECK(first.read_head().status == 200);
  check_problem(node.get(db + "/e?lc=0", {{"Accept", "text/event-stream"}}), 503);
}

TEST_CASE("a batch over the limit is 413") {
  Node node({.flags = {"--limits.max_batch_events=100"}, .config = ""});
  const std::string db = fresh_database(node);
  post_numbers(node, db, 100);
  std::string lines;
  for (int i = 0; i < 101; ++i) lines += "1\n";
  check_problem(node.post(db + "/e", lines, ndjson_type), 413);
  CHECK(node.get(db).json()["events"] == 100);
}

TEST_CASE("a full map is 507: reads go on, and nothing acknowledged is lost") {
  Node node({.flags = {"--storage.map=4MiB", "--storage.max_map=8MiB"}, .config = ""});
  const std::string db = fresh_database(node);
  const std::string value(100'000, 'x');
  std::vector<std::string> keys;
  Response answer;
  for (int i = 0; i < 400; ++i) {
    answer = node.post(db + "/e", value, "text/plain");
    if (answer.status != 201) break;
    keys.push_back(answer.json()["keys"][0].get<std::string>());
  }
  check_problem(answer, 507);
  CHECK(keys.size() > 10);
  for (const std::string& key : keys) REQUIRE(node.get(db + "/e/" + key).body == value);
  CHECK(node.get(db).json()["events"] == keys.size());
  node.restart_after_kill();
  for (const std::string& key : keys) REQUIRE(node.get(db + "/e/" + key).body == value);
}

TEST_CASE("stuck clients cost nobody else anything") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  const std::string lines = [] {
    std::string text;
    for (int i = 0; i < 2000; ++i) text += "\"" + std::string(1000, 'y') + "\"\n";
    return text;
  }();
  stored(node, db, lines, ndjson_type);
  std::vector<HttpConnection> stuck;
  for (int i = 0; i < 50; ++i) {
    stuck.emplace_back(node.port(), 10'000, 4096);
    const Request big{.method = "GET", .target = db + "/e?lc=0&limit=2000", .body = "", .headers = {}};
    stuck.back().send(i % 2 == 0 ? big.bytes() : upload(db, lines, ndjson_type).bytes().substr(0, 5000));
  }
  for (int i = 0; i < 100; ++i) REQUIRE(node.post(db + "/e", "1", json_type).status == 201);
  CHECK(node.get(db).json()["events"] == 2100);
  CHECK(stuck[0].read().json()["events"].size() == 2000);
}
