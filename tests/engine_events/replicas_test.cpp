#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "engine/events/check.h"
#include "tests/engine_events/machine.h"
#include "tests/support/seed.h"

// Joining logs is commutative, associative and idempotent: whoever has heard of the same writes shows the same map,
// however the writes came to it. The oracle is a std::map with the rule of who wins.
using namespace laterbase;
using namespace laterbase::model;

namespace {

using Map = std::map<Ulid, std::string>;

void join(Map& map, const Ulid& key, const std::string& value) {
  const auto [at, is_new] = map.emplace(key, value);
  if (!is_new && value_wins(value, at->second)) at->second = value;
}

Map map_of(Log& log) {
  Map map;
  Snapshot snapshot = log.snapshot();
  const auto scan = snapshot.range({}, Ulid::greatest());
  while (const auto event = scan->next()) map.emplace(event->key, event->value);
  return map;
}

// What a follower of the log that knows only log() makes of it.
Map followed(Log& log) {
  Map map;
  Snapshot snapshot = log.snapshot();
  const auto scan = snapshot.log(0, snapshot.head());
  while (const auto event = scan->next()) {
    if (event->aside) continue;
    Snapshot beside = log.snapshot();
    if (event->replaces != 0 && map.at(event->key) != beside.at(event->replaces)->value) map.clear();
    map[event->key] = event->value;
  }
  return map;
}

std::vector<Said> all_of(Log& log) {
  std::vector<Said> events;
  Snapshot snapshot = log.snapshot();
  const auto scan = snapshot.range({}, Ulid::greatest());
  while (const auto event = scan->next())
    events.push_back({event->key, std::string(event->value), snapshot.origin_of(*event)});
  return events;
}

class Cluster {
 public:
  explicit Cluster(std::uint64_t seed) : random_(seed) {
    for (std::uint64_t i = 0; i < 2 + random_.below(3); ++i) {
      machines_.push_back(std::make_unique<PlainMachine>(Ulid{1, i + 1}));
      machines_.back()->limits.tail_bytes = 2000;
      machines_.back()->restart();
    }
  }

  void step() {
    PlainMachine& machine = any();
    switch (random_.below(8)) {
      case 0:
        machine.log->flush();
        break;
      case 1:
        machine.restart();
        break;
      case 2:
        machine.clock.wall += static_cast<std::int64_t>(random_.below(20'000));
        take_due(machine);
        break;
      case 3:
      case 4:
        write(machine);
        break;
      default:
        exchange(any(), machine);
        break;
    }
  }

  // Everybody hears of everything, and it is late enough for all of it. Empty where all show what the oracle does.
  std::string settle() {
    for (int round = 0; round < 2; ++round) {
      for (auto& to : machines_) {
        to->clock.wall = PlainMachine().clock.wall + 10'000'000;
        take_due(*to);
        for (auto& from : machines_) to->merge(all_of(*from->log));
      }
    }
    for (auto& machine : machines_) {
      if (map_of(*machine->log) != oracle_) return "a log shows another map than the oracle";
      if (followed(*machine->log) != oracle_) return "who follows the log makes another map of it";
      const Lc head = machine->log->head();
      for (auto& from : machines_)
        if (machine->merge(all_of(*from->log)).known != oracle_.size()) return "what is known is not known";
      if (machine->log->head() != head) return "what is known was written again";
      machine->log->flush();
      check_tree(*machine->storage->read(), [](Lc) { return true; });
    }
    return {};
  }

 private:
  PlainMachine& any() { return *machines_[random_.below(machines_.size())]; }

  // Few keys, so that nodes contradict each other. Some of a time that lies ahead of others' clocks.
  void write(PlainMachine& machine) {
    const std::int64_t at_ms =
        random_.one_in(3) ? machine.clock.wall + 5'000 - static_cast<std::int64_t>(random_.below(3)) : 1'000'000;
    const Ulid key{static_cast<std::uint64_t>(at_ms) << 16, random_.below(10)};
    const std::string value = std::to_string(random_.below(30));
    if (machine.write({{key, value, {}}}, false)) join(oracle_, key, value);
  }

  // Some of what the one has, in any order and in batches of any size.
  void exchange(PlainMachine& from, PlainMachine& to) {
    std::vector<Said> events = all_of(*from.log);
    for (std::size_t i = events.size(); i > 1; --i) std::swap(events[i - 1], events[random_.below(i)]);
    events.resize(random_.below(events.size() + 1));
    while (!events.empty()) {
      const std::size_t size = std::min<std::size_t>(events.size(), 1 + random_.below(20));
      std::vector<Said> part(events.end() - static_cast<std::ptrdiff_t>(size), events.end());
      if (random_.one_in(3)) part.push_back(part[random_.below(part.size())]);
      to.merge(part);
      events.resize(events.size() - size);
      if (to.log->tail_full()) to.log->flush();
    }
  }

  void take_due(PlainMachine& machine) {
    for (;;) {
      Log::Due due = machine.log->due(1 + random_.below(5));
      const bool any = !due.batch.events.empty();
      if (!any && !due.unsettled && !due.more) return;
      if (any) machine.apply(std::move(due.batch)).value();
      machine.log->flush();
    }
  }

  Random random_;
  std::vector<std::unique_ptr<PlainMachine>> machines_;
  Map oracle_;
};

}  // namespace

TEST_CASE("logs that exchange events in any order come to the same map, the oracle's") {
  Random seeds(test_seed());
  for (std::uint64_t run = 0; run < test_size(600, 20'000); ++run) {
    const std::uint64_t seed = std::getenv("LATERBASE_SEED") && run == 0 ? test_seed() : seeds();
    INFO("LATERBASE_SEED=" << seed);
    Cluster cluster(seed);
    for (int step = 0; step < 150; ++step) cluster.step();
    REQUIRE(cluster.settle() == "");
  }
}
