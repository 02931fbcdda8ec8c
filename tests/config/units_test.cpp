#include "config/units.h"

#include <catch2/catch.hpp>

namespace laterbase::config {
namespace {

TEST_CASE("sizes") {
  REQUIRE(parse_bytes("0") == 0U);
  REQUIRE(parse_bytes("65536") == 64 * kib);
  REQUIRE(parse_bytes(" 64 mib ") == 64 * mib);
  REQUIRE(parse_bytes("1MB") == 1'000'000U);
  REQUIRE(parse_bytes("8388607TiB").has_value());
  for (const auto* wrong : {"", "MiB", "-1", "1.5MiB", "64M", "1 2", "8388608TiB", "18446744073709551616"}) {
    CAPTURE(wrong);
    REQUIRE_FALSE(parse_bytes(wrong).has_value());
  }
  REQUIRE(print_bytes(0) == "0B");
  REQUIRE(print_bytes(1500) == "1500B");
  REQUIRE(print_bytes(3 * gib) == "3GiB");
}

TEST_CASE("durations") {
  REQUIRE(parse_duration("50ms") == 50);
  REQUIRE(parse_duration("2min") == 2 * minute_ms);
  REQUIRE(parse_duration("0") == 0);
  REQUIRE_FALSE(parse_duration("5").has_value());
  REQUIRE_FALSE(parse_duration("-5s").has_value());
  REQUIRE(print_duration(75 * second_ms) == "75s");
  REQUIRE(print_duration(24 * hour_ms) == "1d");
}

TEST_CASE("addresses") {
  REQUIRE(parse_address("[::1]:0") == Address{"::1", 0});
  REQUIRE(print_address({"::1", 7070}) == "[::1]:7070");
  REQUIRE(print_address({"localhost", 1}) == "localhost:1");
  for (const auto* wrong : {"", ":", ":7070", "h:", "h:x", "h:-1", "h:70000", "::1:7070", "[h]:1", "a b:1", "[]:1"}) {
    CAPTURE(wrong);
    REQUIRE_FALSE(parse_address(wrong).has_value());
  }
}

}  // namespace
}  // namespace laterbase::config
