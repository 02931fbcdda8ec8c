#include <catch2/catch.hpp>

#include "config/load.h"
#include "config/print.h"
#include "config/suggest.h"
#include "config/toml_reader.h"
#include "tests/support/seed.h"

namespace laterbase::config {
namespace {

std::string mutate(std::string text, Random& random) {
  static const std::string_view scraps[] = {"[",  "]",      "[[",     "=", "\"",   "\"\"\"", "\n",
                                            ".",  "limits", "tokens", "{", "}",    "-",      "1e999",
                                            "0x", "'",      "#",      ",", "\xff", "\\u",    "99999999999999999999"};
  for (std::size_t i = 1 + random.below(4); i > 0 && !text.empty(); --i) {
    const std::size_t at = random.below(text.size());
    switch (random.below(4)) {
      case 0:
        text.erase(at, 1 + random.below(20));
        break;
      case 1:
        text[at] = static_cast<char>(random.below(256));
        break;
      case 2:
        text.insert(at, scraps[random.below(std::size(scraps))]);
        break;
      default:
        text.insert(random.below(text.size()), text.substr(at, random.below(60)));
    }
  }
  return text;
}

TEST_CASE("a damaged file is read or refused with a place, and never ends the process") {
  const std::uint64_t first = test_seed(), rounds = test_size(2000, 200'000);
  CAPTURE(first);
  Random random(first);
  Settings settings;
  settings.tokens.push_back({"ops", "secret", "", "", {Role::read}, {"*"}});
  settings.peers.push_back({});
  const std::string good = print_toml(settings);
  std::size_t refused = 0, taken = 0;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    const std::string text = mutate(good, random);
    CAPTURE(text);
    Settings read;
    auto rows = table(read);
    Places places;
    Errors errors;
    read_toml(text, "f", {rows, places, errors});
    for (const auto& error : errors) {
      REQUIRE(error.place.name.starts_with("f:"));
      REQUIRE_FALSE(error.message.empty());
    }
    ++(errors.empty() ? taken : refused);
  }
  REQUIRE(refused > 0);
  REQUIRE(taken > 0);  // comments are most of the text
}

TEST_CASE("a slip of the pen in any name is understood") {
  const std::uint64_t first = test_seed();
  CAPTURE(first);
  Random random(first);
  Settings settings;
  std::vector<std::string> names;
  for (const auto& row : table(settings)) names.emplace_back(row.name);
  for (const auto& name : names) {
    if (name.size() < 8) continue;
    std::string wrong = name;
    std::swap(wrong[name.size() - 1], wrong[name.size() - 2]);
    CAPTURE(name, wrong);
    REQUIRE(nearest(wrong, names) == name);
  }
}

TEST_CASE("edit distance") {
  REQUIRE(edit_distance("", "") == 0);
  REQUIRE(edit_distance("", "abc") == 3);
  REQUIRE(edit_distance("kitten", "sitting") == 3);
  REQUIRE(edit_distance("body", "boyd") == 1);
}

}  // namespace
}  // namespace laterbase::config
