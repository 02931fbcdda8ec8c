#include <catch2/catch.hpp>

#include "engine/base/log.h"
#include "tests/simulation_views/simulated_views.h"
#include "tests/simulation_views/wrong_views.h"
#include "tests/support/seed.h"

using namespace laterbase;
using namespace laterbase::simulation;

namespace {

// LATERBASE_SEED; or the same ones every time; or, at full length, fresh ones.
SeedRuns runs_of(std::uint64_t count) {
  log::set_level(log::Level::off);  // the machines' troubles are meant, and so are broken views
  SeedRuns runs;
  if (std::getenv("LATERBASE_SEED") != nullptr || std::getenv("LATERBASE_SOAK") != nullptr) runs.first = test_seed();
  runs.count = std::getenv("LATERBASE_SEED") != nullptr ? 1 : count;
  return runs;
}

}  // namespace

TEST_CASE("nodes with the same events show the same rows and trees, whatever happened to them") {
  const SeedRuns runs = runs_of(test_size(80, 20'000));
  const ViewsTotals result = run_views(runs);
  INFO("./dev simulate --views --seed " << result.totals.failed.value_or(0) << " --trace");
  REQUIRE(result.totals.wrong == "");
  if (runs.count == 1) return;
  // A run counts only where something was there to be compared.
  CHECK(result.count.statements > runs.count);
  CHECK(result.count.definitions > runs.count);
  CHECK(result.count.compared > 2 * runs.count);
  CHECK(result.count.rows > 20 * runs.count);
  CHECK(result.count.broken > 0);
  CHECK(result.count.faults > runs.count / 2);
  CHECK(result.count.trees > runs.count);
  CHECK(result.count.patches > runs.count);
}

TEST_CASE("every wrong design of tables, views and trees is caught") {
  for (const WrongViews& wrong : wrong_views()) {
    const SeedRuns runs = runs_of(150);
    if (runs.count == 1) return;
    INFO("./dev simulate --views --designs --from " << runs.first << "; " << wrong.name << ": " << wrong.what);
    REQUIRE(run_views(runs, wrong.make).totals.failed);
  }
}
