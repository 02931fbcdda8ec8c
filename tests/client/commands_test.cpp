#include "client/commands.h"

#include <catch2/catch.hpp>

#include "tests/client/fake_node.h"

namespace laterbase::client {
namespace {

// The exit code of `laterbase ARGUMENTS`, as the program has it.
int run(std::string arguments) {
  int exit_code = success;
  CLI::App app("test", "laterbase");
  app.require_subcommand(1);
  add_commands(app, exit_code);
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError&) {
    return usage;
  }
  return exit_code;
}

TEST_CASE("wrong arguments end with 2, before anything is sent") {
  for (const auto* wrong :
       {"", "sing", "feed", "get --db x", "feed --db x --from-lc -1", "feed --db x --from-lc soon",
        "feed --db x --follow --order key", "feed --db x --order size", "post --db x --batch 0",
        "post --db x --format xml", "range --db x --limit many", "backup --db x", "info --url ftp://h",
        "info --url 127.0.0.1:7070", "post --db x --retry -1", "post --db x --url http://h:1 /nowhere/file"}) {
    CAPTURE(wrong);
    REQUIRE(run(wrong) == usage);
  }
}

TEST_CASE("what the node says decides the exit code") {
  FakeNode node({reply(200, "[]"), reply(404, "{}"), reply(200, ""), reply(503, "{}")});
  REQUIRE(run("info --url " + node.url()) == success);
  REQUIRE(run("info --db x --url " + node.url()) == refused);
  REQUIRE(run("health --url " + node.url()) == success);
  REQUIRE(run("health --url " + node.url()) == refused);
}

TEST_CASE("no node ends with 3, but for a health check, which knows only well and ill") {
  std::string url;
  {
    FakeNode gone({});
    url = gone.url();
  }
  REQUIRE(run("info --url " + url) == unreachable);
  REQUIRE(run("feed --follow --db x --url " + url) == unreachable);
  REQUIRE(run("health --url " + url) == refused);
}

TEST_CASE("days are whole") {
  FakeNode node({reply(200, "")});
  REQUIRE(run("range --db x --from 1994-01-17 --to 1994-01-18 --url " + node.url()) == success);
  REQUIRE(node.requests().at(0).find("from=1994-01-17T00%3A00%3A00Z&to=1994-01-18T23%3A59%3A59.999Z&") !=
          std::string::npos);
}

TEST_CASE("names go into the path in a form that cannot leave it") {
  FakeNode node({reply(404, "{}")});
  REQUIRE(run("info --db ../x?y --url " + node.url()) == refused);
  REQUIRE(node.requests().at(0).starts_with("GET /db/..%2Fx%3Fy HTTP/1.1"));
}

}  // namespace
}  // namespace laterbase::client
