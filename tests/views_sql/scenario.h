#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/views_sql/postgres.h"

// One run: what is done step by step, as text that can be read, kept and pasted; and what it comes to.
namespace laterbase::sql {

struct Step {
  enum class Kind {
    sql,       // here and in PostgreSQL, where a materialized view is a view
    alter,     // ALTER TABLE, in both; in PostgreSQL the views are gone for it, and made again from their texts
    here,      // only here; tables that merge are then as here in PostgreSQL too
    postgres,  // only there
    event,     // posted here, `number` milliseconds back
    restart,   // stop and start
    crash,     // stop within a save, at its operation `number`, or without one where that is 0; and start
    deliver,   // another node gets some of the events, in an order that `number` decides
  };
  Kind kind = Kind::sql;
  std::uint64_t number = 0;
  std::string text;
};

struct Scenario {
  std::vector<Step> steps;

  std::string text() const;
  static Scenario parse(const std::string& text);
};

struct Verdict {
  std::string failure;       // empty where all was as it should be
  std::string kind;          // of failure, in a word or two
  bool refused = false;      // a statement, by both
  std::size_t compared = 0;  // views, after some step
  std::size_t broken = 0, broken_by_one = 0;
};

Verdict run_scenario(const Scenario& scenario, Postgres& postgres);

}  // namespace laterbase::sql
