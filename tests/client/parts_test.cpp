#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "client/console.h"
#include "client/http.h"
#include "client/read.h"
#include "client/slices.h"
#include "client/sse.h"
#include "tests/client/console_text.h"
#include "tests/support/seed.h"

namespace laterbase::client {
namespace {

std::string all_messages(std::string_view stream, Random* random) {
  SseParser parser;
  std::string seen;
  while (!stream.empty()) {
    const std::size_t part = random == nullptr ? stream.size() : 1 + random->below(4);
    parser.feed(stream.substr(0, part));
    stream.remove_prefix(std::min(part, stream.size()));
    while (const auto message = parser.next()) seen += message->event + "|" + message->data + "|" + message->id + ";";
  }
  return seen;
}

TEST_CASE("server-sent events are the same however the bytes are cut") {
  const std::string stream =
      ": heartbeat\n\ndata: one\nid: E:1\n\nevent: delta\r\ndata: a\r\ndata:b\r\n\r\ndata: tail\rid:E:3\r\rid: E:4\n\n"
      "data\n\nevent: lost\n\ndata: cut off";
  const std::string whole = "|one|E:1;delta|a\nb|E:1;|tail|E:3;||E:4;";
  REQUIRE(all_messages(stream, nullptr) == whole);
  const std::uint64_t first = test_seed();
  CAPTURE(first);
  Random random(first);
  for (int i = 0; i < 200; ++i) REQUIRE(all_messages(stream, &random) == whole);
}

// Random JSON with random blanks between its tokens.
std::string random_json(Random& random, int depth) {
  const auto blank = [&] { return std::string(random.below(3), " \n\t"[random.below(3)]); };
  const std::uint64_t kind = random.below(depth > 0 ? 6 : 4);
  if (kind == 0) return fmt::format("{}.{}e{}", random.below(100), random.below(100), random.below(10));
  if (kind == 1) return R"("a,]}\"[{)" + std::string(2 * random.below(3), '\\') + "\"";
  if (kind == 2) return "true";
  if (kind == 3) return "\"\"";
  std::string text = kind == 4 ? "[" : "{";
  for (std::uint64_t i = 0, n = random.below(4); i < n; ++i) {
    text += (i > 0 ? "," : "") + blank();
    if (kind == 5) text += fmt::format("\"m{}\"", i) + blank() + ":" + blank();
    text += random_json(random, depth - 1) + blank();
  }
  return text + (kind == 4 ? "]" : "}");
}

TEST_CASE("slices are the parts that a parser finds") {
  const std::uint64_t first = test_seed();
  CAPTURE(first);
  Random random(first);
  for (int i = 0; i < 3000; ++i) {
    const std::string text = random_json(random, 4);
    CAPTURE(text);
    const auto parsed = nlohmann::ordered_json::parse(text, nullptr, false);
    const auto elements = array_slices(text);
    const auto members = member_slices(text);
    REQUIRE(elements.has_value() == parsed.is_array());
    REQUIRE(members.has_value() == parsed.is_object());
    if (elements) {
      nlohmann::ordered_json again = nlohmann::ordered_json::array();
      for (const auto slice : *elements) again.push_back(nlohmann::ordered_json::parse(slice));
      REQUIRE(again == parsed);
    }
    if (members) {
      nlohmann::ordered_json again = nlohmann::ordered_json::object();
      for (const auto& [name, value] : *members)
        again[nlohmann::json::parse(name).get<std::string>()] = nlohmann::ordered_json::parse(value);
      REQUIRE(again == parsed);
    }
  }
}

TEST_CASE("what is no JSON has no slices, and depth is no danger") {
  for (const auto* wrong : {"", "[", "[1", "[1,]", "[1] 2", "{\"a\"}", "{\"a\":1", "nul"}) {
    CAPTURE(wrong);
    REQUIRE_FALSE(array_slices(wrong).has_value());
    REQUIRE_FALSE(member_slices(wrong).has_value());
  }
  const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
  REQUIRE(array_slices(deep)->size() == 1);
}

TEST_CASE("addresses of nodes") {
  REQUIRE(parse_endpoint("http://127.0.0.1:7070")->url() == "http://127.0.0.1:7070");
  REQUIRE(parse_endpoint("https://depot/")->url() == "https://depot:443");
  REQUIRE(parse_endpoint("http://[::1]:1")->host == "::1");
  for (const auto* wrong : {"", "127.0.0.1:7070", "ftp://h", "http://", "http://h/db", "http://h:x", "http://h?x"}) {
    CAPTURE(wrong);
    REQUIRE(parse_endpoint(wrong).has_error());
  }
}

TEST_CASE("links to the next page") {
  REQUIRE(next_link("</db/x/e?lc=5>; rel=\"next\"") == "/db/x/e?lc=5");
  REQUIRE(next_link("</a>; rel=\"first\", <http://h:1/b?c=d>; rel=\"next\"") == "/b?c=d");
  for (const auto* none : {"", "<", "</a>", "</a>; rel=\"prev\"", "<b>; rel=\"next\""}) REQUIRE_FALSE(next_link(none));
  REQUIRE(query_number("/db/x/e?limit=2&lc=15&epoch=X", "lc") == 15U);
  REQUIRE_FALSE(query_number("/db/x/e?xlc=15", "lc"));
}

TEST_CASE("a person gets events in columns, cut to the width, with nothing that reaches into the terminal") {
  ConsoleText console(true);
  print_event(console, R"({"lc":7,"key":"01ARZ3NDEKTSV4RRFFQ69G5FAV","at":"2016-07-30T23:54:10.259Z","value":")" +
                           std::string(200, 'x') + "\"}");
  print_event(console, "{\"lc\":8,\"key\":\"K\",\"at\":\"T\",\"value\":\"\x7f[2J\"}");
  const std::string shown = console.out.str();
  REQUIRE(shown.starts_with("       7  2016-07-30T23:54:10.259Z  01ARZ3NDEKTSV4RRFFQ69G5FAV  \"xxx"));
  REQUIRE(shown.find("…\n") != std::string::npos);
  REQUIRE(shown.find('\x7f') == std::string::npos);
  ConsoleText attacked(true);
  print_event(attacked, "no JSON \x1b[2J");
  REQUIRE(attacked.out.str() == "no JSON  [2J\n");
  ConsoleText pipe;
  print_event(pipe, "{\"lc\":7}");
  REQUIRE(pipe.out.str() == "{\"lc\":7}\n");
}

TEST_CASE("figures for people") {
  REQUIRE(with_commas(0) == "0");
  REQUIRE(with_commas(999) == "999");
  REQUIRE(with_commas(1234567) == "1,234,567");
  REQUIRE(human_bytes(1023) == "1023 B");
  REQUIRE(human_bytes(1536) == "1.5 KiB");
  REQUIRE(human_bytes(std::uint64_t{5} << 40) == "5.0 TiB");
  REQUIRE(human_duration(1.234) == "1.23 s");
  REQUIRE(human_duration(185) == "3 min 5 s");
}

}  // namespace
}  // namespace laterbase::client
