#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>

#include "engine/base/log.h"
#include "tests/simulation/runner.h"
#include "tests/simulation/wrong_designs.h"

// ./dev simulate: any number of seeds; one seed message by message; or the wrong designs.
namespace laterbase::simulation {
namespace {

struct Arguments {
  SeedRuns runs;
  bool one = false, trace = false, designs = false;
  std::string design;
};

constexpr const char* usage =
    "simulate [--seeds N] [--from N] [--threads N] [--go-on]   many seeds; all that fail\n"
    "simulate --seed N [--trace] [--design NAME]     one seed; message by message; with a wrong design\n"
    "simulate --designs [--seeds N]                  how soon each wrong design is caught\n";

std::optional<Arguments> parse(int argc, char** argv) {
  Arguments arguments;
  arguments.runs.count = 5'000;
  arguments.runs.threads = std::max(1U, std::thread::hardware_concurrency());
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    const bool has_value = i + 1 < argc;
    const auto number = [&] { return std::strtoull(argv[++i], nullptr, 0); };
    if (name == "--trace") {
      arguments.trace = true;
    } else if (name == "--designs") {
      arguments.designs = true;
    } else if (name == "--go-on") {
      arguments.runs.goes_on = true;
      arguments.runs.on_failure = [](std::uint64_t seed, const std::string& wrong) {
        fmt::print("seed {}: {}\n", seed, wrong);
      };
    } else if (name == "--without-net") {
      arguments.runs.world.plan.without_net = true;
    } else if (name == "--seed" && has_value) {
      arguments.one = true;
      arguments.runs.first = number();
    } else if (name == "--seeds" && has_value) {
      arguments.runs.count = number();
    } else if (name == "--from" && has_value) {
      arguments.runs.first = number();
    } else if (name == "--threads" && has_value) {
      arguments.runs.threads = static_cast<unsigned>(number());
    } else if (name == "--design" && has_value) {
      arguments.design = argv[++i];
    } else {
      return std::nullopt;
    }
  }
  return arguments;
}

const WrongDesign* find_design(const std::string& name) {
  for (const WrongDesign& wrong : wrong_designs())
    if (wrong.name == name) return &wrong;
  return nullptr;
}

int run_one(Arguments& arguments) {
  WorldOptions options = arguments.runs.world;
  if (arguments.trace) options.trace = &std::cout;
  Outcome outcome;
  if (const WrongDesign* wrong = find_design(arguments.design)) {
    options.plan = wrong->plan;
    outcome = run_seed(arguments.runs.first, *wrong->make(), options);
  } else if (!arguments.design.empty()) {
    fmt::print(stderr, "there is no design '{}'\n", arguments.design);
    return 2;
  } else {
    outcome = run_seed_thrice(arguments.runs.first, options);
  }
  fmt::print("seed {}: {}; {} messages, next random number {:016x}\n", arguments.runs.first,
             outcome.wrong.empty() ? "all is well" : outcome.wrong, outcome.messages, outcome.next_random);
  return outcome.wrong.empty() ? 0 : 1;
}

int run_designs(const Arguments& arguments) {
  int survivors = 0;
  std::vector<WrongDesign> designs = wrong_designs();
  designs.push_back(canary());
  for (const WrongDesign& wrong : designs) {
    SeedRuns runs = arguments.runs;
    runs.design = wrong.make;
    runs.world.plan = wrong.plan;
    const Totals totals = run_seeds(runs);
    survivors += totals.failed ? 0 : 1;
    fmt::print(
        "{:<28} {}\n", wrong.name,
        totals.failed ? fmt::format("{:>5} seeds: {}", *totals.failed - runs.first + 1, totals.wrong) : "SURVIVED");
  }
  return survivors == 0 ? 0 : 1;
}

int run_many(const Arguments& arguments) {
  const auto begun = std::chrono::steady_clock::now();
  const Totals totals = run_seeds(arguments.runs);
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
  auto arguments = parse(argc, argv);
  if (!arguments) {
    fmt::print(stderr, "{}", usage);
    return 2;
  }
  if (arguments->one) return run_one(*arguments);
  return arguments->designs ? run_designs(*arguments) : run_many(*arguments);
}
