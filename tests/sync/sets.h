#pragma once

#include <algorithm>
#include <vector>

#include "engine/base/random.h"
#include "sync/element.h"

// Two sets for tests: what they share, and what only one has.
namespace laterbase::sync {

inline Element random_element(Random& random) { return {{random() >> 16, random()}, {random(), random()}}; }

inline std::vector<Element> random_elements(Random& random, std::size_t count) {
  std::vector<Element> elements(count);
  for (Element& element : elements) element = random_element(random);
  std::sort(elements.begin(), elements.end());
  return elements;
}

struct TwoSets {
  TwoSets(Random& random, std::size_t common, std::size_t only_mine, std::size_t only_theirs)
      : both(random_elements(random, common)),
        mine(random_elements(random, only_mine)),
        theirs(random_elements(random, only_theirs)) {}

  std::vector<Element> both, mine, theirs;
};

}  // namespace laterbase::sync
