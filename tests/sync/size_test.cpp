#include <catch2/catch.hpp>

#include "sync/answer.h"
#include "sync/binary_codec.h"
#include "sync/exchange.h"
#include "tests/support/seeded_random.h"
#include "tests/sync/log_replica.h"

// What exchanges cost on the wire, in bytes of the binary form: the promises of docs/sync.md.
namespace {

using namespace laterbase;
using tests::LogReplica;

struct Bytes {
  std::size_t first = 0;   // of the first question
  std::size_t beside = 0;  // of all messages, without the events in them
  std::uint64_t messages = 0;
};

std::size_t beside_events(sync::Message message, const std::vector<Ulid>& asked) {
  message.events.clear();
  return sync::encode_binary(message, asked).size();
}

Bytes converse(LogReplica& asking, LogReplica& asked, sync::PeerView& view) {
  Bytes bytes;
  sync::Exchange exchange(asking, view, {});
  while (const auto message = exchange.next()) {
    REQUIRE(++bytes.messages < 100);
    const auto answer = sync::answer(asked, *message, {}).value();
    if (bytes.first == 0) bytes.first = sync::encode_binary(*message, {}).size();
    bytes.beside += beside_events(*message, {}) + beside_events(answer, message->ids.value_or(std::vector<Ulid>()));
    REQUIRE(exchange.take(answer).has_value());
  }
  REQUIRE(exchange.outcome().equal);
  return bytes;
}

// Events that both have, each from a log of its own as far as the other knows.
void share(LogReplica& a, LogReplica& b, std::size_t events, tests::SeededRandom& random) {
  for (std::size_t i = 0; i < events; ++i) {
    Ulid key = Ulid::first_of(1'600'000'000'000 + static_cast<std::int64_t>(i));
    key.low = random()();
    const std::string value = random.bytes(50);
    a.put(key, value);
    b.put(key, value);
  }
}

void write(LogReplica& replica, std::size_t events, tests::SeededRandom& random) {
  for (std::size_t i = 0; i < events; ++i) {
    Ulid key = Ulid::first_of(1'690'000'000'000 + static_cast<std::int64_t>(i));
    key.low = random()();
    replica.put(key, random.bytes(50));
  }
}

}  // namespace

TEST_CASE("an idle exchange is one round trip of at most 600 bytes, also in a mesh of 8") {
  tests::SeededRandom random;
  std::vector<std::unique_ptr<LogReplica>> nodes;
  for (std::uint64_t i = 1; i <= 8; ++i) write(*nodes.emplace_back(std::make_unique<LogReplica>(i)), 20, random);
  std::map<std::pair<std::size_t, std::size_t>, sync::PeerView> views;
  for (int round = 0; round < 3; ++round)
    for (std::size_t i = 1; i < nodes.size(); ++i)
      for (std::size_t j = 0; j < i; ++j) {
        sync::Exchange exchange(*nodes[i], views[{i, j}], {});
        while (const auto message = exchange.next())
          REQUIRE(exchange.take(sync::answer(*nodes[j], *message, {}).value()).has_value());
      }
  for (std::size_t i = 1; i < nodes.size(); ++i) {
    const Bytes idle = converse(*nodes[i], *nodes[0], views[{i, 0}]);
    CHECK(idle.messages == 1);
    CHECK(idle.beside <= 600);
  }
}

TEST_CASE("the first question to a stranger is at most 1 kB, however large the set") {
  tests::SeededRandom random;
  LogReplica a(1), b(2);
  share(a, b, 20'000, random);
  sync::PeerView view;
  const Bytes first = converse(a, b, view);
  CHECK(first.first <= 1'000);
  CHECK(first.messages == 1);
}

TEST_CASE("a replica that has nothing gets everything for at most 1 kB beside the events, either way") {
  const bool is_asking = GENERATE(true, false);
  tests::SeededRandom random;
  LogReplica empty(1), full(2);
  write(full, 3'000, random);
  sync::PeerView view;
  const Bytes bytes = is_asking ? converse(empty, full, view) : converse(full, empty, view);
  CHECK(bytes.messages <= 2);
  CHECK(bytes.beside <= 1'000);
}

TEST_CASE("the newest that a replica lacks cost no more than scattered ones, either way") {
  const bool is_asking = GENERATE(true, false);
  const std::size_t ahead = GENERATE(50, 450, 3'500);
  tests::SeededRandom random;
  LogReplica stale(1), fresh(2);
  share(stale, fresh, 3'000, random);
  write(fresh, ahead, random);
  sync::PeerView view;
  const Bytes bytes = is_asking ? converse(stale, fresh, view) : converse(fresh, stale, view);
  CHECK(bytes.messages <= 3);  // one peel in a hundred needs some more cells
  CHECK(bytes.beside <= 2'000 + 75 * ahead);
}

TEST_CASE("scattered differences cost at most 75 bytes each beside the events") {
  tests::SeededRandom random;
  LogReplica a(1), b(2);
  share(a, b, 5'000, random);
  const Bytes base = [&] {
    sync::PeerView view;
    return converse(a, b, view);
  }();
  LogReplica c(3), d(4);
  for (LogReplica* replica : {&c, &d}) {
    Snapshot now = a.snapshot();
    const auto scan = now.range(Ulid{}, Ulid::greatest());
    std::uint64_t place = 0;
    while (const auto event = scan->next()) {
      const bool missing = ++place % 25 == (replica == &c ? 3 : 17);
      if (!missing) replica->put(event->key, std::string(event->value));
    }
  }
  constexpr std::size_t differences = 400;
  sync::PeerView view;
  const Bytes bytes = converse(c, d, view);
  CHECK(bytes.messages <= 4);  // one peel in a hundred needs more cells
  CHECK(bytes.beside <= base.beside + 75 * differences);
}
