#include <algorithm>
#include <map>
#include <set>

#include "engine/base/random.h"
#include "engine/ivm/decimal.h"
#include "tests/views_sql/scenario.h"
#include "tests/views_sql/tested_database.h"
#include "views/sql/types.h"

namespace laterbase::sql {
namespace {

using Cells = std::vector<std::optional<std::string>>;

// Equal intervals may be written in several ways.
std::string canonical_interval(const std::string& text) {
  const ivm::Value value = parse_value(text, {ivm::TypeKind::interval});
  const ivm::Interval parts = value.as_interval();
  constexpr std::int64_t day = 86'400'000'000;
  std::int64_t days = std::int64_t{parts.months} * 30 + parts.days + parts.microseconds / day;
  std::int64_t us = parts.microseconds % day;
  if (us < 0) us += day, --days;
  return std::to_string(days) + " days " + std::to_string(us);
}

// A cell's text in a form that is the same for equal values.
std::string canonical(const std::string& text, ivm::Type type) {
  switch (type.kind) {
    case ivm::TypeKind::real8: {
      char digits[64];
      const double value = std::strtod(text.c_str(), nullptr);
      std::snprintf(digits, sizeof digits, "%.13g", value == 0 ? 0.0 : value);
      return digits;
    }
    case ivm::TypeKind::numeric: {
      const auto decimal = ivm::Decimal::parse(text);
      return decimal ? decimal->normalised().to_string() : text;
    }
    case ivm::TypeKind::interval:
      return canonical_interval(text);
    case ivm::TypeKind::boolean:
      return text.substr(0, 1);
    default:
      return text;
  }
}

std::vector<Cells> rows_of(const TestedDatabase::Table& table) {
  std::vector<Cells> rows;
  for (const ivm::Row& row : table.rows) {
    Cells cells;
    const auto values = ivm::values_of(row.view(), table.columns);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const ivm::Type type = table.columns[i].type;
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
  return text.size() > 4'000 ? text.substr(0, 4'000) + " …" : text;
}

std::string drawn(const std::vector<std::string>& rows) {
  std::string text;
  for (const std::string& row : rows) text += "\n  " + row;
  return text.size() > 4'000 ? text.substr(0, 4'000) + " …" : text;
}

std::string for_postgres(std::string text) {
  for (const std::string what : {"MATERIALIZED VIEW"}) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos;) text.replace(at, what.size(), "VIEW");
  }
  return text;
}

// The names after "VIEW " in CREATE VIEW.
std::vector<std::string> created_views(const std::string& text) {
  std::vector<std::string> names;
  const std::string what = "MATERIALIZED VIEW ";
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos;) {
    at += what.size();
    names.push_back(text.substr(at, text.find_first_of("( ", at) - at));
  }
  return names;
}

bool is_simple(const std::string& text) {
  const auto has = [&](const char* word) { return text.find(word) != std::string::npos; };
  const std::size_t select = text.find("SELECT ");
  return select != std::string::npos && text.find("SELECT ", select + 1) == std::string::npos && !has(" JOIN ") &&
         !has(" OVER ") && !has("FROM v") && !has("VALUES");
}

class ScenarioRun {
 public:
  ScenarioRun(const Scenario& scenario, Postgres& postgres) : scenario_(scenario), postgres_(postgres) {}

  Verdict run() {
    postgres_.run("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    for (std::size_t i = 0; i < scenario_.steps.size() && verdict_.failure.empty() && !over_; ++i) {
      take(scenario_.steps[i]);
      if (!verdict_.failure.empty()) verdict_.failure = "step " + std::to_string(i + 1) + ": " + verdict_.failure;
    }
    if (verdict_.failure.empty() && other_ && !over_) compare_other();
    return verdict_;
  }

 private:
  void fail(const std::string& kind, const std::string& what) {
    if (!verdict_.failure.empty()) return;
    verdict_.kind = kind;
    verdict_.failure = kind + ": " + what;
  }

  void take(const Step& step) {
    switch (step.kind) {
      case Step::Kind::sql:
        both(step.text);
        break;
      case Step::Kind::alter:
        alter(step.text);
        break;
      case Step::Kind::here:
        if (const auto error = here_.run(step.text)) fail("refused " + error->sqlstate, error->message);
        break;
      case Step::Kind::postgres:
        if (const auto answer = postgres_.run(step.text); !answer.error.empty()) fail("postgres", answer.error);
        merging_ = true;
        break;
      case Step::Kind::event:
        here_.post(step.text, static_cast<std::int64_t>(step.number));
        break;
      case Step::Kind::restart:
        here_.restart();
        break;
      case Step::Kind::crash:
        here_.crash(step.number);
        break;
      case Step::Kind::deliver:
        deliver(step.number);
        break;
    }
    if (over_) return;
    if (merging_) load_merging();
    for (const std::string& view : views_) compare(view);
  }

  void both(const std::string& text) {
    const auto error = here_.run(text);
    // A request is one transaction, which the same there must not outlive.
    const bool stumbled = error && error->sqlstate.starts_with("22");
    const PostgresRows answer = postgres_.run((stumbled ? "BEGIN;" : "") + for_postgres(text));
    if (stumbled) postgres_.run("ROLLBACK");
    if (error && !answer.error.empty()) {
      verdict_.refused = true;
      const bool both_stumbled = stumbled && answer.sqlstate.starts_with("22");  // over what comes first in the plan
      if (error->sqlstate != answer.sqlstate && !both_stumbled) {
        fail("other error " + error->sqlstate + " " + answer.sqlstate,
             error->sqlstate + " " + error->message + "\nPostgreSQL: " + answer.sqlstate + " " + answer.error);
      }
      return;
    }
    // As with views: which of a row's expressions are looked at.
    const bool by_one = stumbled || (!error && answer.sqlstate.starts_with("22"));
    if (by_one) {
      ++verdict_.broken_by_one;
      over_ = !error;  // what is here and not there can't be compared
      return;
    }
    if (error) {
      return fail("refused " + error->sqlstate,
                  error->sqlstate + " " + error->message + " at " + std::to_string(error->position));
    }
    if (!answer.error.empty())
      return fail("accepted " + answer.sqlstate, "PostgreSQL: " + answer.sqlstate + " " + answer.error);
    const bool simple = is_simple(text);
    for (const std::string& view : created_views(text)) {
      is_simple_[view] = simple;
      texts_[view] = text;
      if (std::find(views_.begin(), views_.end(), view) == views_.end()) views_.push_back(view);
    }
  }

  // Views stand on a table's columns by their names: here one that has lost a column is broken until it is there again,
  // there it is not to be had.
  void alter(const std::string& text) {
    for (const std::string& view : views_) postgres_.run("DROP VIEW IF EXISTS " + view + " CASCADE");
    both(text);
    for (const std::string& view : views_) postgres_.run(for_postgres(texts_.at(view)));
  }

  // Tables that merge are in PostgreSQL what they are here.
  void load_merging() {
    std::string rows = here_.read("m0").json;
    for (std::size_t at = 0; (at = rows.find('\'', at)) != std::string::npos; at += 2) rows.insert(at, "'");
    const auto answer = postgres_.run(
        "DELETE FROM m0; INSERT INTO m0 SELECT * FROM jsonb_populate_recordset(null::m0, '" + rows + "')");
    if (!answer.error.empty()) fail("loading", answer.error + rows);
  }

  void compare(const std::string& view) {
    if (!verdict_.failure.empty()) return;
    const PostgresRows wanted = postgres_.run("SELECT * FROM " + view);
    const TestedDatabase::Table kept = here_.read(view);
    ++verdict_.compared;
    here_.follow(view);
    const auto followed = here_.followed(view);
    if (!wanted.error.empty() || !kept.trouble.empty()) return compare_trouble(view, wanted, kept);
    for (std::size_t i = 0; i < kept.columns.size(); ++i) {
      const std::string type = ivm::name_of(kept.columns[i].type);
      if (type != wanted.types[i]) return fail("type", view + ": " + type + ", PostgreSQL: " + wanted.types[i]);
    }
    const auto expected = rows_of(wanted, kept.columns);
    const auto rows = rows_of(kept);
    if (rows != expected) return fail("rows", view + ":" + drawn(rows) + "\nPostgreSQL:" + drawn(expected));
    compare_followed(view, followed, kept);
  }

  // Which of a query's expressions are looked at is the plan's affair as soon as there is more than one SELECT: then
  // one may stumble where the other doesn't. And PostgreSQL computes what is constant when it plans, for no row.
  void compare_trouble(const std::string& view, const PostgresRows& wanted, const TestedDatabase::Table& kept) {
    if (!wanted.error.empty() && !kept.trouble.empty()) {
      ++verdict_.broken;
      return;
    }
    const bool undefined = wanted.sqlstate == "42P01" || (!kept.sqlstate.empty() && !kept.sqlstate.starts_with("22"));
    if (undefined) return fail("definition", view + ": " + kept.trouble + "\nPostgreSQL: " + wanted.error);
    if (!is_simple_[view] || is_decided_by_plan(view)) {
      ++verdict_.broken_by_one;
      return;
    }
    if (kept.trouble.empty()) return fail("not broken " + wanted.sqlstate, view + ": PostgreSQL: " + wanted.error);
    fail("broken", kept.trouble);
  }

  // Before any row is looked at: by an error, or by a condition that is constant.
  bool is_decided_by_plan(const std::string& view) {
    const PostgresRows plan = postgres_.run("EXPLAIN SELECT * FROM " + view);
    return !plan.error.empty() || std::any_of(plan.rows.begin(), plan.rows.end(), [](const auto& line) {
      return line[0] && line[0]->find("One-Time Filter") != std::string::npos;
    });
  }

  void compare_followed(const std::string& view, const TestedDatabase::Followed& followed,
                        const TestedDatabase::Table& kept) {
    if (!followed.wrong.empty()) return fail("live", view + ": " + followed.wrong);
    if (!followed.serving) return fail("live", view + " is there, and its follower has nothing");
    const auto rows = sorted_rows(kept.json);
    if (followed.rows != rows) fail("live", view + ":" + drawn(followed.rows) + "\nread:" + drawn(rows));
  }

  // Another node gets some of what it has not: in any order, and what came early late.
  void deliver(std::uint64_t number) {
    Random random(number);
    if (!other_) other_ = std::make_unique<TestedDatabase>();
    std::vector<TestedDatabase::Entry> missing;
    for (const auto& entry : here_.events()) {
      if (!delivered_.contains(entry.key)) missing.push_back(entry);
    }
    std::shuffle(missing.begin(), missing.end(), random);
    missing.resize(missing.size() - missing.size() / (1 + random.below(4)));
    give(missing, random);
  }

  void give(const std::vector<TestedDatabase::Entry>& events, Random& random) {
    for (std::size_t begin = 0; begin < events.size();) {
      const std::size_t end = std::min(events.size(), begin + 1 + random.below(4));
      other_->merge(
          {events.begin() + static_cast<std::ptrdiff_t>(begin), events.begin() + static_cast<std::ptrdiff_t>(end)});
      if (random.one_in(2)) (void)other_->read("t0");
      begin = end;
    }
    for (const auto& entry : events) delivered_.insert(entry.key);
  }

  // In the end it has all, and shows the same.
  void compare_other() {
    std::vector<TestedDatabase::Entry> missing;
    for (const auto& entry : here_.events()) {
      if (!delivered_.contains(entry.key)) missing.push_back(entry);
    }
    std::reverse(missing.begin(), missing.end());
    Random random(missing.size());
    give(missing, random);
    for (const std::string& view : views_) {
      const auto here = here_.read(view), there = other_->read(view);
      if (here.trouble.empty() != there.trouble.empty())
        return fail("other node", view + ": " + here.trouble + " / " + there.trouble);
      if (!here.trouble.empty()) continue;
      const auto rows = rows_of(here), others = rows_of(there);
      if (rows != others) return fail("other node", view + ":" + drawn(others) + "\nhere:" + drawn(rows));
    }
  }

  const Scenario& scenario_;
  Postgres& postgres_;
  TestedDatabase here_;
  std::unique_ptr<TestedDatabase> other_;
  std::set<Ulid> delivered_;
  std::vector<std::string> views_;
  std::map<std::string, bool> is_simple_;  // one SELECT of one table
  std::map<std::string, std::string> texts_;
  bool merging_ = false;
  bool over_ = false;
  Verdict verdict_;
};

}  // namespace

Verdict run_scenario(const Scenario& scenario, Postgres& postgres) { return ScenarioRun(scenario, postgres).run(); }

}  // namespace laterbase::sql
