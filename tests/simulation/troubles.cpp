#include <fmt/format.h>

#include <algorithm>

#include "tests/simulation/world.h"

// What happens to machines, disks, clocks and wires.
namespace laterbase::simulation {
namespace {

constexpr std::size_t most_backups = 3;

}  // namespace

void World::trouble(std::uint64_t kind) {
  Slot& slot = any_slot();
  switch (kind) {
    case 0:
      return power_trouble(slot);
    case 1:
      return arm_storage(slot);
    case 2:
      return toggle_full(slot);
    case 3:
      return restore_trouble(slot);
    case 4:
      return clone(slot);
    case 5:
      return wipe(slot);
    case 6:
      return swap(slot);
    case 7:
      return move_clock(slot);
    default:
      return partition();
  }
}

void World::kill(Slot& slot) {
  std::erase_if(conversations_,
                [&](const Conversation& each) { return plan_.links[each.link].from == slot.record.slot; });
  slot.process.reset();
}

void World::lose_power(Slot& slot) {
  if (options_.trace) say(fmt::format("node {} loses power", slot.record.slot));
  kill(slot);
  slot.machine->lose_power(random_);
  slot.record.power_lost = true;
}

void World::power_trouble(Slot& slot) {
  switch (random_.below(4)) {
    case 0:
      outcome_.faults.add(Fault::killed);
      if (options_.trace) say(fmt::format("node {} is killed", slot.record.slot));
      return kill(slot);
    case 1:
      if (attempt(slot, [&] { slot.process->stop_cleanly(); })) kill(slot);
      return;
    default:
      outcome_.faults.add(Fault::power_loss);
      return lose_power(slot);
  }
}

// Some operation of the near future fails; half of the time the machine stops there.
void World::arm_storage(Slot& slot) {
  slot.crash_at_failure = random_.one_in(2);
  slot.machine->faults().fail_at(1 + random_.below(120), FailureCode::io, slot.crash_at_failure);
}

void World::toggle_full(Slot& slot) {
  if (slot.machine->is_full())
    slot.machine->make_room();
  else
    slot.machine->fill();
}

void World::back_up(Slot& slot) {
  if (slot.backups.size() == most_backups)
    slot.backups.erase(slot.backups.begin() + static_cast<std::ptrdiff_t>(random_.below(most_backups)));
  const NodeRecord& record = slot.record;
  const Place sure = record.power_lost ? record.durable : record.shown;
  slot.backups.push_back({slot.machine->copy(), sure, record.epoch, record.early_notes});
}

void World::restore(Slot& slot, const Slot::Backup& backup) {
  kill(slot);
  lossy_ = true;
  slot.machine->restore(backup.disk);
  NodeRecord& record = slot.record;
  record.durable = record.shown = backup.place;
  record.epoch = backup.epoch;
  record.power_lost = false;
  if (shared_.design.notes_are_restored()) record.early_notes = backup.early_notes;
}

void World::restore_trouble(Slot& slot) {
  if (slot.backups.empty() || random_.one_in(3)) return back_up(slot);
  const Slot::Backup backup = slot.backups[random_.below(slot.backups.size())];
  const bool as_copy = random_.one_in(3);
  outcome_.faults.add(as_copy ? Fault::restored_as_copy : Fault::restored_in_place);
  if (options_.trace)
    say(fmt::format("node {} is restored {} at {}", slot.record.slot, as_copy ? "from a copy of its files" : "in place",
                    history_.at(backup.place).lc));
  restore(slot, backup);
  if (as_copy) slot.machine->take_identity({random_(), random_()});
}

// Another machine gets this one's disk; what it had is gone.
void World::clone(Slot& slot) {
  Slot& other = any_slot();
  if (&other == &slot) return;
  outcome_.faults.add(Fault::cloned);
  const NodeRecord& record = slot.record;
  const Place sure = record.power_lost ? record.durable : record.shown;
  if (options_.trace) say(fmt::format("node {} becomes a clone of {}", other.record.slot, record.slot));
  restore(other, {slot.machine->copy(), sure, record.epoch, record.early_notes});
  if (random_.one_in(2)) other.machine->take_identity({random_(), random_()});
}

void World::wipe(Slot& slot) {
  outcome_.faults.add(Fault::wiped);
  if (options_.trace) say(fmt::format("node {} is wiped", slot.record.slot));
  kill(slot);
  lossy_ = true;
  slot.machine->wipe({random_() >> 1, random_()});
  NodeRecord& record = slot.record;
  record.durable = record.shown = 0;
  record.epoch = {};
  record.power_lost = false;
  record.early_notes.clear();
}

void World::swap(Slot& slot) {
  Slot& other = any_slot();
  if (&other == &slot) return;
  outcome_.faults.add(Fault::swapped);
  if (options_.trace) say(fmt::format("the disks of {} and {} are swapped", slot.record.slot, other.record.slot));
  kill(slot);
  kill(other);
  std::swap(slot.machine, other.machine);
  std::swap(slot.record, other.record);
  std::swap(slot.record.slot, other.record.slot);
  std::swap(slot.record.clock, other.record.clock);
  std::swap(slot.backups, other.backups);
  std::swap(slot.crash_at_failure, other.crash_at_failure);
}

void World::move_clock(Slot& slot) {
  const auto ms = static_cast<std::int64_t>(random_.below(random_.one_in(2) ? 4'000 : 100'000));
  const bool forward = random_.one_in(2);
  outcome_.faults.add(forward ? Fault::clock_forward : Fault::clock_back);
  slot.record.clock.wall += forward ? ms : -ms;
}

void World::partition() {
  if (random_.one_in(3)) {
    for (Slot& slot : slots_) slot.cannot_reach.clear();
    return;
  }
  const std::size_t from = any_slot().record.slot, to = any_slot().record.slot;
  if (from == to) return;
  const bool both = random_.one_in(2);
  outcome_.faults.add(both ? Fault::partitioned : Fault::one_way);
  slots_[from].cannot_reach.insert(to);
  if (both) slots_[to].cannot_reach.insert(from);
}

}  // namespace laterbase::simulation
