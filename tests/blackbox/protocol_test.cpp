#include "tests/blackbox/blackbox.h"

using namespace laterbase::tests;

// Requests that a proxy and a server could read differently: each is refused, the connection closed, and nothing that
// hides in it is done.

namespace {

struct Bad {
  std::string name;
  std::string bytes;
  std::vector<int> statuses;
};

// What the server would do if it took the rest of a bad request for a second one.
std::string hidden(const std::string& db) {
  return "PUT " + db + "-smuggled HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n";
}

void check_refused(const Bad& bad) {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  INFO(bad.name);
  HttpConnection connection(node.port());
  std::string bytes = bad.bytes;
  for (std::size_t at = bytes.find("DB"); at != std::string::npos; at = bytes.find("DB")) bytes.replace(at, 2, db);
  connection.send(bytes + hidden(db));
  const Response answer = connection.read();
  CHECK(std::find(bad.statuses.begin(), bad.statuses.end(), answer.status) != bad.statuses.end());
  check_problem(answer, answer.status);
  CHECK(connection.read_to_close().empty());
  CHECK(node.get(db + "-smuggled").status == 404);
  CHECK(node.get(db).json()["events"] == 0);
}

const std::string post = "POST DB/e HTTP/1.1\r\nHost: x\r\n";

}  // namespace

TEST_CASE("what could smuggle a request is refused and the connection closed") {
  for (const Bad& bad : std::vector<Bad>{
           {"a coding that isn't chunked", post + "Transfer-Encoding: gzip\r\n\r\n", {501}},
           {"a coding around chunked", post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", {501}},
           {"chunked twice", post + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", {400, 501}},
           {"chunked not last", post + "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n", {400, 501}},
           {"an empty coding", post + "Transfer-Encoding: \r\n\r\n", {400, 501}},
           {"two fields of codings",
            post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            {400, 501}},
           {"a coding and a length", post + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", {400}},
           {"a length and a coding", post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", {400}},
           {"a coding in HTTP/1.0",
            "POST DB/e HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            {400}},
           {"two equal lengths", post + "Content-Length: 1\r\nContent-Length: 1\r\n\r\n1", {400}},
           {"two lengths", post + "Content-Length: 0\r\nContent-Length: 1\r\n\r\n1", {400}},
           {"a list of lengths", post + "Content-Length: 1, 1\r\n\r\n1", {400}},
           {"a signed length", post + "Content-Length: +1\r\n\r\n1", {400}},
           {"a negative length", post + "Content-Length: -1\r\n\r\n1", {400}},
           {"a hexadecimal length", post + "Content-Length: 0x1\r\n\r\n1", {400}},
           {"an overflowing length", post + "Content-Length: 18446744073709551617\r\n\r\n1", {400, 413}},
           {"no length", post + "Content-Length:\r\n\r\n", {400}},
           {"a chunk extension", post + "Transfer-Encoding: chunked\r\n\r\n1;a=b\r\n1\r\n0\r\n\r\n", {400}},
           {"a chunk size that isn't one", post + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n1\r\n0\r\n\r\n", {400}},
           {"a chunk size that overflows",
            post + "Transfer-Encoding: chunked\r\n\r\n10000000000000001\r\n1\r\n0\r\n\r\n",
            {400, 413}},
           {"a signed chunk size", post + "Transfer-Encoding: chunked\r\n\r\n+1\r\n1\r\n0\r\n\r\n", {400}},
           {"a chunk longer than it says", post + "Transfer-Encoding: chunked\r\n\r\n1\r\n11\r\n0\r\n\r\n", {400}},
           {"a space before the colon", post + "Content-Length : 1\r\n\r\n1", {400}},
           {"a folded field", post + "X: a\r\n b\r\nContent-Length: 1\r\n\r\n1", {400}},
           {"a NUL in a field", post + std::string("X: a\0b\r\nContent-Length: 1\r\n\r\n1", 30), {400}},
           {"a field without a colon", post + "Nonsense\r\nContent-Length: 1\r\n\r\n1", {400}},
           {"no host", "POST DB/e HTTP/1.1\r\nContent-Length: 1\r\n\r\n1", {400}},
           {"two hosts", post + "Host: y\r\nContent-Length: 1\r\n\r\n1", {400}},
           {"a version that there isn't", "POST DB/e HTTP/9.9\r\nHost: x\r\nContent-Length: 1\r\n\r\n1", {400, 505}},
           {"no version", "GET /db\r\nHost: x\r\n\r\n", {400, 505}},
           {"a space in the target", "GET /db /x HTTP/1.1\r\nHost: x\r\n\r\n", {400, 505}},
           {"not HTTP at all", "\x16\x03\x01\x02\x01\x01\r\n\r\n", {400}},
       }) {
    check_refused(bad);
  }
}

TEST_CASE("a trailer can't give rights or change a request") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  HttpConnection connection(node.port());
  connection.send("POST " + db +
                  "/e HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n" +
                  "3\r\n[1]\r\n0\r\nContent-Type: application/json\r\nX-Trailer: a\r\n\r\n");
  const Response answer = connection.read();
  CHECK((answer.status == 201 || answer.status == 400));
  const auto feed = whole_feed(node, db);
  if (answer.status == 201) CHECK(feed[0]["value"] == Json::parse("[1]"));
  if (answer.status == 400) CHECK(feed.empty());
}

TEST_CASE("chunked uploads arrive whole") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  HttpConnection connection(node.port());
  const std::string head =
      "POST " + db + "/e HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string& part : {head, std::string("4\r\n[1,2\r\n"), std::string("000A\r\n,345678901\r"),
                                  std::string("\n1\r\n]\r\n0\r\n\r\n")}) {
    connection.send(part);
  }
  CHECK(connection.read().json()["stored"] == 3);
  CHECK(whole_feed(node, db)[2]["value"] == 345678901);
}

TEST_CASE("a request may come a byte at a time") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  HttpConnection connection(node.port());
  const Request request{
      .method = "POST", .target = db + "/e", .body = "{\"a\":1}", .headers = {{"Content-Type", json_type}}};
  for (const char byte : request.bytes()) connection.send(std::string(1, byte));
  CHECK(connection.read().status == 201);
}

TEST_CASE("pipelined requests are answered in their order") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  HttpConnection connection(node.port());
  std::string bytes;
  for (int i = 0; i < 20; ++i) {
    bytes +=
        Request{
            .method = "POST", .target = db + "/e", .body = std::to_string(i), .headers = {{"Content-Type", json_type}}}
            .bytes();
    bytes += Request{.method = "GET", .target = db, .body = "", .headers = {}}.bytes();
  }
  connection.send(bytes);
  for (int i = 1; i <= 20; ++i) {
    CHECK(connection.read().json()["lc"] == i);
    CHECK(connection.read().json()["events"] == i);
  }
}

TEST_CASE("a connection is kept, and closed when that is asked for") {
  Node& node = shared_node();
  HttpConnection kept(node.port());
  for (int i = 0; i < 3; ++i)
    CHECK(kept.ask({.method = "GET", .target = "/health/live", .body = "", .headers = {}}).status == 200);
  HttpConnection closed(node.port());
  CHECK(closed.ask({.method = "GET", .target = "/health/live", .body = "", .headers = {{"Connection", "close"}}})
            .status == 200);
  CHECK(closed.read_to_close().empty());
  HttpConnection old(node.port());
  old.send("GET /health/live HTTP/1.0\r\n\r\n");
  CHECK(old.read_to_close().find(" 200 ") != std::string::npos);
}

TEST_CASE("100 Continue is sent to whoever waits for it") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  HttpConnection connection(node.port());
  connection.send(
      "POST " + db +
      "/e HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n");
  CHECK(connection.read().status == 100);
  connection.send("1");
  CHECK(connection.read().status == 201);

  HttpConnection refused(node.port());
  refused.send("POST " + db + "/e HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\nExpect: 100-continue\r\n\r\n");
  check_problem(refused.read(), 413);
  HttpConnection unknown(node.port());
  unknown.send("POST " + db + "/e HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nExpect: wonders\r\n\r\n1");
  check_problem(unknown.read(), 417);
}

TEST_CASE("methods that a path doesn't have are 405 with those it has") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  for (const auto& [method, target, allowed] :
       std::vector<std::array<std::string, 3>>{{"DELETE", "/db", "GET"},
                                               {"PATCH", db, "PUT"},
                                               {"DELETE", db + "/e", "POST"},
                                               {"PUT", db + "/e", "POST"},
                                               {"POST", db + "/e/" + ulid(1, 1), "GET"},
                                               {"POST", "/metrics", "GET"},
                                               {"DELETE", "/health/live", "GET"}}) {
    INFO(method << " " << target);
    const Response answer = node.ask({.method = method, .target = target, .body = "", .headers = {}});
    check_problem(answer, 405);
    CHECK(answer.header("allow").find(allowed) != std::string::npos);
  }
  const Response options = node.ask({.method = "OPTIONS", .target = db + "/e", .body = "", .headers = {}});
  CHECK((options.status == 204 || options.status == 200));
  for (const char* method : {"GET", "HEAD", "POST", "OPTIONS"}) {
    CHECK(options.header("allow").find(method) != std::string::npos);
  }
  const Response strange = node.ask({.method = "BREW", .target = db, .body = "", .headers = {}});
  CHECK((strange.status == 405 || strange.status == 501));
}

TEST_CASE("a type that can't be answered or read is refused") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  for (const std::string accept : {"image/png", "application/json;q=0", "text/html"}) {
    INFO(accept);
    check_problem(node.get(db + "/e?lc=0", {{"Accept", accept}}), 406);
  }
  for (const std::string accept : {"*/*", "application/*", "image/png, application/json;q=0.1", ""}) {
    INFO(accept);
    CHECK(node.get(db + "/e?lc=0", {{"Accept", accept}}).status == 200);
  }
  const Response encoded = node.ask({.method = "POST",
                                     .target = db + "/e",
                                     .body = "1",
                                     .headers = {{"Content-Type", json_type}, {"Content-Encoding", "br"}}});
  check_problem(encoded, 415);
}

TEST_CASE("a target in absolute form is the same target") {
  Node& node = shared_node();
  const std::string db = fresh_database(node);
  CHECK(node.get("http://localhost:" + std::to_string(node.port()) + db).json()["name"] == db.substr(4));
  CHECK(node.get("/db/%74" + db.substr(5)).status == 200);
}
