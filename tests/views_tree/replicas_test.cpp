#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <algorithm>

#include "tests/support/seed.h"
#include "tests/views_tree/live_tree.h"

// Trees are definitions like others: they replicate, and nodes with the same events show the same tree.
namespace laterbase::tree::tests {
namespace {

using views::tests::Replica;

const std::string schema =
    "TABLE issue (id BIGINT = 1 PRIMARY KEY, title TEXT = 2, votes BIGINT = 3 COUNTER, labels TEXT[] = 4 SET) STRICT;"
    "CREATE TABLE comment (issue BIGINT, n BIGINT);"
    "CREATE MATERIALIZED VIEW busy AS SELECT issue, count(*) AS n FROM comment GROUP BY issue;";

const std::string tree =
    "MANY issue ORDER BY votes DESC { *, comments: MANY comment WHERE comment.issue = issue.id ORDER BY n DESC LIMIT 3 "
    "{ n, busy: ONE busy WHERE busy.issue = comment.issue { n } }, first: EXISTS events WHERE events.value ->> 'of' = "
    "issue.title }";

std::string random_statement(Random& random) {
  const std::uint64_t id = random.below(5), n = random.below(9);
  switch (random.below(6)) {
    case 0:
      return fmt::format("UPDATE issue SET votes = votes + {} WHERE id = {}", n, id);
    case 1:
      return fmt::format("DELETE FROM issue WHERE id = {}", id);
    case 2:
      return fmt::format("DELETE FROM comment WHERE n = {}", n);
    case 3:
      return fmt::format("INSERT INTO comment VALUES ({}, {})", id, n);
    default:
      return fmt::format(
          "INSERT INTO issue (id, title, votes) VALUES ({0}, 't{1}', {1}) ON CONFLICT (id) DO UPDATE SET title = "
          "excluded.title",
          id, n);
  }
}

// Events of the past, which nobody has seen yet.
Replica::Entry backdated(Random& random) {
  Replica::Entry entry;
  entry.key = {(1'470'000'000'000 + random.below(1'000'000)) << 16, random()};
  const std::uint64_t id = random.below(5);
  entry.value = random.one_in(2) ? fmt::format(R"({{"@tx":[["issue","{}","title","t{}"]]}})", id, random.below(9))
                                 : fmt::format(R"({{"of":"t{}"}})", random.below(9));
  entry.is_json = true;
  return entry;
}

void bring(Replica& from, Replica& to, Random& random) {
  auto events = from.events();
  std::shuffle(events.begin(), events.end(), random);
  for (std::size_t begin = 0; begin < events.size();) {
    const std::size_t end = std::min(events.size(), begin + 1 + random.below(5));
    to.merge({events.begin() + static_cast<std::ptrdiff_t>(begin), events.begin() + static_cast<std::ptrdiff_t>(end)});
    if (random.one_in(3)) to.rows("board");
    begin = end;
  }
}

}  // namespace

TEST_CASE("a stored tree replicates, and nodes with the same events show the same one, live and read") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  for (std::uint64_t turn = 0; turn < test_size(3, 200); ++turn) {
    CAPTURE(turn);
    Replica a, b, c;
    REQUIRE(a.sql(schema).empty());
    REQUIRE(a.database().define_view("board", {tree, {}, views::Language::treeql, {}}, false).value());
    bring(a, b, random);
    auto at_a = std::make_unique<LiveTree>("board", a.database());
    LiveTree at_b("board", b.database());
    for (int round = 0; round < 5; ++round) {
      for (Replica* node : {&a, &b}) {
        for (std::uint64_t n = random.below(4); n > 0; --n) {
          const std::string statement = random_statement(random);
          const std::string done = node->sql(statement);
          INFO(statement);
          REQUIRE((done.empty() || done.front() != '!'));
        }
        if (random.one_in(2)) node->merge({backdated(random)});
      }
      if (random.one_in(2)) bring(a, b, random);
      if (random.one_in(2)) bring(b, a, random);
      REQUIRE(at_a->poll() == Json::parse(a.rows("board")));
      REQUIRE(at_b.poll() == Json::parse(b.rows("board")));
    }
    bring(a, b, random);
    bring(b, a, random);
    bring(a, c, random);
    const std::string whole = a.rows("board");
    REQUIRE(whole.front() == '[');
    CHECK(b.rows("board") == whole);
    CHECK(c.rows("board") == whole);
    CHECK(fresh(a.database(), tree) + "\n" == whole);
    CHECK(at_a->poll() == Json::parse(whole));
    CHECK(at_b.poll() == Json::parse(whole));
    at_a.reset();
    a.forget();
    CHECK(a.rows("board") == whole);
  }
}

TEST_CASE("a tree stays in the way of what it reads, breaks and heals, and is dropped like a view") {
  Replica node;
  REQUIRE(node.sql("CREATE TABLE t (id BIGINT PRIMARY KEY, n BIGINT); INSERT INTO t VALUES (1, 1);").empty());
  const std::string query = "MANY t { x: 10 / n }";
  REQUIRE(node.database().define_view("ratio", {query, {}, views::Language::treeql, {}}, false).value());
  CHECK(node.rows("ratio") == "[{\"x\":10}]\n");
  CHECK(node.sql("DROP TABLE t") == "!2BP01");
  CHECK(node.sql("SELECT * FROM ratio").starts_with("!"));
  CHECK(node.sql("CREATE MATERIALIZED VIEW ratio AS SELECT 1 AS x") == "!42P07");
  const auto info = node.database().view("ratio");
  REQUIRE(info.has_value());
  CHECK(info->state == "ready");
  CHECK(info->definition == query);
  CHECK(info->plan.find("level 0: many t") != std::string::npos);
  node.sql("UPDATE t SET n = 0");
  CHECK(node.rows("ratio").find("division by zero") != std::string::npos);
  node.sql("UPDATE t SET n = 5");
  CHECK(node.rows("ratio") == "[{\"x\":2}]\n");
  REQUIRE(node.database().drop_view("ratio").has_value());
  CHECK(node.rows("ratio").starts_with("!"));
  CHECK(node.sql("DROP TABLE t").empty());
}

TEST_CASE("a tree is saved like a view, and there again; it can be asked as of another time") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  Replica node;
  REQUIRE(node.sql(schema).empty());
  REQUIRE(node.database().define_view("board", {tree, {}, views::Language::treeql, {}}, false).value());
  for (int turn = 0; turn < 10; ++turn) {
    for (std::uint64_t n = 1 + random.below(5); n > 0; --n) {
      const std::string statement = random_statement(random);
      const std::string done = node.sql(statement);
      INFO(statement);
      REQUIRE((done.empty() || done.front() != '!'));
    }
    const std::string before = node.rows("board");
    const Lc head = node.root().head();
    node.sql(random_statement(random));
    const auto then =
        node.database().read_past("board", {}, std::nullopt, views::Database::Known{node.root().epoch(), head});
    REQUIRE(then.has_value());
    CHECK(then->tree + "\n" == before);
    if (random.one_in(2)) node.database().save();
    node.forget();
    if (random.one_in(2)) node.sql(random_statement(random));
    LiveTree live("board", node.database());
    live.poll();
    node.sql(random_statement(random));
    CHECK(live.poll() == Json::parse(node.rows("board")));
    CHECK(node.rows("board") == fresh(node.database(), tree) + "\n");
  }
}

TEST_CASE("a definition may not depend on the node or the moment, a live tree not on the moment") {
  Replica node;
  const auto define = [&](const std::string& text) {
    return node.database().define_view("v", {text, {}, views::Language::treeql, {}}, false);
  };
  CHECK_FALSE(define("MANY events { lc }").has_value());
  CHECK_FALSE(define("MANY events WHERE at < now() { key }").has_value());
  CHECK_FALSE(define("MANY events WHERE key = $1 { key }").has_value());
  CHECK(define("MANY events { key, value }").has_value());
  CHECK(fresh(node.database(), "MANY events { lc }") == "[{\"lc\":1}]");
  CHECK_FALSE(node.database().open_tree("MANY events WHERE at < now() { key }", "").has_value());
  CHECK(fresh(node.database(), "COUNT events WHERE lc = $n", R"({"n":1})") == "1");
  LiveTree live(node.database(), "COUNT events WHERE lc > $1", "[1]");
  CHECK(live.poll() == 0);
  Random random(1);
  node.merge({backdated(random)});
  CHECK(live.poll() == 1);
  CHECK(live.last_patch == Json::parse(R"([{"op":"replace","path":"","value":1}])"));
}

}  // namespace laterbase::tree::tests
