#include <catch2/catch.hpp>
#include <deque>
#include <map>
#include <vector>

#include "engine/events/conflict.h"
#include "sync/answer.h"
#include "sync/exchange.h"
#include "tests/support/seeded_random.h"
#include "tests/sync/log_replica.h"

// The join of replicas is a join: whatever histories they come from, however many they are, in whatever order and
// however often they meet, each holds what a plain map of all that was written holds.
namespace {

using namespace laterbase;
using tests::LogReplica;
using Map = std::map<Ulid, std::string>;

struct Written {
  std::size_t replica;
  Ulid key;
  std::string value;
};

// What several replicas were given, apart from each other; few keys, so that contradictions are common.
std::vector<Written> random_history(Random& random, std::size_t replicas) {
  std::vector<Written> history;
  for (std::uint64_t i = 10 + random.below(60); i > 0; --i) {
    const Ulid key{(1'699'999'000'000ULL << 16) + random.below(40), 7};
    history.push_back({random.below(replicas), key, "v" + std::to_string(random.below(200))});
  }
  return history;
}

void join(Map& map, const Ulid& key, const std::string& value) {
  const auto [known, fresh] = map.try_emplace(key, value);
  if (!fresh && value_wins(value, known->second)) known->second = value;
}

Map map_of(LogReplica& replica) {
  Map map;
  Snapshot now = replica.snapshot();
  const auto scan = now.range(Ulid{}, Ulid::greatest());
  while (const auto event = scan->next()) map.emplace(event->key, event->value);
  return map;
}

// Replicas that have lived through the history up to now.
class Replicas {
 public:
  Replicas(std::size_t count, const std::vector<Written>& history) {
    for (std::size_t i = 0; i < count; ++i) all_.emplace_back(i + 1);
    for (const Written& written : history) {
      LogReplica& replica = all_[written.replica];
      const auto here = replica.snapshot().find(written.key);
      if (here && here->value != written.value) continue;  // a client is told of a contradiction
      replica.put(written.key, written.value);
      join(oracle_, written.key, written.value);
    }
  }

  LogReplica& operator[](std::size_t i) { return all_[i]; }
  const Map& oracle() const { return oracle_; }

  // `asking` holds afterwards what either held, and so does `asked`. Two values of a key whose short hashes agree are
  // told apart only by the next exchange, which compares fingerprints once neither has news.
  std::uint64_t meet(std::size_t asking, std::size_t asked) {
    std::uint64_t moved = 0;
    bool equal = false;
    for (int i = 0; i < most_exchanges && !equal; ++i) equal = converse(asking, asked, moved);
    REQUIRE(equal);
    return moved;
  }

 private:
  static constexpr int most_exchanges = 3;

  bool converse(std::size_t asking, std::size_t asked, std::uint64_t& moved) {
    sync::PeerView& view = views_[{asking, asked}];
    sync::ExchangeOptions options;
    sync::Exchange exchange(all_[asking], view, options);
    while (const auto message = exchange.next()) {
      REQUIRE(exchange.outcome().messages < 100);
      const auto answer = sync::answer(all_[asked], *message, options.limits);
      if (!answer) FAIL(answer.error().detail);
      if (const auto taken = exchange.take(*answer); !taken) FAIL(taken.error().detail);
    }
    moved += exchange.outcome().sent + exchange.outcome().received;
    return exchange.outcome().equal;
  }

  std::deque<LogReplica> all_;
  std::map<std::pair<std::size_t, std::size_t>, sync::PeerView> views_;
  Map oracle_;
};

}  // namespace

TEST_CASE("the join is commutative: it does not matter who asks whom") {
  tests::SeededRandom random;
  for (int run = 0; run < 200; ++run) {
    const auto history = random_history(random(), 2);
    Replicas one(2, history), other(2, history);
    one.meet(0, 1);
    other.meet(1, 0);
    REQUIRE(map_of(one[0]) == one.oracle());
    REQUIRE(map_of(one[1]) == one.oracle());
    REQUIRE(map_of(other[0]) == one.oracle());
    REQUIRE(map_of(other[1]) == one.oracle());
  }
}

TEST_CASE("the join is associative: it does not matter which two meet first") {
  tests::SeededRandom random;
  for (int run = 0; run < 200; ++run) {
    const auto history = random_history(random(), 3);
    Replicas left(3, history), right(3, history);
    left.meet(0, 1);  // (a ⊔ b) ⊔ c
    left.meet(0, 2);
    right.meet(1, 2);  // a ⊔ (b ⊔ c)
    right.meet(0, 1);
    REQUIRE(map_of(left[0]) == left.oracle());
    REQUIRE(map_of(right[0]) == left.oracle());
  }
}

TEST_CASE("the join is idempotent: who meets again learns nothing, and his log does not grow") {
  tests::SeededRandom random;
  for (int run = 0; run < 200; ++run) {
    Replicas replicas(2, random_history(random(), 2));
    replicas.meet(0, 1);
    const Lc before[] = {replicas[0].log().head(), replicas[1].log().head()};
    REQUIRE(replicas.meet(0, 1) == 0);
    replicas.meet(1, 0);
    REQUIRE(replicas[0].log().head() == before[0]);
    REQUIRE(replicas[1].log().head() == before[1]);
  }
}

TEST_CASE("many replicas that write and meet at random end with the map of all that was written") {
  tests::SeededRandom random;
  for (int run = 0; run < 60; ++run) {
    const std::size_t count = 2 + random().below(7);
    Replicas replicas(count, random_history(random(), count));
    for (std::uint64_t i = random().below(30); i > 0; --i) {
      const std::size_t asking = random().below(count), asked = random().below(count);
      if (asking != asked) replicas.meet(asking, asked);
    }
    for (std::size_t i = 1; i < count; ++i) replicas.meet(0, i);  // it gathers …
    for (std::size_t i = 1; i < count; ++i) replicas.meet(i, 0);  // … and spreads
    for (std::size_t i = 0; i < count; ++i) REQUIRE(map_of(replicas[i]) == replicas.oracle());
  }
}
