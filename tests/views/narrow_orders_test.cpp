#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "engine/base/random.h"
#include "tests/support/seed.h"
#include "tests/views/narrowed.h"

// Events that are found by their keys, and tables by their indexes, are those that are found when all are looked at.
namespace laterbase::views::tests {
namespace {

std::string query_of_events(const std::vector<Ulid>& keys, Random& random) {
  const auto some_key = [&] { return keys[random.below(keys.size())].text(); };
  const auto condition_of_events = [&]() -> std::string {
    const std::string key = some_key(), sign = random.one_in(2) ? "<" : ">=";
    switch (random.below(8)) {
      case 6:
        return fmt::format("lc {} {}", sign, random.below(600));
      case 7:
        return fmt::format("lc IN ({0}, {0}, {1}, -1)", random.below(500), random.below(500));
      case 0:
        return fmt::format("key {} '{}'", sign, key.substr(0, random.below(27)));
      case 1:
        return fmt::format("key IN ('{}', '{}', '{}')", key, some_key(), some_key().substr(0, 9));
      case 2:
        return fmt::format("key LIKE '{}%'", key.substr(0, 6 + random.below(8)));
      case 3:
        return fmt::format("at {} '1970-01-01T00:00:00Z'::timestamptz + interval '{} us'", sign,
                           Ulid::parse(key)->time_ms() * 1'000 + static_cast<std::int64_t>(random.below(3)) - 1);
      case 4:
        return fmt::format("(value->>'x')::int > {}", random.below(9));
      default:
        return fmt::format("key BETWEEN '{}' AND '{}'", key, some_key());
    }
  };
  std::string text = " FROM events";
  for (std::uint64_t i = 0, terms = random.below(3); i < terms; ++i)
    text += (i == 0 ? " WHERE " : " AND ") + condition_of_events();
  static const std::vector<const char*> orders{"key",          "key DESC",         "at, key", "at DESC",
                                               "at DESC, key", "value->>'x', key", "lc",      "lc DESC, key"};
  if (random.one_in(4)) return "SELECT min(key), max(at)" + text;
  text = "SELECT key, at, value, lc" + text;
  if (random.one_in(4)) return text;
  return text + fmt::format(" ORDER BY {} LIMIT {}", orders[random.below(orders.size())], random.below(40));
}

TEST_CASE("events that are found by their keys are those of the whole log") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  Tally tally;
  for (std::uint64_t history = 0; history < test_size(3, 60); ++history) {
    CAPTURE(history);
    Replica node;
    std::vector<Ulid> keys;
    const auto bring = [&](std::size_t count) {
      std::vector<Replica::Entry> entries;
      for (std::size_t i = 0; i < count; ++i) {
        // Some many in a millisecond, some far apart, and some a second value of a key that is there.
        const std::uint64_t ms = random.one_in(2) ? 1'700'000'000'000 : random.below(1'800'000'000'000);
        const Ulid fresh{ms << 16 | random.below(4), random.below(UINT64_MAX)};
        const Ulid key = !keys.empty() && random.one_in(5) ? keys[random.below(keys.size())] : fresh;
        entries.push_back({key, fmt::format("{{\"x\":{}}}", random.below(10)), true});
        keys.push_back(key);
      }
      node.merge(entries);
    };
    bring(1 + random.below(400));
    Follows follows(node.root());
    for (int turn = 0; turn < 30; ++turn) compare(follows.engine(), query_of_events(keys, random), tally);
    bring(100);  // the log has gone on, and this engine has not
    for (int turn = 0; turn < 30; ++turn) compare(follows.engine(), query_of_events(keys, random), tally);
  }
  CHECK(tally.narrowed > tally.queries / 2);
  CHECK(tally.rows > tally.queries);
}

// With an index and without one, a page has the same rows.
TEST_CASE("pages that are found in an order are those of all rows") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  Replica node;
  REQUIRE(node.sql("CREATE TABLE t (id BIGINT PRIMARY KEY, g INTEGER, s TEXT, d DOUBLE PRECISION);"
                   "CREATE MATERIALIZED VIEW plain AS SELECT * FROM t;"
                   "CREATE INDEX ON t (g, s DESC); CREATE INDEX ON t (d DESC NULLS LAST); CREATE INDEX ON t (s)") ==
          "");
  const auto value = [&](const char* what) {
    return random.one_in(6) ? std::string("NULL") : fmt::format("{}{}{}", what, random.below(8), what);
  };
  const auto term = [&]() -> std::pair<std::string, std::string> {
    static const std::vector<std::string> words{"eq", "gt", "gte", "lt", "lte", "not.eq"};
    switch (random.below(6)) {
      case 0:
        return {"s", fmt::format("like.{}*", random.below(8))};
      case 1:
        return {"g", fmt::format("in.({},{},{})", random.below(8), random.below(8), random.below(8))};
      case 2:
        return {"d", "is.null"};
      default: {
        static const std::vector<std::string> columns{"id", "g", "s", "d"};
        return {columns[random.below(columns.size())],
                fmt::format("{}.{}", words[random.below(words.size())], random.below(9))};
      }
    }
  };
  const std::vector<std::string> orders{"", "id", "id.desc", "g,s.desc,id", "d.desc.nullslast,id", "s,id.desc"};
  for (int turn = 0; turn < 60; ++turn) {
    REQUIRE(node.sql(fmt::format("INSERT INTO t VALUES ({}, {}, {}, {}) ON CONFLICT (id) DO UPDATE SET g = excluded.g,"
                                 " s = excluded.s",
                                 random.below(40), value(""), value("'"), value(""))) == "");
    for (int page = 0; page < 20; ++page) {
      ReadRequest request;
      for (std::uint64_t more = random.below(3); more > 0; --more) request.filters.push_back(term());
      const std::string& order = orders[random.below(orders.size())];
      if (!order.empty()) request.order = order;
      if (random.one_in(2)) request.limit = random.below(6);
      request.offset = random.one_in(3) ? random.below(4) : 0;
      CAPTURE(request.filters, order, request.limit.value_or(99), request.offset);
      const auto some = node.database().read("t", request), all = node.database().read("plain", request);
      REQUIRE(some.has_value());
      REQUIRE(all.has_value());
      CHECK(page_json(*some) == page_json(*all));
    }
  }
}

TEST_CASE("where the rows of a range are many, the first ones are looked for in their order") {
  Replica node;
  REQUIRE(node.sql("CREATE TABLE t (id BIGINT PRIMARY KEY, g INTEGER, d INTEGER); CREATE INDEX ON t (g);"
                   "CREATE INDEX ON t (d); INSERT INTO t SELECT x, x % 2, x FROM generate_series(1, 2500) x") == "");
  const auto is_read = [&](const std::string& condition, const std::string& how) {
    return node.sql("EXPLAIN SELECT * FROM t WHERE " + condition).find("Read t " + how + "\"") != std::string::npos;
  };
  CHECK(is_read("g = 1 ORDER BY id LIMIT 3", "by primary key (id), only the first 3"));
  CHECK(is_read("d > 2000 ORDER BY id LIMIT 3", "by index (d), keeping the first 3"));
  CHECK(is_read("d > 1000 ORDER BY id LIMIT 3", "by primary key (id), only the first 3"));
  CHECK(is_read("d > 1000 ORDER BY d DESC LIMIT 3", "by index (d), only the first 3"));
  CHECK(is_read("d > 1000", "by index (d)"));
  CHECK(node.sql("SELECT id FROM t WHERE g = 1 ORDER BY id DESC LIMIT 2 OFFSET 1") == "[[2497],[2495]]");
}

TEST_CASE("an index on a table goes where its columns go") {
  const laterbase::tests::TempDir scratch;
  DatabaseOptions options;
  if (GENERATE(false, true)) options.scratch = scratch.path();
  Replica node(options);
  REQUIRE(node.sql("CREATE TABLE t (id BIGINT PRIMARY KEY, g INTEGER, d INTEGER); CREATE INDEX i ON t (g);"
                   "INSERT INTO t SELECT x, x % 5, x FROM generate_series(1, 40) x") == "");
  const auto is_by_index = [&](const std::string& condition) {
    return node.sql("EXPLAIN SELECT * FROM t WHERE " + condition).find("Read t by index") != std::string::npos;
  };
  CHECK(is_by_index("g = 3"));
  CHECK(node.sql("SELECT count(*), sum(d) FROM t WHERE g = 3") == "[[8,164]]");
  node.merge({{Ulid{1'700'000'000'000, 1}, R"({"@tx":[["t","3","d",1000],["t","99","g",3]]})", true}});  // late
  CHECK(node.sql("SELECT count(*), sum(d) FROM t WHERE g = 3") == "[[9,164]]");
  REQUIRE(node.sql("ALTER TABLE t RENAME COLUMN g TO h; UPDATE t SET h = 3 WHERE id = 1") == "");
  CHECK(is_by_index("h = 3"));
  CHECK(node.sql("SELECT count(*), sum(d) FROM t WHERE h = 3") == "[[10,165]]");
  node.restart();
  CHECK(is_by_index("h = 3"));
  CHECK(node.sql("DELETE FROM t WHERE h = 3; SELECT count(*) FROM t WHERE h = 3") == "[[0]]");
  REQUIRE(node.sql("CREATE INDEX j ON t (d); DROP INDEX i") == "");
  CHECK(!is_by_index("h = 3"));
  CHECK(is_by_index("d < 3"));
  REQUIRE(node.sql("ALTER TABLE t DROP COLUMN d") == "");
  REQUIRE(node.sql("ALTER TABLE t ADD COLUMN d INTEGER") == "");
  CHECK(node.sql("SELECT count(*) FROM t WHERE d < 3") == "[[0]]");
}

}  // namespace
}  // namespace laterbase::views::tests
