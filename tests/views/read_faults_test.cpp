#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "engine/base/log.h"
#include "engine/base/random.h"
#include "tests/support/seed.h"
#include "tests/views/faulty_root.h"
#include "tests/views/replay.h"
#include "tests/views/replica.h"

// The log can't be read for a moment, at any place, or is another one than a moment ago: tables, views and what
// subscribers replay are soon those of a fold from the beginning.
namespace laterbase::views::tests {
namespace {

const std::vector<std::string> relations{"item", "line", "by_item", "heavy", "entries"};

const std::string definitions =
    "TABLE item (id BIGINT = 1 PRIMARY KEY, name TEXT = 2, votes BIGINT = 3 COUNTER, tags TEXT[] = 4 SET);"
    "TABLE line (item BIGINT = 1, kg BIGINT = 2);"
    "CREATE MATERIALIZED VIEW by_item AS SELECT item, count(*) AS n, max(kg) AS most FROM line GROUP BY item;"
    "CREATE MATERIALIZED VIEW heavy AS SELECT i.name, b.n, i.votes FROM item i JOIN by_item b ON b.item = i.id;"
    "CREATE MATERIALIZED VIEW entries AS SELECT count(*) AS n, count(value) AS json FROM events;";

// A database over a root that fails, and those who follow its relations.
class Node {
 public:
  explicit Node(const std::shared_ptr<Root>& root) : root_(std::make_shared<FaultyRoot>(root)) {
    DatabaseOptions options;
    options.save_least_bytes = 4'096;
    options.save_share_percent = 0;
    database_ = std::make_shared<Database>(root_, workers_, system_clock(), options);
  }
  ~Node() {
    for (auto& one : subscriptions_) database_->unsubscribe(*one);
  }
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  Database& database() { return *database_; }
  FaultyRoot& root() { return *root_; }
  FaultPlan& reads() { return root_->reads(); }

  void subscribe() {
    for (const std::string& relation : relations) {
      if (relation == "entries") continue;
      subscriptions_.push_back(std::make_unique<Subscription>(relation, listener_));
      replays_.emplace_back();
      REQUIRE(database_->subscribe(*subscriptions_.back()).has_value());
    }
  }
  void poll() {
    for (std::size_t i = 0; i < replays_.size(); ++i) replays_[i].poll(*database_, *subscriptions_[i]);
  }
  // As they are on a node that has the same events, and never had any trouble.
  void compare(const std::vector<Replica::Entry>& events) {
    Replica oracle;
    oracle.merge(events);
    for (const std::string& relation : relations) {
      CAPTURE(relation);
      const auto page = database_->read(relation, {});
      REQUIRE(page.has_value());
      CHECK(page_json(*page) == oracle.rows(relation));
    }
    poll();
    for (std::size_t i = 0; i < replays_.size(); ++i) {
      CAPTURE(subscriptions_[i]->relation);
      CHECK(replays_[i].sorted() == Replay::of(oracle.rows(subscriptions_[i]->relation)));
    }
  }

 private:
  std::shared_ptr<FaultyRoot> root_;
  Workers workers_{1};
  std::shared_ptr<Database> database_;
  Listener listener_;
  std::vector<std::unique_ptr<Subscription>> subscriptions_;
  std::vector<Replay> replays_;
};

std::string random_facts(Random& random) {
  const std::uint64_t id = random.below(6), n = random.below(5);
  const std::string facts[] = {
      fmt::format(R"({{"@tx":[["item","{}","votes",{{"inc":{}}}],["item","{}","name","n{}"]]}})", id, n, n, id),
      fmt::format(R"({{"@tx":[["item","{}","tags",{{"add":"t{}"}}],["line","s{}","item",{}]]}})", id, n, n, id),
      fmt::format(R"({{"@tx":[["item","{}","tags",{{"remove":"t{}"}}]]}})", id, n),
      fmt::format(R"({{"@tx":[["line","s{}","kg",{}],["line","s{}","item",{}]]}})", id, n, id, n),
      fmt::format(R"({{"@tx":[["line","s{}","",{{"exists":false}}]]}})", id),
      fmt::format(R"({{"@tx":[["item","{}","",{{"exists":{}}}]]}})", id, n % 2 == 0),
      fmt::format(R"({{"kg":{}}})", n),
  };
  return facts[random.below(std::size(facts))];
}

// Backdated, and now and then another value of a key that is there: those are folded again from the log.
Replica::Entry random_entry(Random& random, UlidGenerator& keys, std::vector<Replica::Entry>& posted) {
  Replica::Entry entry{keys.at(1'700'000'000'000 + static_cast<std::int64_t>(random.below(1'000)) * 1'000'000),
                       random_facts(random), true};
  if (!posted.empty() && random.one_in(4)) entry.key = posted[random.below(posted.size())].key;
  posted.push_back(entry);
  return entry;
}

std::string other_lines(Random& random) {
  return fmt::format("TABLE line (item BIGINT = 1, kg BIGINT = 2, s TEXT = {})", 3 + random.below(2));
}

struct Tally {
  std::uint64_t fired = 0, lives = 0;
};

// One read fails while events arrive, which one is chance; somebody may be reading or writing then.
void one_turn(Replica& replica, Node& node, Random& random, UlidGenerator& keys, std::vector<Replica::Entry>& posted,
              Tally& tally) {
  node.reads().fail_at(1 + random.below(30), FailureCode::io, false);
  for (std::uint64_t i = 0, count = 1 + random.below(4); i < count; ++i) {
    std::vector<Replica::Entry> entries;
    for (std::uint64_t n = 0, size = 1 + random.below(3); n < size; ++n)
      entries.push_back(random_entry(random, keys, posted));
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
    replica.merge(entries);
    try {
      if (random.one_in(3)) (void)node.database().read("heavy", {}).has_value();
      if (random.one_in(4)) (void)node.database().execute("UPDATE line SET kg = kg + 1 WHERE item = 3", {}).has_value();
      if (random.one_in(4)) node.poll();
      if (random.one_in(6)) node.database().save();
      if (random.one_in(9)) (void)node.database().execute(other_lines(random), {}).has_value();
    } catch (const Failure&) {
    }
  }
  tally.fired += node.reads().fired();
  node.reads().fail_at(0, FailureCode::io, false);
}

TEST_CASE("whichever read of the log fails, tables, views and subscribers come to what the log says") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  log::set_level(log::Level::off);
  Tally tally;
  for (std::uint64_t history = 0; history < test_size(6, 400); ++history) {
    CAPTURE(history);
    Random random(seed + history);
    UlidGenerator keys(seed + history);
    std::vector<Replica::Entry> posted;
    Replica replica;
    Node node(replica.root_ptr());
    REQUIRE(node.database().execute(definitions, {}).has_value());
    node.subscribe();
    for (int turn = 0; turn < 15; ++turn) {
      CAPTURE(turn);
      one_turn(replica, node, random, keys, posted, tally);
      node.compare(replica.events());
    }
    tally.lives += node.database().lives();
  }
  log::set_level(log::Level::info);
  CHECK(tally.fired > 0);
  CHECK(tally.lives > test_size(6, 400));
}

TEST_CASE("a log that has lost its last entries, or has others there, is followed from its beginning") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  UlidGenerator keys(seed);
  log::set_level(log::Level::off);
  for (const int more : {-6, -1, 0, 1, 9}) {
    CAPTURE(more);
    std::vector<Replica::Entry> posted;
    Replica first, second;
    Node node(first.root_ptr());
    REQUIRE(node.database().execute(definitions, {}).has_value());
    for (int i = 0; i < 12; ++i) first.merge({random_entry(random, keys, posted)});
    node.subscribe();
    node.compare(first.events());
    auto kept = first.entries(7);
    second.merge({kept.begin(), kept.begin() + 1});
    for (const auto& entry : std::vector(kept.begin() + 1, kept.end())) second.merge({entry});
    posted.clear();
    while (second.root().head() < first.root().head() + static_cast<Lc>(more))
      second.merge({random_entry(random, keys, posted)});
    node.root().become(second.root_ptr());
    node.compare(second.events());
    CHECK(node.database().lives() == 2);
  }
  log::set_level(log::Level::info);
}

TEST_CASE("who follows a tree is told when it begins anew, and goes on with it") {
  log::set_level(log::Level::off);
  Replica replica;
  Node node(replica.root_ptr());
  REQUIRE(node.database().execute(definitions + "INSERT INTO line VALUES (1, 10)", {}).has_value());
  const auto tree = node.database().open_tree("MANY line { item, kg }", "");
  REQUIRE(tree.has_value());
  Listener listener;
  Subscription subscription(*tree, listener);
  REQUIRE(node.database().subscribe(subscription).has_value());
  std::vector<LiveMessage> messages;
  REQUIRE(node.database().poll(subscription, messages));
  REQUIRE(messages.size() == 1);
  const int told = listener.told;
  // Where a read fails before anything has been taken in, nothing has happened.
  node.reads().fail_at(1, FailureCode::io, true);
  CHECK_THROWS_AS(node.database().read("line", {}), Failure);
  CHECK(node.database().lives() == 1);
  const std::vector<Replica::Entry> one{{Ulid{1, 1}, R"({"@tx":[["line","x","item",7]]})", true}};
  node.reads().fail_at(1, FailureCode::io, true);
  replica.merge(one);
  for (std::uint64_t nth = 2; listener.told == told; ++nth) {
    node.reads().fail_at(nth, FailureCode::io, true);
    CHECK_THROWS_AS(node.database().read("line", {}), Failure);
    REQUIRE(nth < 20);
  }
  node.reads().fail_at(0, FailureCode::io, false);
  messages.clear();
  REQUIRE(node.database().poll(subscription, messages));
  REQUIRE(messages.size() == 2);
  CHECK(messages[0].kind == LiveMessage::Kind::reset);
  CHECK(messages[1].kind == LiveMessage::Kind::snapshot);
  CHECK(messages[1].data.find("\"item\":7") != std::string::npos);
  REQUIRE(node.database().execute("INSERT INTO line VALUES (3, 30)", {}).has_value());
  messages.clear();
  REQUIRE(node.database().poll(subscription, messages));
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].kind == LiveMessage::Kind::patch);
  node.database().unsubscribe(subscription);
  node.database().close_tree(*tree);
  log::set_level(log::Level::info);
}

TEST_CASE("a view that needs more memory than there is for a step is broken, and the others go on") {
  log::set_level(log::Level::off);
  Replica node;
  REQUIRE(node.sql("CREATE TABLE t (n BIGINT PRIMARY KEY);"
                   "CREATE MATERIALIZED VIEW wide AS SELECT n, repeat('x', n::INTEGER) AS text FROM t;"
                   "CREATE MATERIALIZED VIEW sums AS SELECT count(*) AS rows, sum(n) AS n FROM t;"
                   "CREATE MATERIALIZED VIEW widths AS SELECT length(text) AS width FROM wide;") == "");
  REQUIRE(node.sql("INSERT INTO t VALUES (3)") == "");
  CHECK(node.rows("widths") == "[{\"width\":3}]\n");
  std::string many = "INSERT INTO t VALUES (4000000)";
  for (int i = 1; i < 300; ++i) many += fmt::format(", ({})", 4'000'000 + i);
  REQUIRE(node.sql(many) == "");
  CHECK(node.rows("sums") == "[{\"rows\":301,\"n\":1200044853}]\n");
  CHECK(node.database().view("wide")->state == "broken");
  CHECK(node.database().view("wide")->trouble.starts_with(std::string(ivm::Budget::spent)));
  CHECK(node.database().view("widths")->state == "broken");
  CHECK(node.database().lives() == 1);
  REQUIRE(node.sql("DELETE FROM t WHERE n > 3") == "");
  CHECK(node.rows("sums") == "[{\"rows\":1,\"n\":3}]\n");
  log::set_level(log::Level::info);
}

}  // namespace
}  // namespace laterbase::views::tests
