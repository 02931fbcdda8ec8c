#include "tests/blackbox/blackbox.h"

using namespace laterbase::tests;

namespace {

// The exact bytes that are stored under the first key of a write's answer.
std::string first_value(const Node& node, const std::string& db, const Json& answer) {
  return node.get(db + "/e/" + answer["keys"][0].get<std::string>()).body;
}

}  // namespace

TEST_CASE("a JSON body is one event, an array a batch") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  const Json one = stored(node, db, R"({"a":1})");
  CHECK(one["lc"] == 1);
  CHECK(one["keys"].size() == 1);
  CHECK(one["stored"] == 1);
  CHECK(one["known"] == 0);
  CHECK(first_value(node, db, one) == R"({"a":1})");

  const Json batch = stored(node, db, R"([1, {"b" : [2]} ,"x",[3],null])");
  CHECK(batch["lc"] == 6);
  CHECK(batch["keys"].size() == 5);
  const auto feed = whole_feed(node, db);
  REQUIRE(feed.size() == 6);
  CHECK(feed[1]["value"] == 1);
  CHECK(feed[2]["value"] == Json::parse(R"({"b":[2]})"));
  CHECK(feed[4]["value"] == Json::parse("[3]"));
  CHECK(feed[5]["value"].is_null());
}

TEST_CASE("NDJSON is one event a line that isn't empty") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  const Json answer = stored(node, db, "{\"a\":1}\n\n[1,2]\r\n  \n\"last, without its newline\"", ndjson_type);
  CHECK(answer["keys"].size() == 3);
  const auto feed = whole_feed(node, db);
  REQUIRE(feed.size() == 3);
  CHECK(feed[1]["value"] == Json::parse("[1,2]"));
  CHECK(feed[2]["value"] == "last, without its newline");
}

TEST_CASE("envelopes carry key, time and bytes") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  const std::string key = ulid(1'469'922'850'259, 5);
  const std::string batch = R"([{"key":")" + key + R"(","value":{"a":1}},)" +
                            R"({"at":"2016-07-30T23:54:10.259Z","base64":"AP/+"},{"value":7}])";
  const Json answer = stored(node, db, batch, envelope_type);
  CHECK(answer["keys"][0] == key);
  const auto feed = whole_feed(node, db);
  REQUIRE(feed.size() == 3);
  CHECK(feed[0]["at"] == "2016-07-30T23:54:10.259Z");
  CHECK(feed[1]["at"] == "2016-07-30T23:54:10.259Z");
  CHECK(bytes_of(feed[1]) == std::string("\0\xFF\xFE", 3));
  CHECK(feed[2]["value"] == 7);

  const std::string lines = R"({"at":"1973-03-17T07:43:05.500Z","value":1})"
                            "\n"
                            R"({"value":2})"
                            "\n";
  CHECK(stored(node, db, lines, envelope_lines_type)["stored"] == 2);
}

TEST_CASE("any other type is one event of raw bytes") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  const std::string bytes("\0\x01\xFF[1,2]\n\n", 10);
  for (const std::string type : {"application/x-www-form-urlencoded", "text/plain; charset=utf-8", "image/png", ""}) {
    INFO(type);
    const Json answer = stored(node, db, bytes, type);
    CHECK(answer["keys"].size() == 1);
    CHECK(first_value(node, db, answer) == bytes);
  }
  const auto feed = whole_feed(node, db);
  CHECK(bytes_of(feed[0]) == bytes);
}

TEST_CASE("media types are compared as media types are") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  CHECK(stored(node, db, "[1,2]", "Application/JSON; charset=utf-8")["stored"] == 2);
  CHECK(stored(node, db, "1\n2\n3\n", "application/X-NDJSON;x=y")["stored"] == 3);
}

TEST_CASE("JSON comes back byte for byte") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  const std::string value = R"({"b" : 1.0e5,"a":"\u00e9é\/", "b":100000000000000000000000001 ,"":[ ]})";
  const Json answer = stored(node, db, "[" + value + "]");
  CHECK(first_value(node, db, answer) == value);
  CHECK(node.get(db + "/e?lc=0").body.find("\"value\":" + value) != std::string::npos);
  CHECK(node.get(db + "/e?lc=0", {{"Accept", ndjson_type}}).body.find("\"value\":" + value) != std::string::npos);
}

TEST_CASE("a value with a newline in it stays one line of NDJSON") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  const std::string value = "{\n  \"a\": 1\r\n}";
  stored(node, db, value);
  stored(node, db, "2");
  const auto events = node.get(db + "/e?lc=0", {{"Accept", ndjson_type}}).ndjson();
  REQUIRE(events.size() == 2);
  CHECK(events[0]["value"] == Json::parse(value));
  CHECK(node.get(db + "/e/" + events[0]["key"].get<std::string>()).body == value);
}

TEST_CASE("key= and at= name a single event") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  const std::string key = ulid(1'000'000'000'000, 42);
  CHECK(node.post(db + "/e?key=" + key, "1", json_type).json()["keys"][0] == key);
  const Json at = node.post(db + "/e?at=1999-12-31T23:59:59.999%2B01:00", "2", json_type).json();
  const std::string made = at["keys"][0].get<std::string>();
  CHECK(made.substr(0, 10) == ulid(946'681'199'999, 0).substr(0, 10));
  CHECK(whole_feed(node, db)[1]["at"] == "1999-12-31T22:59:59.999Z");

  check_problem(node.post(db + "/e?key=" + key, "[1,2]", json_type), 400);
  check_problem(node.post(db + "/e?key=notakey", "1", json_type), 400);
  check_problem(node.post(db + "/e?key=" + std::string(26, 'Z'), "1", json_type), 400);
  check_problem(node.post(db + "/e?at=yesterday", "1", json_type), 400);
  CHECK(node.get(db).json()["events"] == 2);
}

TEST_CASE("keys that the server makes ascend in the order of the request") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  std::string last;
  for (int round = 0; round < 5; ++round) {
    for (const std::string& key : post_numbers(node, db, 500)) {
      REQUIRE(key > last);
      last = key;
    }
  }
}

TEST_CASE("the same key with the same value again stores nothing") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  const std::string target = db + "/e?key=" + ulid(1'000, 1);
  CHECK(node.post(target, "{\"a\":1}", json_type).status == 201);
  const Response again = node.post(target, "{\"a\":1}", json_type);
  CHECK(again.status == 200);
  CHECK(again.json()["stored"] == 0);
  CHECK(again.json()["known"] == 1);
  CHECK(again.json()["lc"] == 1);
  CHECK(node.get(db).json()["events"] == 1);

  const std::string both = R"([{"key":")" + ulid(1'000, 1) + R"(","value":{"a":1}},{"value":2}])";
  const Json half = stored(node, db, both, envelope_type);
  CHECK(half["stored"] == 1);
  CHECK(half["known"] == 1);
}

TEST_CASE("the same key with another value is refused, and nothing of its batch is written") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  const std::string key = ulid(1'000, 1);
  CHECK(node.post(db + "/e?key=" + key, "1", json_type).status == 201);
  const std::string batch = R"([{"value":5},{"key":")" + key + R"(","value":2}])";
  const Response refused = node.post(db + "/e", batch, envelope_type);
  check_problem(refused, 409);
  CHECK(refused.body.find(key) != std::string::npos);
  CHECK(node.get(db).json()["events"] == 1);
  CHECK(node.get(db + "/e/" + key).body == "1");

  const std::string twice = ulid(1'000, 9);
  const std::string itself = R"([{"key":")" + twice + R"(","value":1},{"key":")" + twice + R"(","value":2}])";
  check_problem(node.post(db + "/e", itself, envelope_type), 409);
  CHECK(node.get(db).json()["events"] == 1);
}

TEST_CASE("a key is read as Crockford reads it") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  const std::string key = ulid(1'469'922'850'259, 0x1234'5678'9ABC);
  std::string spoken = key;
  for (char& c : spoken) c = c == '1' ? 'l' : c == '0' ? 'o' : static_cast<char>(std::tolower(c));
  CHECK(node.post(db + "/e?key=" + spoken, "1", json_type).json()["keys"][0] == key);
  CHECK(node.get(db + "/e/" + spoken).body == "1");
}

TEST_CASE("valid time is from 1970 to a moment from now") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  check_problem(node.post(db + "/e?at=1969-12-31T23:59:59Z", "1", json_type), 422);
  check_problem(node.post(db + "/e?at=2999-01-01T00:00:00Z", "1", json_type), 422);
  check_problem(node.post(db + "/e?key=" + ulid(32'472'144'000'000, 1), "1", json_type), 422);
  CHECK(node.post(db + "/e?at=1970-01-01T00:00:00Z", "1", json_type).status == 201);
  CHECK(node.get(db).json()["events"] == 1);
}

TEST_CASE("a bad line refuses the batch and is named") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  const Response answer = node.post(db + "/e", "1\n2\n{\"a\":\n4\n", ndjson_type);
  check_problem(answer, 400);
  CHECK(answer.json().value("line", 0) == 3);
  for (const std::string bad : {"", "[1,", "{\"a\":1}x", "nul", "[1]]", "\"\xFF\"", "01", "{'a':1}", "[1,]", "NaN"}) {
    INFO(bad);
    check_problem(node.post(db + "/e", bad, json_type), 400);
  }
  CHECK(node.get(db).json()["events"] == 0);
}

TEST_CASE("a bad envelope is refused with a sentence") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  for (const std::string bad :
       {R"([{"vale":1}])", R"([{}])", R"([1])", R"([{"value":1,"base64":"AA=="}])", R"([{"base64":"%%"}])",
        R"([{"base64":1}])", R"([{"key":"x","value":1}])", R"([{"key":1,"value":1}])", R"([{"at":"x","value":1}])",
        R"([{"at":5,"value":1}])", R"([{"value":1,"value":2}])"}) {
    INFO(bad);
    const Response answer = node.post(db + "/e", bad, envelope_type);
    CHECK((answer.status == 400 || answer.status == 422));
    check_problem(answer, answer.status);
  }
  CHECK(node.get(db).json()["events"] == 0);
}

TEST_CASE("very deep JSON is an answer, not an end") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  for (const std::string& type : {json_type, ndjson_type, envelope_type, envelope_lines_type}) {
    INFO(type);
    const int status = node.post(db + "/e", deep, type).status;
    CHECK((status == 400 || status == 422));
  }
  CHECK(node.get("/health/live").status == 200);
}

TEST_CASE("relaxed writes are visible at once and answered 202") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  const Response relaxed = node.post(db + "/e?durability=relaxed", "1", json_type);
  CHECK(relaxed.status == 202);
  CHECK(relaxed.json()["lc"] == 1);
  CHECK(node.get(db + "/e/" + relaxed.json()["keys"][0].get<std::string>()).body == "1");
  CHECK(node.post(db + "/e?durability=strong", "2", json_type).status == 201);
  check_problem(node.post(db + "/e?durability=maybe", "3", json_type), 400);
  CHECK(whole_feed(node, db).size() == 2);
}
