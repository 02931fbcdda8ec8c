#include "tests/blackbox/blackbox.h"

using namespace laterbase::tests;

namespace {

const std::string config = R"(
[[tokens]]
name = "root"
token = "secret-admin-token"
roles = ["read", "write", "sync", "admin"]

[[tokens]]
name = "reader"
token = "secret-reader-token"
roles = ["read"]
databases = ["allowed"]

[[tokens]]
name = "writer"
token = "secret-writer-token"
roles = ["read", "write"]
databases = ["allowed"]
)";

Headers bearer(const std::string& who) { return {{"Authorization", "Bearer secret-" + who + "-token"}}; }

int status_of(const Node& node, const std::string& method, const std::string& target, const Headers& headers) {
  return node.ask({.method = method, .target = target, .body = method == "POST" ? "1" : "", .headers = headers}).status;
}

}  // namespace

TEST_CASE("with tokens, everybody may do what their role says and no more") {
  Node node({.flags = {}, .config = config});
  REQUIRE(status_of(node, "PUT", "/db/allowed", bearer("admin")) == 201);
  REQUIRE(status_of(node, "PUT", "/db/other", bearer("admin")) == 201);

  SECTION("without a token, or a wrong one: 401") {
    for (const Headers& headers : std::vector<Headers>{{},
                                                       {{"Authorization", "Bearer wrong"}},
                                                       {{"Authorization", "Basic YTpi"}},
                                                       {{"Authorization", "Bearer "}},
                                                       {{"Authorization", "secret-admin-token"}}}) {
      const Response answer = node.get("/db/allowed", headers);
      check_problem(answer, 401);
      CHECK(answer.header("www-authenticate").starts_with("Bearer"));
      CHECK(status_of(node, "POST", "/db/allowed/e", headers) == 401);
    }
    CHECK(node.get("/health/live").status == 200);
    CHECK(node.get("/health/ready").status == 200);
  }
  SECTION("a reader reads its database only") {
    CHECK(status_of(node, "GET", "/db/allowed/e?lc=0", bearer("reader")) == 200);
    check_problem(node.get("/db/other/e?lc=0", bearer("reader")), 403);
    CHECK(status_of(node, "POST", "/db/allowed/e", bearer("reader")) == 403);
    CHECK(status_of(node, "DELETE", "/db/allowed", bearer("reader")) == 403);
    CHECK(node.get("/db", bearer("reader")).body.find("other") == std::string::npos);
  }
  SECTION("a writer writes, and doesn't administrate") {
    CHECK(status_of(node, "POST", "/db/allowed/e", bearer("writer")) == 201);
    CHECK(status_of(node, "POST", "/db/other/e", bearer("writer")) == 403);
    CHECK(status_of(node, "DELETE", "/db/allowed", bearer("writer")) == 403);
    CHECK(status_of(node, "PUT", "/db/new", bearer("writer")) == 403);
    CHECK(status_of(node, "POST", "/db/allowed/backup", bearer("writer")) == 403);
  }
  SECTION("a reader sends statements that read, and none that write") {
    const auto sql = [&](const std::string& who, const std::string& text) {
      return node.ask({.method = "POST", .target = "/db/allowed/sql", .body = text, .headers = bearer(who)});
    };
    REQUIRE(sql("writer", "CREATE TABLE t (x BIGINT PRIMARY KEY); INSERT INTO t VALUES (1)").status == 200);
    for (const char* text :
         {"SELECT x FROM t", "TABLE t", "VALUES (1), (2)", "EXPLAIN SELECT x FROM t", "SELECT 1; SELECT x + 1 FROM t",
          "WITH u AS (SELECT x FROM t) SELECT count(*) FROM u", "BEGIN; SELECT x FROM t; COMMIT"}) {
      CAPTURE(text);
      CHECK(sql("reader", text).status == 200);
    }
    for (const char* text :
         {"INSERT INTO t VALUES (2)", "UPDATE t SET x = 2", "DELETE FROM t", "CREATE TABLE u (x BIGINT)",
          "TABLE u (x BIGINT = 1)", "CREATE MATERIALIZED VIEW v AS SELECT x FROM t", "CREATE INDEX ON t (x)",
          "DROP TABLE t", "ALTER TABLE t ADD COLUMN y BIGINT", "SELECT x FROM t; DELETE FROM t",
          "WITH gone AS (DELETE FROM t RETURNING x) SELECT x FROM gone", "EXPLAIN DELETE FROM t",
          "SELECT x INTO u FROM t"}) {
      CAPTURE(text);
      check_problem(sql("reader", text), 403);
    }
    CHECK(sql("reader", "TABLE t").body.find("\"rows\":[[1]]") != std::string::npos);
    check_problem(sql("reader", "SELEC x"), 422);
    check_problem(sql("reader", "SELECT y FROM t"), 422);
    CHECK(node.ask({.method = "POST", .target = "/db/other/sql", .body = "SELECT 1", .headers = bearer("reader")})
              .status == 403);
    Headers json = bearer("reader");
    json.emplace_back("Content-Type", "application/json");
    const auto sent = [&](const std::string& body) {
      return node.ask({.method = "POST", .target = "/db/allowed/sql", .body = body, .headers = json}).status;
    };
    CHECK(sent(R"({"sql":"SELECT x FROM t WHERE x = $1","params":[1]})") == 200);
    CHECK(sent(R"({"sql":"DELETE FROM t WHERE x = $1","params":[1]})") == 403);
  }
  SECTION("an administrator does all") {
    CHECK(status_of(node, "POST", "/db/other/e", bearer("admin")) == 201);
    CHECK(status_of(node, "DELETE", "/db/other", bearer("admin")) == 204);
  }
  SECTION("a token in a trailer is none") {
    HttpConnection connection(node.port());
    connection.send(
        "POST /db/allowed/e HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        "1\r\n1\r\n0\r\nAuthorization: Bearer secret-admin-token\r\n\r\n");
    const int status = connection.read().status;
    CHECK((status == 401 || status == 400));
  }
  SECTION("no secret is in the log") {
    node.get("/db/allowed", bearer("reader"));
    CHECK(node.log().find("secret-") == std::string::npos);
  }
}
