#include <catch2/catch.hpp>

#include "engine/base/log.h"
#include "tests/views_sql/tested_database.h"

// What statements say beyond rows.
namespace laterbase::sql {
namespace {

void must_run(TestedDatabase& database, const std::string& text) {
  const auto error = database.run(text);
  INFO(text << ": " << (error ? error->message : ""));
  REQUIRE_FALSE(error);
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a statement has one moment, and a definition has none") {
  TestedDatabase database;
  must_run(database, "CREATE TABLE t (a TIMESTAMPTZ, d DATE)");
  must_run(database, "INSERT INTO t VALUES (now(), current_date), (current_timestamp, now()::date)");
  const auto found = database.select(
      "SELECT count(DISTINCT a), count(DISTINCT d), bool_and(a > now() - INTERVAL '1 hour'), bool_and(a <= now()), "
      "bool_and(localtimestamp >= a) FROM t");
  CHECK(found.json == "[[1,1,true,true,true]]");
  const auto refused = database.run("CREATE MATERIALIZED VIEW v AS SELECT a FROM t WHERE a > now()");
  REQUIRE(refused);
  CHECK(refused->sqlstate == "0A000");
  CHECK(refused->position == 57);
  CHECK(database.run("CREATE TABLE x (a TIMESTAMPTZ DEFAULT now())").value().sqlstate == "0A000");
  CHECK(database.run("TABLE x (a TIMESTAMPTZ = 1 DEFAULT now())").value().sqlstate == "0A000");
  CHECK(database.run("ALTER TABLE t ADD COLUMN b DATE DEFAULT current_date").value().sqlstate == "0A000");
  CHECK(database.run("CREATE INDEX ON t ((a > now()))").value().sqlstate == "0A000");
}

TEST_CASE("who reads a view whose column is gone is told why") {
  log::set_level(log::Level::off);
  TestedDatabase database;
  must_run(database, "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER); INSERT INTO t VALUES (1, 2)");
  must_run(database, "CREATE MATERIALIZED VIEW v AS SELECT a + 1 AS b FROM t");
  must_run(database, "CREATE MATERIALIZED VIEW w AS SELECT b FROM v");
  must_run(database, "ALTER TABLE t RENAME COLUMN a TO z");
  CHECK(holds(database.select("SELECT * FROM v").trouble, "column \"a\" does not exist"));
  CHECK(holds(database.select("SELECT * FROM w").trouble, "column \"a\" does not exist"));
  CHECK(database.run("SELECT * FROM v")->sqlstate == "42P01");
  must_run(database, "ALTER TABLE t RENAME COLUMN z TO a");
  CHECK(database.select("SELECT * FROM w").json == "[[3]]");
}

}  // namespace laterbase::sql
