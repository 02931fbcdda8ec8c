#include "server/http/coding.h"

#include <catch2/catch.hpp>

#include "tests/support/seeded_random.h"

namespace {

using namespace laterbase;
using http::Coding;
using http::Decoded;

std::string encoded(Coding coding, std::string_view text) {
  std::string out;
  http::make_encoder(coding)->encode(text, true, out);
  return out;
}

}  // namespace

TEST_CASE("encoded in random parts, decoded whole") {
  tests::SeededRandom random;
  for (int round = 0; round < 40; ++round) {
    const Coding coding = round % 2 == 0 ? Coding::gzip : Coding::zstd;
    const auto encoder = http::make_encoder(coding);
    std::string text, wire, out;
    for (std::uint64_t parts = 1 + random().below(5); parts > 0; --parts) {
      std::string part =
          random().one_in(2) ? random.bytes(random().below(100'000)) : std::string(random().below(100'000), 'x');
      text += part;
      encoder->encode(part, parts == 1, wire);
    }
    REQUIRE(http::decode(coding, wire, text.size(), out) == Decoded::ok);
    REQUIRE(out == text);
  }
}

TEST_CASE("a small body that unpacks to a large one stops at the bound") {
  for (const Coding coding : {Coding::gzip, Coding::zstd}) {
    const std::string wire = encoded(coding, std::string(20'000'000, '\0'));
    REQUIRE(wire.size() < 100'000);
    std::string out;
    CHECK(http::decode(coding, wire, 1'000'000, out) == Decoded::too_large);
    CHECK(out.capacity() < 4'000'000);
    out.clear();
    CHECK(http::decode(coding, wire, 20'000'000, out) == Decoded::ok);
    out.clear();
    CHECK(http::decode(coding, wire, 19'999'999, out) == Decoded::too_large);
  }
}

TEST_CASE("what is cut off, trailed by more or damaged is malformed") {
  tests::SeededRandom random;
  for (const Coding coding : {Coding::gzip, Coding::zstd}) {
    const std::string wire = encoded(coding, random.bytes(5000));
    for (const std::size_t cut : {std::size_t{0}, std::size_t{1}, wire.size() / 2, wire.size() - 1}) {
      std::string out;
      CHECK(http::decode(coding, wire.substr(0, cut), 1'000'000, out) == Decoded::malformed);
    }
    std::string out;
    CHECK(http::decode(coding, wire + "more", 1'000'000, out) == Decoded::malformed);
    out.clear();
    CHECK(http::decode(coding, "hello", 1'000'000, out) == Decoded::malformed);
  }
}
