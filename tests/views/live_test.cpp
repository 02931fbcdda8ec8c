#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "engine/base/random.h"
#include "tests/support/seed.h"
#include "tests/views/replay.h"
#include "tests/views/replica.h"

// A subscriber who replays what it is told has what a reader gets.
namespace laterbase::views::tests {
namespace {

TEST_CASE("replaying the messages gives what a reader gets") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  Replica node;
  REQUIRE(node.sql("CREATE TABLE t (g BIGINT, x BIGINT);"
                   "CREATE MATERIALIZED VIEW v AS SELECT g, sum(x) AS s, count(*) AS n FROM t GROUP BY g;") == "");
  Listener listener;
  std::vector<std::unique_ptr<Subscription>> subscriptions;
  std::vector<Replay> replays(2);
  for (const char* relation : {"v", "t"}) {
    subscriptions.push_back(std::make_unique<Subscription>(relation, listener));
    REQUIRE(node.database().subscribe(*subscriptions.back()).has_value());
  }
  for (int turn = 0; turn < 60; ++turn) {
    const std::uint64_t g = random.below(4), x = random.below(5);
    node.sql(random.one_in(3) ? fmt::format("DELETE FROM t WHERE x = {}", x)
                              : fmt::format("INSERT INTO t VALUES ({}, {}), ({}, {})", g, x, g, x));
    if (turn == 30)
      node.sql("CREATE OR REPLACE MATERIALIZED VIEW v AS SELECT g, min(x) AS s, count(*) AS n FROM t GROUP BY g");
    if (!random.one_in(3)) continue;
    for (std::size_t i = 0; i < 2; ++i) replays[i].poll(node.database(), *subscriptions[i]);
    CHECK(replays[0].sorted() == Replay::of(node.rows("v")));
    CHECK(replays[1].sorted() == Replay::of(node.rows("t")));
  }
  CHECK(listener.told > 0);
  for (auto& subscription : subscriptions) node.database().unsubscribe(*subscription);
}

TEST_CASE("who comes back goes on where he stopped, and gets a reset where that is gone") {
  Replica node;
  node.sql("CREATE TABLE t (x BIGINT); CREATE MATERIALIZED VIEW v AS SELECT x FROM t;");
  Listener listener;
  Subscription first("v", listener);
  REQUIRE(node.database().subscribe(first).has_value());
  std::vector<LiveMessage> messages;
  REQUIRE(node.database().poll(first, messages));
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].kind == LiveMessage::Kind::snapshot);
  const LiveMessage seen = messages[0];
  node.sql("INSERT INTO t VALUES (1)");
  node.sql("INSERT INTO t VALUES (2)");

  Subscription again("v", listener);
  again.resume_epoch = seen.epoch;
  again.resume_lc = seen.lc;
  REQUIRE(node.database().subscribe(again).has_value());
  messages.clear();
  REQUIRE(node.database().poll(again, messages));
  REQUIRE(messages.size() == 2);
  CHECK(messages[0].kind == LiveMessage::Kind::delta);

  Subscription lost("v", listener);
  lost.resume_epoch = seen.epoch;
  lost.resume_lc = 0;
  REQUIRE(node.database().subscribe(lost).has_value());
  messages.clear();
  REQUIRE(node.database().poll(lost, messages));
  REQUIRE(messages.size() == 2);
  CHECK(messages[0].kind == LiveMessage::Kind::reset);
  CHECK(messages[1].kind == LiveMessage::Kind::snapshot);
  for (Subscription* one : {&first, &again, &lost}) node.database().unsubscribe(*one);
}

}  // namespace
}  // namespace laterbase::views::tests
