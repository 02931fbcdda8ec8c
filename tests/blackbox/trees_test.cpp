#include "tests/blackbox/blackbox.h"

// Trees over HTTP: once, stored, live, refused.
namespace laterbase::tests {
namespace {

const std::string tree_type = "application/treeql";

const std::string tracker =
    "CREATE TABLE issue (id BIGINT PRIMARY KEY, title TEXT, status TEXT);"
    "CREATE TABLE comment (id BIGINT PRIMARY KEY, issue BIGINT, body TEXT);"
    "INSERT INTO issue VALUES (1, 'one', 'open'), (2, 'two', 'open'), (3, 'three', 'done');"
    "INSERT INTO comment VALUES (1, 1, 'a'), (2, 1, 'b')";

const std::string board =
    "MANY issue WHERE status = 'open' ORDER BY id DESC {\n"
    "  id, title,\n"
    "  comments: MANY comment WHERE comment.issue = issue.id ORDER BY id DESC LIMIT 2 { body },\n"
    "  n: COUNT comment WHERE comment.issue = issue.id\n"
    "}";

const std::string before =
    R"([{"id":2,"title":"two","comments":[],"n":0},)"
    R"({"id":1,"title":"one","comments":[{"body":"b"},{"body":"a"}],"n":2}])"
    "\n";

std::string view_path(const std::string& db, const std::string& name) { return db.substr(3) + "/" + name; }

void run(const Node& node, const std::string& db, const std::string& text) {
  const Response answer = node.post(db + "/sql", text, "application/sql");
  INFO(text << "\n" << answer.body);
  REQUIRE(answer.status == 200);
}

std::string tracker_database(const Node& node) {
  const std::string db = fresh_database(node);
  run(node, db, tracker);
  return db;
}

Response define(const Node& node, const std::string& db, const std::string& name, const std::string& text) {
  return node.ask({"PUT", db + "/v/" + name, text, {{"Content-Type", tree_type}}});
}

struct Message {
  std::string id, kind;
  Json data;
};

struct Stream {
  Stream(const Node& node, const std::string& method, const std::string& path, const std::string& body,
         const std::string& last_event_id = "")
      : connection(node.port()) {
    Request request{method, path, body, {{"Accept", "text/event-stream"}}};
    if (!body.empty()) request.headers.push_back({"Content-Type", tree_type});
    if (!last_event_id.empty()) request.headers.push_back({"Last-Event-ID", last_event_id});
    connection.send(request.bytes());
    REQUIRE(connection.read_head().status == 200);
  }
  Message next() {
    Message message;
    while (message.kind.empty()) {
      for (std::size_t end; (end = buffer.find("\n\n")) == std::string::npos;) buffer += connection.read_some_of_body();
      const std::size_t end = buffer.find("\n\n");
      const std::string text = buffer.substr(0, end);
      buffer.erase(0, end + 2);
      for (std::size_t at = 0; at < text.size();) {
        const std::size_t line_end = std::min(text.find('\n', at), text.size());
        const std::string line = text.substr(at, line_end - at);
        if (line.starts_with("id: ")) message.id = line.substr(4);
        if (line.starts_with("event: ")) message.kind = line.substr(7);
        if (line.starts_with("data: ")) message.data = Json::parse(line.substr(6));
        at = line_end + 1;
      }
    }
    return message;
  }
  HttpConnection connection;
  std::string buffer;
};

}  // namespace

TEST_CASE("a tree is answered once, as text or with parameters in JSON") {
  const Node& node = shared_node();
  const std::string db = tracker_database(node);
  for (const std::string& type : {tree_type, std::string("text/plain")}) {
    const Response answer = node.post(db + "/tree", board, type);
    CHECK(answer.status == 200);
    CHECK(answer.body == before);
    CHECK(answer.header("content-type") == json_type);
    CHECK(!answer.header("laterbase-clock").empty());
  }
  const Json named{{"tree", "ONE issue WHERE id = $id { title }"}, {"params", {{"id", 3}}}};
  CHECK(node.post(db + "/tree", named.dump(), json_type).body == "{\"title\":\"three\"}\n");
  const Json numbered{{"tree", "COUNT issue WHERE status = $1 AND id < $2"}, {"params", {"open", 2}}};
  CHECK(node.post(db + "/tree", numbered.dump(), json_type).body == "1\n");
  const Json page{{"tree", "MANY issue ORDER BY title AFTER $last LIMIT 1 { title }"}, {"params", {{"last", "one"}}}};
  CHECK(node.post(db + "/tree", page.dump(), json_type).body == "[{\"title\":\"three\"}]\n");
}

TEST_CASE("a refused tree names its line and column and what was expected") {
  const Node& node = shared_node();
  const std::string db = tracker_database(node);
  const Response refused = node.post(db + "/tree", "MANY issue\n  LIMT 3 { id }", tree_type);
  check_problem(refused, 422);
  const Json problem = refused.json();
  CHECK(problem["line"] == 2);
  CHECK(problem["column"] == 8);  // LIMT may be an alias
  CHECK(problem["detail"] == "\"3\" is not expected here");
  CHECK(problem["hint"] == "expected WHERE, ORDER BY, LIMIT, AFTER or {");
  check_problem(node.post(db + "/tree", R"({"tree":1})", json_type), 400);
  check_problem(node.post(db + "/tree", "\xff", tree_type), 400);
  check_problem(node.post("/db/nowhere/tree", board, tree_type), 404);
  check_problem(define(node, db, "bad", "MANY issue { id"), 422);
  check_problem(node.ask({"POST", db + "/tree", board, {{"Content-Type", tree_type}, {"Accept", "text/csv"}}}), 406);
}

TEST_CASE("a stored tree is read, described, listed and dropped like a view") {
  const Node& node = shared_node();
  const std::string db = tracker_database(node);
  CHECK(define(node, db, "board", board).status == 201);
  const Response answer = node.get(view_path(db, "board"));
  CHECK(answer.body == before);
  for (const char* statement : {"SELECT * FROM board", "DELETE FROM board", "CREATE INDEX ON board (title)"}) {
    const Response refused = node.post(db + "/sql", statement, "application/sql");
    check_problem(refused, 422);
    CHECK(refused.json()["detail"] == "\"board\" is a tree: it has no rows that a statement could read");
    CHECK(refused.json()["hint"].get<std::string>().starts_with("GET /{db}/board gives all of it"));
  }
  const Response again = node.get(view_path(db, "board"), {{"If-None-Match", answer.header("etag")}});
  CHECK(again.status == 304);
  const Json info = node.get(db + "/v/board").json();
  CHECK(info["state"] == "ready");
  CHECK(info["language"] == "treeql");
  CHECK(info["definition"] == board);
  CHECK(info["plan"].get<std::string>().find("level 1: comments: many comment") != std::string::npos);
  CHECK(node.get(db + "/v").json()["views"].size() == 1);
  run(node, db, "INSERT INTO comment VALUES (3, 2, 'c')");
  const Response changed = node.get(view_path(db, "board"));
  CHECK(changed.json()[0] == Json::parse(R"({"id":2,"title":"two","comments":[{"body":"c"}],"n":1})"));
  CHECK(changed.header("etag") != answer.header("etag"));
  check_problem(node.get(view_path(db, "board") + "?id=eq.1"), 400);
  check_problem(node.get(view_path(db, "board"), {{"Accept", "text/csv"}}), 406);
  CHECK(node.ask({"DELETE", db + "/v/board", "", {}}).status == 204);
  check_problem(node.get(view_path(db, "board")), 404);
}

TEST_CASE("a live tree says the whole first and then a patch for each commit that changes it") {
  const Node& node = shared_node();
  const std::string db = tracker_database(node);
  REQUIRE(define(node, db, "board", board).status == 201);
  const bool stored = GENERATE(false, true);
  const auto follow = [&](const std::string& last) {
    return stored ? Stream(node, "GET", view_path(db, "board"), "", last)
                  : Stream(node, "POST", db + "/tree", board, last);
  };
  std::string last;
  Json document;
  {
    Stream stream = follow("");
    const Message snapshot = stream.next();
    CHECK(snapshot.kind == "snapshot");
    CHECK(snapshot.data == Json::parse(before));
    document = snapshot.data;
    run(node, db, "UPDATE issue SET title = 'x' WHERE id = 3");  // changes nothing here
    run(node, db, "INSERT INTO comment VALUES (3, 1, 'c')");
    const Message patch = stream.next();
    CHECK(patch.kind == "patch");
    document = document.patch(patch.data);
    CHECK(document == node.post(db + "/tree", board, tree_type).json());
    run(node, db, "DELETE FROM issue WHERE id = 2");
    const Message second = stream.next();
    CHECK(second.data == Json::parse(R"([{"op":"remove","path":"/0"}])"));
    document = document.patch(second.data);
    last = second.id;
  }
  run(node, db, "UPDATE issue SET title = 'uno' WHERE id = 1");
  {
    Stream stream = follow(last);
    const Message patch = stream.next();
    CHECK(patch.kind == "patch");
    CHECK(patch.data == Json::parse(R"([{"op":"replace","path":"/0/title","value":"uno"}])"));
    CHECK(document.patch(patch.data) == node.post(db + "/tree", board, tree_type).json());
  }
  Stream stream = follow(last.substr(0, 27) + "0");
  CHECK(stream.next().kind == "reset");
  CHECK(stream.next().kind == "snapshot");
}

}  // namespace laterbase::tests
