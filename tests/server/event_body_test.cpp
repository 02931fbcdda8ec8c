#include "server/api/event_body.h"

#include <catch2/catch.hpp>

#include "engine/base/base64.h"
#include "engine/base/rfc3339.h"
#include "tests/support/seeded_random.h"

namespace {

using namespace laterbase;
using namespace laterbase::api;
using Kind = BodyError::Kind;

std::string value_of(const Batch& batch, std::size_t index) {
  return batch.payload.substr(batch.events[index].offset, batch.events[index].size);
}

BodyError error_of(BodyType type, std::string_view body, const BodyLimits& limits = {}) {
  Batch batch;
  const auto parsed = parse_body(type, body, limits, batch);
  INFO(body);
  REQUIRE(parsed.has_error());
  return parsed.error();
}

std::string random_blanks(tests::SeededRandom& random, bool line_breaks) {
  std::string out;
  for (std::uint64_t i = random().below(3); i > 0; --i) out += line_breaks && random().one_in(2) ? "\n" : " \t";
  return out;
}

std::string random_value(tests::SeededRandom& random) {
  constexpr std::array<const char*, 8> values{"1",    "\"a,]}\\\"\"", "[1, [2],{}]",  "{\"a\": {\"b\":[]}}",
                                              "null", "-1.5e300",     "\"\xc3\xa4\"", "{ \"value\" : 1 }"};
  return values[random().below(values.size())];
}

struct Expected {
  std::string value;
  bool is_json = true;
  std::optional<Ulid> key;
  std::optional<std::int64_t> at_ms;
};

// An envelope with its members in random order, and what is to come out of it.
std::string random_envelope(tests::SeededRandom& random, Expected& expected) {
  std::vector<std::string> members;
  if (random().one_in(3)) {
    expected.value = random.bytes(random().below(30));
    expected.value += '\xff';
    expected.is_json = false;
    std::string base64;
    append_base64(base64, expected.value);
    members.push_back("\"base64\":\"" + base64 + "\"");
  } else {
    expected.value = random_value(random);
    members.push_back("\"value\":" + random_blanks(random, false) + expected.value);
  }
  const auto ms = static_cast<std::int64_t>(random().below(2'000'000'000'000));
  if (random().one_in(3)) {
    expected.key = Ulid{static_cast<std::uint64_t>(ms) << 16 | 7, random()()};
    members.push_back("\"key\": \"" + expected.key->text() + "\"");
  } else if (random().one_in(2)) {
    expected.at_ms = ms;
    std::string text;
    text += print_rfc3339(ms);
    members.push_back("\"at\":\"" + text + "\"");
  }
  std::string out = "{";
  while (!members.empty()) {
    const std::size_t next = random().below(members.size());
    out += (out.size() > 1 ? "," : "") + random_blanks(random, false) + members[next] + random_blanks(random, false);
    members.erase(members.begin() + static_cast<std::ptrdiff_t>(next));
  }
  return out + "}";
}

void check(const Batch& batch, const std::vector<Expected>& expected) {
  REQUIRE(batch.events.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    REQUIRE(value_of(batch, i) == expected[i].value);
    REQUIRE(batch.events[i].is_json == expected[i].is_json);
    REQUIRE(batch.events[i].key == expected[i].key);
    REQUIRE(batch.events[i].at_ms == expected[i].at_ms);
  }
}

}  // namespace

TEST_CASE("random bodies of every type come apart as they were put together") {
  tests::SeededRandom random;
  Batch batch;
  for (int round = 0; round < 2000; ++round) {
    const bool enveloped = random().one_in(2), lines = random().one_in(2);
    std::vector<Expected> expected(random().below(8));
    std::string body = lines ? "" : random_blanks(random, true) + "[";
    for (std::size_t i = 0; i < expected.size(); ++i) {
      if (!lines && i > 0) body += ',';
      body += random_blanks(random, !lines);
      expected[i].value = enveloped ? "" : random_value(random);
      body += enveloped ? random_envelope(random, expected[i]) : expected[i].value;
      body += random_blanks(random, !lines);
      if (lines) body += random().one_in(3) ? "\r\n\n" : "\n";
    }
    if (!lines) body += "]" + random_blanks(random, true);
    const BodyType type = enveloped ? (lines ? BodyType::envelope_lines : BodyType::envelopes)
                                    : (lines ? BodyType::ndjson : BodyType::json);
    INFO(body);
    const auto parsed = parse_body(type, body, {}, batch);
    REQUIRE(parsed.has_value());
    check(batch, expected);
  }
}

TEST_CASE("one event in each type that has one") {
  Batch batch;
  REQUIRE(parse_body(BodyType::json, " {\"a\": [1,\n2]}\n", {}, batch).has_value());
  REQUIRE(batch.events.size() == 1);
  CHECK(value_of(batch, 0) == "{\"a\": [1,\n2]}");
  REQUIRE(parse_body(BodyType::raw, " hello ", {}, batch).has_value());
  CHECK(value_of(batch, 0) == " hello ");
  CHECK_FALSE(batch.events[0].is_json);
  REQUIRE(parse_body(BodyType::raw, "{\"a\":1}", {}, batch).has_value());
  CHECK(batch.events[0].is_json);
  REQUIRE(parse_body(BodyType::raw, "", {}, batch).has_value());
  CHECK(batch.events.size() == 1);
  REQUIRE(parse_body(BodyType::envelopes, "{\"value\":1}", {}, batch).has_value());
  CHECK(value_of(batch, 0) == "1");
  REQUIRE(parse_body(BodyType::json, "[]", {}, batch).has_value());
  CHECK(batch.events.empty());
  REQUIRE(parse_body(BodyType::ndjson, "\n \r\n", {}, batch).has_value());
  CHECK(batch.events.empty());
}

TEST_CASE("what GET answers may be posted again") {
  Batch batch;
  REQUIRE(
      parse_body(BodyType::envelope_lines,
                 "{\"lc\":17,\"key\":\"01ARZ3NDEKTSV4RRFFQ69G5FAV\",\"at\":\"2016-07-30T23:54:10.259Z\",\"value\":1}\n",
                 {}, batch)
          .has_value());
  REQUIRE(batch.events.size() == 1);
  CHECK(batch.events[0].key->text() == "01ARZ3NDEKTSV4RRFFQ69G5FAV");
  CHECK_FALSE(batch.events[0].at_ms);
}

TEST_CASE("an error names its line or element") {
  CHECK(error_of(BodyType::ndjson, "1\n\n{\"a\":}\n").line == 3U);
  CHECK(error_of(BodyType::ndjson, "1\n2 3\n").line == 2U);
  CHECK(error_of(BodyType::ndjson, "1\n\"\xff\"\n").line == 2U);
  CHECK(error_of(BodyType::json, "[1,2,tru]").element == 3U);
  CHECK(error_of(BodyType::json, "[1,2,]").element == 3U);
  CHECK(error_of(BodyType::json, "[1 2]").element == 1U);
  CHECK(error_of(BodyType::envelopes, "[{\"value\":1},{}]").element == 2U);
  CHECK(error_of(BodyType::json, "[1] 2").kind == Kind::malformed);
  CHECK(error_of(BodyType::json, "[1").kind == Kind::malformed);
  CHECK(error_of(BodyType::json, "").kind == Kind::malformed);
  CHECK(error_of(BodyType::json, "1 2").kind == Kind::malformed);
}

TEST_CASE("envelopes that don't fit say why") {
  const auto kind = [](std::string_view envelope) { return error_of(BodyType::envelope_lines, envelope).kind; };
  for (const char* unfit :
       {"1", "[]", "{}", "{\"key\":\"01ARZ3NDEKTSV4RRFFQ69G5FAV\"}", "{\"value\":1,\"base64\":\"\"}",
        "{\"value\":1,\"value\":2}", "{\"value\":1,\"id\":2}", "{\"value\":1,\"key\":2}", "{\"value\":1,\"key\":\"x\"}",
        "{\"value\":1,\"at\":5}", "{\"value\":1,\"at\":\"yesterday\"}", "{\"value\":1,\"at\":\"1969-12-31T23:59:59Z\"}",
        "{\"base64\":\"!\"}", "{\"base64\":1}",
        "{\"value\":1,\"key\":\"01ARZ3NDEKTSV4RRFFQ69G5FAV\",\"at\":\"2020-01-01T00:00:00Z\"}"})
    CHECK(kind(unfit) == Kind::unfit);
  for (const char* malformed : {"{", "{\"value\":1", "{\"value\" 1}", "{value:1}", "{\"value\":1,}", "{\"value\":1} x"})
    CHECK(kind(malformed) == Kind::malformed);
}

TEST_CASE("limits") {
  const BodyLimits limits{5, 2};
  CHECK(error_of(BodyType::raw, "123456", limits).kind == Kind::too_large);
  CHECK(error_of(BodyType::ndjson, "1\n123456\n", limits).line == 2U);
  CHECK(error_of(BodyType::json, "[1,2,3]", limits).kind == Kind::too_large);
  CHECK(error_of(BodyType::envelope_lines, "{\"base64\":\"MTIzNDU2\"}", limits).kind == Kind::too_large);
  Batch batch;
  CHECK(parse_body(BodyType::json, "[12345,2]", limits, batch).has_value());
}

TEST_CASE("types of bodies") {
  CHECK(body_type("application/json") == BodyType::json);
  CHECK(body_type("Application/JSON; charset=UTF-8") == BodyType::json);
  CHECK(body_type("application/x-ndjson") == BodyType::ndjson);
  CHECK(body_type("application/vnd.laterbase+json") == BodyType::envelopes);
  CHECK(body_type("application/vnd.laterbase+x-ndjson") == BodyType::envelope_lines);
  CHECK(body_type("application/x-www-form-urlencoded") == BodyType::raw);
  CHECK(body_type("") == BodyType::raw);
  CHECK_FALSE(body_type("application/json; charset=latin1"));
  CHECK_FALSE(body_type("application/vnd.laterbase+xml"));
}

TEST_CASE("where an event stands in its body") {
  CHECK(place_of_event(BodyType::ndjson, "1\n\n2\n", 1).line == 3U);
  CHECK(place_of_event(BodyType::json, "[1,2]", 1).element == 2U);
  CHECK(place_of_event(BodyType::json, "{}", 0).text == "The event");
}

TEST_CASE("base64 there and back, and what is none") {
  tests::SeededRandom random;
  for (int round = 0; round < 500; ++round) {
    const std::string bytes = random.bytes(random().below(50));
    std::string text, back;
    append_base64(text, bytes);
    REQUIRE(append_base64_decoded(back, text));
    REQUIRE(back == bytes);
  }
  std::string out;
  for (const char* bad : {"a", "ab", "abc", "ab=c", "====", "a===", "ab c", "YQ", "YR==", "YQ==\n", "Y_8="})
    CHECK_FALSE(append_base64_decoded(out, bad));
  CHECK(out.empty());
}
