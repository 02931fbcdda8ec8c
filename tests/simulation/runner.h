#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "tests/simulation/world.h"

// Many seeds, on all processors.
namespace laterbase::simulation {

// One seed's world from beginning to end; what an exception says is wrong too.
Outcome run_seed(std::uint64_t seed, Design& design, const WorldOptions& options);
// The same seed twice, and once more in the other form: all must end alike. Gives the first outcome.
Outcome run_seed_thrice(std::uint64_t seed, const WorldOptions& options);

struct Totals {
  std::uint64_t seeds = 0;
  std::uint64_t steps = 0, messages = 0, events = 0, bytes = 0;
  std::uint64_t exchanges = 0, within_two = 0, most_round_trips = 0;
  FaultCount faults;
  std::optional<std::uint64_t> failed;  // the least seed that failed
  std::string wrong;                    // and why
};

struct SeedRuns {
  std::uint64_t first = 1;
  std::uint64_t count = 1;
  std::uint64_t thrice_one_in = 16;  // run thrice; 0: never
  unsigned threads = 2;
  bool goes_on = false;  // after a failure; otherwise it stops soon
  std::function<void(std::uint64_t seed, const std::string& wrong)> on_failure = {};
  std::function<std::unique_ptr<Design>()> design;  // a fresh one a seed; the right one where it is empty
  WorldOptions world;
};
Totals run_seeds(const SeedRuns& runs);

}  // namespace laterbase::simulation
