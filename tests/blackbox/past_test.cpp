#include "tests/blackbox/blackbox.h"

// Reads of another moment over HTTP: as_of= and known_at=.
namespace laterbase::tests {
namespace {

void load(const Node& node, const std::string& db, const std::string& at, const std::string& truck, int kg) {
  const std::string fact = R"({"@tx":[["truck",")" + truck + R"(","load",{"inc":)" + std::to_string(kg) + "}]]}";
  REQUIRE(node.post(db + "/e?at=" + at, fact, "application/json").status == 201);
}

TEST_CASE("a view can be asked about a day before, and about what this node knew before a late event came") {
  const Node& node = shared_node();
  const std::string db = fresh_database(node), view = db.substr(3) + "/total";
  const std::string definitions =
      "TABLE truck (id TEXT = 1 PRIMARY KEY, load BIGINT = 2 COUNTER) STRICT;"
      "CREATE MATERIALIZED VIEW total AS SELECT count(*) AS trucks, sum(load) AS load FROM truck";
  REQUIRE(node.post(db + "/sql", definitions, "application/sql").status == 200);
  load(node, db, "2026-11-01T06:00:00Z", "t1", 1);
  load(node, db, "2026-11-09T06:00:00Z", "t9", 9);
  const std::string before = node.get(view).header("laterbase-clock");
  load(node, db, "2026-11-05T06:00:00Z", "t5", 5);  // a paper slip

  const auto asked = [&](const std::string& query) {
    const Response answer = node.get(view + query);
    INFO(query << "\n" << answer.body);
    REQUIRE(answer.status == 200);
    return answer.json().at(0);
  };
  CHECK(asked("") == (Json{{"trucks", 3}, {"load", 15}}));
  CHECK(asked("?as_of=2026-11-06T00:00:00Z") == (Json{{"trucks", 2}, {"load", 6}}));
  CHECK(asked("?as_of=2026-11-06T00:00:00Z&known_at=" + before) == (Json{{"trucks", 1}, {"load", 1}}));
  CHECK(asked("?known_at=" + before) == (Json{{"trucks", 2}, {"load", 10}}));
  CHECK(asked("?as_of=2026-10-01T00:00:00Z") == (Json{{"trucks", 0}, {"load", nullptr}}));

  CHECK(node.get(view + "?known_at=" + before + "0").status == 410);
  CHECK(node.get(view + "?known_at=7").status == 400);
  CHECK(node.get(view + "?as_of=yesterday").status == 400);
  CHECK(node.get(view + "?as_of=2026-11-06T00:00:00Z", {{"Accept", "text/event-stream"}}).status == 400);
}

}  // namespace
}  // namespace laterbase::tests
