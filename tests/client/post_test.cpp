#include "client/post.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/client/console_text.h"
#include "tests/client/fake_node.h"

namespace laterbase::client {
namespace {

Reply stored(int count, int lc) {
  return reply(201, fmt::format(R"({{"lc":{},"keys":[],"stored":{},"known":0}})", lc, count));
}

PostOptions three_a_batch() {
  PostOptions options;
  options.database = "trucks";
  options.batches.events = 3;
  return options;
}

// Posts the text as standard input; what the console got.
std::string post_text(FakeNode& node, const PostOptions& options, const std::string& text) {
  ConsoleText console;
  std::istringstream input(text);
  auto session = node.session();
  post(session, console, options, input);
  return console.out.str();
}

TEST_CASE("lines go in batches of envelopes with keys in ascending order") {
  FakeNode node({stored(3, 3), stored(1, 4)});
  const auto summary = nlohmann::json::parse(post_text(node, three_a_batch(), "1\n\n {\"a\":  2}\r\n\"x\"\n[4]"));
  REQUIRE(summary["stored"] == 4);
  REQUIRE(summary["lc"] == 4);
  REQUIRE(node.requests().size() == 2);
  REQUIRE(node.requests()[0].starts_with("POST /db/trucks/e HTTP/1.1\r\n"));
  REQUIRE(field_of(node.requests()[0], "Content-Type") == "application/vnd.laterbase+x-ndjson");
  REQUIRE(field_of(node.requests()[0], "Authorization") == "Bearer secret");

  std::istringstream bodies(body_of(node.requests()[0]) + body_of(node.requests()[1]));
  std::string line, last_key, values;
  while (std::getline(bodies, line)) {
    const auto envelope = nlohmann::json::parse(line);
    const std::string key = envelope.at("key");
    REQUIRE(Ulid::parse(key).has_value());
    REQUIRE(key > last_key);
    last_key = key;
    values += line.substr(line.find("\"value\":") + 8);
  }
  REQUIRE(values == "1}{\"a\":  2}}\"x\"}[4]}");  // byte for byte
}

TEST_CASE("a busy node is asked again, with the same keys") {
  FakeNode node(
      {reply(503, R"({"title":"Busy","detail":"the writer's queue is full"})", "Retry-After: 0\r\n"), stored(1, 1)});
  post_text(node, three_a_batch(), "1\n");
  REQUIRE(node.requests().size() == 2);
  REQUIRE(body_of(node.requests()[0]) == body_of(node.requests()[1]));
  REQUIRE(node.notices == std::vector<std::string>{"the writer's queue is full; trying again"});
}

TEST_CASE("a batch whose answer got lost is sent again, with the same keys") {
  const Reply torn{"HTTP/1.1 201 X\r\nContent-Length: 100\r\n\r\n{\"lc\"", true};
  const Reply none;
  for (const Reply& lost : {torn, none}) {
    FakeNode node({stored(3, 3), lost, reply(200, R"({"lc":6,"stored":0,"known":3})"), stored(1, 7)});
    const auto summary = nlohmann::json::parse(post_text(node, three_a_batch(), "1\n2\n3\n4\n5\n6\n7\n"));
    REQUIRE(node.requests().size() == 4);
    REQUIRE(body_of(node.requests()[1]) == body_of(node.requests()[2]));
    REQUIRE(body_of(node.requests()[2]) != body_of(node.requests()[3]));
    REQUIRE(summary["known"] == 3);
    REQUIRE(summary["lc"] == 7);
  }
}

TEST_CASE("a node that stays busy is given up on after the total, and says how to go on") {
  std::vector<Reply> script{stored(3, 3)};
  for (int i = 0; i < 100; ++i) script.push_back(reply(503, R"({"detail":"draining"})"));
  FakeNode node(script);
  ConsoleText console;
  std::istringstream input("1\n2\n3\n4\n");
  auto session = node.session(20);
  REQUIRE_THROWS_WITH(post(session, console, three_a_batch(), input),
                      "standard input: draining\nThe 3 events before this batch are stored; go on with --skip 3.");
  REQUIRE(node.requests().size() > 3);
  REQUIRE(node.requests().size() < 30);
}

TEST_CASE("a refusal names the line of the input, not of the batch") {
  FakeNode node({stored(3, 3), reply(422, R"({"detail":"Line 2: the time is too far ahead","line":2})")});
  ConsoleText console;
  std::istringstream input("1\n2\n3\n\n\n4\n\n5\n");
  auto session = node.session();
  REQUIRE_THROWS_WITH(post(session, console, three_a_batch(), input),
                      "standard input, line 8: the time is too far ahead\n"
                      "The 3 events before this batch are stored; go on with --skip 3.");
  REQUIRE(node.requests().size() == 2);
}

TEST_CASE("going on with --skip sends what was left, and counts from the beginning") {
  FakeNode node({stored(3, 6), reply(409, R"({"detail":"no","line":1})")});
  auto options = three_a_batch();
  options.batches.skip = 3;
  ConsoleText console;
  std::istringstream input("1\n2\n3\n4\n5\n6\n7\n");
  auto session = node.session();
  REQUIRE_THROWS_WITH(post(session, console, options, input),
                      "standard input, line 7: no\nThe 3 events before this batch are stored; go on with --skip 6.");
  REQUIRE(body_of(node.requests()[0]).find("\"value\":4}") != std::string::npos);
}

TEST_CASE("a node that was never reached is not waited for") {
  std::string url;
  {
    FakeNode gone({});
    url = gone.url();
  }
  ConnectionOptions options{*parse_endpoint(url), {}, {}, true};
  Session session(options, RetryPolicy{1, 1, 1'000'000}, [](const std::string&) { FAIL("it was tried again"); });
  REQUIRE_THROWS_AS(session.call({"GET", "/", {}, {}}), Unreachable);
}

TEST_CASE("options become the request's") {
  FakeNode node({reply(201, "{}"), stored(1, 1)});
  auto options = three_a_batch();
  options.relaxed = options.create = true;
  post_text(node, options, "1\n");
  REQUIRE(node.requests()[0].starts_with("PUT /db/trucks HTTP/1.1\r\n"));
  REQUIRE(node.requests()[1].starts_with("POST /db/trucks/e?durability=relaxed HTTP/1.1\r\n"));
}

TEST_CASE("a person gets a sentence, and the key of a single event") {
  FakeNode node({stored(1, 1234)});
  ConsoleText console(true);
  std::istringstream input("1\n");
  auto session = node.session();
  post(session, console, three_a_batch(), input);
  const std::string said = console.out.str();
  REQUIRE(said.starts_with("1 event stored, 0 already known, in "));
  REQUIRE(said.find("; the log is at 1,234.\n") != std::string::npos);
  const std::string key = nlohmann::json::parse(body_of(node.requests()[0])).at("key");
  REQUIRE(said.ends_with(key + "\n"));
}

}  // namespace
}  // namespace laterbase::client
