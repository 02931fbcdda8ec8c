#include "tests/cluster/cluster.h"

using namespace laterbase::tests;

// POST /db/{db}/sync played by hand, in JSON, as anybody can with curl.

namespace {

Json ask(const Node& node, const Json& message) {
  const Response answer = node.post(trucks + "/sync", message.dump(), "application/json");
  INFO("answer: " << answer.status << " " << answer.body);
  REQUIRE(answer.status == 200);
  return answer.json();
}

void check_problem(const Response& answer, int status) {
  INFO("answer: " << answer.status << " " << answer.body);
  CHECK(answer.status == status);
  REQUIRE(answer.header("content-type") == "application/problem+json");
  CHECK_FALSE(answer.json()["detail"].get<std::string>().empty());
}

}  // namespace

TEST_CASE("ids, then lacks, then events and wants, then events") {
  const Site a, b;
  const Contents of_a = write(a, "a", 3), of_b = write(b, "b", 2);
  Json ids = Json::array(), events = Json::array(), wants = Json::array();
  for (const auto& [key, value] : of_a) ids.push_back(key);
  for (const auto& [key, value] : of_b) wants.push_back(key);

  CHECK(ask(b, {{"ids", ids}})["lacks"] == ids);
  CHECK(ask(a, {{"ids", ids}})["lacks"] == Json::array());
  for (const auto& [key, value] : of_a) events.push_back({{"key", key}, {"value", Json::parse(value)}});
  const Json last = ask(b, {{"events", events}, {"wants", wants}});
  REQUIRE(last["events"].size() == of_b.size());
  for (const Json& event : last["events"]) CHECK(event["value"].dump() == of_b.at(event["key"]));
  CHECK((contents(b) == united({of_a, of_b})));
  CHECK(ask(b, {{"ids", ids}})["lacks"] == Json::array());
  ask(b, {{"events", events}});  // again changes nothing
  CHECK((contents(b) == united({of_a, of_b})));
  CHECK(b.get(trucks).json()["lc"] == 5);
}

TEST_CASE("bytes that are not JSON cross as base64") {
  const Site a, b;
  const Response posted = a.post(trucks + "/e", std::string("\x00\xff\x01", 3), "application/octet-stream");
  const Json wants = posted.json()["keys"];
  const Json answer = ask(a, {{"wants", wants}});
  CHECK(answer["events"][0]["base64"] == "AP8B");
  ask(b, {{"events", answer["events"]}});
  CHECK((contents(a) == contents(b)));
}

TEST_CASE("an answer says whom it is from, and a cursor leads to what is new") {
  const Site a;
  write(a, "a", 3);
  const Json first = ask(a, {{"from",
                              {{"node", "01ARZ3NDEKTSV4RRFFQ69G5FAV"},
                               {"epoch", "01ARZ3NDEKTSV4RRFFQ69G5FAW"},
                               {"lc", 0},
                               {"chain", std::string(32, '0')}}}});
  CHECK(first["from"]["lc"] == 3);
  CHECK(first["from"]["epoch"] == a.get(trucks).json()["epoch"]);
  const Contents later = write(a, "later", 2);
  const Json second = ask(a, {{"cursor", first["from"]}});
  CHECK(second["verdict"] == "valid");
  CHECK(second["next"]["lc"] == 5);
  CHECK(second["ids"].size() == 2);
  for (const Json& id : second["ids"]) CHECK(later.contains(id));
  Json of_another = first["from"];
  of_another["chain"] = std::string(32, 'f');
  CHECK(ask(a, {{"cursor", of_another}})["verdict"] == "reset");
}

TEST_CASE("what is no message is refused with a sentence, and nothing breaks") {
  const Site a;
  for (const std::string body :
       {"{", "[]", "42", "\"ids\"", "{\"ids\":7}", "{\"ids\":[\"x\"]}", "{\"events\":[{}]}",
        "{\"events\":[{\"key\":1}]}",
        "{\"window\":{\"from\":\"7ZZZZZZZZZZZZZZZZZZZZZZZZZ\",\"to\":\"00000000000000000000000000\"}}",
        "{\"cells\":{\"first\":-1}}", "{\"want_cells\":{\"first\":0,\"count\":-5}}"})
    check_problem(a.post(trucks + "/sync", body, "application/json"), 400);
  check_problem(a.post(trucks + "/sync", "LBS", "application/vnd.laterbase.sync"), 400);
  check_problem(a.post(trucks + "/sync", "", "application/vnd.laterbase.sync"), 400);
  check_problem(a.post(trucks + "/sync", "<xml/>", "text/xml"), 415);
  check_problem(a.post("/db/nowhere/sync", "{}", "application/json"), 404);
  check_problem(
      a.ask({.method = "POST", .target = trucks + "/sync", .body = "{}", .headers = {{"Accept", "text/html"}}}), 406);
  CHECK(a.get(trucks + "/sync").status == 405);
  const Json nothing = ask(a, Json::object());
  CHECK_FALSE(nothing.contains("events"));
  const Json unknown = ask(a, {{"from_the_future", {{"x", 1}}}, {"ids", Json::array()}});
  CHECK(unknown["lacks"] == Json::array());
}

TEST_CASE("an event over the size limit of a merge is refused, and the rest of the node goes on") {
  const Site a;
  check_problem(a.post(trucks + "/sync?peer=nobody", "", ""), 404);
  check_problem(a.post(trucks + "/sync?peer=ftp", "", ""), 404);
  check_problem(a.post(trucks + "/sync?peer=http://127.0.0.1:9", "", ""), 502);
  check_problem(a.post(trucks + "/sync?peer=http://", "", ""), 400);
  check_problem(a.post(trucks + "/sync?peer=http://127.0.0.1:9", "[]", ""), 400);
  check_problem(a.post("/db/nowhere/sync?peer=http://127.0.0.1:9", "", ""), 404);
  check_problem(a.post(trucks + "/sync?peer=" + a.url(), "", ""), 502);  // itself
}

TEST_CASE("a wrong peer is refused with a sentence") {
  const Site a({}, "[[peers]]\nname = \"fixed\"\nurl = \"http://127.0.0.1:9\"\n");
  const auto put = [&](const std::string& name, const std::string& body) {
    return a.ask({.method = "PUT", .target = "/peers/" + name, .body = body, .headers = {}});
  };
  for (const std::string body :
       {"", "[]", "{}", "{\"url\":7}", "{\"url\":\"depot\"}", "{\"url\":\"http://h:1\",\"url\":\"http://h:2\"}",
        "{\"url\":\"http://h:1\",\"interval_ms\":1}", "{\"url\":\"http://h:1\",\"databases\":[\"A\"]}",
        "{\"url\":\"http://h:1\",\"databases\":[]}", "{\"url\":\"http://h:1\",\"from\":\"yesterday\"}",
        "{\"url\":\"http://h:1\",\"direction\":\"up\"}", "{\"url\":\"http://h:1\",\"colour\":\"red\"}"})
    check_problem(put("x", body), 400);
  check_problem(put("X", "{\"url\":\"http://h:1\"}"), 400);
  check_problem(put("fixed", "{\"url\":\"http://h:1\"}"), 409);
  check_problem(a.ask({.method = "DELETE", .target = "/peers/fixed", .body = "", .headers = {}}), 409);
  check_problem(a.ask({.method = "DELETE", .target = "/peers/nobody", .body = "", .headers = {}}), 404);
  CHECK(peer_state(a, "fixed")["configured"] == true);
  CHECK(peer_state(a, "x").is_null());
}

TEST_CASE("the same key with two values: the same winner on both sides, and the loser is listed") {
  const Site a, b;
  const std::string key = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
  CHECK(a.post(trucks + "/e?key=" + key, "{\"kg\":80}", "application/json").status == 201);
  CHECK(b.post(trucks + "/e?key=" + key, "{\"kg\":120}", "application/json").status == 201);
  const std::string event = trucks + "/e/" + key;
  const std::string tag_of_a = a.get(event).header("etag"), tag_of_b = b.get(event).header("etag");
  add_peer(a, "b", b.url());
  REQUIRE(eventually([&] { return contents(a) == contents(b); }));
  const std::string winner = contents(a).at(key);
  const bool a_won = a.get(event).header("etag") == tag_of_a;
  CHECK(a.get(event, {{"If-None-Match", a_won ? tag_of_a : tag_of_b}}).status == 304);
  CHECK(a.get(event, {{"If-None-Match", a_won ? tag_of_b : tag_of_a}}).body == winner);
  for (const Node* node : {static_cast<const Node*>(&a), static_cast<const Node*>(&b)}) {
    REQUIRE(eventually([&] { return node->get(trucks + "/conflicts").json().size() == 1; }));
    const Json conflict = node->get(trucks + "/conflicts").json()[0];
    CHECK(conflict["key"] == key);
    CHECK(conflict["reason"] == "lost");
    CHECK(conflict["value"].dump() != winner);
  }
  CHECK(sync_now(a, "b")["equal"] == true);
}
