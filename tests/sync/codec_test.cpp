#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "sync/binary_codec.h"
#include "sync/binary_writer.h"
#include "sync/json_codec.h"
#include "sync/rateless.h"
#include "tests/support/seed.h"
#include "tests/sync/random_message.h"

namespace laterbase::sync {
namespace {

// One section in a valid envelope.
std::string enveloped(std::uint8_t tag, const std::string& inside) {
  std::string bytes = "LBS\1";
  bytes += static_cast<char>(tag);
  write_varint(bytes, inside.size());
  bytes += inside;
  append_le(bytes, hash64(bytes));
  return bytes;
}

TEST_CASE("what is written is read back, in both codecs") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  for (std::uint64_t round = test_size(2000, 100'000); round > 0; --round) {
    const RandomMessage any(random);
    const auto binary = decode_binary(encode_binary(any.message, any.asked), {}, any.asked);
    REQUIRE(binary.has_value());
    REQUIRE(*binary == any.message);
    const std::string text = encode_json(any.message);
    CAPTURE(text);
    const auto json = decode_json(text);
    REQUIRE(json.has_value());
    REQUIRE(*json == any.message);
  }
}

TEST_CASE("a message that was cut, bent or lengthened is refused in a sentence, in both codecs") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  for (int round = 0; round < 40; ++round) {
    const RandomMessage any(random);
    const std::string binary = encode_binary(any.message, any.asked), text = encode_json(any.message);
    for (int cut = 0; cut < 20; ++cut) {
      const auto short_binary = decode_binary(binary.substr(0, random.below(binary.size())), {}, any.asked);
      REQUIRE(short_binary.has_error());
      CHECK(short_binary.error().detail.ends_with("."));
      const auto short_text = decode_json(text.substr(0, random.below(text.size())));
      REQUIRE(short_text.has_error());
      CHECK(short_text.error().detail.ends_with("."));
      CHECK(short_text.error().detail.find("byte ") != std::string::npos);
      std::string bent = binary;
      bent[random.below(bent.size())] ^= static_cast<char>(1 + random.below(255));
      CHECK(decode_binary(bent, {}, any.asked).has_error());
    }
    CHECK(decode_binary(binary + "x", {}, any.asked).has_error());
    CHECK(decode_json(text + "x").has_error());
  }
}

TEST_CASE("bytes with a right checksum are not trusted either") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  std::uint64_t taken = 0;
  for (std::uint64_t round = test_size(20'000, 2'000'000); round > 0; --round) {
    std::string bytes = encode_binary(RandomMessage(random).message);
    bytes.resize(bytes.size() - 8);
    if (bytes.size() > 4) bytes[4 + random.below(bytes.size() - 4)] = static_cast<char>(random());
    append_le(bytes, hash64(bytes));
    const auto message = decode_binary(bytes);
    taken += message.has_value();
    if (message.has_value()) CHECK(decode_binary(encode_binary(*message)).value() == *message);
  }
  CHECK(taken > 0);
}

TEST_CASE("sections and members of a newer node are passed over, repeated ones refused") {
  CHECK(decode_binary(enveloped(200, "whatever")).value() == Message{});
  CHECK(decode_json(R"({"newer":{"a":[1,{"from":{}}]},"verdict":"reset"})").value().verdict == Verdict::reset);
  std::string twice = "LBS\1\4\1";
  twice += std::string(1, '\0') + "\4\1" + std::string(1, '\0');
  append_le(twice, hash64(twice));
  CHECK(decode_binary(twice).has_error());
  CHECK(decode_json(R"({"verdict":"reset","verdict":"reset"})").has_error());
}

TEST_CASE("a count that lies takes no memory") {
  for (const std::uint8_t tag : {5, 6, 8, 12, 13}) {
    std::string inside;
    write_varint(inside, 1 << 16);
    const auto message = decode_binary(enveloped(tag, inside));
    REQUIRE(message.has_error());
    CHECK(message.error().detail == "The message can't be read: it ends too early.");
  }
  std::string frame = "\1";
  write_varint(frame, std::uint64_t{1} << 60);
  CHECK(decode_binary(enveloped(9, frame)).error().code == ErrorCode::too_large);
}

TEST_CASE("each limit is a limit, in both codecs") {
  Message m;
  m.ids = {{0, 1}, {0, 2}};
  m.events.assign(2, {{0, 1}, {}, false, "12345"});
  m.ranges.assign(2, {});
  m.cells = Cells{0, {{}, {}}};
  m.summary = Summary{{}, {}, {1, 2}};
  m.seen = {{{0, 1}, 1}, {{0, 2}, 1}};
  const std::string binary = encode_binary(m), text = encode_json(m);
  const auto refused = [&](auto limit) {
    DecodeLimits limits;
    limits.*limit = 1;
    const auto from_binary = decode_binary(binary, limits), from_text = decode_json(text, limits);
    REQUIRE((from_binary.has_error() && from_text.has_error()));
    CHECK(from_binary.error().code == ErrorCode::too_large);
    CHECK(from_text.error().code == ErrorCode::too_large);
  };
  refused(&DecodeLimits::keys);
  refused(&DecodeLimits::events);
  refused(&DecodeLimits::event_bytes);
  refused(&DecodeLimits::ranges);
  refused(&DecodeLimits::cells);
  refused(&DecodeLimits::counters);
  refused(&DecodeLimits::seen);
}

TEST_CASE("JSON that is not of the shape is refused where it leaves it") {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"7", "an object is expected (byte 1)"},
      {R"({"from":[]})", "an object is expected (byte 9)"},
      {R"({"ids":{}})", "a list is expected (byte 8)"},
      {R"({"ids":["x"]})", "a ULID of 26 letters is expected (byte 12)"},
      {R"({"ids":["00000000000000000000000002","00000000000000000000000001"]})", "the keys don't ascend (byte 66)"},
      {R"({"verdict":"maybe"})", R"(a verdict is "valid" or "reset" (byte 19))"},
      {R"({"from":{"lc":-1}})", "a number is out of its range (byte 17)"},
      {R"({"from":{"lc":18446744073709551616}})", "a number is out of its range (byte 35)"},
      {R"({"from":{"chain":"12"}})", "a hash of 32 hexadecimal digits is expected (byte 22)"},
      {R"({"cells":{"cells":[{"count":16}]}})", "a number is out of its range (byte 31)"},
      {R"({"events":[{"key":"00000000000000000000000002"}]})",
       R"(an event needs either "value" or "base64" (byte 48))"},
      {R"({"events":[{"value":1}]})", "an event has no key (byte 23)"},
      {R"({"want_ranges":[{"from":"00000000000000000000000002","to":"00000000000000000000000001"}]})",
       "a range ends before it begins (byte 88)"},
      {"{\"a\":\"\xff\"}", "it is not UTF-8 at byte 7"},
      {R"({"a":)" + std::string(1000, '['), "it is nested more than 512 levels deep (byte 518)"},
  };
  for (const auto& [text, reason] : wrong) {
    const auto message = decode_json(text);
    CAPTURE(text);
    REQUIRE(message.has_error());
    CHECK(message.error().detail == "The message can't be read: " + reason + ".");
  }
}

TEST_CASE("what a message weighs") {
  Random random(7);
  Message lists;
  lists.wants.emplace();
  for (std::uint64_t i = 0; i < 1000; ++i)
    lists.wants->push_back({(1'790'000'000'000 + i * 50) << 16 | (random() & 65535), random()});
  CHECK(encode_binary(lists).size() < 1000 * 12 + 30);  // times apart by less than 2^12 ms
  Message run;
  run.ids.emplace();
  for (std::uint64_t i = 0; i < 1000; ++i) run.ids->push_back({std::uint64_t{1'790'000'000'000} << 16, 500 + i});
  CHECK(encode_binary(run).size() < 1000 * 2 + 40);
  Message lacks;
  lacks.lacks = run.ids;
  CHECK(encode_binary(lacks, *run.ids).size() < 1000 / 8 + 30);
  CellSet set(1000);  // keys of one year: 13 upper bits are the same
  for (int i = 0; i < 5000; ++i) set.add({{(1'790'000'000'000 + random.below(31'536'000'000)) << 16, random()}, {}});
  Message cells;
  cells.cells = Cells{0, {set.cells().begin(), set.cells().end()}};
  CHECK(encode_binary(cells).size() < 1000 * (128 - 8 + 40) / 8 + 40);
  Message repetitive;
  repetitive.events.assign(100, {{1, 2}, {}, false, std::string(100, 'x')});
  CHECK(encode_binary(repetitive).size() < 200);
}

// ---- golden vectors: the same message as tests/sync/golden/NAME.json and .hex

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

TEST_CASE("the golden messages are read and written as they stand") {
  for (const std::string name : {"announce", "answer", "summary", "cells", "ranges", "events", "listings", "proof"}) {
    CAPTURE(name);
    std::string text = read_file("tests/sync/golden/" + name + ".json");
    text.pop_back();  // the line's end
    const std::string bytes = from_hex(read_file("tests/sync/golden/" + name + ".hex"));
    const Message message = decode_json(text).value();
    CHECK(decode_binary(bytes).value() == message);
    CHECK(encode_json(message) == text);
    CHECK(encode_binary(message) == bytes);
  }
}

}  // namespace
}  // namespace laterbase::sync
