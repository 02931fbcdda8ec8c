#include "server/http/head.h"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <catch2/catch.hpp>

#include "tests/support/seeded_random.h"

namespace {

using namespace laterbase;
using namespace laterbase::http;

int status_of(std::string_view block) {
  const auto head = parse_head(block);
  return head ? 200 : head.error().status;
}

std::string with_fields(std::string_view fields) {
  return "POST /db/x/e HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n";
}

}  // namespace

TEST_CASE("a good head is read as it is meant") {
  const std::string block =
      "POST /db/quakes/e?key=1&at=2 HTTP/1.1\r\nhOsT: localhost:7070\r\nContent-Length:  12 \r\n"
      "Content-Type: application/json\r\nAccept: a/b\r\nAccept: c/d\r\nExpect: 100-Continue\r\n\r\n";
  REQUIRE(head_end(block) == block.size());
  const auto head = parse_head(block);
  REQUIRE(head.has_value());
  CHECK(head->method == Method::post);
  CHECK(head->path == "/db/quakes/e");
  CHECK(head->query == "key=1&at=2");
  CHECK(head->host == "localhost:7070");
  CHECK(head->content_length == 12U);
  CHECK(head->content_type == "application/json");
  CHECK(head->accept == "a/b, c/d");
  CHECK(head->expect_continue);
  CHECK(head->keep_alive);
  CHECK(head->has_body());
}

TEST_CASE("what two parsers could read differently is refused") {
  // Smuggling: each of these has been two requests to one server and one to another.
  CHECK(status_of(with_fields("Transfer-Encoding: gzip\r\n")) == 501);
  CHECK(status_of(with_fields("Transfer-Encoding: gzip, chunked\r\n")) == 501);
  CHECK(status_of(with_fields("Transfer-Encoding: chunked, chunked\r\n")) == 501);
  CHECK(status_of(with_fields("Transfer-Encoding: xchunked\r\n")) == 501);
  CHECK(status_of(with_fields("Transfer-Encoding:\r\n")) == 501);
  CHECK(status_of(with_fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")) == 400);
  CHECK(status_of(with_fields("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n")) == 400);
  CHECK(status_of(with_fields("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n")) == 400);
  CHECK(status_of("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == 400);
  CHECK(status_of(with_fields("Content-Length: 3\r\nContent-Length: 3\r\n")) == 400);
  CHECK(status_of(with_fields("Content-Length: 3, 3\r\n")) == 400);
  CHECK(status_of(with_fields("Content-Length: +3\r\n")) == 400);
  CHECK(status_of(with_fields("Content-Length: -1\r\n")) == 400);
  CHECK(status_of(with_fields("Content-Length: 0x10\r\n")) == 400);
  CHECK(status_of(with_fields("Content-Length: 99999999999999999999999\r\n")) == 400);
  CHECK(status_of(with_fields("Content-Length:\r\n")) == 400);
  CHECK(status_of(with_fields("Content-Length : 3\r\n")) == 400);
  CHECK(status_of(with_fields(" folded: 3\r\n")) == 400);
  CHECK(status_of(with_fields("A: b\r\n continued\r\n")) == 400);
  CHECK(status_of(with_fields("A: b\nC: d\r\n")) == 400);
  CHECK(status_of(with_fields("A: b\rC: d\r\n")) == 400);
  CHECK(status_of(with_fields(std::string_view("A: b\0c\r\n", 8))) == 400);
  CHECK(status_of(with_fields("Host: b\r\n")) == 400);
  CHECK(status_of(with_fields("no colon\r\n")) == 400);
  CHECK(status_of(with_fields(": no name\r\n")) == 400);
  CHECK(status_of("GET / HTTP/1.1\r\n\r\n") == 400);
  CHECK(status_of("GET / HTTP/1.1\r\nHost: a b\r\n\r\n") == 400);
}

TEST_CASE("request lines") {
  CHECK(status_of("GET / HTTP/1.1\r\nHost: a\r\n\r\n") == 200);
  CHECK(status_of("GET / HTTP/1.0\r\n\r\n") == 200);
  CHECK(status_of("GET http://a/db HTTP/1.1\r\nHost: a\r\n\r\n") == 200);
  CHECK(status_of("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n") == 200);
  CHECK(status_of("GET * HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
  CHECK(status_of("GET  / HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
  CHECK(status_of("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n") >= 400);
  CHECK(status_of("GET /#x HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
  CHECK(status_of("GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
  CHECK(status_of("GET db HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
  CHECK(status_of("GET /\r\n\r\n") == 400);
  CHECK(status_of("G{T / HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
  CHECK(status_of("BREW / HTTP/1.1\r\nHost: a\r\n\r\n") == 501);
  CHECK(status_of("GET / HTTP/2.0\r\nHost: a\r\n\r\n") == 505);
  CHECK(status_of("GET / HTTP/1.12\r\nHost: a\r\n\r\n") == 400);
  CHECK(status_of("GET / http/1.1\r\nHost: a\r\n\r\n") == 400);
  CHECK(status_of(with_fields("Expect: 200-maybe\r\n")) == 417);
  std::string many;
  for (int i = 0; i < 101; ++i) many += "A: b\r\n";
  CHECK(status_of(with_fields(many)) == 431);
}

TEST_CASE("keep-alive as each version has it") {
  CHECK(parse_head("GET / HTTP/1.1\r\nHost: a\r\n\r\n")->keep_alive);
  CHECK_FALSE(parse_head("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n")->keep_alive);
  CHECK_FALSE(parse_head("GET / HTTP/1.0\r\n\r\n")->keep_alive);
  CHECK(parse_head("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")->keep_alive);
}

TEST_CASE("an unfinished head is waited for, a hopeless one is not") {
  CHECK_FALSE(head_end("GET / HTTP/1.1\r\nHost: a\r\n"));
  CHECK_FALSE(hopeless("GET / HTTP/1.1\r\nHost: a\r\n"));
  CHECK(hopeless("GET / HTTP/1.1\nHost: a\n\n"));
  CHECK(hopeless(std::string_view("\x16\x03\x01\x00", 4)));  // somebody speaks TLS
}

// Whatever we take, Beast takes too, and finds the same method, target and number of bytes.
TEST_CASE("random heads: what is taken is what Beast reads") {
  namespace beast = boost::beast::http;
  const std::string base =
      "POST /db/quakes/e?at=2016-07-30T23:54:10Z HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n"
      "Content-Type: text/plain\r\nX-A: b\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string letters = "\r\n :;,aZ09/?%-\t\x01\x7f\xff\"";
  tests::SeededRandom random;
  int taken = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string block = base;
    if (random().one_in(2)) block.erase(block.find("Transfer-Encoding"), 28);
    for (std::uint64_t changes = random().below(4); changes > 0; --changes) {
      const std::size_t at = random().below(block.size());
      if (random().one_in(3))
        block.erase(at, 1);
      else if (random().one_in(2))
        block.insert(at, 1, letters[random().below(letters.size())]);
      else
        block[at] = letters[random().below(letters.size())];
    }
    const auto end = head_end(block);
    if (!end) continue;
    const std::string head_block = block.substr(0, *end);
    const auto head = parse_head(head_block);
    if (!head) continue;
    ++taken;
    INFO(head_block);
    beast::request_parser<beast::string_body> oracle;
    boost::system::error_code error;
    const std::size_t used = oracle.put(boost::asio::buffer(head_block), error);
    REQUIRE((!error || error == beast::error::need_more));
    REQUIRE(oracle.is_header_done());
    REQUIRE(used == head_block.size());
    REQUIRE(oracle.get().method_string() == method_name(head->method));
    REQUIRE(oracle.get().target() == head->target);
    REQUIRE(oracle.chunked() == head->chunked);
    if (head->content_length) REQUIRE(oracle.content_length().value() == *head->content_length);
  }
  REQUIRE(taken > 1000);
}
