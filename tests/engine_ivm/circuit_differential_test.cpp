#include <catch2/catch.hpp>

#include "tests/engine_ivm/differential.h"
#include "tests/support/seed.h"

// A circuit that is stepped shows what its plan means, computed from scratch; whatever the plan, and whatever came and
// went. And what it said has changed is what has changed.
namespace laterbase::ivm {
namespace {

TEST_CASE("a stepped circuit shows what its plan means from scratch") {
  const std::uint64_t seed = test_seed();
  const std::uint64_t plans = test_size(6'000, 400'000);
  for (std::uint64_t number = 0; number < plans; ++number) {
    Random random{seed + number};
    const Plan plan = random_plan(random, 1 + random.below(5));
    INFO("LATERBASE_SEED=" << seed + number << "\n" << text_of(plan));
    check_against_reference(plan, random);
  }
}

TEST_CASE("a recursive circuit shows what its plan means from scratch, after deletions too") {
  const std::uint64_t seed = test_seed();
  const std::uint64_t plans = test_size(600, 40'000);
  for (std::uint64_t number = 0; number < plans; ++number) {
    Random random{seed + number};
    const Plan plan = random_recursive_plan(random);
    INFO("LATERBASE_SEED=" << seed + number << "\n" << text_of(plan));
    check_against_reference(plan, random);
  }
}

}  // namespace
}  // namespace laterbase::ivm
