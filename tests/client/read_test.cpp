#include "client/read.h"

#include <fmt/format.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "client/backup.h"
#include "client/follow.h"
#include "tests/client/console_text.h"
#include "tests/client/fake_node.h"

namespace laterbase::client {
namespace {

std::string target_of(const std::string& request) {
  return request.substr(request.find(' ') + 1, request.find(" HTTP") - request.find(' ') - 1);
}

Reply page(const std::string& lines, const std::string& next, int head = 4) {
  const std::string link = next.empty() ? "" : "Link: <" + next + ">; rel=\"next\"\r\n";
  return reply(200, lines, fmt::format("Laterbase-Clock: E:{}\r\n{}", head, link));
}

FeedOptions feed_of(const std::string& database) {
  FeedOptions options;
  options.database = database;
  return options;
}

TEST_CASE("a feed goes from page to page, to where the log was when it began") {
  FakeNode node({page("{\"lc\":1}\n{\"lc\":2}\n", "/db/x/e?lc=2&epoch=E"),
                 page("{\"lc\":3}\n{\"lc\":4}\n", "/db/x/e?lc=4&epoch=E", 9)});
  ConsoleText console;
  auto session = node.session();
  feed(session, console, feed_of("x"));
  REQUIRE(console.out.str() == "{\"lc\":1}\n{\"lc\":2}\n{\"lc\":3}\n{\"lc\":4}\n");
  REQUIRE(target_of(node.requests().at(0)) == "/db/x/e?lc=0&limit=10000");
  REQUIRE(target_of(node.requests().at(1)) == "/db/x/e?lc=2&epoch=E&limit=10000");
}

TEST_CASE("a limit counts over pages") {
  FakeNode node(
      {page("{\"lc\":1}\n{\"lc\":2}\n", "/db/x/e?lc=2&limit=2&epoch=E"), page("{\"lc\":3}\n", "/db/x/e?lc=3")});
  ConsoleText console;
  auto options = feed_of("x");
  options.limit = 3;
  options.order = "lc";
  auto session = node.session();
  feed(session, console, options);
  REQUIRE(target_of(node.requests().at(0)) == "/db/x/e?lc=0&order=lc&limit=3");
  REQUIRE(target_of(node.requests().at(1)) == "/db/x/e?lc=2&epoch=E&limit=1");
}

TEST_CASE("a range reads on as long as there is a next page") {
  FakeNode node({page("{\"key\":\"A\"}\n", "/db/x/e?from=B&to=C"), page("{\"key\":\"B\"}\n", "")});
  ConsoleText console;
  auto session = node.session();
  range(session, console, {"x", "2020-01-01T00:00:00+02:00", "C", {}});
  REQUIRE(console.out.str() == "{\"key\":\"A\"}\n{\"key\":\"B\"}\n");
  REQUIRE(target_of(node.requests().at(0)) == "/db/x/e?from=2020-01-01T00%3A00%3A00%2B02%3A00&to=C&limit=10000");
}

TEST_CASE("one key gives the exact bytes, several a line each, and missing ones are named") {
  const std::string bytes("\0\xff\n", 3);
  FakeNode node({reply(200, bytes), reply(200, "{\"events\":[{\"lc\":1,\n\"value\":1.0}],\"missing\":[\"K2\"]}")});
  ConsoleText one, two;
  auto session = node.session();
  REQUIRE(get(session, one, "x", {"K1"}));
  REQUIRE(one.out.str() == bytes);
  REQUIRE_FALSE(get(session, two, "x", {"K1", "K2"}));
  REQUIRE(two.out.str() == "{\"lc\":1, \"value\":1.0}\n");
  REQUIRE(two.err.str() == "There is no event \"K2\".\n");
  REQUIRE(target_of(node.requests().at(1)) == "/db/x/e?keys=K1,K2");
}

TEST_CASE("a refusal is told in the node's words, or what there is of them") {
  FakeNode node({reply(404, R"({"title":"Not found","detail":"there is no database 'x'"})"),
                 reply(404, R"({"title":"T"})"), reply(500, "<html>\nboom"), reply(502, ""),
                 reply(401, R"({"detail":"who are you?"})")});
  ConsoleText console;
  auto session = node.session();
  const auto said = [&] {
    try {
      info(session, console, "x");
    } catch (const Refused& no) {
      return std::string(no.what());
    }
    return std::string("nothing");
  };
  REQUIRE(said() == "there is no database 'x'");
  REQUIRE(said() == "T");
  REQUIRE(said() == "it answered with status 500: <html>");
  REQUIRE(said() == "it answered with status 502");
  REQUIRE(said() == "who are you? (give a token with --token or LATERBASE_TOKEN)");
}

std::string message(int lc) { return fmt::format("id: E:{0}\ndata: {{\"lc\":{0}}}\n\n", lc); }

TEST_CASE("following goes on behind the last event after every kind of interruption") {
  FakeNode node(
      {stream_reply(": heartbeat\n\n" + message(6) + message(7) + "data: {\"lc\":8}"),  // cut within a message
       {},                                                                              // no answer at all
       reply(503, R"({"detail":"draining"})", "Retry-After: 0\r\n"),
       stream_reply(message(8) + "event: error\ndata: {\"status\":503,\"detail\":\"too slow\"}\n\n"),
       stream_reply(message(9) + message(10))});
  ConsoleText console;
  auto options = feed_of("x");
  options.from_lc = 5;
  options.limit = 4;
  auto session = node.session();
  follow(session, console, options);
  REQUIRE(console.out.str() == "{\"lc\":6}\n{\"lc\":7}\n{\"lc\":8}\n{\"lc\":9}\n");
  std::vector<std::string> resumed;
  for (const auto& request : node.requests()) resumed.push_back(field_of(request, "Last-Event-ID"));
  REQUIRE(resumed == std::vector<std::string>{"", "E:7", "E:7", "E:7", "E:8"});
  REQUIRE(target_of(node.requests().front()) == "/db/x/e?lc=5");
  REQUIRE(node.notices.size() == 4);
  REQUIRE(node.notices.back() == "too slow; connecting again");
}

TEST_CASE("following ends where the log is another one, told by status or within the stream") {
  const std::string gone = R"({"status":410,"detail":"the log has another epoch"})";
  for (const Reply& last : {reply(410, gone), stream_reply("event: error\ndata: " + gone + "\n\n")}) {
    FakeNode node({stream_reply(message(1)), last});
    ConsoleText console;
    auto session = node.session();
    REQUIRE_THROWS_WITH(follow(session, console, feed_of("x")),
                        "the log has another epoch (start again with --from-lc 0)");
    REQUIRE(console.out.str() == "{\"lc\":1}\n");
  }
}

TEST_CASE("following from the end asks where that is") {
  FakeNode node({reply(200, R"({"name":"x","lc":41})"), stream_reply(message(42))});
  ConsoleText console;
  auto options = feed_of("x");
  options.from_end = true;
  options.limit = 1;
  auto session = node.session();
  follow(session, console, options);
  REQUIRE(target_of(node.requests().at(1)) == "/db/x/e?lc=41");
}

TEST_CASE("a person gets a table of databases, a program the node's answer") {
  const std::string list = R"({"node":"N","databases":["a","b"]})";
  FakeNode node({reply(200, list), reply(200, list), reply(200, R"({"name":"a","lc":1234,"events":1233,"bytes":9})"),
                 reply(200, R"({"name":"b","lc":0,"events":0,"bytes":9})")});
  ConsoleText pipe, terminal(true);
  auto session = node.session();
  info(session, pipe, "");
  info(session, terminal, "");
  REQUIRE(pipe.out.str() == list + "\n");
  REQUIRE(terminal.out.str() ==
          "name                                 lc         events          bytes\n"
          "a                                 1,234          1,233              9\n"
          "b                                     0              0              9\n");
}

TEST_CASE("health is what the node says now, and is not asked twice") {
  FakeNode node({reply(200, ""), reply(503, R"({"detail":"recovering"})", "Retry-After: 0\r\n")});
  ConsoleText console;
  auto session = node.session();
  REQUIRE(health(session, console, true));
  REQUIRE_FALSE(health(session, console, false));
  REQUIRE(console.err.str() == "recovering\n");
  REQUIRE(target_of(node.requests().at(0)) == "/health/live");
}

struct Folder {
  std::string path = fmt::format("/tmp/laterbase-client-{}", ::getpid());
  Folder() { std::filesystem::create_directory(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path), {}));
  }
};

TEST_CASE("a backup has its name only once it is whole") {
  const Folder folder;
  const std::string file = folder.path + "/x.backup", bytes(200'000, 'b');
  const Reply chunks{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n"};
  const Reply torn{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", true};
  const Reply about = reply(200, R"({"bytes":10})");
  FakeNode node({about, torn, about, chunks, about, reply(200, bytes)});
  ConsoleText console;
  auto session = node.session();
  REQUIRE_THROWS_AS(backup(session, console, "x", file, false), Unreachable);
  REQUIRE(folder.files() == 0);
  backup(session, console, "x", file, false);
  REQUIRE(std::filesystem::file_size(file) == 10);
  REQUIRE_THROWS_AS(backup(session, console, "x", file, false), std::system_error);
  backup(session, console, "x", file, true);
  REQUIRE(std::filesystem::file_size(file) == bytes.size());
  REQUIRE(folder.files() == 1);
  REQUIRE(node.requests().at(1).starts_with("POST /db/x/backup HTTP/1.1\r\n"));
}

}  // namespace
}  // namespace laterbase::client
