#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <algorithm>

#include "tests/support/seed.h"
#include "tests/views_tree/live_tree.h"

// What is sent is what changed, and no more.
namespace laterbase::tree::tests {
namespace {

const std::string schema =
    "CREATE TABLE person (id BIGINT PRIMARY KEY, name TEXT);"
    "CREATE TABLE issue (id BIGINT PRIMARY KEY, title TEXT, status TEXT, created BIGINT, author BIGINT);"
    "CREATE TABLE comment (id BIGINT PRIMARY KEY, issue BIGINT, body TEXT, author BIGINT);"
    "CREATE TABLE vote (issue BIGINT, person BIGINT);"
    "INSERT INTO person VALUES (1, 'ada'), (2, 'ben');"
    "INSERT INTO issue VALUES (1, 'one', 'open', 10, 1), (2, 'two', 'open', 20, 2), (3, 'three', 'done', 30, 1);"
    "INSERT INTO comment VALUES (1, 1, 'a', 1), (2, 1, 'b', 2), (3, 2, 'c', 1);"
    "INSERT INTO vote VALUES (1, 1), (1, 2);";

const std::string tree =
    "MANY issue WHERE status = 'open' ORDER BY created DESC LIMIT 3 {\n"
    "  id, title, by: ONE person WHERE person.id = issue.author { name },\n"
    "  comments: MANY comment WHERE comment.issue = issue.id ORDER BY id DESC LIMIT 2 {\n"
    "    body, by: ONE person WHERE person.id = comment.author { name, \"a/b~c\": person.id } },\n"
    "  votes: COUNT vote WHERE vote.issue = issue.id,\n"
    "  hot: EXISTS vote WHERE vote.issue = issue.id AND vote.person = 2\n"
    "}";

struct Tracker {
  views::tests::Replica node;
  std::unique_ptr<LiveTree> live;

  Tracker() {
    REQUIRE(node.sql(schema).empty());
    live = std::make_unique<LiveTree>(node.database(), tree);
    live->poll();
  }
  // The patch that it makes; checked by applying it.
  Json after(const std::string& statements) {
    live->last_patch = Json::array();
    const std::string done = node.sql(statements);
    INFO(statements);
    REQUIRE((done.empty() || done.front() != '!'));
    const int before = live->snapshots;
    const Json& document = live->poll();
    CHECK(document == Json::parse(fresh(node.database(), tree)));
    CHECK(live->snapshots == before);
    return live->last_patch;
  }
};

Json operation(const std::string& op, const std::string& path) { return {{"op", op}, {"path", path}}; }
Json operation(const std::string& op, const std::string& path, Json value) {
  return {{"op", op}, {"path", path}, {"value", std::move(value)}};
}
Json move(const std::string& from, const std::string& path) { return {{"op", "move"}, {"path", path}, {"from", from}}; }

}  // namespace

TEST_CASE("a patch says what changed and no more") {
  Tracker tracker;
  CHECK(tracker.live->document.dump() ==
        R"([{"by":{"name":"ben"},"comments":[{"body":"c","by":{"a/b~c":1,"name":"ada"}}],"hot":false,"id":2,)"
        R"("title":"two","votes":0},{"by":{"name":"ada"},"comments":[{"body":"b","by":{"a/b~c":2,"name":"ben"}},)"
        R"({"body":"a","by":{"a/b~c":1,"name":"ada"}}],"hot":true,"id":1,"title":"one","votes":2}])");
  SECTION("a column") {
    CHECK(tracker.after("UPDATE issue SET title = 'first' WHERE id = 1") ==
          Json::array({operation("replace", "/1/title", "first")}));
  }
  SECTION("a count, and what exists") {
    CHECK(tracker.after("INSERT INTO vote VALUES (2, 1)") == Json::array({operation("replace", "/0/votes", 1)}));
    CHECK(tracker.after("INSERT INTO vote VALUES (2, 2)") ==
          Json::array({operation("replace", "/0/votes", 2), operation("replace", "/0/hot", true)}));
    CHECK(tracker.after("DELETE FROM vote WHERE issue = 2") ==
          Json::array({operation("replace", "/0/votes", 0), operation("replace", "/0/hot", false)}));
  }
  SECTION("what stands at several places") {
    CHECK(tracker.after("UPDATE person SET name = 'eve' WHERE id = 1").size() == 3);
  }
  SECTION("one that comes into a list that is full") {
    CHECK(tracker.after("INSERT INTO comment VALUES (9, 1, 'z', 2)") ==
          Json::array({operation("remove", "/1/comments/1"),
                       operation("add", "/1/comments/0", {{"body", "z"}, {"by", {{"name", "ben"}, {"a/b~c", 2}}}})}));
  }
  SECTION("one that goes, and what comes after it") {
    tracker.after("INSERT INTO comment VALUES (9, 1, 'z', 2)");
    const Json patch = tracker.after("DELETE FROM comment WHERE id = 9");
    CHECK(patch[0] == operation("remove", "/1/comments/0"));
    CHECK(patch[1]["path"] == "/1/comments/1");
    CHECK(patch.size() == 2);
  }
  SECTION("a move takes along what is below") {
    CHECK(tracker.after("UPDATE issue SET created = 99 WHERE id = 1") == Json::array({move("/1", "/0")}));
  }
  SECTION("what comes new is not told twice") {
    const Json patch = tracker.after(
        "INSERT INTO issue VALUES (4, 'four', 'open', 5, 1); INSERT INTO comment VALUES (4, 4, 'new', 1);"
        "INSERT INTO vote VALUES (4, 4)");
    CHECK(patch.size() == 1);
    CHECK(patch[0]["path"] == "/2");
  }
  SECTION("another parent for what is below") {
    CHECK(tracker.after("UPDATE issue SET author = 1 WHERE id = 2") ==
          Json::array({operation("replace", "/0/by", {{"name", "ada"}})}));
    CHECK(tracker.after("UPDATE issue SET author = 7 WHERE id = 2") ==
          Json::array({operation("replace", "/0/by", nullptr)}));
  }
  SECTION("a path's steps are escaped") {
    CHECK(tracker.after("DELETE FROM person WHERE id = 2; UPDATE comment SET author = 1 WHERE id = 2").size() >= 2);
  }
  SECTION("nothing that is shown") {
    const int before = tracker.live->patches;
    CHECK(tracker.after("UPDATE issue SET title = 'x' WHERE id = 3").empty());
    CHECK(tracker.after("INSERT INTO vote VALUES (3, 1)").empty());
    CHECK(tracker.live->patches == before);
  }
}

TEST_CASE("many rows of one list come, go, change and move at once") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  views::tests::Replica node;
  REQUIRE(node.sql("CREATE TABLE t (id BIGINT PRIMARY KEY, p BIGINT, n TEXT); CREATE TABLE bag (p BIGINT);").empty());
  const std::string query = fmt::format("MANY t ORDER BY p {{ id, n, below: MANY bag WHERE bag.p = t.p {{ p }} }}");
  LiveTree live(node.database(), query);
  live.poll();
  for (std::uint64_t turn = 0; turn < test_size(60, 3'000); ++turn) {
    std::string statements;
    for (std::uint64_t n = 1 + random.below(12); n > 0; --n) {
      const std::uint64_t id = random.below(15), p = random.below(20);
      const std::uint64_t what = random.below(6);
      if (what == 0) statements += fmt::format("DELETE FROM t WHERE id = {};", id);
      if (what == 1) statements += fmt::format("INSERT INTO bag VALUES ({0}), ({0}), ({1});", p, id);
      if (what == 2) statements += fmt::format("DELETE FROM bag WHERE p = {};", p);
      if (what > 2)
        statements += fmt::format(
            "INSERT INTO t VALUES ({0}, {1}, 'n{1}') ON CONFLICT (id) DO UPDATE SET p = excluded.p, n = t.n || 'x';",
            id, p);
    }
    const std::string done = node.sql(statements);
    REQUIRE((done.empty() || done.front() != '!'));
    CAPTURE(turn, statements);
    REQUIRE(live.poll() == Json::parse(fresh(node.database(), query)));
  }
  CHECK(live.snapshots == 1);
}

TEST_CASE("places in a long list are right") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  views::tests::Replica node;
  REQUIRE(node.sql("CREATE TABLE t (id BIGINT PRIMARY KEY, p BIGINT);"
                   "INSERT INTO t SELECT n, n * 7 % 1009 FROM generate_series(1, 3000) AS g(n)")
              .empty());
  const std::string query = "MANY t ORDER BY p { id, p }";
  LiveTree live(node.database(), query);
  REQUIRE(live.poll().size() == 3000);
  for (int turn = 0; turn < 30; ++turn) {
    const std::uint64_t id = random.below(4000), p = random.below(1009);
    const std::string statements =
        random.one_in(5) ? fmt::format("DELETE FROM t WHERE p = {}", p)
        : random.one_in(4)
            ? fmt::format("INSERT INTO t SELECT n, {} FROM generate_series({}, {}) AS g(n)", p, 5'000 + turn * 1000,
                          5'000 + turn * 1000 + static_cast<int>(random.below(700)))
            : fmt::format("INSERT INTO t VALUES ({}, {}) ON CONFLICT (id) DO UPDATE SET p = excluded.p", id, p);
    const std::string done = node.sql(statements);
    CAPTURE(turn, statements);
    REQUIRE((done.empty() || done.front() != '!'));
    const Json expected = Json::parse(fresh(node.database(), query));
    REQUIRE((live.poll() == expected));
  }
  CHECK(live.snapshots == 1);
}

}  // namespace laterbase::tree::tests
