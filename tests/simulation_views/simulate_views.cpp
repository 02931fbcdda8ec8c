#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <string>

#include "engine/base/log.h"
#include "tests/simulation/seed_options.h"
#include "tests/simulation_views/simulated_views.h"
#include "tests/simulation_views/wrong_views.h"

// ./dev simulate --views: any number of seeds, one of them message by message, or the wrong designs.
namespace laterbase::simulation {
namespace {

int run_designs(const SeedRuns& runs) {
  bool all_caught = true;
  for (const WrongViews& wrong : wrong_views())
    all_caught = report_design(wrong.name, runs, run_views(runs, wrong.make).totals) && all_caught;
  return all_caught ? 0 : 1;
}

int run_many(const SeedRuns& runs) {
  const auto begun = std::chrono::steady_clock::now();
  const auto [totals, count] = run_views(runs);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  fmt::print("{} seeds, {} events, {} messages in {:.1f} s: {:.0f} seeds/s\n", totals.seeds, totals.events,
             totals.messages, seconds, static_cast<double>(totals.seeds) / seconds);
  fmt::print(
      "{} statements, {} definitions, {} events by hand; {} times compared with the log, {} rows, {} broken, {} trees, "
      "{} patches; {} reads failed, {} engines\n",
      count.statements, count.definitions, count.facts, count.compared, count.rows, count.broken, count.trees,
      count.patches, count.faults, count.lives);
  if (!totals.failed) return 0;
  fmt::print("FAILED: {}\nagain: ./dev simulate --views --seed {} --trace\n", totals.wrong, *totals.failed);
  return 1;
}

}  // namespace
}  // namespace laterbase::simulation

int main(int argc, char** argv) {
  using namespace laterbase::simulation;
  laterbase::log::set_level(laterbase::log::Level::off);
  CLI::App app("Clusters out of seeds with tables and views on them.", "simulate --views");
  SeedOptions options;
  options.runs.count = 1'000;
  add_seed_options(app, options);
  if (const auto code = parse(app, argc, argv)) return *code;
  return options.designs ? run_designs(options.runs) : run_many(options.runs);
}
