#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <algorithm>

#include "engine/base/random.h"
#include "tests/support/seed.h"
#include "tests/views/faulty_root.h"
#include "tests/views/replica.h"

// Every operation of a save fails once, and everything is lost between any two of them: what is found then is a whole
// state of one position, or none, and the rows are those of a fold from the beginning.
namespace laterbase::views::tests {
namespace {

const std::vector<std::string> relations{"item", "line", "by_item", "heavy", "entries"};

const std::string definitions =
    "TABLE item (id BIGINT = 1 PRIMARY KEY, name TEXT = 2, votes BIGINT = 3 COUNTER, tags TEXT[] = 4 SET);"
    "CREATE TABLE line (item BIGINT, kg BIGINT);"
    "CREATE MATERIALIZED VIEW by_item AS SELECT item, count(*) AS n, max(kg) AS most FROM line GROUP BY item;"
    "CREATE MATERIALIZED VIEW heavy AS SELECT i.name, b.n, i.votes FROM item i JOIN by_item b ON b.item = i.id;"
    "CREATE MATERIALIZED VIEW entries AS SELECT count(*) AS n FROM events;";

std::string random_statement(Random& random) {
  const std::uint64_t id = random.below(8), n = random.below(10);
  switch (random.below(9)) {
    case 0:
    case 1:
      return fmt::format(
          "INSERT INTO item (id, name, votes, tags) VALUES ({0}, 'n{1}', {1}, ARRAY['a']) ON CONFLICT (id) DO UPDATE "
          "SET "
          "votes = item.votes + excluded.votes",
          id, n);
    case 2:
      return fmt::format("DELETE FROM item WHERE id = {}", id);
    case 3:
      return fmt::format("DELETE FROM line WHERE kg = {}", n);
    case 4:
      return random.one_in(3) ? "TABLE item (id BIGINT = 1 PRIMARY KEY, title TEXT = 2, votes BIGINT = 3 COUNTER, name "
                                "TEXT = 5, tags TEXT[] = 4 SET)"
                              : fmt::format("UPDATE item SET name = 'm{}' WHERE id >= {}", n, id);
    default:
      return fmt::format("INSERT INTO line VALUES ({}, {}), ({}, NULL)", id, n, (id + n) % 6);
  }
}

// One database over a root that fails; it is let go without a save.
class Node {
 public:
  explicit Node(std::shared_ptr<Root> root) : root_(std::make_shared<FaultyRoot>(std::move(root))) { restart(); }

  Database& database() { return *database_; }
  FaultPlan& plan() { return root_->plan(); }
  void restart() {
    database_.reset();
    DatabaseOptions options;
    options.save_least_bytes = std::uint64_t{1} << 40;  // only when it is told to
    database_ = std::make_shared<Database>(root_, workers_, system_clock(), options);
  }

 private:
  std::shared_ptr<FaultyRoot> root_;
  std::shared_ptr<Database> database_;
  Workers workers_{1};
};

std::string rows_of(Database& database) {
  std::string all;
  for (const std::string& relation : relations) {
    const auto page = database.read(relation, {});
    all += relation + ": " + (page ? page_json(*page) : "!" + page.error().message());
  }
  return all;
}

struct Tally {
  std::uint64_t fired = 0, loaded = 0, saved = 0;
};

// What it comes to: the rows at the end.
std::string one_history(std::uint64_t seed, Tally& tally) {
  Random random(seed);
  Replica replica;
  Node node(replica.root_ptr());
  REQUIRE(node.database().execute(definitions, {}).has_value());
  for (int turn = 0; turn < 12; ++turn) {
    for (std::uint64_t i = 0, count = random.below(4); i < count; ++i)
      node.database().execute(random_statement(random), {}).has_value();
    node.plan().fail_at(random.one_in(4) ? 0 : 1 + random.below(120), FailureCode::io, random.one_in(3));
    const std::uint64_t before = node.database().saves();
    node.database().save();
    tally.saved += node.database().saves() - before;
    tally.fired += node.plan().fired();
    node.plan().fail_at(0, FailureCode::io, false);
    if (random.one_in(2)) {
      node.restart();
      tally.loaded += node.database().loaded_until() != 0;
    }
    Replica oracle;
    oracle.merge(replica.events());
    CAPTURE(turn);
    REQUIRE(rows_of(node.database()) == rows_of(oracle.database()));
  }
  return rows_of(node.database());
}

TEST_CASE("whatever fails while tables and views are saved, a restart shows what the log says") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  Tally tally;
  for (std::uint64_t turn = 0; turn < test_size(6, 400); ++turn) {
    CAPTURE(turn);
    one_history(seed + turn, tally);
  }
  CHECK(one_history(seed, tally) == one_history(seed, tally));
  CHECK(tally.fired > 0);
  CHECK(tally.loaded > 0);
  CHECK(tally.saved > 0);
}

// Each operation in its turn, until a save needs no more of them.
TEST_CASE("every operation of a save may be the one that fails") {
  Replica replica;
  Node node(replica.root_ptr());
  REQUIRE(node.database().execute(definitions, {}).has_value());
  std::uint64_t nth = 1, row = 0;
  for (bool fired = true; fired; ++nth) {
    CAPTURE(nth);
    const std::string insert = fmt::format(
        "INSERT INTO line VALUES ({0}, {0}); INSERT INTO item (id, votes, tags) VALUES "
        "({0}, 1, ARRAY['a', 'b']) ON CONFLICT (id) DO UPDATE SET votes = 5",
        row++ % 5);
    REQUIRE(node.database().execute(insert, {}).has_value());
    const std::string rows = rows_of(node.database());
    node.plan().fail_at(nth, FailureCode::io, true);
    node.database().save();
    fired = node.plan().fired() != 0;
    node.plan().fail_at(0, FailureCode::io, false);
    if (nth % 2 == 0) node.database().save();
    node.restart();
    CHECK(rows_of(node.database()) == rows);
  }
  CHECK(nth > 20);
  CHECK(node.database().loaded_until() != 0);
}

}  // namespace
}  // namespace laterbase::views::tests
