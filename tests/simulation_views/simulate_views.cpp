#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>

#include "engine/base/log.h"
#include "tests/simulation_views/simulated_views.h"
#include "tests/simulation_views/wrong_views.h"

// ./dev simulate --views: any number of seeds, one of them message by message, or the wrong designs.
namespace laterbase::simulation {
namespace {

int run_designs(const SeedRuns& runs) {
  int survivors = 0;
  for (const WrongViews& wrong : wrong_views()) {
    const Totals totals = run_views(runs, wrong.make).totals;
    survivors += totals.failed ? 0 : 1;
    const std::string first_line = totals.wrong.substr(0, totals.wrong.find('\n'));
    fmt::print(
        "{:<28} {}\n", wrong.name,
        totals.failed ? fmt::format("{:>5} seeds: {}", *totals.failed - runs.first + 1, first_line) : "SURVIVED");
  }
  return survivors == 0 ? 0 : 1;
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
  SeedRuns runs;
  runs.count = 1'000;
  runs.threads = std::max(1U, std::thread::hardware_concurrency());
  bool designs = false;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    const auto number = [&] { return i + 1 < argc ? std::strtoull(argv[++i], nullptr, 0) : 1; };
    if (name == "--seeds") {
      runs.count = number();
    } else if (name == "--from") {
      runs.first = number();
    } else if (name == "--seed") {
      runs.first = number();
      runs.count = 1;
    } else if (name == "--threads") {
      runs.threads = static_cast<unsigned>(number());
    } else if (name == "--trace") {
      runs.world.trace = &std::cout;
    } else if (name == "--designs") {
      designs = true;
    } else {
      fmt::print(stderr, "simulate --views [--seeds N] [--from N] [--threads N] | --seed N [--trace] | --designs\n");
      return 2;
    }
  }
  return designs ? run_designs(runs) : run_many(runs);
}
