#include "tests/blackbox/blackbox.h"

using namespace laterbase::tests;

namespace {

Response head(const Node& node, const std::string& target, Headers headers = {}) {
  return node.ask({.method = "HEAD", .target = target, .body = "", .headers = std::move(headers)});
}

}  // namespace

TEST_CASE("one event is its exact bytes, under a tag of their own") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  const std::string target = db + "/e/" + post_numbers(node, db, 1)[0];
  const Response event = node.get(target);
  CHECK(event.status == 200);
  CHECK(event.body == "{\"n\":0}");
  const std::string etag = event.header("etag");
  REQUIRE(etag.size() > 2);
  CHECK(etag.front() == '"');
  CHECK(event.header("cache-control") == "no-cache");
  CHECK(event.has("laterbase-clock"));

  for (const std::string& match : {etag, "W/" + etag, std::string("*"), "\"other\", " + etag}) {
    INFO(match);
    const Response same = node.get(target, {{"If-None-Match", match}});
    CHECK(same.status == 304);
    CHECK(same.header("etag") == etag);
  }
  CHECK(node.get(target, {{"If-None-Match", "\"other\""}}).status == 200);

  const Response without_body = head(node, target);
  CHECK(without_body.status == 200);
  CHECK(without_body.header("content-length") == "7");
  CHECK(without_body.header("etag") == etag);
}

TEST_CASE("an event that isn't there, or can't be, says so") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  check_problem(node.get(db + "/e/" + ulid(1, 1)), 404);
  check_problem(node.get(db + "/e/notakey"), 400);
  CHECK(head(node, db + "/e/" + ulid(1, 1)).status == 404);
}

TEST_CASE("a bulk read gives what is there and names what isn't") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  const auto keys = post_numbers(node, db, 3);
  const Json answer = node.get(db + "/e?keys=" + keys[2] + "," + ulid(1, 1) + "," + keys[0]).json();
  REQUIRE(answer["events"].size() == 2);
  CHECK(answer["events"][0]["key"] == keys[2]);
  CHECK(answer["events"][1]["key"] == keys[0]);
  CHECK(answer["events"][1]["lc"] == 1);
  CHECK(answer["missing"] == Json::array({ulid(1, 1)}));

  check_problem(node.get(db + "/e?keys=" + keys[0] + ",nokey"), 400);
  std::string many = keys[0];
  for (int i = 0; i < 1000; ++i) many += ",0";
  CHECK(node.get(db + "/e?keys=" + many).status == 400);
}

TEST_CASE("a thousand keys are read, one more is refused") {
  Node node({.flags = {"--limits.max_header=64KiB"}, .config = ""});
  const std::string db = fresh_database(node);
  const auto keys = post_numbers(node, db, 1001);
  std::string list = keys[0];
  for (std::size_t i = 1; i < 1000; ++i) list += "," + keys[i];
  CHECK(node.get(db + "/e?keys=" + list).json()["events"].size() == 1000);
  check_problem(node.get(db + "/e?keys=" + list + "," + keys[1000]), 400);
}

TEST_CASE("the feed goes page by page, and what is learned late comes late") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  const auto keys = post_numbers(node, db, 10);
  const Response first = node.get(db + "/e?lc=0&limit=4");
  const Json page = first.json();
  CHECK(page["lc"] == 4);
  CHECK(page["more"] == true);
  CHECK(page["events"].size() == 4);
  CHECK(page["epoch"] == node.get(db).json()["epoch"]);
  CHECK_FALSE(next_link(first).empty());
  CHECK(first.has("laterbase-clock"));

  const Json second = node.get(next_link(first)).json();
  CHECK(second["events"][0]["key"] == keys[4]);
  CHECK(second["lc"] == 8);
  const Json last = node.get(db + "/e?lc=8&limit=4").json();
  CHECK(last["events"].size() == 2);
  CHECK(last["more"] == false);

  node.post(db + "/e?at=1980-01-01T00:00:00Z", "\"backdated\"", json_type);
  const Json late = node.get(db + "/e?lc=10").json();
  REQUIRE(late["events"].size() == 1);
  CHECK(late["events"][0]["value"] == "backdated");
  CHECK(late["events"][0]["lc"] == 11);
}

TEST_CASE("a page's events are in key order, or in log order when asked") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  for (const int ms : {500, 100, 300})
    node.post(db + "/e?key=" + ulid(static_cast<std::uint64_t>(ms), 1), "1", json_type);
  const Json by_key = node.get(db + "/e?lc=0").json()["events"];
  CHECK(by_key[0]["key"] == ulid(100, 1));
  CHECK(by_key[2]["key"] == ulid(500, 1));
  const Json by_lc = node.get(db + "/e?lc=0&order=lc").json()["events"];
  CHECK(by_lc[0]["key"] == ulid(500, 1));
  CHECK(by_lc[1]["key"] == ulid(100, 1));
  check_problem(node.get(db + "/e?lc=0&order=size"), 400);
}

TEST_CASE("a full page is for ever, the end of the log is not") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  post_numbers(node, db, 6);
  const std::string pages = db + "/e?limit=4&epoch=" + node.get(db).json()["epoch"].get<std::string>();
  CHECK(node.get(pages + "&lc=0").header("cache-control").find("immutable") != std::string::npos);
  CHECK(node.get(pages + "&lc=4").header("cache-control").find("immutable") == std::string::npos);
  // Without its epoch the same address may mean another page some day.
  CHECK(node.get(db + "/e?lc=0&limit=4").header("cache-control").find("immutable") == std::string::npos);
}

TEST_CASE("a position that this log never had is 410 with the log's epoch") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  post_numbers(node, db, 2);
  const std::string epoch = node.get(db).json()["epoch"].get<std::string>();
  CHECK(node.get(db + "/e?lc=2&epoch=" + epoch).status == 200);
  for (const std::string query : {"lc=3", "lc=18446744073709551615", "lc=1&epoch=01ARZ3NDEKTSV4RRFFQ69G5FAV"}) {
    INFO(query);
    const Response gone = node.get(db + "/e?" + query);
    check_problem(gone, 410);
    CHECK(gone.body.find(epoch) != std::string::npos);
  }
}

TEST_CASE("wrong numbers and parameters are refused, not guessed") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  for (const std::string query :
       {"lc=-1", "lc=x", "lc=", "lc=1.5", "lc=18446744073709551616", "lc=0&limit=x", "lc=0&limit=-1", "lc=0&limit=0",
        "lc=0&wait=x", "lc=0&wait=-1", "from=x", "to=x", "keys=", "from=2016-13-01T00:00:00Z", "lc=%zz", "lc=0&lc=1"}) {
    INFO(query);
    const Response answer = node.get(db + "/e?" + query);
    CHECK(answer.status == 400);
    check_problem(answer, answer.status);
  }
  CHECK(node.get(db + "/e?lc=0&limit=99999999").status == 200);
}

TEST_CASE("a range is by valid time, in key order, both ends included") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  std::string batch;
  for (const char* day : {"05", "01", "03", "02", "04"}) {
    batch += std::string(R"({"at":"2016-07-)") + day + R"(T00:00:00Z","value":)" + day[1] + "}\n";
  }
  stored(node, db, batch, envelope_lines_type);
  const Json some = node.get(db + "/e?from=2016-07-02T00:00:00Z&to=2016-07-04T00:00:00Z").json();
  REQUIRE(some["events"].size() == 3);
  CHECK(some["events"][0]["value"] == 2);
  CHECK(some["events"][2]["value"] == 4);
  CHECK(node.get(db + "/e?from=2016-07-02T02:00:00%2B02:00").json()["events"].size() == 4);
  CHECK(node.get(db + "/e?to=2016-07-01T23:59:59.999Z").json()["events"].size() == 1);
  const std::string third = some["events"][1]["key"].get<std::string>();
  CHECK(node.get(db + "/e?from=" + third).json()["events"].size() == 3);
}

TEST_CASE("a range's pages join without gap or repetition") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  const auto keys = post_numbers(node, db, 25);
  std::vector<std::string> read;
  std::string target = db + "/e?from=1970-01-01T00:00:00Z&limit=4";
  for (int pages = 0; !target.empty() && pages < 20; ++pages) {
    const Response page = node.get(target);
    REQUIRE(page.status == 200);
    const Json json = page.json();
    for (const Json& event : json["events"]) read.push_back(event["key"].get<std::string>());
    target = next_link(page);
    CHECK(target.empty() == (!json.contains("next") || json["next"].is_null()));
  }
  CHECK(read == keys);
}

TEST_CASE("NDJSON and JSON tell the same") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  post_numbers(node, db, 50);
  node.post(db + "/e", "not json", "text/plain");
  for (const std::string query : {"lc=0", "from=1970-01-01T00:00:00Z"}) {
    const Response lines = node.get(db + "/e?" + query, {{"Accept", ndjson_type}});
    CHECK(lines.header("content-type").starts_with(ndjson_type));
    const Json page = node.get(db + "/e?" + query, {{"Accept", "application/json"}}).json();
    CHECK(Json(lines.ndjson()) == page["events"]);
  }
}
