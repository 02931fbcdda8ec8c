#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "engine/ivm/jsonb_order.h"

namespace laterbase::ivm {
namespace {

// As `SELECT … ORDER BY v::jsonb` of PostgreSQL 15 gives them.
TEST_CASE("jsonb values are ordered as PostgreSQL orders them") {
  const std::vector<std::string> ordered = {R"([])",
                                            R"(null)",
                                            R"("")",
                                            R"("a\"b")",
                                            R"("b")",
                                            R"(-1.5)",
                                            R"(2)",
                                            R"(10)",
                                            R"(false)",
                                            R"(true)",
                                            R"([1])",
                                            R"([1, 2])",
                                            R"([1, 10])",
                                            R"([[], {}])",
                                            R"([1, 2, 3])",
                                            R"({"b": 1})",
                                            R"({"b": 2})",
                                            R"({"c": [1, "}"]})",
                                            R"({"a": 1, "b": 2})"};
  for (std::size_t left = 0; left < ordered.size(); ++left) {
    for (std::size_t right = 0; right < ordered.size(); ++right) {
      INFO(ordered[left] << " and " << ordered[right]);
      const bool agrees = compare_jsonb(ordered[left], ordered[right]) == (left <=> right);
      REQUIRE(agrees);
    }
  }
}

TEST_CASE("equal jsonb values have one canonical text") {
  const bool are_equal = compare_jsonb(R"({"a": [1.0, "1.0"]})", R"({"a": [1.00, "1.0"]})") == 0;
  REQUIRE(are_equal);
  REQUIRE(canonical_jsonb(R"({"a": [1.50, -0.0, "1.0\"2.0"], "2.0": 10})") ==
          R"({"a": [1.5, 0, "1.0\"2.0"], "2.0": 10})");
  REQUIRE(canonical_jsonb("") == "");
  const bool broken_ones_too = compare_jsonb("[", "{") < 0;  // no JSON: no matter what, but an answer
  REQUIRE(broken_ones_too);
}

}  // namespace
}  // namespace laterbase::ivm
