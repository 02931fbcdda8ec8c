#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "engine/ivm/decimal.h"
#include "tests/support/seed.h"
#include "tests/views_sql/postgres.h"
#include "tests/views_sql/query_writer.h"
#include "tests/views_sql/small_database.h"
#include "views/sql/types.h"

// Random views over random tables under random changes, against PostgreSQL after every step.
namespace laterbase::sql {
namespace {

using Cells = std::vector<std::optional<std::string>>;

// A cell's text in a form that is the same for equal values: floats by what a sum's order leaves of them.
std::string canonical(const std::string& text, ivm::Type type) {
  if (type.kind == ivm::TypeKind::real8) {
    char digits[64];
    const double value = std::strtod(text.c_str(), nullptr);
    std::snprintf(digits, sizeof digits, "%.9g", value == 0 ? 0.0 : value);
    return digits;
  }
  if (type.kind == ivm::TypeKind::numeric) {
    const auto decimal = ivm::Decimal::parse(text);
    return decimal ? decimal->normalised().to_string() : text;
  }
  if (type.kind == ivm::TypeKind::boolean) return text.substr(0, 1);
  return text;
}

std::vector<Cells> rows_of(const ResultRows& result) {
  std::vector<Cells> rows;
  for (const ivm::Row& row : result.rows) {
    Cells cells;
    const auto values = ivm::values_of(row.view(), result.columns);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const ivm::Type type = result.columns[i].type;
      cells.push_back(values[i].is_null() ? std::nullopt
                                          : std::optional(canonical(print_value(values[i], type), type)));
    }
    rows.push_back(std::move(cells));
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

std::vector<Cells> rows_of(const PostgresRows& result, const ivm::Schema& columns) {
  std::vector<Cells> rows = result.rows;
  for (Cells& cells : rows) {
    for (std::size_t i = 0; i < cells.size() && i < columns.size(); ++i) {
      if (cells[i]) cells[i] = canonical(*cells[i], columns[i].type);
    }
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

std::string drawn(const std::vector<Cells>& rows) {
  std::string text;
  for (const Cells& cells : rows) {
    text += "\n  (";
    for (const auto& cell : cells) text += cell.value_or("NULL") + ", ";
    text += ")";
  }
  return text;
}

// What differs, or nothing.
std::string compare(SmallDatabase& database, Postgres& postgres, const std::string& query) {
  const PostgresRows wanted = postgres.run(query);
  const auto broken = database.broken("v");
  if (!wanted.error.empty()) {
    // What PostgreSQL stumbles over first depends on its plan; that it does so is enough.
    return "";
  }
  if (broken) return "broken: " + broken->message;
  const ResultRows view = database.view("v");
  const auto expected = rows_of(wanted, view.columns);
  const auto kept = rows_of(view);
  if (kept != expected) return "view:" + drawn(kept) + "\nPostgreSQL:" + drawn(expected);
  const auto recomputed = database.recomputed("v");
  if (!recomputed) return "recomputed: " + recomputed.error().message;
  const auto fresh = rows_of(*recomputed);
  return fresh == expected ? "" : "recomputed:" + drawn(fresh) + "\nPostgreSQL:" + drawn(expected);
}

struct Trial {
  std::string schema, rows, query;
  std::size_t columns = 0;
  std::vector<std::string> changes;
};

Trial trial_of(std::uint64_t seed) {
  QueryWriter writer(seed);
  Trial trial;
  trial.schema = writer.schema();
  trial.rows = writer.rows();
  trial.columns = 1 + writer.below(4);
  trial.query = writer.query(1 + static_cast<int>(writer.below(4)), trial.columns);
  const std::size_t steps = 2 + writer.below(4);
  for (std::size_t i = 0; i < steps; ++i) {
    std::string request;
    for (std::size_t n = 0; n <= writer.below(3); ++n) request += writer.change();
    trial.changes.push_back(request);
  }
  return trial;
}

std::string names_of(std::size_t columns) {
  std::string names = "c1";
  for (std::size_t i = 2; i <= columns; ++i) names += ", c" + std::to_string(i);
  return names;
}

enum class Outcome { same, refused_by_both, different };

std::string failure;

Outcome run(const Trial& trial, Postgres& postgres) {
  postgres.run("DROP SCHEMA public CASCADE; CREATE SCHEMA public; " + trial.schema);
  postgres.run(trial.rows);
  SmallDatabase database;
  for (const std::string& text : {trial.schema, trial.rows}) {
    if (const auto error = database.run(text)) {
      failure = text + error->message;
      return Outcome::different;
    }
  }
  const auto refused = database.run("CREATE MATERIALIZED VIEW v(" + names_of(trial.columns) + ") AS " + trial.query);
  const PostgresRows planned = postgres.run("EXPLAIN " + trial.query);
  if (refused && !planned.error.empty()) return Outcome::refused_by_both;
  if (refused) {
    const PostgresRows now = postgres.run(trial.query);
    if (!now.error.empty() && refused->sqlstate == now.sqlstate) return Outcome::refused_by_both;
    failure = "refused: " + refused->sqlstate + " " + refused->message + " at " + std::to_string(refused->position);
    return Outcome::different;
  }
  if (!planned.error.empty()) {
    failure = "accepted, but PostgreSQL says: " + planned.error;
    return Outcome::different;
  }
  failure = compare(database, postgres, trial.query);
  for (std::size_t i = 0; i < trial.changes.size() && failure.empty(); ++i) {
    const auto error = database.run(trial.changes[i]);
    const PostgresRows changed = postgres.run(trial.changes[i]);
    if (error.has_value() == changed.error.empty()) {
      failure = trial.changes[i] + (error ? "refused: " + error->message : "PostgreSQL: " + changed.error);
    } else {
      failure = compare(database, postgres, trial.query);
    }
    if (!failure.empty()) failure = "after step " + std::to_string(i + 1) + ": " + failure;
  }
  return failure.empty() ? Outcome::same : Outcome::different;
}

}  // namespace

TEST_CASE("random views are what PostgreSQL says they are") {
  const auto postgres = Postgres::start();
  REQUIRE(postgres != nullptr);
  const std::uint64_t first = test_seed();
  const std::uint64_t trials = std::getenv("LATERBASE_SEED") ? 1 : test_size(150, 20'000);
  std::uint64_t refused = 0;
  for (std::uint64_t i = 0; i < trials; ++i) {
    const Trial trial = trial_of(first + i);
    const Outcome outcome = run(trial, *postgres);
    refused += outcome == Outcome::refused_by_both ? 1 : 0;
    if (outcome != Outcome::different) continue;
    std::string changes;
    for (const std::string& change : trial.changes) changes += "-- step\n" + change;
    FAIL_CHECK("LATERBASE_SEED=" << first + i << "\n"
                                 << trial.schema << trial.rows << changes << trial.query << "\n"
                                 << failure);
  }
  // A writer whose queries nobody takes would find nothing.
  CHECK(refused * 4 <= trials + 4);
}

}  // namespace laterbase::sql
