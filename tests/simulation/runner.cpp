#include "tests/simulation/runner.h"

#include <fmt/format.h>

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

namespace laterbase::simulation {
namespace {

constexpr std::uint64_t seeds_at_once = 16;

void add(Totals& totals, std::uint64_t seed, const Outcome& outcome) {
  ++totals.seeds;
  totals.steps += outcome.steps;
  totals.messages += outcome.messages;
  totals.events += outcome.events;
  totals.bytes += outcome.bytes;
  totals.exchanges += outcome.exchanges;
  totals.within_two += outcome.within_two;
  totals.most_round_trips = std::max(totals.most_round_trips, outcome.most_round_trips);
  totals.faults += outcome.faults;
  if (outcome.wrong.empty() || (totals.failed && *totals.failed < seed)) return;
  totals.failed = seed;
  totals.wrong = outcome.wrong;
}

}  // namespace

Outcome run_seed(std::uint64_t seed, Design& design, const WorldOptions& options) {
  try {
    return World(seed, design, options).run();
  } catch (const std::exception& thrown) {
    Outcome outcome;
    outcome.wrong = fmt::format("thrown: {}", thrown.what());
    return outcome;
  }
}

Outcome run_seed_thrice(std::uint64_t seed, const WorldOptions& options) {
  Design right;
  Outcome outcome = run_seed(seed, right, options);
  for (const Form form : {Form::binary, Form::json}) {
    WorldOptions other = options;
    other.form = form;
    other.trace = nullptr;
    const Outcome again = run_seed(seed, right, other);
    if (!outcome.wrong.empty() || !again.wrong.empty()) {
      if (outcome.wrong.empty()) outcome.wrong = again.wrong;
    } else if (again.next_random != outcome.next_random) {
      outcome.wrong = "run again, it ends with another random number";
    } else if (again.digest != outcome.digest) {
      outcome.wrong = "the nodes hold something else when they speak the other form";
    }
  }
  return outcome;
}

Totals run_seeds(const SeedRuns& runs) {
  Totals totals;
  std::mutex mutex;
  std::atomic<std::uint64_t> next{0};
  std::atomic<bool> stop{false};
  const auto run_one = [&](std::uint64_t seed) {
    const bool thrice = !runs.design && runs.thrice_one_in != 0 && seed % runs.thrice_one_in == 0;
    if (thrice) return run_seed_thrice(seed, runs.world);
    const auto design = runs.design ? runs.design() : std::make_unique<Design>();
    return run_seed(seed, *design, runs.world);
  };
  const auto work = [&] {
    for (;;) {
      const std::uint64_t begin = next.fetch_add(seeds_at_once);
      if (stop || begin >= runs.count) return;
      for (std::uint64_t i = begin; i < std::min(begin + seeds_at_once, runs.count); ++i) {
        const Outcome outcome = run_one(runs.first + i);
        const std::lock_guard lock(mutex);
        add(totals, runs.first + i, outcome);
        if (!outcome.wrong.empty() && runs.on_failure) runs.on_failure(runs.first + i, outcome.wrong);
        stop = stop || (totals.failed && !runs.goes_on);
      }
    }
  };
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < runs.threads; ++i) threads.emplace_back(work);
  threads.clear();
  return totals;
}

}  // namespace laterbase::simulation
