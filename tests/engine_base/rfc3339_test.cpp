#include "engine/base/rfc3339.h"

#include <catch2/catch.hpp>
#include <ctime>

#include "tests/support/seed.h"

namespace laterbase {
namespace {

TEST_CASE("times as RFC 3339 has them") {
  REQUIRE(parse_rfc3339("1970-01-01T00:00:00Z") == 0);
  REQUIRE(parse_rfc3339("2016-07-30T23:54:10.259Z") == 1469922850259);
  REQUIRE(parse_rfc3339("2016-07-31T01:54:10.259+02:00") == 1469922850259);
  REQUIRE(parse_rfc3339("2016-07-30t23:54:10.2599999z") == 1469922850259);
  REQUIRE(parse_rfc3339("2016-07-30 23:54:10.2-00:30") == 1469922850200 + 30 * 60'000);
  REQUIRE(parse_rfc3339("1969-12-31T23:59:59.999Z") == -1);
  REQUIRE(parse_rfc3339("2000-02-29T00:00:00Z") == 951782400000);
  REQUIRE(parse_rfc3339("2016-12-31T23:59:60Z") == parse_rfc3339("2017-01-01T00:00:00Z"));
}

TEST_CASE("anything else is no time") {
  for (const auto* wrong :
       {"", "2016", "2016-07-30", "2016-07-30T23:54:10", "2016-07-30T23:54Z", "2016-13-30T23:54:10Z",
        "2016-02-30T23:54:10Z", "2016-00-10T23:54:10Z", "2016-07-00T23:54:10Z", "2016-07-30T24:00:00Z",
        "2016-07-30T23:60:10Z", "2016-07-30T23:54:61Z", "2016-07-30T23:54:10.Z", "2016-07-30T23:54:10Zx",
        "2016-07-30T23:54:10+24:00", "2016-07-30T23:54:10+2:00", "+016-07-30T23:54:10Z", "2016-7-30T23:54:10Z"}) {
    CAPTURE(wrong);
    REQUIRE_FALSE(parse_rfc3339(wrong).has_value());
  }
}

TEST_CASE("what is printed reads back") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  for (int i = 0; i < 10'000; ++i) {
    const auto ms = static_cast<std::int64_t>(random.below(253'402'300'800'000));  // to the year 9999
    CAPTURE(ms);
    REQUIRE(parse_rfc3339(print_rfc3339(ms)) == ms);
  }
  REQUIRE(print_rfc3339(1469922850259) == "2016-07-30T23:54:10.259Z");
  REQUIRE(print_rfc3339(-1) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("what is printed is what the C library prints") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  for (int round = 0; round < 5000; ++round) {
    const auto since_year_0 = static_cast<std::int64_t>(random.below(253'402'300'799'999 + 62'167'219'200'000));
    const auto ms = since_year_0 - 62'167'219'200'000;
    CAPTURE(ms);
    const std::string text = print_rfc3339(ms);
    REQUIRE(parse_rfc3339(text) == ms);
    std::tm parts{};
    const std::time_t seconds = (ms - (ms % 1000 + 1000) % 1000) / 1000;
    gmtime_r(&seconds, &parts);
    std::string oracle(64, '\0');
    oracle.resize(std::strftime(oracle.data(), oracle.size(), "-%m-%dT%H:%M:%S.", &parts));
    REQUIRE(text.substr(4, oracle.size()) == oracle);
    REQUIRE(std::stoi(text.substr(0, 4)) == parts.tm_year + 1900);
  }
}

}  // namespace
}  // namespace laterbase
