#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "engine/base/random.h"
#include "tests/support/seed.h"
#include "tests/views/replica.h"

// What changed after a position, put over the rows of that position, is the rows that there are now.
namespace laterbase::views::tests {
namespace {

using Json = nlohmann::json;
using Rows = std::map<std::string, Json>;  // by subject

Rows rows_of(Replica& node) {
  Rows rows;
  for (const Json& row : Json::parse(node.rows("t"))) rows[row.at("id").get<std::string>()] = row;
  return rows;
}

// What a cell of a row is that no fact is about.
Json unwritten(const std::string& column) {
  return column == "sum" ? Json(0) : column == "tags" ? Json::array() : Json();
}

// Pages of some facts each, put over the rows.
Lc follow(Replica& node, Lc after, std::uint64_t page, Rows& rows) {
  for (const Lc head = node.root().head(); after < head;) {
    ChangesWanted wanted;
    wanted.most = page;
    after = node.database().changes(after, wanted, [&](const CellChange& change) {
      const Json now = Json::parse(change.now);
      const std::string subject(change.fact.subject);
      if (!change.column.empty())
        rows[subject]["id"] = subject, rows[subject][change.column] = now;
      else if (now.is_null())
        rows.erase(subject);
      else
        rows[subject] = now;
    });
  }
  return after;
}

std::string some_fact(Random& random) {
  const std::string id = fmt::format("r{}", random.below(6));
  switch (random.below(8)) {
    case 0:
      return fmt::format(R"(["t","{}","",{{"exists":{}}}])", id, random.one_in(2) ? "false" : "true");
    case 1:
      return fmt::format(R"(["t","{}","sum",{{"inc":{}}}])", id, random.below(9));
    case 2:
      return fmt::format(R"(["t","{}","tags",{{"{}":"x{}"}}])", id, random.one_in(2) ? "add" : "remove",
                         random.below(3));
    case 3:
      return fmt::format(R"(["t","{}","top",{}])", id, random.below(9));
    case 4:
      return fmt::format(R"(["other","{}","a",1])", id);
    default:
      return fmt::format(R"(["t","{}","a",{}])", id, random.one_in(5) ? "null" : std::to_string(random.below(9)));
  }
}

TEST_CASE("what changed after a position makes its rows those of now") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  for (std::uint64_t history = 0; history < test_size(10, 300); ++history) {
    CAPTURE(history);
    Replica node;
    REQUIRE(node.sql("TABLE t (id TEXT = 1 PRIMARY KEY, a BIGINT = 2, sum BIGINT = 3 COUNTER, tags TEXT[] = 4 SET,"
                     " top BIGINT = 5 MAX)") == "");
    Rows seen;
    Lc at = 0;
    for (int round = 0; round < 12; ++round) {
      std::vector<Replica::Entry> entries;
      for (std::uint64_t i = 0; i <= random.below(8); ++i) {
        std::string facts = some_fact(random);
        for (std::uint64_t more = random.below(3); more > 0; --more) facts += "," + some_fact(random);
        // Few moments, so that events come late, and some are a second value of a key.
        entries.push_back({{(1'700'000'000'000 + random.below(50)) << 16, random.below(3)},
                           fmt::format(R"({{"@tx":[{}]}})", facts),
                           true});
      }
      node.merge(entries);
      if (random.one_in(3)) continue;
      at = follow(node, at, 1 + random.below(5), seen);
    }
    follow(node, at, 3, seen);
    const Rows now = rows_of(node);
    for (const auto& [subject, row] : now) {
      CAPTURE(subject);
      REQUIRE(seen.contains(subject));
      for (const auto& [column, value] : row.items()) CHECK(seen[subject].value(column, unwritten(column)) == value);
    }
    for (const auto& [subject, row] : seen) CHECK(now.contains(subject));
  }
}

TEST_CASE("a fact that lost is no change, and is listed where all are asked for") {
  Replica node;
  REQUIRE(node.sql("TABLE t (id TEXT = 1 PRIMARY KEY, a BIGINT = 2); INSERT INTO t VALUES ('r', 1)") == "");
  const Lc before = node.root().head();
  node.merge({{Ulid{1'600'000'000'000ULL << 16, 1}, R"({"@tx":[["t","r","a",7],["else","r","a",7]]})", true}});
  std::string said;
  const auto say = [&](const CellChange& change) {
    said += fmt::format("{}.{}={} now {} {};", change.fact.type, change.column, change.fact.value, change.now,
                        !change.stands   ? "null"
                        : *change.stands ? "stands"
                                         : "lost");
  };
  node.database().changes(before, {}, say);
  CHECK(said.empty());
  ChangesWanted all;
  all.all = true;
  CHECK(node.database().changes(before, all, say) == before + 1);
  CHECK(said == "t.a=7 now 1 lost;else.a=7 now null null;");
  said.clear();
  REQUIRE(node.sql("ALTER TABLE t RENAME COLUMN a TO b; UPDATE t SET b = 9; DELETE FROM t WHERE id = 'x'") == "");
  node.database().changes(before, {}, say);
  CHECK(said == "t.b=9 now 9 stands;");
}

}  // namespace
}  // namespace laterbase::views::tests
