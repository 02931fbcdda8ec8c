#include <catch2/catch.hpp>

#include "engine/base/log.h"
#include "tests/simulation/runner.h"
#include "tests/simulation/wrong_designs.h"
#include "tests/support/seed.h"

using namespace laterbase;
using namespace laterbase::simulation;

namespace {

constexpr std::uint64_t seeds_for_a_wrong_design = 5'000;

// LATERBASE_SEED; or the same ones every time; or, at full length, fresh ones.
SeedRuns runs_of(std::uint64_t count) {
  log::set_level(log::Level::off);  // the machines' troubles are meant
  SeedRuns runs;
  if (std::getenv("LATERBASE_SEED") != nullptr || std::getenv("LATERBASE_SOAK") != nullptr) runs.first = test_seed();
  runs.count = std::getenv("LATERBASE_SEED") != nullptr ? 1 : count;
  return runs;
}

}  // namespace

TEST_CASE("clusters out of many seeds converge, whatever happened to them") {
  const SeedRuns runs = runs_of(test_size(5'000, 50'000));
  const Totals totals = run_seeds(runs);
  INFO("./dev simulate --trace --seed " << totals.failed.value_or(0));
  REQUIRE(totals.wrong == "");
  if (runs.count == 1) return;
  for (std::size_t i = 0; i < fault_classes; ++i) {
    INFO("never fired: " << name_of(static_cast<Fault>(i)));
    REQUIRE(totals.faults.of(static_cast<Fault>(i)) > 0);
  }
}

TEST_CASE("clusters that once failed converge") {
  log::set_level(log::Level::off);
  for (const std::uint64_t seed :
       {1'125'882, 1'204'232, 2'214'097, 3'012'955, 3'026'753, 3'303'480, 3'879'200, 3'893'015, 6'360'094}) {
    CAPTURE(seed);
    REQUIRE(run_seed_thrice(seed, {}).wrong == "");
  }
}

TEST_CASE("every wrong design is caught") {
  for (const WrongDesign& wrong : wrong_designs()) {
    SeedRuns runs = runs_of(seeds_for_a_wrong_design);
    if (runs.count == 1) return;
    runs.design = wrong.make;
    runs.world.plan = wrong.plan;
    INFO("./dev simulate --designs --from " << runs.first << "; " << wrong.name << ": " << wrong.what);
    REQUIRE(run_seeds(runs).failed);
  }
}

TEST_CASE("a run can fail") {
  SeedRuns runs = runs_of(20);
  runs.goes_on = true;
  std::uint64_t failures = 0;
  runs.on_failure = [&](std::uint64_t, const std::string&) { ++failures; };
  runs.design = canary().make;
  REQUIRE(run_seeds(runs).seeds == failures);
}
