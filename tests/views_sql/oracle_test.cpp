#include <catch2/catch.hpp>
#include <chrono>
#include <fstream>
#include <iostream>
#include <map>

#include "engine/base/log.h"
#include "tests/support/process.h"
#include "tests/support/seed.h"
#include "tests/views_sql/scenario_writer.h"

// Random views over random tables under random changes, against PostgreSQL after every step.
//
//   LATERBASE_SEED=n       that run alone; with LATERBASE_SHOW=1 it is printed
//   LATERBASE_SCENARIO=f   the run that stands in a file, as a failure prints it
namespace laterbase::sql {
namespace {

constexpr std::size_t most_questions = 2'000;

// The smallest run that fails in the same way.
Scenario smallest(const tests::Choice& decided, const Verdict& verdict, Postgres& postgres) {
  const auto fails = [&](const tests::Choice& given, tests::Choice& taken) {
    tests::Choices choices(given);
    const Scenario scenario = write_scenario(choices);
    taken = choices.taken();
    return run_scenario(scenario, postgres).kind == verdict.kind;
  };
  tests::Choices choices(tests::shrink(decided, fails, most_questions));
  return write_scenario(choices);
}

std::string report(std::uint64_t seed, const Scenario& scenario, const Verdict& verdict) {
  return "LATERBASE_SEED=" + std::to_string(seed) + " ./dev test views_sql\n\n" + scenario.text() + "\n-- " +
         verdict.failure + "\n";
}

struct Count {
  std::uint64_t refused = 0, broken = 0, broken_by_one = 0, compared = 0, failed = 0;
};

std::string run_seed(std::uint64_t seed, Postgres& postgres, Count& count) {
  tests::Choices choices(seed);
  const Scenario scenario = write_scenario(choices);
  if (std::getenv("LATERBASE_SHOW") != nullptr) std::cout << scenario.text();
  const Verdict verdict = run_scenario(scenario, postgres);
  count.refused += verdict.refused ? 1 : 0;
  count.broken += verdict.broken;
  count.broken_by_one += verdict.broken_by_one;
  count.compared += verdict.compared;
  if (verdict.failure.empty()) return "";
  ++count.failed;
  if (std::getenv("LATERBASE_NO_SHRINK") != nullptr) return report(seed, scenario, verdict);
  const Scenario small = smallest(choices.taken(), verdict, postgres);
  return report(seed, small, run_scenario(small, postgres));
}

}  // namespace

TEST_CASE("random views are what PostgreSQL says they are") {
  log::set_level(log::Level::off);  // views break, and are meant to
  const auto postgres = Postgres::start();
  REQUIRE(postgres != nullptr);
  const std::uint64_t first = test_seed();
  const std::uint64_t runs = std::getenv("LATERBASE_SEED") ? 1 : test_size(300, 50'000);
  Count count;
  for (std::uint64_t i = 0; i < runs; ++i) {
    const std::string failure = run_seed(first + i, *postgres, count);
    if (failure.empty()) continue;
    std::cerr << failure << "\n" << std::flush;  // Catch breaks lines, and this is to be pasted
    FAIL_CHECK("LATERBASE_SEED=" << first + i);
  }
  std::cout << runs << " runs from seed " << first << ": " << count.compared << " comparisons, " << count.broken
            << " broken in both, " << count.broken_by_one << " in one, " << count.refused
            << " with something that both refuse, " << count.failed << " failed\n";
  // A writer whose queries nobody takes would find nothing.
  CHECK(count.refused * 4 <= runs + 4);
  CHECK(count.broken * 4 <= count.compared + 4);
  CHECK(count.broken_by_one * 50 <= count.compared + 100);
}

TEST_CASE("runs that went wrong once") {
  log::set_level(log::Level::off);
  const auto postgres = Postgres::start();
  REQUIRE(postgres != nullptr);
  const char* one = std::getenv("LATERBASE_SCENARIO");
  const std::string text = laterbase::tests::read_file(one != nullptr ? one : "tests/views_sql/found.sql");
  REQUIRE(!text.empty());
  const std::string heading = "-- case ";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(heading, at + 1), text.size());
    const std::string scenario = text.substr(at, end - at);
    INFO(scenario);
    CHECK(run_scenario(Scenario::parse(scenario), *postgres).failure == "");
    at = end;
  }
}

}  // namespace laterbase::sql
