#include <catch2/catch.hpp>

#include "tests/views_sql/small_database.h"

// What is not there is refused with its place and advice.
namespace laterbase::sql {
namespace {

SmallDatabase database() {
  SmallDatabase made;
  REQUIRE_FALSE(made.run("CREATE TABLE t (a BIGINT, ä TEXT)"));
  return made;
}

SqlError refusal(const std::string& text) {
  SmallDatabase made = database();
  const auto error = made.run(text);
  INFO(text);
  REQUIRE(error);
  return *error;
}

}  // namespace

TEST_CASE("what is not supported says so, where, and what to do") {
  const std::pair<const char*, int> statements[] = {
      {"SELECT now()", 8},
      {"SELECT ä, random() FROM t", 11},
      {"SELECT a::real FROM t", 11},
      {"SELECT current_date", 8},
      {"SELECT localtimestamp", 8},
      {"SELECT ä ~ '^a' FROM t", 10},
      {"SELECT unnest(array[1]) + 1 FROM t", 8},
      {"SELECT unnest(array[1]), unnest(array[2]) FROM t", 26},
      {"SELECT unnest(array[1]) AS x, count(*) FROM t GROUP BY x", 56},
      {"SELECT * FROM unnest(array[1], array[2]) AS x(a, b)", 15},
      {"SELECT regexp_replace(ä, 'a', 'b') FROM t", 8},
      {"SELECT * FROM information_schema.tables", 15},
      {"SELECT * FROM pg_tables", 15},
      {"CREATE TABLE x (a BIGINT CHECK (a > 0))", 26},
      {"SELECT sum(a) OVER (ORDER BY ä RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t", 30},
      {"SELECT sum(a) OVER (ORDER BY a RANGE BETWEEN 1.5 PRECEDING AND CURRENT ROW) FROM t", 46},
      {"SELECT sum(a) OVER (ORDER BY a ROWS BETWEEN (SELECT 1::bigint) PRECEDING AND CURRENT ROW) FROM t", 45},
      {"SELECT a FROM t LIMIT (SELECT 1::bigint)", 23},
      {"SELECT corr(a, a) FROM t", 8},
      {"SELECT json_agg(a) FROM t", 8},
      {"SELECT a FROM t GROUP BY ROLLUP (a, 1 + 1)", 39},
      {"SELECT percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY a) FROM t", 8},
      {"SELECT to_date(ä, 'YYYY') FROM t", 8},
      {"SELECT date_trunc('day', a::text::timestamptz, 'Europe/Berlin') FROM t", 48},
      {"SELECT ä SIMILAR TO 'a' FROM t", 10},
      {"SELECT ä COLLATE \"C\" FROM t", 10},
      {"SELECT t FROM t", 8},
      {"SELECT count(DISTINCT (a, ä)) FROM t", 23},
      {"SELECT * FROM t TABLESAMPLE BERNOULLI (10)", 29},
      {"SELECT a FROM t FOR UPDATE", 1},
      {"SELECT * FROM ROWS FROM (generate_series(1, 2), generate_series(1, 3)) AS x(a, b)", 26},
      {"SELECT * FROM json_each('{}')", 15},
      {"SELECT TIME '10:00'", 8},
      {"WITH d AS (DELETE FROM t RETURNING a) SELECT * FROM d", 6},
      {"WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 3) SELECT * FROM r", 16},
      {"MERGE INTO t USING t AS s ON s.a = t.a WHEN MATCHED THEN DELETE", 1},
      {"TRUNCATE t", 1},
      {"CREATE VIEW v AS SELECT 1", 1},
      {"REFRESH MATERIALIZED VIEW v", 1},
      {"CREATE TABLE x AS SELECT 1 AS a", 1},
      {"CREATE TABLE x (a SERIAL)", 19},
      {"CREATE TABLE x (a BIGINT GENERATED ALWAYS AS IDENTITY)", 26},
      {"COPY t FROM STDIN", 1},
      {"SET timezone = 'UTC'", 1},
      {"VACUUM", 1},
  };
  for (const auto& [text, position] : statements) {
    const SqlError error = refusal(text);
    INFO(text << ": " << error.message);
    CHECK(error.sqlstate == "0A000");
    CHECK_FALSE(error.hint.empty());
    CHECK(error.position == position);
  }
}

TEST_CASE("positions count characters, from 1, in the whole text") {
  CHECK(refusal("SELECT 1; SELECT 'ä', nosuch FROM t").position == 23);
  CHECK(refusal("SELECT 1 +").position == 11);
  CHECK(refusal("SELECT a FROM t WHERE ä = 1").position == 25);
}

TEST_CASE("texts that are too much are answers") {
  CHECK(refusal("SELECT " + std::string(5000, '(') + "1" + std::string(5000, ')')).sqlstate == "54001");
  std::string sum = "SELECT 1";
  for (int i = 0; i < 100'000; ++i) sum += "+1";
  CHECK(refusal(sum).sqlstate == "54001");
  CHECK(refusal(std::string("SELECT '\xff'")).sqlstate == "22021");
  CHECK(refusal(std::string("SELECT 1\0", 9)).sqlstate == "22021");
}

TEST_CASE("what explodes is refused, and the rest goes on") {
  SmallDatabase made = database();
  const std::string series = "generate_series(1, 1000000)";
  const auto error = made.run("SELECT x, y FROM " + series + " AS a(x), " + series + " AS b(y)");
  REQUIRE(error);
  CHECK(error->sqlstate == "53200");
  CHECK_FALSE(made.run("INSERT INTO t VALUES (1, 'x')"));
  CHECK(made.select("SELECT a FROM t")->rows.size() == 1);
  if (std::getenv("LATERBASE_SOAK") == nullptr) return;
  // No row comes of it, and yet it would not end.
  const auto slow = made.select("SELECT 1 FROM " + series + " AS a(x), " + series + " AS b(y) WHERE x + y < 0");
  REQUIRE_FALSE(slow.has_value());
  CHECK((slow.error().sqlstate == "57014" || slow.error().sqlstate == "53200"));
}

TEST_CASE("psql's own commands are told from SQL") {
  CHECK(refusal("\\d t").position == 1);
  CHECK_FALSE(refusal("\\d t").hint.empty());
}

TEST_CASE("TABLE declares columns by number") {
  SmallDatabase made;
  const auto statement = read_statement(
      "TABLE issue (\n  id TEXT = 1 PRIMARY KEY, -- key\n  title TEXT = 2 DEFAULT 'x' NOT NULL,\n"
      "  votes BIGINT = 3 COUNTER,\n  labels TEXT[] = 4 SET,\n  peak DOUBLE = 7 MAX\n) STRICT;",
      made);
  INFO((statement ? "" : statement.error().message));
  REQUIRE(statement.has_value());
  const auto& table = std::get<DeclareTable>(*statement);
  CHECK(table.name == "issue");
  CHECK(table.strict);
  CHECK(table.declared);
  REQUIRE(table.columns.size() == 5);
  CHECK(table.columns[1].default_sql == "'x'");
  CHECK(table.columns[2].merge == Merge::counter);
  CHECK(table.columns[3].merge == Merge::set);
  CHECK(table.columns[3].type == ivm::Type{ivm::TypeKind::array, ivm::TypeKind::text});
  CHECK(table.columns[4].number == 7);
  CHECK(table.columns[4].merge == Merge::max);
  CHECK(table.primary_key == std::vector<std::size_t>{0});
}

TEST_CASE("a declaration that cannot be is refused at its place") {
  SmallDatabase made;
  const auto refused = [&](const char* text) {
    const auto statement = read_statement(text, made);
    INFO(text);
    REQUIRE_FALSE(statement.has_value());
    return statement.error();
  };
  CHECK(refused("TABLE x (a TEXT)").position == 10);
  CHECK(refused("TABLE x (a TEXT = 1, b TEXT = 1)").position == 22);
  CHECK(refused("TABLE x (a TEXT = 1 COUNTER)").sqlstate == "42611");
  CHECK(refused("TABLE x (a NOSUCH = 1)").position == 12);
  CHECK(refused("TABLE x (a TEXT = 1) LAX").position == 22);
}

TEST_CASE("a replicated view must not use what differs between nodes") {
  struct Events : Catalog {
    Relation events = events_relation();
    const Relation* find(std::string_view name) const override { return name == "events" ? &events : nullptr; }
  };
  const Events catalog;
  CHECK(read_definition("SELECT key, value ->> 'a' FROM events", catalog).has_value());
  CHECK_FALSE(read_definition("SELECT lc FROM events", catalog).has_value());
  CHECK_FALSE(read_definition("SELECT * FROM events", catalog).has_value());
  CHECK(read_definition("SELECT lc FROM events", catalog, false).has_value());
}

}  // namespace laterbase::sql
