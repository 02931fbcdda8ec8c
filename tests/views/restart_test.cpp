#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <thread>

#include "engine/base/random.h"
#include "tests/support/seed.h"
#include "tests/views/replica.h"

// What was saved is taken up again: the same rows as of a fold from the beginning, whatever had been saved when.
namespace laterbase::views::tests {
namespace {

const std::vector<std::string> relations{"item", "line", "late", "by_item", "heavy", "top", "all_events", "chain"};

std::string declaration(std::uint64_t shape) {
  const std::string extra[] = {"", ", note TEXT = 6", ", note BIGINT = 6", ", remark TEXT = 6 , more JSONB = 7"};
  return "TABLE item (id BIGINT = 1 PRIMARY KEY, name TEXT = 2, votes BIGINT = 3 COUNTER, tags TEXT[] = 4 SET, "
         "peak NUMERIC = 5 MAX" +
         extra[shape] + ")" + (shape == 2 ? "" : " STRICT");
}

std::string random_statement(Random& random) {
  const std::uint64_t id = random.below(8), n = random.below(10);
  switch (random.below(17)) {
    case 0:
    case 1:
      return fmt::format(
          "INSERT INTO item (id, name, votes) VALUES ({0}, 'n{1}', {1}) ON CONFLICT (id) DO UPDATE SET "
          "name = excluded.name, votes = item.votes + excluded.votes",
          id, n);
    case 2:
      return fmt::format("UPDATE item SET votes = votes + {} WHERE id = {}", n, id);
    case 3:
      return fmt::format("UPDATE item SET peak = {}.{}, name = 'm{}' WHERE id >= {}", n, id, n, id);
    case 4:
      return fmt::format("DELETE FROM item WHERE id = {}", id);
    case 5:
      return fmt::format("DELETE FROM line WHERE kg = {}", n);
    case 6:
      return fmt::format("UPDATE line SET kg = kg + 1 WHERE item = {}", id);
    case 7:
      return fmt::format("UPDATE item SET tags = ARRAY['a{}', 'b{}'] WHERE id = {}", n, id, id);
    case 8:
      return random.one_in(3) ? declaration(random.below(4))
                              : fmt::format("UPDATE line SET item = {} WHERE kg = 3", id);
    case 9:
      return fmt::format(
          "CREATE OR REPLACE MATERIALIZED VIEW top AS SELECT id, votes FROM item ORDER BY votes DESC, id "
          "LIMIT {}",
          1 + random.below(4));
    case 10:
      return random.one_in(2) ? "DROP TABLE late" : "CREATE TABLE late (x BIGINT PRIMARY KEY, y TEXT)";
    case 11:
      return fmt::format("INSERT INTO late VALUES ({}, 'y{}')", id, n);
    default:
      return fmt::format("INSERT INTO line VALUES ({}, {}), ({}, NULL)", id, n, (id + n) % 6);
  }
}

const std::string views =
    "CREATE TABLE line (item BIGINT, kg BIGINT);"
    "CREATE MATERIALIZED VIEW by_item AS SELECT item, count(*) AS n, sum(kg) AS kg, max(kg) AS most FROM line GROUP BY "
    "item;"
    "CREATE MATERIALIZED VIEW heavy AS SELECT i.name, b.kg, i.votes FROM item i JOIN by_item b ON b.item = i.id;"
    "CREATE MATERIALIZED VIEW top AS SELECT id, votes FROM item ORDER BY votes DESC, id LIMIT 3;"
    "CREATE MATERIALIZED VIEW all_events AS SELECT count(*) AS n, count(value) AS json FROM events;"
    "CREATE MATERIALIZED VIEW chain AS SELECT DISTINCT kg FROM heavy;";

// Facts that no statement writes: late, refused, of no table, not even facts; and two values of one key.
void post_facts(Replica& node, Random& random, UlidGenerator& keys, std::vector<Replica::Entry>& posted) {
  static const std::vector<std::string> facts{
      R"({"@tx":[["item","3","votes",{"inc":2}],["item","3","tags",{"add":"z"}]]})",
      R"({"@tx":[["item","4","tags",{"remove":"z"}],["item","x","votes",{"inc":2}]]})",
      R"({"@tx":[["item","5","",{"exists":false}],["nothing","5","a",1]]})",
      R"({"@tx":[["item","6","peak",7],["item","6","name",null],["item","6","colour","red"]]})",
      R"({"@tx":7})",
      R"({"kg":1})",
  };
  Replica::Entry entry{keys.at(1'700'000'000'000 + static_cast<std::int64_t>(random.below(1000)) * 1'000'000),
                       facts[random.below(facts.size())], true};
  if (!posted.empty() && random.one_in(3)) entry.key = posted[random.below(posted.size())].key;
  posted.push_back(entry);
  node.merge({entry});
}

// A clean end, or none; what is saved by then is chance.
void interrupt(Replica& node, Random& random) {
  switch (random.below(6)) {
    case 0:
      return node.restart();
    case 1:
      node.database().save();
      return node.forget();
    case 2:
      return node.database().save();
    case 3:
      return node.forget();
    default:
      return;
  }
}

std::string rejects_of(Replica& node) {
  std::vector<std::string> all;
  for (const triples::Reject& one : node.database().rejects())
    all.push_back(fmt::format("{} {} {}\n", one.key.text(), one.index, one.reason));
  std::sort(all.begin(), all.end());
  return fmt::format("{}", fmt::join(all, ""));
}

struct Seen {
  std::uint64_t loaded = 0, compared = 0;
};

void check_same(Replica& node, Replica& oracle, Seen& seen) {
  for (const std::string& relation : relations) {
    CAPTURE(relation);
    CHECK(node.rows(relation) == oracle.rows(relation));
    ++seen.compared;
  }
  CHECK(rejects_of(node) == rejects_of(oracle));
}

void one_history(std::uint64_t seed, const DatabaseOptions& options, Seen& seen) {
  Random random(seed);
  UlidGenerator keys(random.below(1'000'000));
  Replica node(options);
  REQUIRE(node.sql(declaration(0) + ";" + views).empty());
  std::vector<Replica::Entry> posted;
  for (int turn = 0; turn < 25; ++turn) {
    CAPTURE(turn);
    for (std::uint64_t i = 0, count = random.below(5); i < count; ++i) node.sql(random_statement(random));
    if (random.one_in(2)) post_facts(node, random, keys, posted);
    interrupt(node, random);
    if (!random.one_in(4)) continue;
    Replica oracle;
    oracle.merge(node.events());
    check_same(node, oracle, seen);
    seen.loaded += node.database().loaded_until() != 0;
  }
}

TEST_CASE("whatever was saved when, a restart shows what a fold from the beginning shows") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  Seen seen;
  for (std::uint64_t turn = 0; turn < test_size(8, 500); ++turn) {
    CAPTURE(turn);
    DatabaseOptions options;
    if (turn % 2 == 0) options.save_least_bytes = 1, options.save_share_percent = 0;  // a save behind each commit
    const laterbase::tests::TempDir scratch;
    if (turn % 4 < 2) options.scratch = scratch.path();
    one_history(seed + turn, options, seen);
  }
  CHECK(seen.loaded > 0);
  CHECK(seen.compared > 0);
}

TEST_CASE("what was saved is what a restart begins with") {
  Replica node;
  REQUIRE(node.sql("CREATE TABLE t (g BIGINT, x BIGINT);"
                   "CREATE MATERIALIZED VIEW v AS SELECT g, sum(x) AS s FROM t GROUP BY g;")
              .empty());
  for (int i = 0; i < 20; ++i) REQUIRE(node.sql(fmt::format("INSERT INTO t VALUES ({}, {})", i % 3, i)).empty());
  const std::string rows = node.rows("v");
  const Lc changed = node.database().view("v")->changed;
  node.database().save();
  CHECK(node.database().saves() == 1);
  const Lc saved = node.root().head();
  REQUIRE(node.sql("INSERT INTO t VALUES (7, 7)").empty());
  node.forget();
  CHECK(node.database().loaded_until() == saved);
  CHECK(node.rows("v") != rows);
  CHECK(node.database().view("v")->changed == saved + 1);
  node.restart();
  CHECK(node.database().loaded_until() == saved + 1);
  CHECK(node.database().view("v")->changed == saved + 1);
  CHECK(changed < saved + 1);
  // Nothing new: nothing is written.
  node.database().save();
  CHECK(node.database().saves() == 0);
}

TEST_CASE("a large view, and one that reads it, are built after a restart though nothing is written") {
  Replica node;
  REQUIRE(node.sql("CREATE MATERIALIZED VIEW v AS SELECT count(*) AS n FROM events;"
                   "CREATE MATERIALIZED VIEW w AS SELECT n + 1 AS more FROM v")
              .empty());
  UlidGenerator keys(1);
  std::vector<Replica::Entry> entries;
  for (int i = 0; i < 21'000; ++i) entries.push_back({keys.next(1'700'000'000'000), "1", true});
  node.merge(entries);
  node.forget();
  std::string rows = node.rows("w");
  for (int tries = 0; tries < 3'000 && rows.front() == '!'; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    rows = node.rows("w");
  }
  CHECK(rows == "[{\"more\":21002}]\n");
}

TEST_CASE("state whose place this log does not have is not taken") {
  Replica node;
  REQUIRE(node.sql("CREATE TABLE t (x BIGINT); INSERT INTO t VALUES (1), (2);").empty());
  node.database().save();
  node.root().checkpoint(node.root().head(), [](WriteTxn& txn) {
    std::string head(*txn.get(kViewsTable, "\x01"));
    head[head.size() / 2] ^= 1;
    txn.put(kViewsTable, "\x01", head);
  });
  node.forget();
  CHECK(node.database().loaded_until() == 0);
  CHECK(node.rows("t") == "[{\"x\":1},\n{\"x\":2}]\n");
  node.database().save();
  node.forget();
  CHECK(node.database().loaded_until() != 0);
  CHECK(node.rows("t") == "[{\"x\":1},\n{\"x\":2}]\n");
}

// Every byte of every row, one at a time: it is noticed, or it changes nothing.
TEST_CASE("damage is noticed, and what it hit is made again") {
  Replica node;
  REQUIRE(node.sql("TABLE t (id BIGINT = 1 PRIMARY KEY, x TEXT = 2, tags TEXT[] = 3 SET) STRICT;"
                   "INSERT INTO t VALUES (1, 'a', ARRAY['p']), (2, NULL, ARRAY['q', 'r']);"
                   "CREATE MATERIALIZED VIEW v AS SELECT x, count(*) AS n FROM t GROUP BY x;"
                   "CREATE MATERIALIZED VIEW w AS SELECT n FROM v;")
              .empty());
  const std::string t = node.rows("t"), v = node.rows("v"), w = node.rows("w");
  Random random(test_seed());
  for (const TableId table : {kViewsTable, kTriplesTable, kAggregatesTable}) {
    node.database().save();
    std::vector<std::pair<std::string, std::string>> rows;
    node.root().read_tables([&](ReadTxn& txn) {
      const auto cursor = txn.cursor(table);
      for (bool there = cursor->first(); there; there = cursor->next())
        rows.emplace_back(cursor->key(), cursor->value());
    });
    REQUIRE(!rows.empty());
    for (const auto& [key, value] : rows) {
      const bool gone = random.one_in(4);
      node.root().checkpoint(node.root().head(), [&](WriteTxn& txn) {
        std::string damaged = value;
        damaged[random.below(damaged.size())] ^= static_cast<char>(1 + random.below(255));
        if (gone)
          txn.erase(table, key);
        else
          txn.put(table, key, damaged);
      });
      node.forget();
      CHECK(node.rows("t") == t);
      CHECK(node.rows("v") == v);
      CHECK(node.rows("w") == w);
      node.forget();
      node.root().checkpoint(node.root().head(), [&](WriteTxn& txn) { txn.put(table, key, value); });
      node.forget();
      CHECK(node.database().loaded_until() != 0);
    }
  }
}

}  // namespace
}  // namespace laterbase::views::tests
