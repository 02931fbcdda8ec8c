#include "sync/element.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

#include "sync/message.h"
#include "tests/support/seed.h"
#include "tests/sync/sets.h"

namespace laterbase::sync {
namespace {

TEST_CASE("a fingerprint is of a set: any order, any grouping, and what is taken away again") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  std::vector<Element> elements(100);
  for (Element& element : elements) element = random_element(random);

  Fingerprint forward;
  for (const Element& element : elements) forward += fingerprint_of(element);
  CHECK(forward.count == 100);

  std::reverse(elements.begin(), elements.end());
  Fingerprint first, second;
  for (std::size_t i = 0; i < elements.size(); ++i) (i < 37 ? first : second) += fingerprint_of(elements[i]);
  CHECK(first + second == forward);
  CHECK(forward - second == first);
  CHECK(forward - forward == Fingerprint{});
}

TEST_CASE("sums carry from the low half to the high one and back") {
  Fingerprint one{1, {~0ULL, 5}};
  const Fingerprint two{1, {2, 7}};
  one += two;
  CHECK(one.sum == Hash128{1, 13});
  one -= two;
  CHECK(one.sum == Hash128{~0ULL, 5});
}

TEST_CASE("an element's hash is part of the protocol") {
  const Element element = element_of({0x0102030405060708, 0x090a0b0c0d0e0f10}, "{\"truck\":\"t7\"}");
  const Hash128 hash = element_hash(element);
  CHECK(hash == element_hash(element));
  CHECK(hash != element_hash(element_of(element.key, "{\"truck\":\"t8\"}")));
  CHECK(hash != element_hash(element_of({1, 2}, "{\"truck\":\"t7\"}")));
}

}  // namespace
}  // namespace laterbase::sync
