#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>

#include "engine/base/log.h"
#include "tests/views_sql/scenario.h"

// The list of SQL that views take, item by item (list.sql): each query is a view, and PostgreSQL's after every change
// and a restart. None may be refused, and none may break.
namespace laterbase::sql {
namespace {

const std::string schema =
    "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT, born DATE, boss INTEGER, tags TEXT[], extra JSONB);"
    "CREATE TABLE sale (id INTEGER PRIMARY KEY, person INTEGER, product TEXT, amount NUMERIC, pieces INTEGER, "
    "at TIMESTAMPTZ, paid BOOLEAN);"
    "CREATE TABLE reading (sensor TEXT, at TIMESTAMP, value DOUBLE PRECISION, took INTERVAL, n BIGINT);";

const std::string rows = R"(INSERT INTO person VALUES
(1, 'Ada', '1990-12-10', NULL, '{a,b}', '{"city": "London", "langs": ["en", "fr"], "score": 3.5}'),
(2, 'bob', '1985-02-28', 1, '{}', '{"city": "Paris", "langs": []}'), (3, 'Çem', NULL, 1, NULL, NULL),
(4, 'Dan', '2000-02-29', 2, '{b,NULL}', '{"city": null, "x": {"y": [1, 2, {"z": true}]}}'),
(5, 'ada', '1990-12-10', 4, '{c}', '[1, 2]');
INSERT INTO sale VALUES (1, 1, 'pen', 1.50, 3, '2024-01-31 10:00:00+00', true),
(2, 1, 'ink', 20, 1, '2024-02-29 23:59:59.5+00', false), (3, 2, 'pen', 1.45, 10, '2024-02-01 00:00:00+00', NULL),
(4, NULL, 'cap', NULL, NULL, NULL, true), (5, 4, 'pen', 1.55, -2, '2023-12-31 12:30:00+00', true),
(6, 9, 'ink', 19.995, 2, '2024-02-29 00:00:00+00', false);
INSERT INTO reading VALUES ('a', '2024-01-01 00:00:00', 1.5, '1 hour', 1),
('a', '2024-01-01 00:10:00', 2.5, '10 minutes', 2), ('b', '2024-01-01 00:05:00', NULL, NULL, 5),
('b', '2024-01-02 00:00:00', -1, '1 day 02:00', 9), ('a', '2024-01-03 12:00:00', 0.25, '1 mon', NULL),
(NULL, '2024-01-03 12:00:00', 7, '00:00:01', 7), ('a', '2024-01-01 00:10:00', 2.5, '10 minutes', 2);)";

// What is written with WITH before it is on the list as well.
const std::vector<std::string> changes = {
    "INSERT INTO sale VALUES (7, 2, 'hat', 12.5, 1, '2024-03-10 08:00:00+00', true),"
    "(8, 3, 'pen', 1.50, 4, '2024-03-01 00:00:00+00', false)",
    "WITH b AS (SELECT 'b' AS sensor) DELETE FROM reading USING b WHERE reading.sensor = b.sensor;"
    "UPDATE person SET boss = 5, extra = '{\"city\": \"Rom\"}' WHERE id = 3; DELETE FROM sale WHERE id = 1",
    "WITH dear AS (SELECT max(amount) AS most FROM sale) UPDATE sale SET amount = amount + most, product = 'ink' "
    "FROM dear WHERE product IN (SELECT 'pen' FROM dear)",
    "DELETE FROM person WHERE id = 2;"
    "WITH more(sensor, n) AS (VALUES ('c', 8), ('a', 2)) INSERT INTO reading (sensor, n, value) "
    "SELECT sensor, n, n / 2.0 FROM more",
};

std::vector<std::string> listed_queries() {
  std::vector<std::string> queries;
  std::ifstream file("tests/views_sql/list.sql");
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && !line.starts_with("--")) queries.push_back(line);
  }
  return queries;
}

Scenario scenario_of(const std::vector<std::string>& queries) {
  Scenario scenario;
  const auto add = [&](const std::string& text) { scenario.steps.push_back({Step::Kind::sql, 0, text}); };
  add(schema + rows);
  std::string views;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    views += "CREATE MATERIALIZED VIEW v" + std::to_string(i) + " AS " + queries[i] + ";\n";
  }
  add(views);
  for (const std::string& change : changes) add(change);
  scenario.steps.push_back({Step::Kind::restart, 0, ""});
  return scenario;
}

}  // namespace

TEST_CASE("what the list has is there, and is what PostgreSQL computes") {
  log::set_level(log::Level::off);
  const auto postgres = Postgres::start();
  REQUIRE(postgres != nullptr);
  const std::vector<std::string> queries = listed_queries();
  REQUIRE(queries.size() > 100);
  constexpr std::size_t at_once = 20;
  for (std::size_t begin = 0; begin < queries.size(); begin += at_once) {
    const auto first = queries.begin() + static_cast<std::ptrdiff_t>(begin);
    const std::vector<std::string> some(first,
                                        first + static_cast<std::ptrdiff_t>(std::min(at_once, queries.size() - begin)));
    const Scenario scenario = scenario_of(some);
    const Verdict verdict = run_scenario(scenario, *postgres);
    INFO(scenario.text());
    CHECK(verdict.failure == "");
    CHECK_FALSE(verdict.refused);
    CHECK(verdict.broken + verdict.broken_by_one == 0);
    CHECK(verdict.compared == some.size() * (scenario.steps.size() - 1));
  }
}

}  // namespace laterbase::sql
