#include "sync/rateless.h"

#include <catch2/catch.hpp>

#include "sync/counters.h"
#include "tests/support/seed.h"
#include "tests/sync/sets.h"

namespace laterbase::sync {
namespace {

std::vector<Symbol> symbols_of(const std::vector<Element>& elements, const SketchOptions& options = {}) {
  std::vector<Symbol> symbols;
  for (const Element& element : elements) symbols.push_back(symbol_of(element, options));
  return symbols;
}

struct Sketches {
  Sketches(const TwoSets& sets, std::size_t cells, const SketchOptions& options = {})
      : mine(cells, options), theirs(cells, options) {
    for (const Element& element : sets.both) mine.add(element), theirs.add(element);
    for (const Element& element : sets.mine) mine.add(element);
    for (const Element& element : sets.theirs) theirs.add(element);
  }
  CellSet mine, theirs;
};

TEST_CASE("a walk starts at the first cell, goes up, and thins out as the paper has it") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  std::size_t in_cell_10 = 0, in_cell_1000 = 0;
  for (int i = 0; i < 20'000; ++i) {
    CellWalk walk(random());
    REQUIRE(walk.at() == 0);
    for (std::uint64_t last = 0; walk.at() < 2000; last = walk.at()) {
      in_cell_10 += walk.at() == 10;
      in_cell_1000 += walk.at() == 1000;
      walk.next();
      REQUIRE(walk.at() > last);
    }
  }
  CHECK(std::abs(static_cast<double>(in_cell_10) - 20'000 / 6.0) < 300);  // 1 in 1 + i/2
  CHECK(std::abs(static_cast<double>(in_cell_1000) - 20'000 / 501.0) < 40);
}

TEST_CASE("the walk of a hash is part of the protocol") {
  CellWalk walk(0x0123456789abcdef);
  std::vector<std::uint64_t> steps;
  for (int i = 0; i < 8; ++i, walk.next()) steps.push_back(walk.at());
  CHECK(steps == std::vector<std::uint64_t>{0, 1, 2, 4, 6, 8, 20, 24});
}

TEST_CASE("differences of two sets come out of their cells, whatever they share") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  for (const auto& [mine, theirs] : {std::pair{0, 0}, {1, 0}, {0, 1}, {7, 9}, {300, 0}, {0, 300}, {1000, 1000}}) {
    const TwoSets sets(random, 2000, static_cast<std::size_t>(mine), static_cast<std::size_t>(theirs));
    const Sketches sketches(sets, static_cast<std::size_t>(2 * (mine + theirs) + 60));
    const Difference difference = peel(sketches.mine.cells(), sketches.theirs.cells());
    REQUIRE(difference.complete);
    CHECK(difference.only_mine == symbols_of(sets.mine));
    CHECK(difference.only_theirs == symbols_of(sets.theirs));
  }
}

TEST_CASE("the same key with two values is a difference on both sides") {
  Random random(test_seed());
  TwoSets sets(random, 100, 1, 0);
  sets.theirs = sets.mine;
  sets.theirs[0].value.low ^= 1;
  const Sketches sketches(sets, 32);
  const Difference difference = peel(sketches.mine.cells(), sketches.theirs.cells());
  REQUIRE(difference.complete);
  CHECK(difference.only_mine == symbols_of(sets.mine));
  CHECK(difference.only_theirs == symbols_of(sets.theirs));
}

TEST_CASE("too few cells say so, and what they gave is right; more of the same row complete it") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  const TwoSets sets(random, 500, 200, 200);
  const Sketches sketches(sets, 1000);
  const auto mine = symbols_of(sets.mine);
  for (const std::size_t cells : {std::size_t{0}, std::size_t{1}, std::size_t{100}, std::size_t{390}}) {
    const Difference part = peel(sketches.mine.cells().first(cells), sketches.theirs.cells());
    CHECK(!part.complete);
    for (const Symbol& symbol : part.only_mine) CHECK(std::binary_search(mine.begin(), mine.end(), symbol));
  }
  CHECK(peel(sketches.mine.cells(), sketches.theirs.cells()).complete);
}

TEST_CASE("what is removed leaves no trace") {
  Random random(test_seed());
  CellSet set(500);
  const auto elements = random_elements(random, 100);
  for (const Element& element : elements) set.add(element);
  for (const Element& element : elements) set.remove(element);
  for (const Cell& cell : set.cells()) CHECK(cell == Cell{});
}

TEST_CASE("with hashes of few bits a peel is often wrong, but it ends, and nothing is on both sides") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  std::size_t complete = 0;
  for (int round = 0; round < 300; ++round) {
    const SketchOptions options{static_cast<unsigned>(random.below(4)), static_cast<unsigned>(random.below(9))};
    const TwoSets sets(random, random.below(50), random.below(40), random.below(40));
    const Sketches sketches(sets, 200, options);
    const Difference difference = peel(sketches.mine.cells(), sketches.theirs.cells(), options);
    complete += difference.complete;
    std::vector<Symbol> both;
    std::set_intersection(difference.only_mine.begin(), difference.only_mine.end(), difference.only_theirs.begin(),
                          difference.only_theirs.end(), std::back_inserter(both));
    CHECK(both.empty());
  }
  CHECK(complete > 100);
}

TEST_CASE("cells of a liar end, in bounded memory") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  for (int round = 0; round < 200; ++round) {
    CellSet mine(300), theirs(300);
    // Symbols out of some of their cells only, and plain noise.
    for (const Element& element : random_elements(random, 100)) theirs.add(element);
    for (int i = 0; i < 50; ++i) theirs.cells()[random.below(300)] = theirs.cells()[random.below(300)];
    for (std::uint64_t i = random.below(5); i > 0; --i) {
      theirs.cells()[random.below(300)] = {{random(), random()}, static_cast<std::uint32_t>(random() >> 36), 1, 1};
    }
    const Difference difference = peel(mine.cells(), theirs.cells());
    CHECK(difference.only_mine.size() + difference.only_theirs.size() <= 600);
  }
}

TEST_CASE("the estimate is right within a few standard deviations, and sums of estimates closer") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  for (const std::size_t differences : {std::size_t{0}, std::size_t{1}, std::size_t{100}, std::size_t{3000}}) {
    double sum = 0;
    for (int round = 0; round < 50; ++round) {
      Counters mine, theirs;
      for (const Element& element : random_elements(random, 300)) {
        mine.add(element_hash(element));
        theirs.add(element_hash(element));
      }
      for (std::size_t i = 0; i < differences; ++i) {
        (random.one_in(3) ? mine : theirs).add(element_hash(random_element(random)));
      }
      const double estimated = estimate(mine.values(), theirs.values()).value();
      CHECK(std::abs(estimated - static_cast<double>(differences)) <= 0.6 * static_cast<double>(differences));
      sum += estimated;
    }
    CHECK(std::abs(sum / 50 - static_cast<double>(differences)) <= 0.08 * static_cast<double>(differences));
  }
}

TEST_CASE("beyond their reach the counters still say: many") {
  Random random(test_seed());
  for (const std::size_t differences : {std::size_t{400'000}, std::size_t{1'000'000}}) {
    Counters mine;
    for (std::size_t i = 0; i < differences; ++i) mine.add({random(), random()});
    CHECK(estimate(mine.values(), Counters().values()).value() > counters_reach);
  }
}

TEST_CASE("counters of different sizes can't be compared; removing is the opposite of adding") {
  CHECK(!estimate(Counters(4).values(), Counters(5).values()));
  CHECK(!estimate(Counters(0).values(), Counters(0).values()));
  Counters counters;
  counters.add({1, 2});
  counters.remove({1, 2});
  CHECK(counters.values() == Counters().values());
}

TEST_CASE("as many cells as the estimate asks for are nearly always enough") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  const std::uint64_t rounds = test_size(300, 5000);
  for (const std::size_t differences : {std::size_t{1}, std::size_t{10}, std::size_t{100}, std::size_t{500}}) {
    std::uint64_t enough = 0;
    for (std::uint64_t round = 0; round < rounds; ++round) {
      const std::size_t mine = random.below(differences + 1);
      const TwoSets sets(random, 0, mine, differences - mine);
      Counters counters, others;
      for (const Element& element : sets.mine) counters.add(element_hash(element));
      for (const Element& element : sets.theirs) others.add(element_hash(element));
      const std::uint64_t apart = mine > differences - mine ? 2 * mine - differences : differences - 2 * mine;
      const std::uint64_t cells = cells_for(estimate(counters.values(), others.values()).value(), apart);
      const Sketches sketches(sets, cells);
      enough += peel(sketches.mine.cells(), sketches.theirs.cells()).complete;
    }
    CHECK(enough >= rounds * 96 / 100);
  }
}

}  // namespace
}  // namespace laterbase::sync
