#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <string>

#include "engine/base/log.h"
#include "tests/simulation/seed_options.h"
#include "tests/simulation/wrong_designs.h"

// ./dev simulate: any number of seeds; one seed message by message; or the wrong designs.
namespace laterbase::simulation {
namespace {

const WrongDesign* find_design(const std::string& name) {
  for (const WrongDesign& wrong : wrong_designs())
    if (wrong.name == name) return &wrong;
  return nullptr;
}

int run_one(const SeedRuns& runs, const std::string& design) {
  WorldOptions options = runs.world;
  Outcome outcome;
  if (const WrongDesign* wrong = find_design(design)) {
    options.plan = wrong->plan;
    outcome = run_seed(runs.first, *wrong->make(), options);
  } else if (!design.empty()) {
    fmt::print(stderr, "there is no design '{}'\n", design);
    return 2;
  } else {
    outcome = run_seed_thrice(runs.first, options);
  }
  fmt::print("seed {}: {}; {} messages, next random number {:016x}\n", runs.first,
             outcome.wrong.empty() ? "all is well" : outcome.wrong, outcome.messages, outcome.next_random);
  return outcome.wrong.empty() ? 0 : 1;
}

int run_designs(SeedRuns runs) {
  bool all_caught = true;
  std::vector<WrongDesign> designs = wrong_designs();
  designs.push_back(canary());
  for (const WrongDesign& wrong : designs) {
    runs.design = wrong.make;
    runs.world.plan = wrong.plan;
    all_caught = report_design(wrong.name, runs, run_seeds(runs)) && all_caught;
  }
  return all_caught ? 0 : 1;
}

int run_many(const SeedRuns& runs) {
  const auto begun = std::chrono::steady_clock::now();
  const Totals totals = run_seeds(runs);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  fmt::print("{} seeds, {} steps, {} events, {} messages, {} MB in {:.1f} s: {:.0f} seeds/s\n", totals.seeds,
             totals.steps, totals.events, totals.messages, totals.bytes / 1'000'000, seconds,
             static_cast<double>(totals.seeds) / seconds);
  fmt::print("of {} exchanges after the troubles, limits whole: {:.2f} % within 2 round trips, none over {}\n",
             totals.exchanges, 100.0 * static_cast<double>(totals.within_two) / static_cast<double>(totals.exchanges),
             totals.most_round_trips);
  for (std::size_t i = 0; i < fault_classes; ++i) {
    const auto fault = static_cast<Fault>(i);
    fmt::print("  {:<20} {}\n", name_of(fault), totals.faults.of(fault));
  }
  if (!totals.failed) return 0;
  fmt::print("FAILED: {}\nagain, message by message: ./dev simulate --seed {} --trace\n", totals.wrong, *totals.failed);
  return 1;
}

}  // namespace
}  // namespace laterbase::simulation

int main(int argc, char** argv) {
  using namespace laterbase::simulation;
  laterbase::log::set_level(laterbase::log::Level::off);
  CLI::App app("Clusters out of seeds: many, and all that fail; one, message by message; or the wrong designs.",
               "simulate");
  SeedOptions options;
  options.runs.count = 5'000;
  add_seed_options(app, options);
  std::string design;
  app.add_option("--design", design, "with --seed: so, by a wrong design")->needs("--seed");
  app.add_flag("--without-net", options.runs.world.plan.without_net,
               "no scrub finds what cursors miss");
  app.add_flag_callback(
      "--go-on",
      [&options] {
        options.runs.goes_on = true;
        options.runs.on_failure = [](std::uint64_t seed, const std::string& wrong) {
          fmt::print("seed {}: {}\n", seed, wrong);
        };
      },
      "after a failure, to the end");
  if (const auto code = parse(app, argc, argv)) return *code;
  if (options.one) return run_one(options.runs, design);
  return options.designs ? run_designs(options.runs) : run_many(options.runs);
}
