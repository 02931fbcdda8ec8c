#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "engine/base/random.h"
#include "tests/support/seed.h"
#include "tests/views/replica.h"
#include "tests/views/scans_of_truck.h"

// Folds as relations: read, queried, followed live, broken and whole again; the same on every node.
namespace laterbase::views::tests {
namespace {

Replica::Entry scan(std::int64_t ms, const std::string& truck, const std::string& what, std::uint64_t low = 0) {
  Ulid key = Ulid::first_of(ms);
  key.low = low;
  return {key, fmt::format(R"({{"truck":"{}","scan":"{}"}})", truck, what), true};
}

const std::string views =
    "CREATE MATERIALIZED VIEW counts AS SELECT key, (state->>'n')::int AS n FROM scans;"
    "CREATE MATERIALIZED VIEW paired AS SELECT s.key, s.state->>'scans' AS scans, e.n FROM scans s JOIN (SELECT "
    "value->>'truck' AS key, count(*) AS n FROM events GROUP BY 1) e ON e.key = s.key;"
    "CREATE MATERIALIZED VIEW busy AS SELECT key FROM counts WHERE n > 5;";

// Each relation as it is kept, held against what a query that is computed once says.
void check_rows(Replica& node) {
  const auto sorted = [](std::string text) {
    Json rows = Json::parse(text);
    std::sort(rows.begin(), rows.end());
    return rows;
  };
  for (const std::string select :
       {"SELECT key, (state->>'n')::int AS n FROM scans", "SELECT key FROM counts WHERE n > 5"}) {
    const std::string view =
        select.find("busy") == std::string::npos && select.find("counts") != std::string::npos ? "busy" : "counts";
    const Json wanted = sorted(node.sql(select));
    Json kept = Json::array();
    for (const Json& row : Json::parse(node.rows(view))) {
      Json values = Json::array();
      values.push_back(row["key"]);
      if (row.contains("n")) values.push_back(row["n"]);
      kept.push_back(values);
    }
    std::sort(kept.begin(), kept.end());
    CHECK(kept == wanted);
  }
}

TEST_CASE("a fold is a relation that views read, the same on every node") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  for (std::uint64_t turn = 0; turn < test_size(3, 300); ++turn) {
    Replica a(with_folds()), b(with_folds());
    REQUIRE(a.sql(views).empty());
    std::vector<Replica::Entry> all = a.events();
    for (int i = 0; i < 60; ++i)
      all.push_back(scan(1'000 + static_cast<std::int64_t>(random.below(40)), fmt::format("t{}", random.below(4)),
                         std::string(1, static_cast<char>('a' + random.below(26))), random.below(3)));
    for (Replica* node : {&a, &b}) {
      std::shuffle(all.begin(), all.end(), random);
      for (std::size_t at = 0; at < all.size();) {
        const std::size_t end = std::min(all.size(), at + 1 + random.below(9));
        node->merge({all.begin() + static_cast<std::ptrdiff_t>(at), all.begin() + static_cast<std::ptrdiff_t>(end)});
        if (random.one_in(3)) node->rows("paired");
        at = end;
      }
    }
    for (const std::string relation : {"scans", "counts", "paired", "busy"}) {
      INFO(relation);
      const std::string rows = a.rows(relation);
      CHECK(rows == b.rows(relation));
      b.forget();
      CHECK(rows == b.rows(relation));
    }
    check_rows(a);
  }
}

TEST_CASE("a fold's rows are read, and not written") {
  Replica node(with_folds());
  node.merge({scan(20, "t7", "b"), scan(10, "t7", "a"), scan(15, "t9", "x")});
  CHECK(node.rows("scans") ==
        "[{\"key\":\"t7\",\"state\":{\"n\": 2, \"scans\": \"ab\"}},\n"
        "{\"key\":\"t9\",\"state\":{\"n\": 1, \"scans\": \"x\"}}]\n");
  CHECK(node.sql("DELETE FROM scans") == "!42809");
  CHECK(node.sql("DROP TABLE scans") == "!42809");
  CHECK(node.sql("CREATE TABLE scans (id TEXT)") == "!42P07");
  CHECK(node.sql("CREATE MATERIALIZED VIEW scans AS SELECT 1 AS a") == "!42P07");
  CHECK(node.sql("SELECT state->>'scans' FROM scans WHERE key = 't7'") == "[[\"ab\"]]");
  CHECK(node.database().names().folds == std::vector<std::string>{"scans"});
}

TEST_CASE("a fold is read as of another moment, and row by row") {
  Replica node(with_folds());
  node.merge({scan(30, "t7", "c"), scan(10, "t7", "a")});
  node.merge({scan(20, "t7", "b")});
  const auto page = node.database().read_past("scans", {}, Ulid::last_of(20), std::nullopt);
  REQUIRE(page.has_value());
  CHECK(page_json(*page) == "[{\"key\":\"t7\",\"state\":{\"n\": 2, \"scans\": \"ab\"}}]\n");
  const auto known = node.database().read_past("scans", {}, std::nullopt, Database::Known{node.root().epoch(), 2});
  REQUIRE(known.has_value());
  CHECK(page_json(*known) == "[{\"key\":\"t7\",\"state\":{\"n\": 2, \"scans\": \"ac\"}}]\n");
  CHECK(node.database().read_one("scans", "t7")->json == "{\"n\": 3, \"scans\": \"abc\"}");
  CHECK_FALSE(node.database().read_one("scans", "t8")->json.has_value());
  REQUIRE(node.sql("CREATE TABLE depot (id TEXT PRIMARY KEY, n BIGINT); INSERT INTO depot VALUES ('x', 1), ('y', 1); "
                   "CREATE MATERIALIZED VIEW by_n AS SELECT n, id FROM depot")
              .empty());
  CHECK(node.database().read_one("depot", "x")->json == "{\"id\":\"x\",\"n\":1}");
  CHECK_FALSE(node.database().read_one("depot", "z")->json.has_value());
  CHECK(node.database().read_one("by_n", "1").error().kind == Refusal::Kind::parameter);
  CHECK(node.database().read_one("nothing", "1").error().kind == Refusal::Kind::not_found);
}

TEST_CASE("a fold that is added later, replaced, and taken away") {
  Replica node;
  node.merge({scan(30, "t7", "c"), scan(10, "t7", "a")});
  const std::string view = "CREATE MATERIALIZED VIEW counts AS SELECT key FROM scans";
  CHECK(node.sql(view) == "!42P01");
  const auto maker = with_folds().sources("d").front();
  node.database().add_source(maker);
  REQUIRE(node.sql(view).empty());
  node.merge({scan(20, "t9", "b")});
  CHECK(node.rows("counts") == "[{\"key\":\"t7\"},\n{\"key\":\"t9\"}]\n");
  node.database().add_source(maker);
  node.merge({scan(40, "t8", "b")});
  CHECK(node.rows("counts") == "[{\"key\":\"t7\"},\n{\"key\":\"t8\"},\n{\"key\":\"t9\"}]\n");
  node.database().drop_source("scans");
  CHECK(node.rows("scans").front() == '!');
  CHECK(node.rows("counts").front() == '!');
  node.database().add_source(maker);
  CHECK(node.rows("counts") == "[{\"key\":\"t7\"},\n{\"key\":\"t8\"},\n{\"key\":\"t9\"}]\n");
}

TEST_CASE("a fold that breaks says so, and so do its readers; all else goes on") {
  Replica node(with_folds());
  REQUIRE(node.sql(views + "CREATE MATERIALIZED VIEW other AS SELECT count(*) AS n FROM events").empty());
  node.merge({scan(10, "t7", "bad"), scan(12, "t9", "x")});
  CHECK(node.rows("counts").front() == '[');
  node.merge({scan(20, "t7", "!")});
  CHECK_THAT(node.rows("scans"), Catch::Contains("a bad scan") && Catch::Contains("\"t7\""));
  CHECK_THAT(node.rows("counts"), Catch::Contains("a bad scan"));
  CHECK_THAT(node.rows("busy"), Catch::Contains("a bad scan"));
  CHECK(node.sql("SELECT * FROM scans") == "!55000");
  CHECK(node.rows("other") == "[{\"n\":4}]\n");
  node.merge({scan(15, "t7", "well")});
  CHECK(node.rows("counts") == "[{\"key\":\"t7\",\"n\":3},\n{\"key\":\"t9\",\"n\":1}]\n");
  check_rows(node);
}

}  // namespace
}  // namespace laterbase::views::tests
