#include "engine/events/ulid.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

#include "tests/support/seed.h"

using laterbase::Random;
using laterbase::Ulid;
using laterbase::UlidGenerator;

TEST_CASE("the specification's own example") {
  const auto ulid = Ulid::parse("01ARZ3NDEKTSV4RRFFQ69G5FAV");
  REQUIRE(ulid);
  CHECK(ulid->time_ms() == 1469922850259);
  CHECK(ulid->text() == "01ARZ3NDEKTSV4RRFFQ69G5FAV");
}

TEST_CASE("text and bytes go both ways and keep the order") {
  const auto seed = laterbase::test_seed();
  CAPTURE(seed);
  Random random(seed);
  for (int i = 0; i < 10'000; ++i) {
    const Ulid one{random(), random()}, other{random(), random()};
    REQUIRE(Ulid::parse(one.text()) == one);
    char bytes[Ulid::kBytes];
    one.store(bytes);
    REQUIRE(Ulid::load(bytes) == one);
    REQUIRE((one < other) == (one.text() < other.text()));
  }
}

TEST_CASE("either case, and the letters that Crockford maps") {
  const auto plain = Ulid::parse("01ARZ3NDEKTSV4RRFFQ69G5FA1");
  CHECK(Ulid::parse("01arz3ndektsv4rrffq69g5fa1") == plain);
  for (const char one : std::string("iIlL"))
    CHECK(Ulid::parse(std::string("01ARZ3NDEKTSV4RRFFQ69G5FA") + one) == plain);
  CHECK(Ulid::parse("O1ARZ3NDEKTSV4RRFFQ69G5FA1") == plain);
}

TEST_CASE("what is no ULID is refused") {
  for (const char* text : {"", "0", "01ARZ3NDEKTSV4RRFFQ69G5FA", "01ARZ3NDEKTSV4RRFFQ69G5FAVV",
                           "81ARZ3NDEKTSV4RRFFQ69G5FAV", "01ARZ3NDEKTSV4RRFFQ69G5FAU", "01ARZ3NDEKTSV4RRFFQ69G5FA-"}) {
    CAPTURE(text);
    CHECK_FALSE(Ulid::parse(text));
  }
}

TEST_CASE("made keys ascend, in a millisecond and when the clock steps back") {
  const auto seed = laterbase::test_seed();
  CAPTURE(seed);
  Random random(seed);
  UlidGenerator generator(random());
  Ulid last;
  std::int64_t now_ms = 1'700'000'000'000;
  for (int i = 0; i < 100'000; ++i) {
    now_ms += static_cast<std::int64_t>(random.below(5)) - 2;
    const Ulid key = generator.next(now_ms);
    REQUIRE(last < key);
    REQUIRE(key.time_ms() >= now_ms);
    last = key;
  }
  generator.raise_floor(Ulid::last_of(last.time_ms() + 100));
  REQUIRE(generator.next(now_ms).time_ms() == last.time_ms() + 101);
}

TEST_CASE("backdated keys have exactly their millisecond and do not repeat") {
  UlidGenerator generator(laterbase::test_seed());
  std::vector<Ulid> keys;
  for (int i = 0; i < 3000; ++i) {
    keys.push_back(generator.at(i % 3));
    REQUIRE(keys.back().time_ms() == i % 3);
  }
  for (int i = 0; i < 1000; ++i) keys.push_back(generator.at(5));
  REQUIRE(std::is_sorted(keys.end() - 1000, keys.end()));
  std::sort(keys.begin(), keys.end());
  REQUIRE(std::adjacent_find(keys.begin(), keys.end()) == keys.end());
}
