#include "client/batches.h"

#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace laterbase::client {
namespace {

struct Input {
  UlidGenerator keys{1};
  std::istringstream text;
  Batches batches;

  Input(const std::string& bytes, BatchOptions options) : text(bytes), batches({}, options, keys, text) {}
  std::string body() { return batches.next(1000).value_or(Batch{}).body; }
};

// What is wrong with it, in words.
std::string complaint(const std::string& bytes, Format format) {
  Input input(bytes, {format});
  try {
    input.body();
  } catch (const BadInput& bad) {
    return bad.what();
  }
  return "nothing";
}

TEST_CASE("a JSON array is an event an element, with the bytes that it was written with") {
  Input input("[ 1.50, {\"a\" :\n[2,{}]}, \"],\\\"\" ]\n", {Format::json});
  const auto batch = input.batches.next(1000);
  REQUIRE(batch->content_type == "application/vnd.laterbase+json");
  const auto sent = nlohmann::json::parse(batch->body);
  REQUIRE(sent.size() == 3);
  REQUIRE(batch->body.find("\"value\":1.50}") != std::string::npos);
  REQUIRE(batch->body.find("\"value\":{\"a\" :\n[2,{}]}}") != std::string::npos);
  REQUIRE(sent[2]["value"] == "],\"");
  REQUIRE(batch->place(2) == "standard input, element 2");
  REQUIRE_FALSE(input.batches.next(1000).has_value());
}

TEST_CASE("any other JSON document is one event; an empty array is none") {
  REQUIRE(nlohmann::json::parse(Input(" {\"a\":1}\n", {Format::json}).body())[0]["value"]["a"] == 1);
  REQUIRE(Input("[]", {Format::json}).body().empty());
}

TEST_CASE("a raw file is one event, whatever is in it") {
  const auto sent = nlohmann::json::parse(Input(std::string("h\0i\n\xff", 5), {Format::raw}).body());
  REQUIRE(sent["base64"] == "aABpCv8=");
  REQUIRE(nlohmann::json::parse(Input("", {Format::raw}).body())["base64"] == "");
}

TEST_CASE("an envelope's time becomes its key; one with a key goes as it is") {
  Input input(
      "{\"at\":\"2016-07-30T23:54:10.259Z\",\"value\": 1}\n"
      "{\"value\":2, \"key\":\"01ARZ3NDEKTSV4RRFFQ69G5FAV\"}\n"
      "{\"base64\":\"aGk=\"}\n",
      {Format::envelopes});
  std::istringstream lines(input.body());
  std::string first, second, third;
  std::getline(lines, first);
  std::getline(lines, second);
  std::getline(lines, third);
  REQUIRE(Ulid::parse(nlohmann::json::parse(first).at("key").get<std::string>())->time_ms() == 1469922850259);
  REQUIRE(nlohmann::json::parse(first).size() == 2);
  REQUIRE(second == "{\"value\":2, \"key\":\"01ARZ3NDEKTSV4RRFFQ69G5FAV\"}");
  REQUIRE(Ulid::parse(nlohmann::json::parse(third).at("key").get<std::string>())->time_ms() == 1000);
}

TEST_CASE("what only the node can refuse goes as it is") {
  for (const std::string line : {R"({"at":"yesterday","value":1})", R"({"at":"1969-01-01T00:00:00Z","value":1})",
                                 R"({"value":1,"base64":""})", R"({"colour":1})", R"({})"}) {
    REQUIRE(Input(line, {Format::envelopes}).body() == line + "\n");
  }
}

TEST_CASE("bad input is told with its place, before anything is sent") {
  REQUIRE(complaint("1\n2,\"at\":\"1999-01-01T00:00:00Z\"\n", Format::lines) ==
          "standard input, line 2: is not JSON (--format raw takes any bytes)");
  REQUIRE(complaint("\nhello", Format::lines) == "standard input, line 2: is not JSON (--format raw takes any bytes)");
  REQUIRE(complaint("{} {}", Format::json) == "standard input: is not a JSON document (--format lines takes NDJSON)");
  REQUIRE(complaint("[1]", Format::envelopes) ==
          "standard input, line 1: is not an envelope: {\"key\"?, \"at\"?, \"value\" or \"base64\"}");
}

TEST_CASE("batches end at their bytes as well as their events") {
  BatchOptions options{Format::lines};
  options.bytes = 100;
  Input input("\"" + std::string(200, 'a') + "\"\n1\n2\n3\n4\n5\n6\n", options);
  REQUIRE(input.batches.next(1000)->places == std::vector<std::uint64_t>{1});
  REQUIRE(input.batches.next(1000)->places == std::vector<std::uint64_t>{2, 3, 4});
}

TEST_CASE("files that cannot be read are told") {
  UlidGenerator keys(1);
  std::istringstream none;
  REQUIRE_THROWS_WITH(Batches({"/nowhere/x"}, {}, keys, none).next(0), "/nowhere/x: No such file or directory");
  REQUIRE_THROWS_WITH(Batches({"/tmp"}, {}, keys, none).next(0), "/tmp: is a directory");
}

}  // namespace
}  // namespace laterbase::client
