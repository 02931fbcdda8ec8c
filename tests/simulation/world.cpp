#include "tests/simulation/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <ostream>

#include "tests/simulation/liar.h"

namespace laterbase::simulation {
namespace {

Ulid node_id(Random& random) { return {random() >> 1, random()}; }

}  // namespace

World::World(std::uint64_t seed, Design& design, const WorldOptions& options)
    : random_(seed),
      plan_(plan_of(random_, options.plan)),
      options_(options),
      form_(options.form.value_or(plan_.json ? Form::json : Form::binary)),
      onlooker_(options.onlooker ? options.onlooker() : nullptr),
      shared_{plan_, design, history_, outcome_.faults, {}, false, onlooker_.get()},
      slots_(plan_.nodes) {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    slot.record.slot = i;
    slot.record.clock.wall += static_cast<std::int64_t>(random_.below(3'000));
    slot.machine = std::make_unique<Machine>(node_id(random_), random_());
    start(slot);
  }
}

void World::say(const std::string& text) {
  if (options_.trace) *options_.trace << text << '\n';
}

void World::complain(const std::string& what) {
  if (shared_.wrong.empty()) shared_.wrong = what;
}

Outcome World::run() {
  if (options_.trace)
    say(fmt::format("{} nodes, {} links, {} steps, {}{}{}", plan_.nodes, plan_.links.size(), plan_.steps,
                    form_ == Form::json ? "JSON" : "binary", plan_.rare_limits ? ", limits cut" : "",
                    plan_.net ? "" : ", without the comparison at the end"));
  for (std::uint64_t i = 0; i < plan_.steps && shared_.wrong.empty(); ++i) step();
  if (shared_.wrong.empty()) heal();
  outcome_.wrong = shared_.wrong;
  outcome_.steps = plan_.steps;
  outcome_.next_random = random_();
  if (!outcome_.wrong.empty()) say("WRONG: " + outcome_.wrong);
  return outcome_;
}

void World::tick() {
  for (Slot& slot : slots_) {
    const auto ms = static_cast<std::int64_t>(random_.below(20));
    slot.record.clock.wall += ms;
    slot.record.clock.monotonic += ms * 1000;
  }
}

World::Slot* World::any_running() {
  const std::size_t first = random_.below(slots_.size());
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[(first + i) % slots_.size()];
    if (slot.process) return &slot;
  }
  return nullptr;
}

void World::step() {
  tick();
  for (Slot& slot : slots_)
    if (!slot.process && random_.one_in(4)) start(slot);
  const Weights& weights = plan_.weights;
  const std::uint64_t under_way = std::min<std::uint64_t>(packets_.size(), 4) * 25;
  const std::uint64_t troubles[] = {weights.power, weights.storage, weights.full,  weights.restore,  weights.clone,
                                    weights.wipe,  weights.swap,    weights.clock, weights.partition};
  std::uint64_t all = under_way + weights.write + weights.exchange + weights.give_up + weights.tidy;
  for (const std::uint64_t weight : troubles) all += weight;
  std::uint64_t dice = random_.below(all);
  const auto falls_to = [&dice](std::uint64_t weight) {
    if (dice < weight) return true;
    dice -= weight;
    return false;
  };
  if (falls_to(under_way)) return deliver(random_.one_in(3) ? random_.below(packets_.size()) : 0);
  if (falls_to(weights.write)) {
    if (Slot* slot = any_running()) write(*slot);
    return;
  }
  if (falls_to(weights.exchange)) return begin_exchange(random_.below(plan_.links.size()));
  if (falls_to(weights.give_up)) return give_up();
  if (falls_to(weights.tidy)) {
    if (Slot* slot = any_running())
      attempt(*slot, [&] {
        slot->process->release_due();
        if (random_.one_in(2)) slot->process->flush();
        slot->process->check_index();
      });
    return;
  }
  for (std::uint64_t kind = 0; kind < std::size(troubles); ++kind)
    if (falls_to(troubles[kind])) return trouble(kind);
}

Ulid World::some_known_key(Slot& slot) {
  const Place shown = slot.record.shown;
  if (history_.size() > 1 && random_.one_in(2))
    return history_.at(static_cast<Place>(1 + random_.below(history_.size() - 1))).key;
  return shown != 0 ? history_.at(shown).key : Ulid{1, random_()};
}

Batch World::batch_for(Slot& slot) {
  Batch batch;
  if (random_.one_in(6)) batch.durability = Durability::relaxed;
  for (std::uint64_t i = 0, count = 1 + random_.below(3); i < count; ++i) {
    NewEvent event;
    event.is_json = random_.one_in(2);
    const std::string name = fmt::format("v{}{}", ++made_, std::string(random_.below(20), '.'));
    std::string value = event.is_json ? '"' + name + '"' : name;
    if (onlooker_ && event.is_json) value = onlooker_->writes(*slot.process, random_);
    if (plan_.contradictions && random_.one_in(8))
      event.key = some_known_key(slot);
    else if (random_.one_in(4))
      event.at_ms = slot.record.clock.wall - static_cast<std::int64_t>(random_.below(1'000'000));
    event.offset = static_cast<std::uint32_t>(batch.payload.size());
    event.size = static_cast<std::uint32_t>(value.size());
    batch.payload += value;
    batch.events.push_back(event);
  }
  return batch;
}

void World::write(Slot& slot) {
  Batch batch = batch_for(slot);
  if (options_.trace) say(fmt::format("node {} is given {}", slot.record.slot, batch.payload));
  attempt(slot, [&] {
    if (const auto written = slot.process->write(std::move(batch))) outcome_.events += written->stored;
  });
}

bool World::attempt(Slot& slot, const std::function<void()>& work) {
  if (!slot.process) return false;
  try {
    work();
    return true;
  } catch (const Failure& failure) {
    failed(slot, failure);
    return false;
  }
}

void World::failed(Slot& slot, const Failure& failure) {
  if (options_.trace) say(fmt::format("node {}: {}", slot.record.slot, failure.what()));
  FaultPlan& faults = slot.machine->faults();
  if (failure.code() == FailureCode::damaged) return complain(failure.what());
  if (failure.code() == FailureCode::disk_full && faults.fired() == 0) outcome_.faults.add(Fault::disk_full);
  const bool must_reopen = slot.process && slot.process->must_reopen();
  if (faults.fired() > 0) {
    outcome_.faults.add(slot.crash_at_failure ? Fault::operation_crash : Fault::operation_failed);
    faults.fail_at(0, FailureCode::io, false);
    if (slot.crash_at_failure) return lose_power(slot);
  }
  if (must_reopen || failure.code() == FailureCode::closed) return kill(slot);
  if (!slot.process) return;
  try {
    slot.process->follow();  // it may have failed while the checker read along
  } catch (const Failure&) {
    kill(slot);
  }
}

void World::start(Slot& slot) {
  try {
    slot.process = std::make_unique<Process>(*slot.machine, slot.record, shared_, random_());
  } catch (const Failure& failure) {
    failed(slot, failure);
  }
}

}  // namespace laterbase::simulation
