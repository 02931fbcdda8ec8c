#include "engine/base/json_text.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/seeded_random.h"

namespace {

using namespace laterbase;
using Json = nlohmann::json;

Json random_json(tests::SeededRandom& random, int depth) {
  switch (random().below(depth > 0 ? 8 : 6)) {
    case 0:
      return nullptr;
    case 1:
      return random().one_in(2);
    case 2:
      return static_cast<std::int64_t>(random()());
    case 3:
      return static_cast<double>(random().below(1'000'000)) / 128.0;
    case 4:
      return std::string(random().below(20), 'x') + "\"\\\n\u00e4\U0001F69A";
    case 5:
      return "";
    case 6: {
      Json array = Json::array();
      for (std::uint64_t i = random().below(4); i > 0; --i) array.push_back(random_json(random, depth - 1));
      return array;
    }
    default: {
      Json object = Json::object();
      for (std::uint64_t i = random().below(4); i > 0; --i)
        object["m" + std::to_string(random().below(9))] = random_json(random, depth - 1);
      return object;
    }
  }
}

}  // namespace

TEST_CASE("random and damaged texts: what is JSON is what nlohmann takes") {
  tests::SeededRandom random;
  const std::string letters = "{}[]\",:\\ \n0-1.eEtfnu\x01\x80\xc3";
  int good = 0, bad = 0;
  for (int round = 0; round < 30'000; ++round) {
    std::string text = random_json(random, 4).dump(random().one_in(4) ? 1 : -1, ' ', random().one_in(3));
    for (std::uint64_t changes = random().below(4); changes > 0 && !text.empty(); --changes) {
      const std::size_t at = random().below(text.size());
      if (random().one_in(3))
        text.erase(at, 1);
      else if (random().one_in(2))
        text.insert(at, 1, letters[random().below(letters.size())]);
      else
        text[at] = letters[random().below(letters.size())];
    }
    // Beyond the grammar nlohmann refuses lone surrogates and numbers that no double holds; we store them as they are.
    if (text.find("\\u") != std::string::npos || text.find_first_of("eE") != std::string::npos) continue;
    const bool oracle = Json::accept(text);
    (oracle ? good : bad)++;
    INFO(text);
    REQUIRE(is_json(text) == oracle);
  }
  REQUIRE(good > 1000);
  REQUIRE(bad > 1000);
}

TEST_CASE("JSON texts by hand") {
  for (const char* good :
       {"0", "-0", "1e400", "123456789012345678901234567890", "1E+5", "0.0e-1", "\"\\ud800\"", " [ ] ",
        "{\"a\":1,\"a\":2}", "\"\\u0000\"", "true", "null", "[[],{}]", "\"\xf0\x9f\x9a\x9a\""})
    CHECK(is_json(good));
  for (const char* bad : {"",
                          " ",
                          "01",
                          "1.",
                          ".5",
                          "+1",
                          "1e",
                          "--1",
                          "tru",
                          "nulll",
                          "[1,]",
                          "[,1]",
                          "{\"a\"}",
                          "{a:1}",
                          "{\"a\":1,}",
                          "\"",
                          "\"\\x\"",
                          "\"\\u12g4\"",
                          "\"\t\"",
                          "[1 2]",
                          "1 2",
                          "]",
                          "\"\xff\"",
                          "\"\xed\xa0\x80\"",
                          "\xef\xbb\xbf"
                          "1",
                          "NaN",
                          "'a'",
                          "[1}",
                          "{\"a\":}"})
    CHECK_FALSE(is_json(bad));
  CHECK_FALSE(is_json(std::string_view("1\0", 2)));
}

TEST_CASE("nesting has a bound and costs no stack") {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CHECK(is_json(nested(max_json_depth)));
  CHECK_FALSE(is_json(nested(max_json_depth + 1)));
  CHECK_FALSE(is_json(std::string(5'000'000, '[')));
}

TEST_CASE("the first byte that is not UTF-8") {
  CHECK_FALSE(find_bad_utf8("a\xc3\xa4\xf0\x9f\x9a\x9a"));
  CHECK(find_bad_utf8("ab\xff") == 2U);
  CHECK(find_bad_utf8("\xc3\xa4\xc3") == 2U);
  CHECK(find_bad_utf8("\xc0\xaf") == 0U);
}

TEST_CASE("the text of a JSON string is what nlohmann says") {
  for (const char* quoted : {R"("")", R"("a\"\\\/\b\f\n\r\t")", R"("\u00e4\u20ac\ud83d\ude9a")"})
    CHECK(json_unquoted(quoted) == Json::parse(quoted).get<std::string>());
  CHECK(json_unquoted(R"("\ud800x")") == "\xef\xbf\xbdx");
  CHECK(json_unquoted(R"("\udc00\ud800")") == "\xef\xbf\xbd\xef\xbf\xbd");
}
