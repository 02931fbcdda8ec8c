#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <algorithm>

#include "engine/base/random.h"
#include "tests/support/seed.h"
#include "tests/views/replica.h"

// Two nodes write at once and exchange what they have in any order: both show the same, and what a third shows that
// folds it all from the beginning.
namespace laterbase::views::tests {
namespace {

const std::string tables =
    "TABLE item (id BIGINT = 1 PRIMARY KEY, name TEXT = 2, votes BIGINT = 3 COUNTER, tags TEXT[] = 4 SET, "
    "peak BIGINT = 5 MAX) STRICT; CREATE TABLE line (item BIGINT, kg BIGINT);";
const std::string views =
    "CREATE MATERIALIZED VIEW by_item AS SELECT item, count(*) AS n, sum(kg) AS kg, max(kg) AS most FROM line GROUP BY "
    "item;"
    "CREATE MATERIALIZED VIEW heavy AS SELECT i.name, b.kg, i.votes FROM item i JOIN by_item b ON b.item = i.id;"
    "CREATE MATERIALIZED VIEW top AS SELECT id, votes FROM item ORDER BY votes DESC, id LIMIT 3;";

const std::vector<std::string> relations{"item", "line", "by_item", "heavy", "top"};

std::string random_statement(Random& random) {
  const std::uint64_t id = random.below(6), n = random.below(10);
  switch (random.below(8)) {
    case 0:
      return fmt::format(
          "INSERT INTO item (id, name, votes) VALUES ({0}, 'n{1}', {1}) ON CONFLICT (id) DO UPDATE SET "
          "name = excluded.name, votes = item.votes + excluded.votes",
          id, n);
    case 1:
      return fmt::format("UPDATE item SET votes = votes + {} WHERE id = {}", n, id);
    case 2:
      return fmt::format("UPDATE item SET peak = {}, name = 'm{}' WHERE id >= {}", n, n, id);
    case 3:
      return fmt::format("DELETE FROM item WHERE id = {}", id);
    case 4:
      return fmt::format("DELETE FROM line WHERE kg = {}", n);
    case 5:
      return fmt::format("UPDATE line SET kg = kg + 1 WHERE item = {}", id);
    default:
      return fmt::format("INSERT INTO line VALUES ({}, {}), ({}, NULL)", id, n, (id + n) % 6);
  }
}

void write(Replica& node, Random& random) {
  for (std::uint64_t i = 0, count = 1 + random.below(6); i < count; ++i) {
    const std::string statement = random_statement(random);
    const std::string answer = node.sql(statement);
    INFO(statement);
    REQUIRE((answer.empty() || answer.front() != '!'));
  }
}

// In pieces and any order.
void bring(const Replica& from, Replica& to, Random& random, std::vector<Replica::Entry> events) {
  (void)from;
  std::shuffle(events.begin(), events.end(), random);
  for (std::size_t begin = 0; begin < events.size();) {
    const std::size_t end = std::min(events.size(), begin + 1 + random.below(5));
    to.merge({events.begin() + static_cast<std::ptrdiff_t>(begin), events.begin() + static_cast<std::ptrdiff_t>(end)});
    if (random.one_in(2)) to.rows("heavy");
    begin = end;
  }
}

TEST_CASE("nodes with the same events show the same rows, and what a fold from the beginning shows") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  for (std::uint64_t turn = 0; turn < test_size(3, 300); ++turn) {
    CAPTURE(turn);
    Replica a, b, c;
    REQUIRE(a.sql(tables + views).empty());
    bring(a, b, random, a.events());
    for (int round = 0; round < 4; ++round) {
      write(a, random);
      write(b, random);
      if (random.one_in(2)) bring(a, b, random, a.events());
      if (random.one_in(2)) bring(b, a, random, b.events());
    }
    bring(a, b, random, a.events());
    bring(b, a, random, b.events());
    bring(a, c, random, a.events());
    for (const std::string& relation : relations) {
      const std::string rows = a.rows(relation);
      CAPTURE(relation);
      REQUIRE(rows.front() == '[');
      CHECK(b.rows(relation) == rows);
      CHECK(c.rows(relation) == rows);
      a.forget();
      CHECK(a.rows(relation) == rows);
    }
  }
}

}  // namespace
}  // namespace laterbase::views::tests
