#include "engine/base/random.h"

#include <catch2/catch.hpp>

using laterbase::Random;

TEST_CASE("the same seed gives the same numbers, another seed gives others") {
  Random one(7), same(7), other(8);
  bool differs = false;
  for (int i = 0; i < 1000; ++i) {
    const auto value = one();
    REQUIRE(value == same());
    differs = differs || value != other();
  }
  REQUIRE(differs);
}

TEST_CASE("below stays below and reaches every value") {
  Random random(laterbase::random_seed());
  bool seen[10] = {};
  for (int i = 0; i < 1000; ++i) {
    const auto value = random.below(10);
    REQUIRE(value < 10);
    seen[value] = true;
  }
  for (const bool reached : seen) REQUIRE(reached);
}
