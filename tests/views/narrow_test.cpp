#include "views/narrow.h"

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "engine/base/random.h"
#include "tests/support/seed.h"
#include "tests/views/narrowed.h"

// A query that looks rows up has the rows that it has when all are looked at.
namespace laterbase::views::tests {
namespace {

const std::string definitions =
    "CREATE TABLE t (id BIGINT PRIMARY KEY, g INTEGER, s TEXT UNIQUE, d NUMERIC);"
    "CREATE TABLE u (a BIGINT, b TEXT, x BIGINT, PRIMARY KEY (a, b));"
    "CREATE TABLE bag (a BIGINT, x BIGINT);"
    "CREATE MATERIALIZED VIEW v AS SELECT g, id, s, d FROM t;"
    "CREATE MATERIALIZED VIEW w AS SELECT x, a FROM u ORDER BY x DESC, b;"
    "CREATE MATERIALIZED VIEW n AS SELECT g, count(*) AS rows FROM t GROUP BY g;"
    "CREATE INDEX ON v (g, id DESC); CREATE INDEX ON v (s); CREATE INDEX ON v (d); CREATE INDEX ON n (g);"
    "CREATE INDEX ON t (g, d DESC); CREATE INDEX ON u (x DESC NULLS LAST); CREATE INDEX ON bag (x, a);";

struct Relation {
  const char* name;
  std::vector<const char*> numbers;
  const char* text;
};

const std::vector<Relation> relations{{"t", {"id", "g", "d"}, "s"}, {"u", {"a", "x"}, "b"}, {"bag", {"a", "x"}, ""},
                                      {"v", {"g", "id", "d"}, "s"}, {"w", {"x", "a"}, ""},  {"n", {"g", "rows"}, ""}};

std::string rows_of_t(Random& random) {
  std::string text = "INSERT INTO t VALUES ";
  for (int id = 0; id < 40; ++id)
    text += fmt::format("{}({}, {}, {}, {})", id == 0 ? "" : ", ", id - 3,
                        random.one_in(6) ? "NULL" : std::to_string(random.below(7)),
                        random.one_in(6) ? "NULL" : fmt::format("'s{}'", id),
                        random.one_in(6) ? "NULL" : fmt::format("{}.{}", random.below(6), random.below(2) * 50));
  return text;
}

std::string rows_of_u(Random& random) {
  std::string text = "INSERT INTO u VALUES ";
  for (int row = 0; row < 40; ++row)
    text += fmt::format("{}({}, 's{}', {})", row == 0 ? "" : ", ", row % 8, row / 8,
                        random.one_in(6) ? "NULL" : std::to_string(random.below(9)));
  text += "; INSERT INTO bag VALUES ";
  for (int row = 0; row < 20; ++row)
    text += fmt::format("{}({}, {})", row == 0 ? "" : ", ", random.below(8), random.below(4));
  return text;
}

std::string column(const Relation& of, const std::string& alias, Random& random) {
  return alias + "." + of.numbers[random.below(of.numbers.size())];
}

std::string number(Random& random) {
  static const std::vector<std::string> odd{"NULL", "2.5", "3.0", "5000000000", "-1"};
  return random.one_in(8) ? odd[random.below(odd.size())] : std::to_string(random.below(9));
}

std::string condition(const Relation& of, const std::string& alias, Random& random) {
  static const std::vector<std::string> signs{"=", "=", "=", "<", "<=", ">", ">=", "<>"};
  const std::string one = column(of, alias, random), sign = signs[random.below(signs.size())];
  if (*of.text != '\0' && random.one_in(3)) {
    const std::string text = fmt::format("'s{}'", random.below(9));
    return random.one_in(2) ? fmt::format("{}.{} {} {}", alias, of.text, sign, text)
                            : fmt::format("{}.{} IN ({}, 's3')", alias, of.text, text);
  }
  switch (random.below(8)) {
    case 0:
      return fmt::format("{} IN ({}, {}, {})", one, number(random), number(random), number(random));
    case 1:
      return fmt::format("{} BETWEEN {} AND {}", one, number(random), number(random));
    case 2:
      return fmt::format("{} = ANY (ARRAY[{}, {}])", one, random.below(9), random.below(9));
    case 3:
      return fmt::format("({} = {} OR {} = {})", one, number(random), column(of, alias, random), number(random));
    case 4:
      return fmt::format("{} {} {}", number(random), sign, one);
    case 5:
      return fmt::format("NOT ({} = {})", one, number(random));
    default:
      return fmt::format("{} {} {}", one, sign, number(random));
  }
}

std::string conditions(const Relation& of, const std::string& alias, Random& random) {
  std::string text = condition(of, alias, random);
  for (std::uint64_t more = random.below(3); more > 0; --more) text += " AND " + condition(of, alias, random);
  return text;
}

std::string first(const Relation& of, const std::string& alias, Random& random) {
  std::string text = " ORDER BY ";
  for (std::uint64_t more = random.below(2), i = 0; i <= more; ++i) {
    const bool is_text = *of.text != '\0' && random.one_in(4);
    text += (i == 0 ? "" : ", ") + (is_text ? alias + "." + of.text : column(of, alias, random));
    text += random.one_in(2) ? " DESC" : "";
    text += random.one_in(6) ? " NULLS FIRST" : random.one_in(5) ? " NULLS LAST" : "";
  }
  text += fmt::format(" LIMIT {}", random.one_in(10) ? 100 : random.below(6));
  return random.one_in(3) ? text + fmt::format(" OFFSET {}", random.below(4)) : text;
}

// Some of the first rows there are; the least and the greatest; texts that begin alike.
std::string random_first(Random& random) {
  const Relation &a = relations[random.below(relations.size())], &b = relations[random.below(relations.size())];
  const std::string where = random.one_in(3) ? "" : " WHERE " + conditions(a, "a", random);
  switch (random.below(7)) {
    case 0:
      return fmt::format("SELECT min({0}), max({0}), max({1}) FROM {2} a{3}", column(a, "a", random),
                         column(a, "a", random), a.name, where);
    case 1:
      return fmt::format("SELECT max({}) FROM {} a{}", column(a, "a", random), a.name, where);
    case 2:
      return fmt::format("SELECT {0} + 1 AS y, {1} FROM {2} a{3}{4}", column(a, "a", random), column(a, "a", random),
                         a.name, where, first(a, "a", random));
    case 3:
      return fmt::format("SELECT * FROM (SELECT * FROM {} a{}{}) a JOIN {} b ON {} = {}", a.name, where,
                         first(a, "a", random), b.name, column(a, "a", random), column(b, "b", random));
    case 4:
      if (*a.text != '\0')
        return fmt::format("SELECT * FROM {0} a WHERE a.{1} LIKE 's{2}%'{3}", a.name, a.text, random.below(5),
                           random.one_in(2) ? first(a, "a", random) : "");
      [[fallthrough]];
    default:
      return fmt::format("SELECT * FROM {} a{}{}", a.name, where, first(a, "a", random));
  }
}

std::string random_query(Random& random) {
  if (random.one_in(3)) return random_first(random);
  const Relation &a = relations[random.below(relations.size())], &b = relations[random.below(relations.size())];
  static const std::vector<std::string> joins{"JOIN", "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"};
  const std::string link = fmt::format("{} = {}", column(a, "a", random), column(b, "b", random));
  const std::string mine = conditions(a, "a", random);
  switch (random.below(9)) {
    case 0:
    case 1:
      return fmt::format("SELECT * FROM {} a WHERE {}", a.name, mine);
    case 2:
      return fmt::format("SELECT * FROM {} a {} {} b ON {} WHERE {}", a.name, joins[random.below(joins.size())], b.name,
                         link, random.one_in(2) ? mine : conditions(b, "b", random));
    case 3:
      return fmt::format("SELECT * FROM {} a {} {} b ON {} AND {}", a.name, joins[random.below(joins.size())], b.name,
                         link, random.one_in(2) ? mine : conditions(b, "b", random));
    case 4:
      return fmt::format("SELECT * FROM {} a WHERE {} AND {} EXISTS (SELECT 1 FROM {} b WHERE {})", a.name, mine,
                         random.one_in(2) ? "NOT" : "", b.name, link);
    case 5:
      return fmt::format("SELECT * FROM {} a WHERE {} {} IN (SELECT {} FROM {} b WHERE {})", a.name,
                         column(a, "a", random), random.one_in(2) ? "NOT" : "", column(b, "b", random), b.name,
                         conditions(b, "b", random));
    case 6:
      return fmt::format(
          "SELECT k, count(*), sum(y) FROM (SELECT {} AS k, {} AS y FROM {} a) q WHERE k {} {} GROUP BY k",
          column(a, "a", random), column(a, "a", random), a.name, random.one_in(2) ? "=" : ">", number(random));
    case 7:
      return fmt::format(
          "WITH q AS (SELECT {0} AS k FROM {1} a WHERE {2}) SELECT * FROM q JOIN {3} b ON b.{4} = q.k "
          "WHERE q.k IN (SELECT k FROM q)",
          column(a, "a", random), a.name, mine, b.name, b.numbers[0]);
    default:
      return fmt::format("SELECT {0} FROM {1} a WHERE {2} {3} SELECT {4} FROM {5} b WHERE {6}", column(a, "a", random),
                         a.name, mine, random.one_in(2) ? "UNION" : "EXCEPT ALL", column(b, "b", random), b.name,
                         conditions(b, "b", random));
  }
}

std::string change_of_rows(Random& random) {
  switch (random.below(4)) {
    case 0:
      return fmt::format("UPDATE t SET g = {}, d = {} WHERE {}", random.below(7), random.below(6),
                         conditions(relations[0], "t", random));
    case 1:
      return fmt::format("DELETE FROM bag WHERE {}", conditions(relations[2], "bag", random));
    case 2:
      return fmt::format("UPDATE u SET x = x + 1 WHERE {}", conditions(relations[1], "u", random));
    default:
      return fmt::format("INSERT INTO bag VALUES ({}, {})", random.below(8), random.below(4));
  }
}

TEST_CASE("a query that looks rows up answers what it answers when it looks at all") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  Tally tally;
  for (std::uint64_t history = 0; history < test_size(4, 100); ++history) {
    CAPTURE(history);
    Replica node;
    REQUIRE(node.sql(definitions + rows_of_t(random) + ";" + rows_of_u(random)) == "");
    node.merge({{Ulid{1'700'000'000'000, 1}, R"({"@tx":[["t","007","g",3],["t","50","g",4]]})", true}});
    Follows follows(node.root());
    Engine& engine = follows.engine();
    for (int turn = 0; turn < 100; ++turn) compare(engine, random_query(random), tally);
    // What a request has written so far counts too.
    engine.begin_trial();
    const auto facts = triples::Facts::of(
        R"({"@tx":[["t","2","g",5],["t","3","",{"exists":false}],["t","90","s","s90"],["u","[1,\"s1\"]","x",3]]})");
    REQUIRE(facts.has_value());
    (void)engine.try_facts(Ulid::greatest(), 1, *facts);
    for (int turn = 0; turn < 30; ++turn) compare(engine, random_query(random), tally);
    engine.end_trial();
    for (int turn = 0; turn < 10; ++turn) compare(engine, random_query(random), tally);
    // Orders that are there are kept up.
    for (int change = 0; change < 10; ++change) {
      CAPTURE(change);
      (void)node.sql(change_of_rows(random));
      follows.catch_up();
      for (int turn = 0; turn < 8; ++turn) compare(engine, random_query(random), tally);
    }
  }
  CHECK(tally.narrowed > tally.queries / 2);
  CHECK(tally.rows > tally.queries);
}

TEST_CASE("EXPLAIN says which rows are looked up, and how") {
  Replica node;
  REQUIRE(node.sql(definitions) == "");
  const auto explained = [&](const std::string& select) {
    const std::string rows = node.sql("EXPLAIN " + select);
    const auto at = rows.find("\"Read ");
    return at == std::string::npos ? "" : rows.substr(at + 1, rows.rfind('"') - at - 1);
  };
  CHECK(explained("SELECT * FROM t WHERE id = 5") == "Read t by primary key (id)");
  CHECK(explained("SELECT * FROM t WHERE id IN (5, 6) AND g > 1") == "Read t by primary key (id)");
  CHECK(explained("SELECT * FROM t WHERE s = 'x'") == "Read t by unique key (s)");
  CHECK(explained("SELECT * FROM v WHERE g = 5 AND id > 7") == "Read v by index (g, id)");
  CHECK(explained("SELECT * FROM w WHERE x BETWEEN 5 AND 6") == "Read w by index (x)");
  CHECK(explained("SELECT * FROM u WHERE b = 'x' AND a = 3") == "Read u by primary key (a, b)");
  CHECK(explained("SELECT * FROM bag JOIN t ON t.id = bag.x WHERE bag.x = 3") ==
        "Read bag by index (x)\"],[\"Read t by primary key (id)");
  CHECK(explained("SELECT * FROM u JOIN t ON t.id = u.x WHERE u.a = 3 AND u.b = 'x'") ==
        "Read t by primary key (id)\"],[\"Read u by primary key (a, b)");
  CHECK(explained("SELECT * FROM u WHERE a = 3 AND b > 'x'") == "Read u by primary key (a, b)");
  CHECK(explained("SELECT * FROM t WHERE id > 5") == "Read t by primary key (id)");
  CHECK(explained("SELECT * FROM t WHERE s LIKE 'x%'") == "Read t by unique key (s)");
  CHECK(explained("SELECT * FROM t WHERE g = 5") == "Read t by index (g)");
  CHECK(explained("SELECT * FROM t WHERE g = 5 AND d < 3") == "Read t by index (g, d)");
  CHECK(explained("SELECT * FROM bag WHERE x = ANY (ARRAY[1, 2]) AND a = 3") == "Read bag by index (x, a)");
  CHECK(explained("SELECT * FROM u JOIN bag ON bag.x = u.x WHERE u.a = 3 AND u.b = 'x'") ==
        "Read bag by index (x)\"],[\"Read u by primary key (a, b)");
  CHECK(explained("SELECT * FROM t ORDER BY id DESC LIMIT 3") == "Read t by primary key (id), only the first 3");
  CHECK(explained("SELECT * FROM t WHERE g = 5 ORDER BY d DESC LIMIT 3 OFFSET 1") ==
        "Read t by index (g, d), only the first 4");
  CHECK(explained("SELECT * FROM t ORDER BY d LIMIT 3") == "Read t whole, keeping the first 3");
  CHECK(explained("SELECT max(id) FROM t") == "Read t by primary key (id), only the first 1");
  CHECK(explained("SELECT * FROM w ORDER BY x LIMIT 1") == "Read w by index (x), only the first 1");
  CHECK(explained("SELECT * FROM events WHERE at > '2026-01-01T00:00:00Z' ORDER BY key LIMIT 5") ==
        "Read events by key (at), only the first 5");
  CHECK(explained("SELECT * FROM events WHERE key = '01M7Z1HTJ97APV7060V5Q2FR0Z'") == "Read events by key (key)");
  CHECK(explained("SELECT * FROM t WHERE d = 5") == "");
  CHECK(explained("SELECT * FROM events ORDER BY lc DESC LIMIT 5") == "Read events by position (lc), only the first 5");
  CHECK(explained("SELECT * FROM events ORDER BY bytes LIMIT 5") == "Read events whole, keeping the first 5");
  CHECK(explained("SELECT * FROM events WHERE bytes = ''") == "");
  CHECK(explained("SELECT * FROM t WHERE id = 5 OR g = 3") == "");
  CHECK(explained("SELECT * FROM t a FULL JOIN t b ON a.id = b.id AND a.id = 3") == "");
}

}  // namespace
}  // namespace laterbase::views::tests
