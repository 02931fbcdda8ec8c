#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "tests/views/replica.h"

// A statement that writes more than an event may hold.
namespace laterbase::views::tests {
namespace {

TEST_CASE("a large statement becomes several events, all or none of them, and of each row all or nothing") {
  DatabaseOptions options;
  options.session.max_event_bytes = 300;
  Replica node(options);
  REQUIRE(node.sql("CREATE TABLE t (id BIGINT PRIMARY KEY, a TEXT NOT NULL, b TEXT NOT NULL)") == "");
  const Lc before = node.root().head();
  REQUIRE(node.sql("INSERT INTO t SELECT g, 'a' || g, repeat('b', 40) FROM generate_series(1, 50) AS g") == "");
  const auto events = node.events();
  CHECK(events.size() > 10);
  CHECK(node.root().head() == before + events.size() - 1);

  // Who has only some of them has whole rows.
  Replica other;
  other.merge({events.begin(), events.begin() + 7});
  const nlohmann::json rows = nlohmann::json::parse(other.rows("t"));
  CHECK(rows.size() > 6);
  for (const auto& row : rows) CHECK(row["b"] == std::string(40, 'b'));
  CHECK(other.database().rejects().empty());

  // The last row is refused, and so is all of it.
  const std::string refused = node.sql(
      "INSERT INTO t SELECT g, 'a', CASE WHEN g < 100 THEN 'b' END FROM generate_series(51, 100) AS g");
  CHECK(refused == "!23502");
  CHECK(node.events().size() == events.size());
}

}  // namespace
}  // namespace laterbase::views::tests
