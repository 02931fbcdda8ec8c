#include <catch2/catch.hpp>
#include <cstdlib>
#include <random>

#include "config/load.h"
#include "config/print.h"
#include "config/suggest.h"
#include "config/toml_reader.h"

namespace laterbase::config {
namespace {

// From LATERBASE_SEED, so that a failure can be run again.
std::uint64_t seed() {
  const char* given = std::getenv("LATERBASE_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

std::string mutate(std::string text, std::mt19937_64& random) {
  static const std::string_view scraps[] = {"[",  "]",      "[[",     "=", "\"",   "\"\"\"", "\n",
                                            ".",  "limits", "tokens", "{", "}",    "-",      "1e999",
                                            "0x", "'",      "#",      ",", "\xff", "\\u",    "99999999999999999999"};
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  for (std::size_t i = 1 + below(4); i > 0 && !text.empty(); --i) {
    const std::size_t at = below(text.size());
    switch (below(4)) {
      case 0:
        text.erase(at, 1 + below(20));
        break;
      case 1:
        text[at] = static_cast<char>(random());
        break;
      case 2:
        text.insert(at, scraps[below(std::size(scraps))]);
        break;
      default:
        text.insert(below(text.size()), text.substr(at, below(60)));
    }
  }
  return text;
}

TEST_CASE("a damaged file is read or refused with a place, and never ends the process") {
  const std::uint64_t first = seed();
  const bool soak = std::getenv("LATERBASE_SOAK") != nullptr;
  CAPTURE(first);
  std::mt19937_64 random(first);
  Settings settings;
  settings.tokens.push_back({"ops", "secret", "", "", {Role::read}, {"*"}});
  settings.peers.push_back({});
  const std::string good = print_toml(settings);
  std::size_t refused = 0, taken = 0;
  for (int round = 0; round < (soak ? 200'000 : 2000); ++round) {
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
  const std::uint64_t first = seed();
  CAPTURE(first);
  std::mt19937_64 random(first);
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
