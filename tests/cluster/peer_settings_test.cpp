#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "engine/base/error.h"
#include "engine/base/rfc3339.h"
#include "sync/peer_file.h"
#include "sync/peer_settings.h"
#include "tests/support/temp_dir.h"

using namespace laterbase;
using namespace laterbase::sync;

TEST_CASE("a peer is read from JSON, with defaults for what is left out") {
  const auto peer = parse_peer("depot", R"({"url":"http://depot:7070","databases":["trucks"],"direction":"pull"})");
  REQUIRE(peer.has_value());
  CHECK(peer->name == "depot");
  CHECK(peer->databases == std::vector<std::string>{"trucks"});
  CHECK(peer->direction == config::Direction::pull);
  CHECK(peer->interval_ms == 1000);
  CHECK(peer->create);
  CHECK(parse_peer("depot", print_peer(*peer)).value() == *peer);
}

TEST_CASE("a peer's window means keys of this moment") {
  config::Peer peer;
  const std::int64_t now_ms = *parse_rfc3339("2026-11-21T12:00:30Z");
  CHECK_FALSE(window_of(peer, now_ms));
  peer.from = "2024-01-01T00:00:00Z";
  CHECK(window_of(peer, now_ms)->from == Ulid::first_of(*parse_rfc3339(peer.from)));
  CHECK(window_of(peer, now_ms)->to == Ulid::greatest());
  peer.to = "2024-01-02T00:00:00Z";
  CHECK(window_of(peer, now_ms)->to == Ulid::last_of(*parse_rfc3339(peer.to)));
  peer.from = "-30d";
  CHECK(window_of(peer, now_ms)->from == Ulid::first_of(*parse_rfc3339("2026-10-22T12:00:00Z")));
  peer.from = "-100000d";
  CHECK(window_of(peer, now_ms)->from == Ulid{});
  peer.from = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
  CHECK(window_of(peer, now_ms)->from.text() == peer.from);
}

TEST_CASE("peers that were added are kept in a file, secrets too, and a damaged one is told") {
  const tests::TempDir directory;
  const PeerFile file(directory.file("peers.json"));
  CHECK(file.read().empty());
  config::Peer peer = parse_peer("depot", R"({"url":"http://depot:7070","token":"secret","from":"-1d"})").value();
  file.write({peer});
  CHECK(file.read() == std::vector<config::Peer>{peer});
  const auto permissions = std::filesystem::status(directory.file("peers.json")).permissions();
  CHECK((permissions & (std::filesystem::perms::group_all | std::filesystem::perms::others_all)) ==
        std::filesystem::perms::none);
  for (const std::string text : {"", "{}", "[7]", "[{}]", R"([{"name":"x","url":"nowhere"}])", "[{\"name\":\"x\""}) {
    std::ofstream(directory.file("peers.json")) << text;
    CHECK_THROWS_AS(file.read(), Failure);
  }
}
