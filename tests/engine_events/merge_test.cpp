#include <algorithm>
#include <catch2/catch.hpp>

#include "engine/events/check.h"
#include "tests/engine_events/machine.h"

using namespace laterbase;
using namespace laterbase::model;

namespace {

constexpr Ulid kKey{std::uint64_t{1'600'000'000'000} << 16, 7};

// Of two values, the one that wins.
std::string winner(const std::string& one, const std::string& other) { return value_wins(one, other) ? one : other; }
std::string loser(const std::string& one, const std::string& other) { return value_wins(one, other) ? other : one; }

std::vector<Conflict> conflicts(Snapshot& snapshot) {
  std::vector<Conflict> found;
  const auto scan = snapshot.conflicts();
  while (const auto conflict = scan->next()) found.push_back(*conflict);
  return found;
}

}  // namespace

TEST_CASE("of two values of a key the same one wins in whatever order they come, and the other is listed") {
  for (const bool winner_first : {true, false}) {
    for (const bool written_between : {true, false}) {
      PlainMachine machine;
      const std::string good = winner("one", "two"), bad = loser("one", "two");
      const Appended first = machine.merge({{kKey, winner_first ? good : bad, {}}});
      CHECK(first.stored == 1);
      if (written_between) machine.log->flush();
      const Appended second = machine.merge({{kKey, winner_first ? bad : good, {}}});
      CHECK(second.stored == (winner_first ? 0 : 1));
      CHECK(second.aside == (winner_first ? 1 : 0));
      for (int again = 0; again < 2; ++again) {
        Snapshot snapshot = machine.log->snapshot();
        CHECK(snapshot.find(kKey)->value == good);
        CHECK(snapshot.head() == 2);
        CHECK(snapshot.at(2)->aside == winner_first);
        CHECK(snapshot.at(2)->replaces == (winner_first ? 0 : 1));
        CHECK(machine.log->extent().events == 1);
        CHECK(machine.log->extent().aside == 1);
        const auto listed = conflicts(snapshot);
        REQUIRE(listed.size() == 1);
        CHECK(listed[0].event.value == bad);
        CHECK(listed[0].reason == AsideReason::lost);
        CHECK(listed[0].winner == snapshot.find(kKey)->lc);
        const auto range = snapshot.range({}, Ulid::greatest());
        CHECK(range->next()->value == good);
        CHECK_FALSE(range->next());
        machine.log->flush();
      }
      CHECK(machine.merge({{kKey, bad, {}}, {kKey, good, {}}}).known == 2);
      machine.restart();
      Snapshot snapshot = machine.log->snapshot();
      CHECK(snapshot.find(kKey)->value == good);
      CHECK(conflicts(snapshot).size() == 1);
      check_tree(*machine.storage->read(), [](Lc) { return true; });
    }
  }
}

TEST_CASE("a local batch is still refused for another value of a key") {
  PlainMachine machine;
  machine.merge({{kKey, "one", {}}});
  const auto result = machine.write({{kKey, "two", {}}}, false);
  REQUIRE_FALSE(result.has_value());
  CHECK(std::get<ErrorCode>(result.error().code) == ErrorCode::conflict);
}

TEST_CASE("an event's origin is kept; without one it is this log's own, relayed; our own is not believed") {
  PlainMachine machine;
  const Origin other{Ulid{5, 5}, Ulid{6, 6}, 17};
  Origin ours{machine.log->epoch(), Ulid{1, 1}, 900};
  Ulid key = kKey;
  REQUIRE(machine.merge({{key, "a", other}, {key.next(), "b", {}}, {key.next().next(), "c", ours}}).stored == 3);
  machine.write({{std::nullopt, "d", {}}}, false);
  for (int again = 0; again < 2; ++again) {
    Snapshot snapshot = machine.log->snapshot();
    CHECK(snapshot.origin_of(*snapshot.at(1)) == other);
    CHECK(snapshot.at(2)->relayed);
    CHECK_FALSE(snapshot.origin_of(*snapshot.at(2)));
    CHECK(snapshot.at(3)->relayed);
    CHECK(snapshot.origin_of(*snapshot.at(4)) == Origin{machine.log->epoch(), Ulid{1, 1}, 3});
    CHECK(snapshot.origins().size() == 2);
    machine.restart();
  }
}

TEST_CASE("an event from too far ahead waits aside, once, and comes into the map when it is due") {
  PlainMachine machine;
  const Ulid ahead = Ulid::first_of(machine.clock.wall + 60'000);
  CHECK(machine.merge({{ahead, "later", {}}, {ahead, "later", {}}}).aside == 1);
  CHECK(machine.merge({{ahead, "later", {}}}).known == 1);
  CHECK_FALSE(machine.log->snapshot().find(ahead));
  CHECK(machine.log->extent().events == 0);
  CHECK(machine.log->due(10).batch.events.empty());
  Snapshot before = machine.log->snapshot();
  CHECK(conflicts(before).at(0).reason == AsideReason::waiting);
  CHECK_FALSE(conflicts(before).at(0).winner);

  machine.clock.wall += 56'000;
  machine.restart();
  Log::Due due = machine.log->due(10);
  REQUIRE(due.batch.events.size() == 1);
  CHECK(machine.apply(std::move(due.batch)).value().stored == 1);
  CHECK(machine.log->due(10).unsettled);
  machine.log->flush();
  CHECK_FALSE(machine.log->due(10).unsettled);
  Snapshot after = machine.log->snapshot();
  CHECK(after.find(ahead)->value == "later");
  CHECK(after.find(ahead)->relayed);
  CHECK(conflicts(after).empty());
  CHECK(machine.log->extent().aside == 0);
  check_tree(*machine.storage->read(), [](Lc) { return true; });
}

TEST_CASE("only so many losers of a key are kept") {
  PlainMachine machine;
  std::vector<std::string> values;
  for (int i = 0; i < 60; ++i) values.push_back(std::to_string(i));
  std::sort(values.begin(), values.end(), [](const auto& one, const auto& other) { return value_wins(one, other); });
  for (const std::string& value : values) machine.merge({{kKey, value, {}}});
  CHECK(machine.log->head() == 1 + kMostAside);
  CHECK(machine.log->snapshot().find(kKey)->value == values.front());
}

TEST_CASE("a new epoch begins at run time, and the lives of a log are told with where they end") {
  PlainMachine machine;
  const Ulid first = machine.log->epoch();
  machine.write({{std::nullopt, "a", {}}, {std::nullopt, "b", {}}}, false);
  machine.log->begin_new_epoch();
  const Ulid second = machine.log->epoch();
  CHECK(second != first);
  machine.write({{std::nullopt, "c", {}}}, false);
  for (int again = 0; again < 2; ++again) {
    Snapshot snapshot = machine.log->snapshot();
    CHECK(snapshot.epoch() == second);
    const auto epochs = snapshot.epochs();
    REQUIRE(epochs.size() == 2);
    CHECK(epochs[0].epoch == first);
    CHECK(epochs[0].last == 2);
    CHECK(epochs[1].epoch == second);
    CHECK(epochs[1].began == 2);
    CHECK(epochs[1].last == 3);
    CHECK(snapshot.origin_of(*snapshot.at(3))->sequence == 1);
    CHECK(snapshot.chain_at(0) == Hash128{});
    CHECK(snapshot.chain_at(3) != snapshot.chain_at(2));
    CHECK_FALSE(snapshot.chain_at(4));
    machine.restart();
  }
}

TEST_CASE("a note is seen at once, comes to the disk with the tree, and not before its events") {
  PlainMachine machine;
  machine.write({{std::nullopt, "a", {}}}, false);
  REQUIRE(machine.log->remember("peer/x", "at 1").has_value());
  CHECK(machine.log->notes().recall("peer/x") == "at 1");
  machine.restart();
  CHECK_FALSE(machine.log->notes().recall("peer/x"));
  REQUIRE(machine.log->remember("peer/x", "at 1").has_value());
  REQUIRE(machine.log->remember("peer/y", "").has_value());
  REQUIRE(machine.log->remember("view/z", "1").has_value());
  machine.log->flush();
  machine.log->forget("view/z");
  machine.restart();
  CHECK(machine.log->notes().list("peer/") ==
        std::vector<std::pair<std::string, std::string>>{{"peer/x", "at 1"}, {"peer/y", ""}});
  CHECK(machine.log->notes().recall("view/z"));
  machine.log->forget("view/z");
  machine.log->flush();
  machine.restart();
  CHECK_FALSE(machine.log->notes().recall("view/z"));
  CHECK(machine.log->remember("x", std::string(Notes::kMostValueBytes + 1, 'x')).error().code == ErrorCode::too_large);
  CHECK(machine.log->remember("", "x").error().code == ErrorCode::too_large);
}

TEST_CASE("a follower's checkpoint is only taken once the tree has what it covers") {
  PlainMachine machine;
  machine.write({{std::nullopt, "a", {}}}, false);
  const auto put = [](WriteTxn& txn) { txn.put(kBlocksTable, "k", "v"); };
  CHECK_FALSE(machine.log->checkpoint(2, put));
  CHECK(machine.log->in_tree() == 0);
  CHECK(machine.log->checkpoint(1, put));
  CHECK(machine.log->in_tree() == 1);
  std::string found;
  machine.log->read_tables([&](ReadTxn& txn) { found = txn.get(kBlocksTable, "k").value_or("none"); });
  CHECK(found == "v");
}
