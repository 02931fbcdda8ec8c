#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <map>

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
    "CREATE TABLE j (doc JSONB);"
    "CREATE TABLE k (id INTEGER PRIMARY KEY, bo BOOLEAN, bi BIGINT, i INTEGER, d DOUBLE PRECISION, n NUMERIC, s TEXT,"
    "by BYTEA, tz TIMESTAMPTZ, ts TIMESTAMP, da DATE, iv INTERVAL, js JSONB, ia INTEGER[], ta TEXT[]);";
const std::string rows =
    "INSERT INTO t VALUES (1, 1, 'a', 1.5, 1.50, '2024-02-01 10:00:00+00'), (2, 1, 'b', -2, 2, '2024-02-29'),"
    "(2, 2, 'bb', 0.1, NULL, NULL), (3, NULL, NULL, 'NaN', 3.333, '2024-03-01'), (NULL, 2, 'ab', NULL, 7, "
    "'2023-12-31'),"
    "(2, 1, 'b', -2, 2, '2024-02-29'), (5, 3, 'zz', 1e10, 0.001, '2024-02-01 10:00:00+00');"
    "INSERT INTO u VALUES (1, 2), (1, 3), (2, 2), (3, NULL), (NULL, 1), (2, 5), (2, 2);"
    "INSERT INTO p VALUES (1, NULL, 'root'), (2, 1, 'left'), (3, 1, 'right'), (4, 2, 'leaf'), (5, 4, 'deep');"
    "INSERT INTO j VALUES ('{\"name\":\"x\",\"n\":1,\"items\":[{\"k\":\"a\"},{\"k\":1.50},{\"z\":null}]}'),"
    "('{\"name\":null,\"n\":2,\"items\":[]}');"
    "INSERT INTO k VALUES (1, true, 9223372036854775807, 2147483647, 1.5, 12345678901234567890.123456789, 'Ada', "
    "'\\x00ff',"
    "'2024-02-29 12:34:56.789+00', '2024-02-29 12:34:56.789', '2024-02-29', '1 year 2 mons 3 days 04:05:06.7',"
    "'{\"a\":[1,2.50,{\"b\":null}],\"t\":\"x\"}', '{1,2,NULL}', '{a,\"b c\",NULL,\"\"}'),"
    "(2, false, -9223372036854775808, -2147483648, 'NaN', 'NaN', '', '', '0001-01-01 00:00:00+00 BC', 'infinity',"
    "'infinity', '-1 days +02:03:04', '[]', '{}', '{}'),"
    "(3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),"
    "(4, true, 0, 0, '-Infinity', 0.00, 'Çem ß 日本', 'abc', '1969-12-31 23:59:59.999999+00', '1970-01-01', "
    "'1970-01-01',"
    "'0', 'null', '{3,1,2}', '{z}'),"
    "(5, false, 42, -7, 1e-5, -0.5, 'a,b;c', '\\x6162', '2038-01-19 03:14:08+00', '2000-01-01 00:00:00.000001',"
    "'2000-12-31', '36:00:00', '\"text\"', '{5}', '{b,a}');";

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
  return all;
}

// Names and types. SMALLINT is a small INTEGER here.
std::string heading(const ResultRows& result) {
  std::string text;
  for (const ivm::Column& column : result.columns) text += column.name + " " + ivm::name_of(column.type) + ", ";
  return text;
}
// A definition's columns have different names: the second "v" is "v_2".
std::string heading(const PostgresRows& result) {
  std::string text;
  std::map<std::string, int> seen;
  for (std::size_t i = 0; i < result.names.size(); ++i) {
    std::string type = result.types[i];
    if (type.starts_with("smallint")) type.replace(0, 8, "integer");
    const int number = ++seen[result.names[i]];
    text += result.names[i] + (number > 1 ? "_" + std::to_string(number) : "") + " " + type + ", ";
  }
  return text;
}

// Whether the rows come in an order that the statement gives.
bool is_ordered(const std::string& statement) {
  const std::size_t at = statement.rfind("ORDER BY");
  if (at == std::string::npos) return false;
  return std::count(statement.begin() + static_cast<std::ptrdiff_t>(at), statement.end(), '(') ==
         std::count(statement.begin() + static_cast<std::ptrdiff_t>(at), statement.end(), ')');
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

void compare_error(const SqlResult<ResultRows>& got, const PostgresRows& wanted, bool places) {
  INFO("PostgreSQL: " << wanted.error);
  if (got) {
    FAIL_CHECK("accepted:\n" << drawn(rows_of(*got)));
    return;
  }
  const SqlError& error = got.error();
  CHECK(error.sqlstate + " " + error.message == wanted.sqlstate + " " + message_of(wanted.error));
  if (places && wanted.position != 0) CHECK(error.position == wanted.position);
}

void compare(const SmallDatabase& database, Postgres& postgres, const std::string& statement, bool places) {
  INFO(statement);
  const PostgresRows wanted = postgres.run(statement);
  const auto got = database.select(statement);
  if (!wanted.error.empty()) return compare_error(got, wanted, places);
  if (!got) {
    FAIL_CHECK("refused: " << got.error().sqlstate << " " << got.error().message << " at " << got.error().position);
    return;
  }
  CHECK(heading(*got) == heading(wanted));
  std::vector<Cells> ours = rows_of(*got);
  std::vector<Cells> theirs = wanted.rows;
  if (!is_ordered(statement)) {
    std::sort(ours.begin(), ours.end());
    std::sort(theirs.begin(), theirs.end());
  }
  CHECK(drawn(ours) == drawn(theirs));
}

// `places`: also where in the statement the error is.
void compare_file(const std::string& path, bool places = false) {
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
    compare(database, *postgres, line, places);
    ++statements;
  }
  CHECK(statements > 0);
}

}  // namespace

TEST_CASE("expressions have PostgreSQL's values, and its errors") { compare_file("tests/views_sql/expressions.sql"); }

//   LATERBASE_STATEMENTS=f   those that stand in a file, one a line
TEST_CASE("what is typed on an afternoon is answered as PostgreSQL answers it") {
  const char* given = std::getenv("LATERBASE_STATEMENTS");
  compare_file(given != nullptr ? given : "tests/views_sql/afternoon.sql", true);
}

TEST_CASE("queries have PostgreSQL's rows") { compare_file("tests/views_sql/queries.sql"); }

}  // namespace laterbase::sql
