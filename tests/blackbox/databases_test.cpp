#include "tests/blackbox/blackbox.h"

using namespace laterbase::tests;

TEST_CASE("a database is created once and never wiped") {
  Node& node = shared_node();
  CHECK(node.put("/db/made-once").status == 201);
  post_numbers(node, "/db/made-once", 3);
  CHECK(node.put("/db/made-once").status == 200);
  CHECK(node.post("/db/made-once", "").status == 200);
  CHECK(node.get("/db/made-once").json()["events"] == 3);
  CHECK(node.post("/db/made-by-post", "").status == 201);
}

TEST_CASE("databases are listed") {
  Node& node = shared_node();
  const std::string name = fresh_database(node).substr(4);
  const Response list = node.get("/db");
  CHECK(list.status == 200);
  CHECK(list.json().dump().find('"' + name + '"') != std::string::npos);
}

TEST_CASE("a database tells what it holds") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  const Json empty = node.get(db).json();
  for (const char* member : {"name", "node", "epoch", "lc", "events", "first", "last", "bytes", "tables", "views"}) {
    INFO(member);
    CHECK(empty.contains(member));
  }
  CHECK(empty["lc"] == 0);

  const auto keys = post_numbers(node, db, 5);
  const Response answer = node.get(db);
  const Json info = answer.json();
  CHECK(info["name"] == db.substr(4));
  CHECK(info["lc"] == 5);
  CHECK(info["events"] == 5);
  CHECK(info["first"] == keys.front());
  CHECK(info["last"] == keys.back());
  CHECK(info["epoch"] == empty["epoch"]);
  CHECK(answer.header("laterbase-clock") == info["epoch"].get<std::string>() + ":5");
}

TEST_CASE("a deleted database is gone, and a new one of its name has another life") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  post_numbers(node, db, 2);
  const Json before = node.get(db).json();
  CHECK(node.ask({.method = "DELETE", .target = db, .body = "", .headers = {}}).status == 204);
  check_problem(node.get(db), 404);
  check_problem(node.get(db + "/e?lc=0"), 404);
  CHECK(node.put(db).status == 201);
  const Json after = node.get(db).json();
  CHECK(after["events"] == 0);
  CHECK(after["epoch"] != before["epoch"]);
  const std::string old_epoch = before["epoch"].get<std::string>();
  check_problem(node.get(db + "/e?lc=0&epoch=" + old_epoch), 410);
}

TEST_CASE("only some names are names of databases") {
  Node& node = shared_node();
  CHECK(node.put("/db/" + std::string(63, 'a')).status == 201);
  CHECK(node.put("/db/a0-_").status == 201);
  for (const std::string name : {"A", "0a", "-a", "a.b", "a%20b", "%2e%2e", "a%00", "a%2Fb", "%C3%A9", "db", "health",
                                 "metrics", "openapi.json", "peers", "ui"}) {
    INFO(name);
    const Response answer = node.put("/db/" + name);
    CHECK((answer.status == 400 || answer.status == 404 || answer.status == 422));
    check_problem(answer, answer.status);
  }
  const Response answer = node.put("/db/" + std::string(64, 'a'));
  CHECK((answer.status == 400 || answer.status == 422));
}

TEST_CASE("what isn't there is 404 with a sentence") {
  Node& node = shared_node();
  for (const std::string& target :
       std::vector<std::string>{"/nowhere", "/db/nowhere", "/db/nowhere/e?lc=0", "/db/nowhere/e/" + ulid(1, 1),
                                "/db/nowhere/e?keys=" + ulid(1, 1), "/a/b/c/d/e"}) {
    INFO(target);
    check_problem(node.get(target), 404);
  }
  check_problem(node.post("/db/nowhere/e", "1", json_type), 404);
  check_problem(node.ask({.method = "DELETE", .target = "/db/nowhere", .body = "", .headers = {}}), 404);
}
