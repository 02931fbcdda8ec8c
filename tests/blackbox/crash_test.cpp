#include <atomic>
#include <chrono>
#include <mutex>
#include <random>
#include <set>
#include <system_error>
#include <thread>

#include "tests/blackbox/blackbox.h"

using namespace laterbase::tests;

// kill -9 at a random moment under load. Afterwards: everything acknowledged is there, the log is dense, nothing is
// there that nobody sent, and no batch is torn.

namespace {

struct Batch {
  std::vector<std::string> keys;
  bool acknowledged = false;
};

// Writes batches of its own until the node is gone. Values say whose they are: "w:b:n" of the writer, batch and number.
class Writer {
 public:
  Writer(std::uint16_t port, std::string db, int number, std::uint64_t seed)
      : port_(port), db_(std::move(db)), number_(number), random_(seed) {}

  void run() {
    try {
      HttpConnection connection(port_);
      for (;;) write(connection);
    } catch (const BadAnswer&) {
    } catch (const Timeout&) {
    } catch (const std::system_error&) {
    }
  }

  const std::vector<Batch>& batches() const { return batches_; }

 private:
  void write(HttpConnection& connection) {
    Batch batch;
    std::string body;
    const std::size_t size = 1 + random_() % 20;
    for (std::size_t n = 0; n < size; ++n) {
      batch.keys.push_back(ulid(1'000'000'000'000 + random_() % 100'000'000, random_()));
      body += R"({"key":")" + batch.keys.back() + R"(","value":")" + value(n) + "\"}\n";
    }
    batches_.push_back(std::move(batch));
    const std::string level = random_() % 4 == 0 ? "relaxed" : "strong";
    const Response answer = connection.ask({.method = "POST",
                                            .target = db_ + "/e?durability=" + level,
                                            .body = body,
                                            .headers = {{"Content-Type", envelope_lines_type}}});
    batches_.back().acknowledged = answer.status == 201 || answer.status == 202;
  }

  std::string value(std::size_t n) const {
    return std::to_string(number_) + ":" + std::to_string(batches_.size()) + ":" + std::to_string(n);
  }

  std::uint16_t port_;
  std::string db_;
  int number_;
  std::mt19937_64 random_;
  std::vector<Batch> batches_;
};

// From key to value, and that the positions are 1, 2, 3, …
std::map<std::string, std::string> dense_feed(const Node& node, const std::string& db) {
  std::map<std::string, std::string> values;
  std::uint64_t lc = 0;
  for (const Json& event : whole_feed(node, db)) {
    REQUIRE(event["lc"] == ++lc);
    values[event["key"].get<std::string>()] = event["value"].get<std::string>();
  }
  CHECK(values.size() == lc);
  return values;
}

// How many acknowledged batches were found whole.
int check_batches(const std::vector<Writer>& writers, std::map<std::string, std::string> feed) {
  int acknowledged = 0;
  for (std::size_t w = 0; w < writers.size(); ++w) {
    for (std::size_t b = 0; b < writers[w].batches().size(); ++b) {
      const Batch& batch = writers[w].batches()[b];
      const bool there = feed.contains(batch.keys.front());
      acknowledged += batch.acknowledged;
      if (batch.acknowledged) REQUIRE(there);
      for (std::size_t n = 0; n < batch.keys.size(); ++n) {
        const auto found = feed.find(batch.keys[n]);
        REQUIRE((found != feed.end()) == there);
        if (!there) continue;
        REQUIRE(found->second == std::to_string(w) + ":" + std::to_string(b) + ":" + std::to_string(n));
        feed.erase(found);
      }
    }
  }
  CHECK(feed.empty());
  return acknowledged;
}

}  // namespace

TEST_CASE("kill -9 at any moment loses nothing that was acknowledged") {
  const std::uint64_t seed = laterbase::test_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const int rounds = static_cast<int>(laterbase::test_size(20, 1000));
  int acknowledged = 0, unanswered = 0;
  Node node;
  for (int round = 0; round < rounds; ++round) {
    CAPTURE(round);
    const std::string db = fresh_database(node);
    std::vector<Writer> writers;
    for (int w = 0; w < 4; ++w) writers.emplace_back(node.port(), db, w, random());
    {
      std::vector<std::jthread> threads;
      for (Writer& writer : writers) threads.emplace_back([&writer] { writer.run(); });
      std::this_thread::sleep_for(std::chrono::microseconds(1'000 + random() % 200'000));
      node.kill();
    }
    node.start();
    acknowledged += check_batches(writers, dense_feed(node, db));
    for (const Writer& writer : writers)
      unanswered += !writer.batches().empty() && !writer.batches().back().acknowledged;
    CHECK(node.ask({.method = "DELETE", .target = db, .body = "", .headers = {}}).status == 204);
  }
  // The run counts only if the kills fell into work.
  CHECK(acknowledged > rounds);
  CHECK(unanswered > 0);
}

namespace {

// Makes databases, and drops every third, until the node is gone. kept holds those that must be there then.
void make_and_drop(const Node& node, const std::string& prefix, std::set<std::string>& kept, std::string& current) {
  try {
    for (int i = 0;; ++i) {
      current = prefix + std::to_string(i);
      if (node.put(current).status != 201) return;
      kept.insert(current);
      if (i % 3 != 0) continue;
      if (node.ask({.method = "DELETE", .target = current, .body = "", .headers = {}}).status != 204) return;
      kept.erase(current);
    }
  } catch (const BadAnswer&) {
  } catch (const std::system_error&) {
  }
}

}  // namespace

TEST_CASE("a database whose making was answered is there after kill -9") {
  const std::uint64_t seed = laterbase::test_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  Node node;
  std::size_t made = 0;
  for (int round = 0; round < static_cast<int>(laterbase::test_size(5, 200)); ++round) {
    std::set<std::string> kept;
    std::string current;
    {
      std::jthread maker([&] { make_and_drop(node, "/db/r" + std::to_string(round) + "-", kept, current); });
      std::this_thread::sleep_for(std::chrono::microseconds(20'000 + random() % 200'000));
      node.kill();
    }
    node.start();
    kept.erase(current);  // unanswered: it may be there or not
    made += kept.size();
    for (const std::string& db : kept) {
      INFO(db);
      CHECK(node.post(db + "/e", "1", json_type).status == 201);
    }
    const Response unsure = node.get(current);
    CHECK((unsure.status == 200 || unsure.status == 404));
    CHECK(node.put(current).status < 300);
  }
  CHECK(made > 0);
}
