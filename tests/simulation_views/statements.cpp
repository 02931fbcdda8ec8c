#include "tests/simulation_views/statements.h"

#include <fmt/format.h>

#include <iterator>

namespace laterbase::simulation {
namespace {

constexpr const char* tables[] = {
    "TABLE item (id BIGINT = 1 PRIMARY KEY, name TEXT = 2, votes BIGINT = 3 COUNTER, tags TEXT[] = 4 SET, "
    "peak BIGINT = 5 MAX) STRICT",
    "TABLE line (id BIGINT = 1 PRIMARY KEY, item BIGINT = 2, kg BIGINT = 3)",
    "TABLE note (item BIGINT = 1, said TEXT = 2)",
};

constexpr const char* other_tables[] = {
    // Renamed, one column less, one more, another type, another merge.
    "TABLE item (id BIGINT = 1 PRIMARY KEY, title TEXT = 2, votes BIGINT = 3 COUNTER, tags TEXT[] = 4 SET, "
    "peak BIGINT = 5 MAX) STRICT",
    "TABLE item (id BIGINT = 1 PRIMARY KEY, name TEXT = 2, votes BIGINT = 3 COUNTER, tags TEXT[] = 4 SET) STRICT",
    "TABLE line (id BIGINT = 1 PRIMARY KEY, item BIGINT = 2, kg BIGINT = 3, colour TEXT = 4 NOT NULL) STRICT",
    "TABLE line (id BIGINT = 1 PRIMARY KEY, item BIGINT = 2, kg TEXT = 3)",
    "TABLE note (item BIGINT = 1, said TEXT = 2, seen BIGINT = 3 COUNTER)",
    "TABLE line (id BIGINT = 1 PRIMARY KEY, item BIGINT = 2, kg BIGINT = 3 MIN)",
};

constexpr const char* views[] = {
    "CREATE OR REPLACE MATERIALIZED VIEW by_item AS SELECT item, count(*) AS n, sum(kg) AS kg, max(kg) AS most "
    "FROM line GROUP BY item",
    "CREATE OR REPLACE MATERIALIZED VIEW heavy AS SELECT i.id, b.kg, i.votes, i.tags FROM item i LEFT JOIN by_item b "
    "ON b.item = i.id",
    "CREATE OR REPLACE MATERIALIZED VIEW top AS SELECT id, votes, peak FROM item ORDER BY votes DESC NULLS LAST, id "
    "LIMIT 3",
    "CREATE OR REPLACE MATERIALIZED VIEW reach AS WITH RECURSIVE r(a, b) AS (SELECT id, item FROM line UNION "
    "SELECT r.a, line.item FROM r JOIN line ON line.id = r.b) SELECT a, b FROM r",
    "CREATE OR REPLACE MATERIALIZED VIEW places AS SELECT id, item, rank() OVER (PARTITION BY item ORDER BY kg DESC) "
    "AS place FROM line",
    "CREATE OR REPLACE MATERIALIZED VIEW all_events AS SELECT key, at, length(bytes) AS size FROM events",
    "CREATE OR REPLACE MATERIALIZED VIEW said AS SELECT said, array_agg(item ORDER BY item) AS items, 12 / count(item) "
    "AS share FROM note GROUP BY said",
    "CREATE OR REPLACE MATERIALIZED VIEW unsaid AS SELECT id FROM item WHERE id NOT IN (SELECT item FROM note) "
    "EXCEPT ALL SELECT item FROM line",
};

template <std::size_t N>
std::string one_of(const char* const (&texts)[N], Random& random) {
  return texts[random.below(N)];
}

}  // namespace

std::string all_definitions() {
  std::string text;
  for (const char* table : tables) text += std::string(table) + ";";
  for (const char* view : views) text += std::string(view) + ";";
  return text;
}

std::string random_definition(Random& random) {
  switch (random.below(8)) {
    case 0:
    case 1:
      return one_of(tables, random);
    case 2:
    case 3:
      return one_of(other_tables, random);
    case 4:
      return "DROP MATERIALIZED VIEW said";
    case 5:
      return "DROP TABLE note";
    default:
      return one_of(views, random);
  }
}

std::string random_change(Random& random) {
  const std::uint64_t id = random.below(6), n = random.below(10);
  switch (random.below(13)) {
    case 0:
      return fmt::format(
          "INSERT INTO item (id, votes) VALUES ({0}, {1}) ON CONFLICT (id) DO UPDATE SET "
          "votes = item.votes + excluded.votes",
          id, n);
    case 1:
      return fmt::format("UPDATE item SET votes = votes + {} WHERE id = {}", n, id);
    case 2:
      return fmt::format("UPDATE item SET peak = {}, name = 'm{}' WHERE id >= {}", n, n, id);
    case 3:
      return fmt::format("UPDATE item SET tags = array_append(tags, 'x{}') WHERE id <> {}", n % 4, id);
    case 4:
      return fmt::format("UPDATE item SET tags = array_remove(tags, 'x{}')", n % 4);
    case 5:
      return fmt::format("DELETE FROM item WHERE id = {}", id);
    case 6:
      return fmt::format("DELETE FROM line WHERE item = {}", n);
    case 7:
      return fmt::format("UPDATE line SET item = {} WHERE id = {}", n, id);
    case 8:
      return fmt::format("INSERT INTO note (item, said) VALUES ({}, 's{}'), (NULL, 's{}')", id, n % 3, id % 3);
    case 9:
      return fmt::format("DELETE FROM note WHERE item = {}", id);
    case 10:
      return fmt::format("UPDATE note SET said = 's{}' WHERE item IS NULL", n % 3);
    default:
      return fmt::format(
          "INSERT INTO line (id, item, kg) VALUES ({0}, {1}, {2}), ({3}, {0}, NULL) ON CONFLICT (id) "
          "DO UPDATE SET kg = excluded.kg",
          n, id, n * id, n + 10);
  }
}

std::string random_facts(Random& random) {
  std::string facts;
  for (std::uint64_t i = 0, count = 1 + random.below(4); i < count; ++i) {
    const std::uint64_t id = random.below(6), n = random.below(10);
    const std::string made[] = {
        fmt::format(R"(["item","{}","votes",{{"inc":{}}}])", id, n),
        fmt::format(R"(["item","{}","name","f{}"])", id, n),
        fmt::format(R"(["item","{}","title","g{}"])", id, n),
        fmt::format(R"(["item","{}","tags",{{"add":"x{}"}}])", id, n % 4),
        fmt::format(R"(["item","{}","tags",{{"remove":"x{}"}}])", id, n % 4),
        fmt::format(R"(["item","{}","peak",{}])", id, n),
        fmt::format(R"(["item","{}","",{{"exists":{}}}])", id, n % 2 == 0),
        fmt::format(R"(["line","{}","kg",{}])", n, id),
        fmt::format(R"(["line","{}","item",{}])", n, id),
        fmt::format(R"(["line","{}","kg","{} pounds"])", n, id),
        fmt::format(R"(["line","{}","colour","red"])", n),
        fmt::format(R"(["note","s{}","said","s{}"])", id, n % 3),
        fmt::format(R"(["nowhere","{}","x",[1,null]])", id),
        std::string(R"(["@view","said","definition",null])"),
        std::string(R"(["@table","item","definition",{"no":"sense"}])"),
        std::string(R"(["item"])"),
    };
    // The last ones are rare.
    facts += (i == 0 ? "" : ",") + made[random.below(random.one_in(12) ? std::size(made) : std::size(made) - 3)];
  }
  return fmt::format(R"({{"@tx":[{}]}})", facts);
}

}  // namespace laterbase::simulation
