#include <signal.h>

#include <chrono>
#include <thread>

#include "tests/blackbox/blackbox.h"

using namespace laterbase::tests;

namespace {

// How `laterbase serve` with these arguments ends, and what it says.
std::pair<Ending, std::string> refused_start(const std::vector<std::string>& flags) {
  const TempDir directory;
  Command command;
  command.arguments = {laterbase_program(), "serve", "--data", directory.file("data")};
  command.arguments.insert(command.arguments.end(), flags.begin(), flags.end());
  command.out = command.err = directory.file("out");
  Process process(command);
  const auto ending = process.wait(10'000);
  REQUIRE(ending.has_value());
  return {*ending, read_file(command.out)};
}

// Asks until the status is that; reloading takes a moment.
bool becomes(const Node& node, const Request& request, int status) {
  for (int tries = 0; tries < 300; ++tries) {
    if (node.ask(request).status == status) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

}  // namespace

TEST_CASE("health, metrics and the description are there") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  post_numbers(node, db, 3);
  CHECK(node.get("/health/live").status == 200);
  CHECK(node.get("/health/ready").status == 200);
  const Response metrics = node.get("/metrics");
  CHECK(metrics.status == 200);
  CHECK(metrics.header("content-type").starts_with("text/plain"));
  CHECK(metrics.body.find("# TYPE") != std::string::npos);
  CHECK(metrics.body.find("_bucket{") != std::string::npos);
  const Json openapi = node.get("/openapi.json").json();
  CHECK(openapi["openapi"].get<std::string>().starts_with("3.1"));
  CHECK(openapi["paths"].contains("/db/{db}/e"));
}

TEST_CASE("the dashboard is where a browser lands") {
  Node& node = shared_node();
  const Response root = node.get("/", {{"Accept", "text/html"}});
  CHECK((root.status == 302 || root.status == 303 || root.status == 307 || root.status == 308));
  CHECK(root.header("location") == "/ui");
  CHECK(node.get("/ui").header("content-type").starts_with("text/html"));
}

TEST_CASE("every answer carries a request's id") {
  Node& node = shared_node();
  const Response first = node.get("/health/live");
  const Response second = node.get("/nowhere");
  const auto id = [](const Response& r) { return r.header("laterbase-request") + r.header("x-request-id"); };
  CHECK_FALSE(id(first).empty());
  CHECK(id(first) != id(second));
}

TEST_CASE("SIGTERM finishes what was begun and ends with 0") {
  Node node;
  const std::string db = fresh_database(node);
  HttpConnection idle(node.port()), half(node.port()), live(node.port());
  half.send("POST " + db + "/e HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\n1");
  live.send(Request{.method = "GET", .target = db + "/e?lc=0", .body = "", .headers = {{"Accept", "text/event-stream"}}}
                .bytes());
  CHECK(live.read_head().status == 200);
  node.process().signal(SIGTERM);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  half.send("23");
  const Response answer = half.read();
  CHECK(answer.status == 201);
  const auto ending = node.process().wait(6'000);
  REQUIRE(ending.has_value());
  CHECK(*ending == Ending{0, 0});
  node.start();
  CHECK(node.get(db).json()["events"] == 1);
}

TEST_CASE("SIGTERM doesn't wait for who never finishes") {
  Node node({.flags = {"--server.drain_timeout=1s"}, .config = ""});
  const std::string db = fresh_database(node);
  HttpConnection half(node.port());
  half.send("POST " + db + "/e HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n1");
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  node.process().signal(SIGTERM);
  const auto ending = node.process().wait(5'000);
  REQUIRE(ending.has_value());
  CHECK(*ending == Ending{0, 0});
}

TEST_CASE("everything is there after an orderly stop and after a kill") {
  Node node;
  const std::string db = fresh_database(node);
  post_numbers(node, db, 100);
  node.post(db + "/e?durability=relaxed", "\"relaxed\"", json_type);
  const auto before = whole_feed(node, db);
  const std::string epoch = node.get(db).json()["epoch"].get<std::string>();
  CHECK(node.stop() == Ending{0, 0});
  node.start();
  CHECK(whole_feed(node, db) == before);
  node.restart_after_kill();
  CHECK(whole_feed(node, db) == before);
  CHECK(node.get(db).json()["epoch"] == epoch);
}

TEST_CASE("SIGHUP reads the settings again") {
  Node node({.flags = {}, .config = "limits.max_event = \"1KiB\"\n"});
  const std::string db = fresh_database(node);
  const std::string value(2000, 'x');
  check_problem(node.post(db + "/e", value, "text/plain"), 413);
  write_file(node.directory().file("node.toml"), "limits.max_event = \"4KiB\"\nserver.threads = 7\n");
  node.process().signal(SIGHUP);
  const Request post{.method = "POST", .target = db + "/e", .body = value, .headers = {{"Content-Type", "text/plain"}}};
  CHECK(becomes(node, post, 201));
  CHECK(node.log().find("server.threads") != std::string::npos);

  write_file(node.directory().file("node.toml"), "limits.max_event = \"lots\"\n");
  node.process().signal(SIGHUP);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  CHECK(node.ask(post).status == 201);
}

TEST_CASE("wrong settings are refused in words") {
  const auto [key, key_words] = refused_start({"--listen", "127.0.0.1:0", "--limits.max_boddy=1MiB"});
  CHECK(key.status != 0);
  CHECK(key_words.find("limits.max_body") != std::string::npos);
  const auto [value, value_words] = refused_start({"--listen", "127.0.0.1:0", "--limits.max_body=big"});
  CHECK(value.status != 0);
  CHECK(value_words.find("limits.max_body") != std::string::npos);
  const auto [wide, wide_words] = refused_start({"--listen", "0.0.0.0:0"});
  CHECK(wide.status != 0);
  CHECK(wide_words.find("token") != std::string::npos);
}

TEST_CASE("a port in use and a directory in use are told in words") {
  Node& node = shared_node();
  const auto [port, port_words] = refused_start({"--listen", "127.0.0.1:" + std::to_string(node.port())});
  CHECK(port.status != 0);
  CHECK(port.signal == 0);
  CHECK(port_words.find(std::to_string(node.port())) != std::string::npos);

  const TempDir directory;
  Command command;
  command.arguments = {laterbase_program(), "serve", "--data", node.data(), "--listen", "127.0.0.1:0"};
  command.out = command.err = directory.file("out");
  Process second(command);
  const auto ending = second.wait(10'000);
  REQUIRE(ending.has_value());
  CHECK(ending->status != 0);
  CHECK(read_file(command.out).find(node.data()) != std::string::npos);
}

TEST_CASE("a browser from elsewhere is let in where the settings say so") {
  Node node({.flags = {}, .config = "server.cors_origins = [\"https://app.example\"]\n"});
  const std::string db = fresh_database(node);
  const Response answer = node.get(db, {{"Origin", "https://app.example"}});
  CHECK(answer.header("access-control-allow-origin") == "https://app.example");
  CHECK(answer.header("access-control-expose-headers").find("Laterbase-Clock") != std::string::npos);
  const Response preflight = node.ask({.method = "OPTIONS",
                                       .target = db + "/e",
                                       .body = "",
                                       .headers = {{"Origin", "https://app.example"},
                                                   {"Access-Control-Request-Method", "POST"},
                                                   {"Access-Control-Request-Headers", "content-type, authorization"}}});
  CHECK((preflight.status == 204 || preflight.status == 200));
  CHECK(preflight.header("access-control-allow-methods").find("POST") != std::string::npos);
  CHECK(preflight.has("access-control-allow-headers"));
  CHECK_FALSE(node.get(db, {{"Origin", "https://evil.example"}}).has("access-control-allow-origin"));
  CHECK_FALSE(shared_node().get("/db", {{"Origin", "https://app.example"}}).has("access-control-allow-origin"));
}

TEST_CASE("a backup streams while writes go on") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  post_numbers(node, db, 1000);
  const Response backup = node.post(db + "/backup", "");
  CHECK(backup.status == 200);
  CHECK(backup.body.size() > 10'000);
}
