#include "server/http/query.h"

#include <catch2/catch.hpp>

#include "tests/support/seeded_random.h"

using namespace laterbase;

TEST_CASE("percent-encoding there and back") {
  tests::SeededRandom random;
  for (int round = 0; round < 500; ++round) {
    std::string text = random.bytes(random().below(40));
    std::erase(text, '\0');
    REQUIRE(http::percent_decoded(http::percent_encoded(text), true) == text);
    REQUIRE(http::percent_decoded(http::percent_encoded(text), false) == text);
  }
  CHECK(http::percent_decoded("a+b", true) == "a b");
  CHECK(http::percent_decoded("a+b", false) == "a+b");
  for (const char* broken : {"%", "%2", "%zz", "%00", "a%"}) CHECK_FALSE(http::percent_decoded(broken, false));
}

TEST_CASE("parameters") {
  const auto params = http::parse_query("a=1&b=%26x&&c&d==&a=2");
  REQUIRE(params);
  REQUIRE(params->size() == 5);
  CHECK((*params)[0].name == "a");
  CHECK((*params)[1].value == "&x");
  CHECK((*params)[2].value.empty());
  CHECK((*params)[3].value == "=");
  CHECK((*params)[4].value == "2");
  CHECK(http::parse_query("")->empty());
  CHECK_FALSE(http::parse_query("a=%f"));
}
