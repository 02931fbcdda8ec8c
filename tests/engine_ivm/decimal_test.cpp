#include <catch2/catch.hpp>

#include "engine/base/random.h"
#include "engine/ivm/decimal.h"
#include "engine/ivm/expression.h"
#include "engine/ivm/small_numeric.h"
#include "tests/support/seed.h"

namespace laterbase::ivm {
namespace {

Decimal of(const std::string& text) { return Decimal::parse(text).value(); }
std::string text_of(const Decimal& value) { return value.to_string(); }

// What PostgreSQL 15 answers.
TEST_CASE("decimals are read, shown and computed as PostgreSQL does") {
  REQUIRE(text_of(of(" -012.50 ")) == "-12.50");
  REQUIRE(text_of(of("1e3")) == "1000");
  REQUIRE(text_of(of("1.5e-3")) == "0.0015");
  REQUIRE(text_of(of(".5")) == "0.5");
  REQUIRE(text_of(of("-inf")) == "-Infinity");
  for (const char* bad : {"", "-", "1.2.3", "e5", "1e", "0x10", "1 2"}) REQUIRE_FALSE(Decimal::parse(bad).has_value());

  REQUIRE(text_of(of("1.10") + of("2.205")) == "3.305");
  REQUIRE(text_of(of("1.10") * of("2.0")) == "2.200");
  REQUIRE(text_of(of("1") / of("3")) == "0.33333333333333333333");
  REQUIRE(text_of(of("10") / of("3")) == "3.3333333333333333");
  REQUIRE(text_of(of("10000") / of("3")) == "3333.3333333333333333");
  REQUIRE(text_of(of("2") / of("3")) == "0.66666666666666666667");
  REQUIRE(text_of(of("100") / of("7.000")) == "14.2857142857142857");
  REQUIRE(text_of(of("-7.5") % of("2")) == "-1.5");
  REQUIRE(text_of(of("2.5").rounded(0)) == "3");
  REQUIRE(text_of(of("-2.5").rounded(0)) == "-3");
  REQUIRE(text_of(of("12345").rounded(-2)) == "12300");
  REQUIRE(text_of(of("-2.7").truncated(0)) == "-2");
  REQUIRE(text_of(of("-2.1").floor()) == "-3");
  REQUIRE(text_of(of("2.1").ceiling()) == "3");
  REQUIRE(text_of(Decimal::from_double(0.1)) == "0.1");
  REQUIRE(of("1.0") == of("1.00"));
  REQUIRE(of("NaN") == of("nan"));
  REQUIRE(of("NaN") > of("Infinity"));
  REQUIRE((of("Infinity") - of("Infinity")).is_nan());
  REQUIRE_THROWS_AS(of("1") / of("0"), EvalError);
  REQUIRE_THROWS_AS(of("1") % of("0.00"), EvalError);
  REQUIRE(of("9223372036854775807").to_int64() == INT64_MAX);
  REQUIRE_FALSE(of("9223372036854775808").to_int64().has_value());
}

TEST_CASE("a decimal comes back from its bytes") {
  for (const char* text : {"0", "0.00", "-0.01", "123456789012345678901234567890.123", "NaN", "-Infinity"}) {
    REQUIRE(text_of(Decimal::decode(of(text).encode())) == text);
  }
}

TEST_CASE("the short way to a sum's average is the long one's") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  Random random{seed};
  for (int i = 0; i < 10'000; ++i) {
    const auto sum = static_cast<std::int64_t>(random() >> random.below(64)) * (random.one_in(2) ? 1 : -1);
    const auto count = static_cast<std::int64_t>(random() >> 1 >> random.below(62)) + 1;
    const Decimal expected = Decimal{sum} / Decimal{count};
    Int128 unscaled = 0;
    int scale = 0;
    if (!small_quotient(sum, count, unscaled, scale)) continue;
    REQUIRE(text_of(Decimal::decode(SmallNumeric{unscaled, scale}.bytes())) == text_of(expected));
  }
}

}  // namespace
}  // namespace laterbase::ivm
