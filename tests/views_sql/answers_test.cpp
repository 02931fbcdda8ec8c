#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>

#include "tests/views_sql/postgres.h"
#include "tests/views_sql/small_database.h"
#include "views/sql/types.h"

// One statement a line, answered by PostgreSQL and by us: rows as text, letter by letter, and errors with their
// message.
namespace laterbase::sql {
namespace {

const std::string schema =
    "CREATE TABLE t (a INTEGER, b BIGINT, s TEXT, d DOUBLE PRECISION, n NUMERIC, w TIMESTAMPTZ);"
    "CREATE TABLE u (a INTEGER, x INTEGER); CREATE TABLE p (id INTEGER PRIMARY KEY, parent INTEGER, name TEXT);"
    "CREATE TABLE j (doc JSONB);";
const std::string rows =
    "INSERT INTO t VALUES (1, 1, 'a', 1.5, 1.50, '2024-02-01 10:00:00+00'), (2, 1, 'b', -2, 2, '2024-02-29'),"
    "(2, 2, 'bb', 0.1, NULL, NULL), (3, NULL, NULL, 'NaN', 3.333, '2024-03-01'), (NULL, 2, 'ab', NULL, 7, "
    "'2023-12-31'),"
    "(2, 1, 'b', -2, 2, '2024-02-29'), (5, 3, 'zz', 1e10, 0.001, '2024-02-01 10:00:00+00');"
    "INSERT INTO u VALUES (1, 2), (1, 3), (2, 2), (3, NULL), (NULL, 1), (2, 5), (2, 2);"
    "INSERT INTO p VALUES (1, NULL, 'root'), (2, 1, 'left'), (3, 1, 'right'), (4, 2, 'leaf'), (5, 4, 'deep');"
    "INSERT INTO j VALUES ('{\"name\":\"x\",\"n\":1,\"items\":[{\"k\":\"a\"},{\"k\":1.50},{\"z\":null}]}'),"
    "('{\"name\":null,\"n\":2,\"items\":[]}');";

using Cells = std::vector<std::optional<std::string>>;

// PostgreSQL prints booleans as t and f.
std::string shown(const ivm::Value& value, ivm::Type type) {
  const std::string text = print_value(value, type);
  return value.kind() == ivm::TypeKind::boolean ? text.substr(0, 1) : text;
}

std::vector<Cells> rows_of(const ResultRows& result) {
  std::vector<Cells> all;
  for (const ivm::Row& row : result.rows) {
    Cells cells;
    const auto values = ivm::values_of(row.view(), result.columns);
    for (std::size_t i = 0; i < values.size(); ++i) {
      cells.push_back(values[i].is_null() ? std::nullopt : std::optional(shown(values[i], result.columns[i].type)));
    }
    all.push_back(std::move(cells));
  }
  std::sort(all.begin(), all.end());
  return all;
}

std::string drawn(const std::vector<Cells>& all) {
  std::string text;
  for (const Cells& cells : all) {
    for (const auto& cell : cells) text += cell.value_or("NULL") + " | ";
    text += "\n";
  }
  return text;
}

// PostgreSQL's first line, without the severity.
std::string message_of(const std::string& error) {
  const std::size_t begin = error.find(": ");
  std::string message = error.substr(begin == std::string::npos ? 0 : begin + 2);
  message = message.substr(0, message.find('\n'));
  return message.substr(message.find_first_not_of(' '));
}

void compare(const SmallDatabase& database, Postgres& postgres, const std::string& statement) {
  INFO(statement);
  PostgresRows wanted = postgres.run(statement);
  const auto got = database.select(statement);
  if (!wanted.error.empty()) {
    INFO("PostgreSQL: " << wanted.error);
    if (got) {
      FAIL_CHECK("accepted:\n" << drawn(rows_of(*got)));
      return;
    }
    CHECK(got.error().sqlstate + " " + got.error().message == wanted.sqlstate + " " + message_of(wanted.error));
    return;
  }
  std::sort(wanted.rows.begin(), wanted.rows.end());
  if (!got) {
    FAIL_CHECK("refused: " << got.error().sqlstate << " " << got.error().message << " at " << got.error().position);
    return;
  }
  CHECK(drawn(rows_of(*got)) == drawn(wanted.rows));
}

void compare_file(const std::string& path) {
  const auto postgres = Postgres::start();
  REQUIRE(postgres != nullptr);
  SmallDatabase database;
  for (const std::string& text : {schema, rows}) {
    const auto refused = database.run(text);
    INFO((refused ? refused->message : ""));
    REQUIRE_FALSE(refused);
    REQUIRE(postgres->run(text).error.empty());
  }
  std::ifstream file(path);
  std::size_t statements = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty()) continue;
    compare(database, *postgres, line);
    ++statements;
  }
  CHECK(statements > 90);
}

}  // namespace

TEST_CASE("expressions have PostgreSQL's values, and its errors") { compare_file("tests/views_sql/expressions.sql"); }

TEST_CASE("queries have PostgreSQL's rows") { compare_file("tests/views_sql/queries.sql"); }

}  // namespace laterbase::sql
