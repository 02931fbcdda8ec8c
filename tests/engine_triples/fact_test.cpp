#include <catch2/catch.hpp>

#include "engine/triples/fact.h"

namespace laterbase::triples {
namespace {

std::string refused(const std::string& value) {
  const auto facts = Facts::of(value);
  return facts ? "" : facts.error().detail;
}

TEST_CASE("facts are the member @tx of an object, wherever it stands") {
  const auto facts =
      Facts::of(R"( {"kind":"loaded","x":{"@tx":1}, "@tx" : [ ["truck","t7","load",{"inc":120}] ,["a","b","",null]]})");
  REQUIRE(facts.has_value());
  REQUIRE(facts->size() == 2);
  CHECK((*facts)[0].type == "truck");
  CHECK((*facts)[0].subject == "t7");
  CHECK((*facts)[0].attribute == "load");
  CHECK((*facts)[0].value == R"({"inc":120})");
  CHECK((*facts)[1].attribute.empty());
  CHECK((*facts)[1].value == "null");
}

TEST_CASE("a value without facts has none") {
  for (const char* value : {"{}", "[]", "1", R"("@tx")", R"(["@tx"])", R"({"a":"@tx"})", R"({"@tx":[]})"}) {
    const auto facts = Facts::of(value);
    REQUIRE(facts.has_value());
    CHECK(facts->empty());
  }
}

TEST_CASE("escapes in names are understood") {
  const auto facts = Facts::of(R"({"@tx":[["a\"b","\u00e4","x",1]]})");
  REQUIRE(facts.has_value());
  CHECK((*facts)[0].type == "a\"b");
  CHECK((*facts)[0].subject == "ä");
}

TEST_CASE("what is not four elements with three strings is refused in words") {
  CHECK(refused(R"({"@tx":{}})").find("is an array") != std::string::npos);
  CHECK(refused(R"({"@tx":[1]})").find("Fact 1") != std::string::npos);
  CHECK(refused(R"({"@tx":[["a","b","c",1],["a","b","c"]]})").find("Fact 2") != std::string::npos);
  CHECK_FALSE(refused(R"({"@tx":[["a","b","c",1,2]]})").empty());
  CHECK_FALSE(refused(R"({"@tx":[["a",7,"c",1]]})").empty());
  CHECK_FALSE(refused(R"({"@tx":[["","b","c",1]]})").empty());
  CHECK_FALSE(refused(R"({"@tx":[["a","","c",1]]})").empty());
  CHECK_FALSE(refused(R"({"@tx":[],"@tx":[]})").empty());
  CHECK_FALSE(refused(R"({"@tx":[["a",")" + std::string(401, 'x') + R"(","c",1]]})").empty());
}

}  // namespace
}  // namespace laterbase::triples
