#include <fmt/format.h>

#include <algorithm>

#include "engine/base/hash.h"
#include "engine/events/conflict.h"
#include "tests/simulation/world.h"

// The end of all troubles: everybody is up, hears everybody, and has the right time; within as many rounds of exchanges
// as the network is wide, and two more, all hold the same.
namespace laterbase::simulation {
namespace {

constexpr std::size_t rounds_beyond_diameter = 2;
constexpr std::int64_t calm_ms = 10'000;

}  // namespace

void World::restart_all() {
  std::int64_t latest = history_.latest_ms();
  for (const Slot& slot : slots_) latest = std::max(latest, slot.record.clock.wall);
  for (Slot& slot : slots_) {
    slot.cannot_reach.clear();
    slot.record.clock.wall = latest + calm_ms;
    slot.machine->faults().fail_at(0, FailureCode::io, false);
    slot.machine->make_room();
    if (!slot.process) start(slot);
    if (!slot.process) complain(fmt::format("node {} does not start on a sound machine", slot.record.slot));
  }
}

void World::heal() {
  say("healing");
  conversations_.clear();
  healing_ = true;
  restart_all();
  while (!packets_.empty() && shared_.wrong.empty()) {  // what is still on its way comes late or never
    if (random_.one_in(2)) packets_.front().conversation = 0;
    if (packets_.front().conversation == 0)
      packets_.erase(packets_.begin());
    else
      deliver(0);
  }
  if (!shared_.wrong.empty()) return;
  const std::map<Ulid, Value> expected = everything();
  bool equal = false;
  for (std::size_t i = 0; i < plan_.diameter + rounds_beyond_diameter && !equal; ++i) {
    round();
    equal = shared_.wrong.empty() && all_equal(expected);
  }
  if (!shared_.wrong.empty()) return;
  for (Slot& slot : slots_) {
    if (const std::string differs = difference(slot, expected); !differs.empty())
      return complain(fmt::format("node {} still differs: {}", slot.record.slot, differs));
    check_losers(slot, expected);
    slot.process->check_index();
  }
  replay_trace(expected);
  ask_onlooker();
  std::string all;
  for (const auto& [key, value] : expected) all += key.text() + history_.text(value);
  for (const Slot& slot : slots_) all += fmt::format("{}.", history_.at(slot.record.shown).lc);
  outcome_.digest = hash64(all);
}

void World::ask_onlooker() {
  if (!onlooker_ || !shared_.wrong.empty()) return;
  std::vector<Process*> processes;
  for (Slot& slot : slots_) processes.push_back(slot.process.get());
  if (const std::string wrong = onlooker_->ends(processes); !wrong.empty()) complain(wrong);
}

// All that any node has in its log, one value a key.
std::map<Ulid, Value> World::everything() {
  std::map<Ulid, Value> joined;
  if (shared_.design.adds_a_phantom()) joined.emplace(Ulid{1, 1}, history_.phantom());
  for (const Slot& slot : slots_) {
    for (Place at = slot.record.shown; at != 0; at = history_.at(at).parent) {
      const Entry& entry = history_.at(at);
      const auto [known, fresh] = joined.try_emplace(entry.key, entry.value);
      if (!fresh && value_wins(history_.text(entry.value), history_.text(known->second))) known->second = entry.value;
    }
  }
  return joined;
}

void World::round() {
  for (Slot& slot : slots_) attempt(slot, [&] { slot.process->release_due(); });
  std::vector<std::size_t> order(plan_.links.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random_.below(i)]);
  for (const std::size_t link : order) converse(link);
}

void World::converse(std::size_t link) {
  if (!shared_.wrong.empty()) return;
  begin_exchange(link);
  while (!packets_.empty() && shared_.wrong.empty()) deliver(0);
}

std::string World::difference(Slot& slot, const std::map<Ulid, Value>& expected) {
  Snapshot now = slot.process->snapshot();
  const auto scan = now.range(Ulid{}, Ulid::greatest());
  auto wanted = expected.begin();
  for (;;) {
    const auto event = scan->next();
    const bool both_end = !event && wanted == expected.end();
    if (both_end) return {};
    if (wanted == expected.end() || (event && event->key < wanted->first))
      return fmt::format("{}, {} is more than there should be", event->key.text(), event->value);
    if (!event || wanted->first < event->key)
      return fmt::format("{}, {} is missing", wanted->first.text(), history_.text(wanted->second));
    if (event->value != history_.text(wanted->second))
      return fmt::format("{} is {} instead of {}", event->key.text(), event->value, history_.text(wanted->second));
    ++wanted;
  }
}

bool World::all_equal(const std::map<Ulid, Value>& expected) {
  return std::all_of(slots_.begin(), slots_.end(), [&](Slot& slot) { return difference(slot, expected).empty(); });
}

// What has lost is kept and listed wherever it came to.
void World::check_losers(Slot& slot, const std::map<Ulid, Value>& expected) {
  std::set<std::pair<Ulid, std::string>> listed;
  std::map<Ulid, std::size_t> count;
  Snapshot now = slot.process->snapshot();
  const auto scan = now.conflicts();
  while (const auto conflict = scan->next()) {
    listed.emplace(conflict->event.key, conflict->event.value);
    ++count[conflict->event.key];
  }
  for (Place at = slot.record.shown; at != 0; at = history_.at(at).parent) {
    const Entry& entry = history_.at(at);
    const auto winner = expected.find(entry.key);
    if (winner == expected.end() || winner->second == entry.value) continue;
    if (!listed.contains({entry.key, history_.text(entry.value)}) && count[entry.key] < kMostAside)
      return complain(
          fmt::format("node {}: {} has lost and is not listed", slot.record.slot, history_.text(entry.value)));
  }
}

// Whoever hears again what he has heard once learns nothing.
void World::replay_trace(const std::map<Ulid, Value>& expected) {
  if (lossy_ || shared_.lies) return;
  const std::vector<Packet> again(trace_.begin(), trace_.end());
  for (Packet packet : again) {
    std::vector<Ulid> asked_ids;
    answer_in(slots_[packet.to], packet, asked_ids);
  }
  for (Slot& slot : slots_) {
    const std::string differs = difference(slot, expected);
    if (!differs.empty())
      return complain(fmt::format("a replayed message changed node {}: {}", slot.record.slot, differs));
  }
}

}  // namespace laterbase::simulation
