#include "tests/simulation/history.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/events/conflict.h"

namespace laterbase::simulation {

History::History() : entries_(1) { places_[Hash128{}] = {0}; }

Value History::number(BytesView value) {
  const auto [at, fresh] = numbers_.try_emplace(std::string(value), static_cast<Value>(values_.size()));
  if (fresh) values_.emplace_back(value);
  return at->second;
}

void History::write(const Ulid& key, BytesView value) {
  written_.emplace(key, number(value));
  latest_ms_ = std::max(latest_ms_, key.time_ms());
}

const std::vector<Place>& History::find(const Hash128& chain) const {
  static const std::vector<Place> nowhere;
  const auto found = places_.find(chain);
  return found != places_.end() ? found->second : nowhere;
}

Place History::add(const Entry& entry) {
  std::vector<Place>& alike = places_[entry.chain];
  for (const Place place : alike) {
    const Entry& known = entries_[place];
    if (known.parent == entry.parent && known.offered == entry.offered) return place;
  }
  alike.push_back(static_cast<Place>(entries_.size()));
  entries_.push_back(entry);
  return alike.back();
}

Place History::back_to(Place place, Lc lc) const {
  while (entries_[place].lc > lc) place = entries_[place].parent;
  return place;
}

bool History::is_before(Place earlier, Place later) const { return back_to(later, entries_[earlier].lc) == earlier; }

Place History::follow(Snapshot& now, Place known, FaultCount& faults, std::string& wrong) {
  const Lives lives = now.origins();
  Place last = known;
  std::vector<Entry> fresh;
  const auto scan = now.log(entries_[known].lc, now.head());
  while (const auto event = scan->next()) {
    Entry entry;
    entry.lc = event->lc;
    entry.key = event->key;
    entry.value = number(event->value);
    entry.offered = !event->aside;
    if (!written_.contains({entry.key, entry.value})) wrong = fmt::format("{} was never written", event->value);
    if (event->waiting) faults.add(Fault::waiting);
    if (event->replaces != 0 || (event->aside && !event->waiting)) faults.add(Fault::contradiction);
    note_origin(*event, lives, entry.value);
    fresh.push_back(entry);
  }
  for (Entry& entry : fresh) {
    entry.chain = now.chain_at(entry.lc).value();
    entry.parent = last;
    last = add(entry);
  }
  if (entries_[last].lc != now.head()) wrong = "the log's positions are not dense";
  return last;
}

void History::note_origin(const Event& event, const Lives& lives, Value value) {
  if (event.origin >= lives.size() || !lives[event.origin].own || event.sequence == 0) return;
  const Ulid epoch = lives[event.origin].epoch;
  std::vector<Given>& given = given_[epoch];
  if (given.size() < event.sequence) given.resize(event.sequence);
  Given& slot = given[event.sequence - 1];
  const bool is_free = slot.key == Ulid{};
  const bool is_other = slot.key != event.key || slot.value != value || slot.offered == event.aside;
  if (!is_free && is_other) forked_.insert(epoch);
  if (is_free) slot = {event.key, value, !event.aside};
}

const std::vector<History::Given>* History::given_by(const Ulid& epoch) const {
  const auto found = given_.find(epoch);
  return found != given_.end() && !forked_.contains(epoch) ? &found->second : nullptr;
}

}  // namespace laterbase::simulation
