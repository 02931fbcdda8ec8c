#include <atomic>
#include <thread>

#include "tests/blackbox/blackbox.h"

using namespace laterbase::tests;

namespace {

// One message of text/event-stream.
struct Message {
  std::string id, event, data;
};

// A subscription: reads messages as they come. Throws Timeout where there is nothing but heartbeats.
class Subscription {
 public:
  Subscription(const Node& node, const std::string& target, Headers headers = {}) : connection_(node.port(), 20'000) {
    headers.emplace_back("Accept", "text/event-stream");
    connection_.send(Request{.method = "GET", .target = target, .body = "", .headers = std::move(headers)}.bytes());
    head_ = connection_.read_head();
  }

  const Response& head() const { return head_; }
  HttpConnection& connection() { return connection_; }

  std::string line() {
    std::size_t end = text_.find('\n');
    for (; end == std::string::npos; end = text_.find('\n')) {
      const std::string some = connection_.read_some_of_body();
      if (some.empty()) throw BadAnswer{"the stream ended"};
      text_ += some;
    }
    std::string line = text_.substr(0, end);
    text_.erase(0, end + 1);
    return line;
  }

  Message next() {
    Message message;
    for (;;) {
      const std::string field = line();
      if (field.empty() && !message.data.empty()) return message;
      if (field.starts_with(":") && ++comments_ > 2) throw Timeout{};
      if (field.starts_with("id:")) message.id = value(field, 3);
      if (field.starts_with("event:")) message.event = value(field, 6);
      if (field.starts_with("data:")) message.data += (message.data.empty() ? "" : "\n") + value(field, 5);
    }
  }

 private:
  static std::string value(const std::string& field, std::size_t after) {
    return field.substr(field[after] == ' ' ? after + 1 : after);
  }

  HttpConnection connection_;
  Response head_;
  std::string text_;
  int comments_ = 0;
};

}  // namespace

TEST_CASE("an event stream gives what was and what comes, in log order") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  const std::string epoch = node.get(db).json()["epoch"].get<std::string>();
  post_numbers(node, db, 3);
  Subscription live(node, db + "/e?lc=1", {{"Accept-Encoding", "gzip, zstd"}});
  CHECK(live.head().status == 200);
  CHECK(live.head().header("content-type").starts_with("text/event-stream"));
  CHECK(live.head().header("x-accel-buffering") == "no");
  CHECK_FALSE(live.head().has("content-encoding"));
  for (int lc = 2; lc <= 3; ++lc) {
    const Message message = live.next();
    CHECK(message.id == epoch + ":" + std::to_string(lc));
    CHECK(Json::parse(message.data)["value"]["n"] == lc - 1);
  }
  node.post(db + "/e?at=1980-01-01T00:00:00Z", "\"late\"", json_type);
  const Message late = live.next();
  CHECK(late.id == epoch + ":4");
  CHECK(Json::parse(late.data)["value"] == "late");
}

TEST_CASE("an event stream resumes after the last event that was seen") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  post_numbers(node, db, 10);
  std::string last_id;
  {
    Subscription live(node, db + "/e?lc=0");
    for (int i = 0; i < 4; ++i) last_id = live.next().id;
  }
  Subscription again(node, db + "/e?lc=0", {{"Last-Event-ID", last_id}});
  CHECK(Json::parse(again.next().data)["lc"] == 5);
  CHECK(Json::parse(again.next().data)["lc"] == 6);
}

TEST_CASE("a stream of another epoch isn't resumed") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  post_numbers(node, db, 2);
  for (const std::string id : {"nonsense:1", "1", ":"}) {
    INFO(id);
    const Response answer =
        node.get(db + "/e?lc=0", {{"Accept", "text/event-stream"}, {"Last-Event-ID", id}, {"Connection", "close"}});
    CHECK((answer.status == 410 || answer.status == 400));
  }
}

TEST_CASE("a feed without a gap while several write") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  constexpr int writers = 4, batches = 25, batch = 10;
  Subscription live(node, db + "/e?lc=0");
  {
    std::vector<std::jthread> threads;
    for (int w = 0; w < writers; ++w) {
      threads.emplace_back([&node, &db] {
        HttpConnection connection(node.port());
        std::string body;
        for (int n = 0; n < batch; ++n) body += "1\n";
        for (int b = 0; b < batches; ++b) {
          connection.ask(
              {.method = "POST", .target = db + "/e", .body = body, .headers = {{"Content-Type", ndjson_type}}});
        }
      });
    }
    for (int lc = 1; lc <= writers * batches * batch; ++lc) REQUIRE(Json::parse(live.next().data)["lc"] == lc);
  }
}

TEST_CASE("a long poll is answered when something happens") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  post_numbers(node, db, 1);
  HttpConnection waiting(node.port(), 30'000);
  waiting.send(Request{.method = "GET", .target = db + "/e?lc=1&wait=25", .body = "", .headers = {}}.bytes());
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  node.post(db + "/e", "\"news\"", json_type);
  const Json page = waiting.read().json();
  REQUIRE(page["events"].size() == 1);
  CHECK(page["events"][0]["value"] == "news");

  const Json nothing = node.get(db + "/e?lc=2&wait=1").json();
  CHECK(nothing["events"].empty());
  CHECK(nothing["lc"] == 2);
  CHECK(node.get(db + "/e?lc=0&wait=60").json()["events"].size() == 2);
}

TEST_CASE("a stream ends when its database is deleted") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  post_numbers(node, db, 1);
  Subscription live(node, db + "/e?lc=0");
  live.next();
  CHECK(node.ask({.method = "DELETE", .target = db, .body = "", .headers = {}}).status == 204);
  CHECK_THROWS_AS(
      [&] {
        for (;;) live.next();
      }(),
      BadAnswer);
}

TEST_CASE("a quiet stream shows that it lives", "[soak]") {
  if (laterbase::test_size(0, 1) == 0) return;
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  Subscription live(node, db + "/e?lc=0");
  std::string line;
  while (!line.starts_with(":")) line = live.line();
  CHECK(line.starts_with(":"));
}

TEST_CASE("a subscriber that reads nothing costs the others nothing and never gets a gap") {
  Node node({.flags = {"--limits.unsent=64KiB"}, .config = ""});
  const std::string db = fresh_database(node);
  HttpConnection stuck(node.port(), 20'000, 4096);
  stuck.send(
      Request{.method = "GET", .target = db + "/e?lc=0", .body = "", .headers = {{"Accept", "text/event-stream"}}}
          .bytes());
  const std::string value = '"' + std::string(10'000, 'x') + "\"\n";
  std::string batch;
  for (int i = 0; i < 100; ++i) batch += value;
  for (int i = 0; i < 6; ++i) stored(node, db, batch, ndjson_type);
  CHECK(node.get(db).json()["events"] == 600);

  CHECK(stuck.read_head().status == 200);
  std::string text;
  std::uint64_t expected = 1;
  bool ended = false;
  try {
    for (std::string some = stuck.read_some_of_body(); !some.empty() && expected <= 600;
         some = stuck.read_some_of_body()) {
      text += some;
      for (std::size_t end = text.find("\n\n"); end != std::string::npos; end = text.find("\n\n")) {
        const std::string message = text.substr(0, end);
        text.erase(0, end + 2);
        if (message.find("event: error") != std::string::npos) ended = true;
        const std::size_t at = message.find("\"lc\":");
        if (ended || at == std::string::npos) continue;
        REQUIRE(std::stoull(message.substr(at + 5)) == expected);
        ++expected;
      }
    }
  } catch (const BadAnswer&) {
    ended = true;
  }
  INFO("events before the end: " << expected - 1);
  CHECK((ended || expected == 601));
}
