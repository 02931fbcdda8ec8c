#pragma once

#include <CLI/App.hpp>
#include <optional>
#include <string>

#include "tests/simulation/runner.h"

// What the programs that run seeds have in common: their options, and how a wrong design is reported.
namespace laterbase::simulation {

struct SeedOptions {
  SeedRuns runs;
  bool one = false, designs = false;
};

// --seeds, --from, --threads, --seed, --trace, --designs; `options` outlives the app.
void add_seed_options(CLI::App& app, SeedOptions& options);

// What to exit with where the arguments are no good, or were a question for help.
std::optional<int> parse(CLI::App& app, int argc, char** argv);

// A line: how many seeds it took, or that the design survived. True where it was caught.
bool report_design(const std::string& name, const SeedRuns& runs, const Totals& totals);

}  // namespace laterbase::simulation
