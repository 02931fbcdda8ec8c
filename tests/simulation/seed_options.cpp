#include "tests/simulation/seed_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <thread>

namespace laterbase::simulation {

void add_seed_options(CLI::App& app, SeedOptions& options) {
  SeedRuns& runs = options.runs;
  runs.threads = std::max(1U, std::thread::hardware_concurrency());
  auto* seeds = app.add_option("--seeds", runs.count, "so many seeds")->capture_default_str();
  auto* from = app.add_option("--from", runs.first, "the first of them")->capture_default_str();
  app.add_option("--threads", runs.threads, "as many at once")->capture_default_str();
  app.add_option_function<std::uint64_t>(
         "--seed",
         [&options](std::uint64_t seed) {
           options.one = true;
           options.runs.first = seed;
           options.runs.count = 1;
         },
         "this one only")
      ->excludes(seeds)
      ->excludes(from);
  app.add_flag_callback("--trace", [&runs] { runs.world.trace = &std::cout; }, "message by message");
  app.add_flag("--designs", options.designs, "how soon each wrong design is caught");
}

std::optional<int> parse(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return std::nullopt;
}

bool report_design(const std::string& name, const SeedRuns& runs, const Totals& totals) {
  const std::string first_line = totals.wrong.substr(0, totals.wrong.find('\n'));
  fmt::print("{:<28} {}\n", name,
             totals.failed ? fmt::format("{:>5} seeds: {}", *totals.failed - runs.first + 1, first_line) : "SURVIVED");
  return totals.failed.has_value();
}

}  // namespace laterbase::simulation
