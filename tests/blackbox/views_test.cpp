#include <algorithm>

#include "tests/blackbox/blackbox.h"

// Tables and views over HTTP: statements, reading with PostgREST's parameters, definitions, live answers, crashes.
namespace laterbase::tests {
namespace {

const std::string sql_type = "application/sql";

Json run(const Node& node, const std::string& db, const std::string& text) {
  const Response answer = node.post(db + "/sql", text, sql_type);
  INFO(text << "\n" << answer.body);
  REQUIRE(answer.status == 200);
  return answer.json();
}

// "/db/t17" → "/t17/view"
std::string path_of(const std::string& db, const std::string& relation) { return db.substr(3) + "/" + relation; }

Json rows(const Node& node, const std::string& db, const std::string& relation) {
  const Response answer = node.get(path_of(db, relation));
  INFO(answer.body);
  REQUIRE(answer.status == 200);
  return answer.json();
}

const std::string people =
    "CREATE TABLE person (id BIGINT PRIMARY KEY, name TEXT NOT NULL, age INTEGER, tall BOOLEAN);"
    "INSERT INTO person VALUES (1, 'Ada', 36, true), (2, 'Berta', NULL, false), (3, 'Cleo', 36, NULL);";

TEST_CASE("statements answer with columns, types and rows, and write one event") {
  const Node& node = shared_node();
  const std::string db = fresh_database(node);
  const Json made = run(node, db, people);
  CHECK(made["results"][0] == Json{{"command", "CREATE TABLE"}});
  CHECK(made["results"][1] == (Json{{"command", "INSERT"}, {"count", 3}}));
  CHECK(made["lc"] == 1);
  const Json answer = run(node, db, "SELECT name, age FROM person WHERE id < 3 ORDER BY id");
  CHECK(answer["results"][0]["columns"] ==
        Json::parse(R"([{"name":"name","type":"text"},{"name":"age","type":"integer"}])"));
  CHECK(answer["results"][0]["rows"] == Json::parse(R"([["Ada",36],["Berta",null]])"));
  const Json given =
      node.post(db + "/sql", R"({"sql":"SELECT $1::bigint + 1 AS n","params":["41"]})", json_type).json();
  CHECK(given["results"][0]["rows"] == Json::parse("[[42]]"));
}

TEST_CASE("nothing is written where a statement of the request fails") {
  const Node& node = shared_node();
  const std::string db = fresh_database(node);
  run(node, db, people);
  const Response refused = node.post(db + "/sql",
                                     "INSERT INTO person VALUES (4, 'Dora', 1, true); "
                                     "INSERT INTO person VALUES (1, 'Ada', 1, true)",
                                     sql_type);
  check_problem(refused, 409);
  CHECK(refused.json()["sqlstate"] == "23505");
  check_problem(node.post(db + "/sql", "INSERT INTO person (id) VALUES (9)", sql_type), 422);
  check_problem(node.post(db + "/sql", "SELECT 1/0", sql_type), 422);
  const Response wrong = node.post(db + "/sql", "SELECT nothing FROM person", sql_type);
  check_problem(wrong, 422);
  CHECK(wrong.json()["position"] == 8);
  CHECK(rows(node, db, "person").size() == 3);
  run(node, db, "BEGIN; DELETE FROM person; ROLLBACK");
  CHECK(rows(node, db, "person").size() == 3);
}

TEST_CASE("later statements see what earlier ones of the request wrote, also in views") {
  const Node& node = shared_node();
  const std::string db = fresh_database(node);
  const Json answer = run(node, db,
                          people +
                              "CREATE MATERIALIZED VIEW ages AS SELECT age, count(*) AS n FROM person "
                              "GROUP BY age; UPDATE person SET age = 40 WHERE name = 'Berta'; "
                              "SELECT age, n FROM ages ORDER BY age");
  CHECK(answer["results"].back()["rows"] == Json::parse("[[36,2],[40,1]]"));
  CHECK(run(node, db, "SELECT age, n FROM ages ORDER BY age")["results"][0]["rows"] == Json::parse("[[36,2],[40,1]]"));
}

TEST_CASE("a relation is read with PostgREST's parameters") {
  const Node& node = shared_node();
  const std::string db = fresh_database(node);
  run(node, db, people + "CREATE MATERIALIZED VIEW v AS SELECT * FROM person; CREATE INDEX ON v (age, id);");
  const auto names = [&](const std::string& relation, const std::string& query) {
    const Response answer = node.get(path_of(db, relation) + "?" + query);
    INFO(query << ": " << answer.body);
    REQUIRE(answer.status == 200);
    std::string all;
    for (const Json& row : answer.json()) all += row.value("name", "?").substr(0, 1);
    return all;
  };
  for (const std::string relation : {"person", "v"}) {
    CHECK(names(relation, "age=eq.36&order=id") == "AC");
    CHECK(names(relation, "age=not.eq.36&order=id").empty());
    CHECK(names(relation, "age=is.null") == "B");
    CHECK(names(relation, "age=not.is.null&order=id.desc") == "CA");
    CHECK(names(relation, "id=gte.2&id=lt.3") == "B");
    CHECK(names(relation, "id=in.(1,3)&order=name.desc") == "CA");
    CHECK(names(relation, "name=like.*er*") == "B");
    CHECK(names(relation, "name=ilike.ADA") == "A");
    CHECK(names(relation, "tall=is.true") == "A");
    CHECK(names(relation, "order=age.desc.nullslast,id&limit=2&offset=1") == "CB");
    CHECK(names(relation, "age=eq.36&id=gt.1") == "C");
    CHECK(names(relation, "id=eq.2&select=name") == "B");
  }
  CHECK(node.get(path_of(db, "person") + "?id=eq.1&select=who:name,id").body == "[{\"who\":\"Ada\",\"id\":1}]\n");
  check_problem(node.get(path_of(db, "person") + "?nothing=eq.1"), 400);
  check_problem(node.get(path_of(db, "person") + "?id=eq.x"), 400);
  check_problem(node.get(path_of(db, "person") + "?id=between.1"), 400);
  check_problem(node.get(path_of(db, "nothing")), 404);
}

TEST_CASE("answers come as NDJSON and CSV, and with an entity tag") {
  const Node& node = shared_node();
  const std::string db = fresh_database(node);
  run(node, db, people + "CREATE MATERIALIZED VIEW v AS SELECT id, name, age FROM person ORDER BY id;");
  const Response lines = node.get(path_of(db, "v"), {{"Accept", ndjson_type}});
  CHECK(lines.ndjson().size() == 3);
  const Response csv = node.get(path_of(db, "v"), {{"Accept", "text/csv"}});
  CHECK(csv.body == "id,name,age\r\n1,Ada,36\r\n2,Berta,\r\n3,Cleo,36\r\n");
  const Response first = node.get(path_of(db, "v"));
  CHECK(node.get(path_of(db, "v"), {{"If-None-Match", first.header("etag")}}).status == 304);
  run(node, db, "INSERT INTO person VALUES (4, 'Dora', 1, true)");
  CHECK(node.get(path_of(db, "v"), {{"If-None-Match", first.header("etag")}}).status == 200);
  check_problem(node.get(path_of(db, "v"), {{"Accept", "image/png"}}), 406);
}

TEST_CASE("facts that anybody posts make rows, and strict tables refuse what does not fit") {
  const Node& node = shared_node();
  const std::string db = fresh_database(node);
  run(node, db, "TABLE truck (id TEXT = 1 PRIMARY KEY, load BIGINT = 2 COUNTER, tags TEXT[] = 3 SET) STRICT");
  stored(node, db, R"({"kg":120,"@tx":[["truck","t7","load",{"inc":120}],["truck","t7","tags",{"add":"red"}]]})");
  CHECK(
      node.post(db + "/e?at=2020-01-01T00:00:00Z", R"({"@tx":[["truck","t7","load",{"inc":5}]]})", json_type).status ==
      201);
  CHECK(rows(node, db, "truck") == Json::parse(R"([{"id":"t7","load":125,"tags":["red"]}])"));
  check_problem(node.post(db + "/e", R"({"@tx":[["truck","t7","load","heavy"]]})", json_type), 422);
  check_problem(node.post(db + "/e", R"({"@tx":[["truck","t7","colour","red"]]})", json_type), 422);
  check_problem(node.post(db + "/e", R"({"@tx":7})", json_type), 422);
  const Json changes = node.get(db + "/changes?lc=1").json();
  REQUIRE(changes["changes"].size() == 3);
  CHECK(changes["changes"][0]["attribute"] == "load");
  CHECK(changes["changes"][0]["value"] == Json{{"inc", 120}});
  CHECK(changes["changes"][0]["now"] == 125);
  CHECK(node.get(db + "/changes?lc=1&limit=1").json()["lc"] == 2);
  CHECK(node.get(db + "/changes?lc=0&all=true").json()["changes"].size() == 4);
  CHECK(node.get(db + "/changes?lc=0&all=true").json()["changes"][0]["stands"].is_null());
  check_problem(node.get(db + "/changes?lc=1000"), 410);
  check_problem(node.get(db + "/changes?all=perhaps"), 400);
  CHECK(node.get(db + "/rejects").json()["rejects"].empty());
  CHECK(node.get(db).json()["tables"] == Json::array({"truck"}));
}

TEST_CASE("views are put, described, replaced and dropped") {
  const Node& node = shared_node();
  const std::string db = fresh_database(node);
  run(node, db, people);
  const auto put = [&](const std::string& name, const std::string& select) {
    Request request{"PUT", db + "/v/" + name, select, {{"Content-Type", sql_type}}};
    return node.ask(request);
  };
  CHECK(put("names", "SELECT name FROM person ORDER BY name").status == 201);
  CHECK(rows(node, db, "names").size() == 3);
  CHECK(put("names", "SELECT name FROM person WHERE id > 1 ORDER BY name").status == 200);
  CHECK(rows(node, db, "names").size() == 2);
  const Json info = node.get(db + "/v/names").json();
  CHECK(info["state"] == "ready");
  CHECK(info["columns"] == Json::parse(R"([{"name":"name","type":"text"}])"));
  CHECK(put("names2?scope=node", "SELECT name FROM names").status == 201);
  CHECK(rows(node, db, "names2").size() == 2);
  CHECK(node.get(db + "/v").json()["views"].size() == 2);
  CHECK(node.get(db).json()["views"] == Json::array({"names", "names2"}));
  check_problem(put("bad", "SELECT nothing"), 422);
  check_problem(put("clock", "SELECT now()"), 422);
  check_problem(put("local", "SELECT lc FROM events"), 422);
  CHECK(node.ask({"DELETE", db + "/v/names2", "", {}}).status == 204);
  CHECK(node.ask({"DELETE", db + "/v/names", "", {}}).status == 204);
  check_problem(node.get(path_of(db, "names")), 404);
  check_problem(node.ask({"DELETE", db + "/v/names", "", {}}), 404);
}

TEST_CASE("a view that can't be computed says so, and comes back when it can") {
  const Node& node = shared_node();
  const std::string db = fresh_database(node);
  run(node, db,
      "CREATE TABLE t (x BIGINT); INSERT INTO t VALUES (5); CREATE MATERIALIZED VIEW v AS SELECT 10 / x AS y FROM t");
  CHECK(rows(node, db, "v") == Json::parse(R"([{"y":2}])"));
  run(node, db, "INSERT INTO t VALUES (0)");
  check_problem(node.get(path_of(db, "v")), 422);
  CHECK(node.get(db + "/v/v").json()["state"] == "broken");
  run(node, db, "DELETE FROM t WHERE x = 0");
  CHECK(rows(node, db, "v") == Json::parse(R"([{"y":2}])"));
}

// The named messages of a stream.
struct Stream {
  HttpConnection connection;
  std::string text;

  std::pair<std::string, Json> next() {
    for (;;) {
      const std::size_t end = text.find("\n\n");
      if (end == std::string::npos) {
        const std::string more = connection.read_some_of_body();
        if (more.empty()) throw BadAnswer{"the stream ended"};
        text += more;
        continue;
      }
      const std::string message = text.substr(0, end);
      text.erase(0, end + 2);
      const std::size_t name = message.find("event: "), data = message.find("data: ");
      if (name == std::string::npos) continue;
      return {message.substr(name + 7, message.find('\n', name) - name - 7), Json::parse(message.substr(data + 6))};
    }
  }
};

TEST_CASE("a view is followed live: the snapshot, then one message for each commit that changes it") {
  const Node& node = shared_node();
  const std::string db = fresh_database(node);
  run(node, db, people + "CREATE MATERIALIZED VIEW v AS SELECT age, count(*) AS n FROM person GROUP BY age;");
  Stream stream{HttpConnection(node.port()), ""};
  stream.connection.send(Request{"GET", path_of(db, "v"), "", {{"Accept", "text/event-stream"}}}.bytes());
  REQUIRE(stream.connection.read_head().status == 200);
  const auto [kind, snapshot] = stream.next();
  CHECK(kind == "snapshot");
  CHECK(snapshot["rows"].size() == 2);
  run(node, db, "UPDATE person SET name = 'Eve' WHERE id = 1");  // changes nothing here
  run(node, db, "INSERT INTO person VALUES (7, 'Gil', 36, true), (8, 'Hal', 9, true)");
  run(node, db, "DELETE FROM person WHERE id = 8");
  const auto [first_kind, first] = stream.next();
  CHECK(first_kind == "delta");
  CHECK(first["add"].size() == 2);
  CHECK(first["del"] == Json::parse(R"([{"age":36,"n":2}])"));
  const auto [second_kind, second] = stream.next();
  CHECK(second["add"].empty());
  CHECK(second["del"] == Json::parse(R"([{"age":9,"n":1}])"));
}

TEST_CASE("what was answered is there after kill -9, in tables and views alike, once") {
  Node node;
  REQUIRE(node.put("/db/d").status == 201);
  const std::string db = "/db/d";
  run(node, db,
      "CREATE TABLE t (g BIGINT, x BIGINT); "
      "CREATE MATERIALIZED VIEW v AS SELECT g, count(*) AS n, sum(x) AS s FROM t GROUP BY g ORDER BY g");
  const auto turns = static_cast<int>(test_size(4, 60));
  for (int turn = 1; turn <= turns; ++turn) {
    for (int i = 0; i < 5; ++i) run(node, db, "INSERT INTO t VALUES (" + std::to_string(i % 2) + ", 1)");
    node.kill();
    node.start();
    const Json seen = rows(node, db, "v");
    REQUIRE(seen.size() == 2);
    CHECK(seen[0]["n"].get<int>() + seen[1]["n"].get<int>() == turn * 5);
    CHECK(run(node, db, "SELECT g, count(*) AS n, sum(x) AS s FROM t GROUP BY g ORDER BY g")["results"][0]["rows"]
              .size() == 2);
  }
}

}  // namespace
}  // namespace laterbase::tests
