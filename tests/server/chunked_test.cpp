#include "server/http/chunked.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "tests/support/seeded_random.h"

namespace {

using namespace laterbase;
using http::ChunkedDecoder;
using State = ChunkedDecoder::State;

State state_after(std::string_view bytes, std::uint64_t limit = 1000) {
  ChunkedDecoder decoder(limit);
  std::string body;
  decoder.take(bytes, body);
  return decoder.state();
}

}  // namespace

TEST_CASE("a chunked body in random pieces comes out whole, and what follows is left alone") {
  tests::SeededRandom random;
  for (int round = 0; round < 300; ++round) {
    std::string body, wire;
    for (std::uint64_t chunks = random().below(6); chunks > 0; --chunks) {
      const std::string chunk = random.bytes(1 + random().below(300));
      wire += fmt::format("{:x}\r\n{}\r\n", chunk.size(), chunk);
      body += chunk;
    }
    wire += random().one_in(2) ? "0\r\n\r\n" : "000\r\nTrailer: dropped\r\nAuthorization: Bearer x\r\n\r\n";
    const std::size_t size = wire.size();
    wire += "GET / HTTP/1.1";
    ChunkedDecoder decoder(10'000);
    std::string out;
    std::size_t used = 0;
    for (std::size_t come = 0; decoder.state() == State::more;) {
      come = std::min<std::size_t>(come + 1 + random().below(100), wire.size());
      used += decoder.take(std::string_view(wire).substr(used, come - used), out);
    }
    REQUIRE(decoder.state() == State::done);
    REQUIRE(out == body);
    REQUIRE(used == size);
  }
}

TEST_CASE("chunks that could be read in two ways are refused") {
  CHECK(state_after("5;a=b\r\nhello\r\n0\r\n\r\n") == State::malformed);
  CHECK(state_after("5 \r\nhello\r\n0\r\n\r\n") == State::malformed);
  CHECK(state_after("5\nhello\r\n0\r\n\r\n") == State::malformed);
  CHECK(state_after("\r\nhello") == State::malformed);
  CHECK(state_after("0x5\r\nhello\r\n0\r\n\r\n") == State::malformed);
  CHECK(state_after("-5\r\nhello\r\n") == State::malformed);
  CHECK(state_after("5\r\nhelloworld\r\n") == State::malformed);
  CHECK(state_after("5\r\nhello\n0\r\n\r\n") == State::malformed);
  CHECK(state_after("fffffffffffffffff\r\n") == State::malformed);
  CHECK(state_after("0\r\nA: b\n\r\n\r\n") == State::malformed);
  CHECK(state_after("0\r\n" + std::string(5000, 'x')) == State::malformed);
}

TEST_CASE("a chunked body has a limit, seen before its bytes are taken") {
  CHECK(state_after("3e8\r\n", 1000) == State::more);
  CHECK(state_after("3e9\r\n", 1000) == State::too_large);
  CHECK(state_after("5\r\nhello\r\n3e8\r\n", 1000) == State::too_large);
}

TEST_CASE("the end of a body may come letter by letter") {
  const std::string wire = "0\r\n\r\n";
  ChunkedDecoder decoder(1000);
  std::string out;
  std::size_t used = 0;
  for (std::size_t come = 1; come <= wire.size(); ++come)
    used += decoder.take(std::string_view(wire).substr(used, come - used), out);
  CHECK(decoder.state() == State::done);
  CHECK(used == wire.size());
}
