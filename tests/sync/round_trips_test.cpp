#include <catch2/catch.hpp>

#include "sync/answer.h"
#include "sync/exchange.h"
#include "sync/log_part.h"
#include "tests/support/seeded_random.h"
#include "tests/sync/log_replica.h"

// How many round trips an exchange takes where it is not as simple as it could be: what was relayed, what a peer has
// read meanwhile, what was restored, forgotten or cut off.
namespace {

using namespace laterbase;
using tests::LogReplica;

constexpr std::int64_t day_ms = 86'400'000;

class Nodes {
 public:
  LogReplica a{1}, b{2}, c{3};
  sync::PeerView b_of_a, a_of_b, c_of_a;

  explicit Nodes(tests::SeededRandom& random) : random_(random) {
    share(300);
    converse(a, b, b_of_a);
    converse(b, a, a_of_b);
  }

  void share(std::size_t events) {
    for (std::size_t i = 0; i < events; ++i) {
      const Ulid same = key();
      const std::string bytes = random_.bytes(50);
      for (LogReplica* replica : {&a, &b, &c}) replica->put(same, bytes);
    }
  }
  void write(LogReplica& replica, std::size_t events) {
    for (std::size_t i = 0; i < events; ++i) replica.put(key(), random_.bytes(50));
  }
  // Of events from `c` this node can't tell in whose log they were first.
  void relay_to_a(std::size_t events) {
    write(c, events);
    converse(a, c, c_of_a);
  }

  static std::uint64_t converse(LogReplica& asking, LogReplica& asked, sync::PeerView& view, bool ask_first = false) {
    sync::ExchangeOptions options;
    options.peer = asked.node().text();
    options.ask_first = ask_first;
    sync::Exchange exchange(asking, view, options);
    while (const auto message = exchange.next()) {
      REQUIRE(exchange.outcome().messages < 100);
      REQUIRE(exchange.take(sync::answer(asked, *message, {}).value()).has_value());
    }
    REQUIRE(exchange.outcome().equal);
    return exchange.outcome().messages;
  }

 private:
  Ulid key() {
    Ulid key = Ulid::first_of(1'700'000'000'000 - static_cast<std::int64_t>(random_().below(day_ms)));
    key.low = random_()();
    return key;
  }

  tests::SeededRandom& random_;
};

// One peel in a hundred needs more cells than were sent first, and a round trip for them.
template <typename RoundTrips>
void expect_two_round_trips(RoundTrips round_trips) {
  constexpr int trials = 20, least = 16;
  tests::SeededRandom random;
  int within = 0;
  for (int i = 0; i < trials; ++i) within += round_trips(random) <= 2 ? 1 : 0;
  CHECK(within >= least);
}

}  // namespace

TEST_CASE("scattered differences take two round trips") {
  expect_two_round_trips([](tests::SeededRandom& random) {
    Nodes nodes(random);
    nodes.write(nodes.a, 20);
    nodes.write(nodes.c, 30);
    sync::PeerView stranger;
    return Nodes::converse(nodes.a, nodes.c, stranger);
  });
}

TEST_CASE("what has to be asked about is asked about with the first message, also by who gives nothing in it") {
  tests::SeededRandom random;
  Nodes nodes(random);
  nodes.relay_to_a(20);
  nodes.write(nodes.a, 5);
  nodes.write(nodes.b, 5);
  CHECK(Nodes::converse(nodes.a, nodes.b, nodes.b_of_a, true) == 2);
}

TEST_CASE("more than a few keys are not told before the peer has said what it holds") {
  tests::SeededRandom random;
  Nodes nodes(random);
  nodes.relay_to_a(400);
  Nodes::converse(nodes.b, nodes.a, nodes.a_of_b);  // all is there
  sync::ExchangeOptions options;
  options.ask_first = true;
  sync::Exchange exchange(nodes.a, nodes.b_of_a, options);
  CHECK_FALSE(exchange.next()->ids);
}

TEST_CASE("what was told and is not lacking is not sent") {
  tests::SeededRandom random;
  Nodes nodes(random);
  nodes.relay_to_a(20);
  Nodes::converse(nodes.b, nodes.a, nodes.a_of_b);
  nodes.write(nodes.a, 1);
  sync::ExchangeOptions options;
  options.ask_first = true;
  sync::Exchange exchange(nodes.a, nodes.b_of_a, options);
  while (const auto message = exchange.next())
    REQUIRE(exchange.take(sync::answer(nodes.b, *message, {}).value()).has_value());
  CHECK(exchange.outcome().sent == 1);
  CHECK(exchange.outcome().messages == 2);
}

TEST_CASE("a peer that has read on of its own accord moves its cursor with the first claim") {
  tests::SeededRandom random;
  Nodes nodes(random);
  nodes.write(nodes.a, 10);
  Nodes::converse(nodes.b, nodes.a, nodes.a_of_b);  // which `a` does not keep in mind
  nodes.relay_to_a(5);
  CHECK(Nodes::converse(nodes.a, nodes.b, nodes.b_of_a) == 2);
}

TEST_CASE("a log that is sent from its start is sent with what it relays") {
  tests::SeededRandom random;
  Nodes nodes(random);
  nodes.relay_to_a(20);
  LogReplica fresh(4);
  nodes.write(fresh, 3);
  const bool is_asking = GENERATE(true, false);
  sync::PeerView stranger;
  CHECK((is_asking ? Nodes::converse(fresh, nodes.a, stranger) : Nodes::converse(nodes.a, fresh, stranger)) == 2);
}

TEST_CASE("after an exchange that was cut the peer may be another one") {
  const bool is_wiped = GENERATE(true, false);
  expect_two_round_trips([is_wiped](tests::SeededRandom& random) {
    Nodes nodes(random);
    sync::Exchange cut(nodes.a, nodes.b_of_a, {});
    REQUIRE(cut.next());
    LogReplica other(5);
    if (!is_wiped) Nodes::converse(other, nodes.c, nodes.c_of_a);
    nodes.write(nodes.a, 10);
    return Nodes::converse(nodes.a, other, nodes.b_of_a);
  });
}

TEST_CASE("where only one side is to hold what the other does a cut exchange is followed by no summary") {
  tests::SeededRandom random;
  Nodes nodes(random);
  sync::ExchangeOptions options;
  options.push = GENERATE(true, false);
  options.pull = !options.push;
  for (int i = 0; i < 2; ++i) {
    sync::Exchange cut(nodes.a, nodes.b_of_a, options);
    CHECK_FALSE(cut.next()->summary);
  }
}

TEST_CASE("who follows a log is shown beside it what else differs, where the log's owner has forgotten it") {
  expect_two_round_trips([](tests::SeededRandom& random) {
    Nodes nodes(random);
    nodes.write(nodes.a, 15);
    nodes.write(nodes.b, 10);
    for (const auto& [name, value] : nodes.b.notes("c")) nodes.b.forget(name);
    sync::PeerView after_a_start;
    return Nodes::converse(nodes.a, nodes.b, after_a_start);
  });
}

TEST_CASE("nothing is given while more cells are asked for, or they would be of another set") {
  tests::SeededRandom random;
  Nodes nodes(random);
  nodes.write(nodes.a, 10);
  nodes.write(nodes.b, 10);
  sync::PeerView stranger;
  sync::Exchange exchange(nodes.a, stranger, {});
  sync::Message first = sync::answer(nodes.b, exchange.next().value(), {}).value();
  REQUIRE(first.cursor);
  REQUIRE(first.cells);
  first.cells->cells.resize(4);
  REQUIRE(exchange.take(first).has_value());
  const sync::Message second = exchange.next().value();
  CHECK(second.want_cells);
  CHECK_FALSE(second.delta);
  CHECK_FALSE(second.ids);
  CHECK(second.events.empty());
}

TEST_CASE("what a peer was not told is not taken for something that it holds") {
  LogReplica node(1);
  const Ulid told{1, 1}, not_told{1, 2};
  node.put(told, "a");
  node.put(not_told, "b");
  Snapshot now = node.snapshot();
  const sync::Told answered{{0, 2}, {told}, {}};
  const sync::LogFilter filter{nullptr, sync::Untold::all, {}, {}, &answered};
  const sync::LogPart part = sync::read_log(now, 0, filter, {}, sync::Budget({}, {}));
  REQUIRE(part.ids.size() == 1);
  CHECK(part.ids.front().key == not_told);
  CHECK(part.events.empty());
}
