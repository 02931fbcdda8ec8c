#include "tests/engine_events/model.h"

#include <algorithm>

namespace laterbase::model {

void Expected::begin_epoch(const Ulid& epoch) {
  epochs.push_back({epoch, kNode, log.size(), 0});
  sequence = 0;
}

void Expected::add(const Stored& stored) {
  log.push_back(stored);
  const Lc lc = log.size();
  const auto list = [&](Lc beaten, AsideReason reason) {
    aside.emplace(AsidePlace{stored.key, beaten}, reason);
    beside[stored.key].push_back({stored.key, beaten});
  };
  if (stored.origin.epoch == epoch()) sequence = stored.origin.sequence;
  if (stored.aside) {
    if (!forgotten.contains(lc)) list(lc, stored.waiting ? AsideReason::waiting : AsideReason::lost);
    return;
  }
  if (stored.replaces != 0) list(stored.replaces, AsideReason::lost);
  by_key[stored.key] = lc - 1;
}

void Expected::cut(std::size_t size) {
  std::vector<Stored> left(log.begin(), log.begin() + static_cast<std::ptrdiff_t>(size));
  log.clear();
  by_key.clear();
  aside.clear();
  beside.clear();
  sequence = 0;
  for (const Stored& stored : left) add(stored);
}

const Stored* Expected::find(const Ulid& key) const {
  const auto found = by_key.find(key);
  return found != by_key.end() ? &log[found->second] : nullptr;
}

bool Expected::is_listed(const Ulid& key, const std::string& value, AsideReason reason) const {
  const auto places = beside.find(key);
  if (places == beside.end()) return false;
  const auto same = [&](const AsidePlace& place) {
    return aside.at(place) == reason && log[place.lc - 1].value == value;
  };
  return places->second.size() >= kMostAside || std::any_of(places->second.begin(), places->second.end(), same);
}

void Expected::forget(const AsidePlace& place) {
  forgotten.insert(place.lc);
  aside.erase(place);
  auto& places = beside.at(place.key);
  places.erase(std::find(places.begin(), places.end(), place));
}

namespace {

// What becomes of one event of a batch; false for a contradiction that refuses the batch.
bool take(const Request& request, std::size_t index, const Ulid& key, std::int64_t now_ms, Expected& expected,
          Appended& counts) {
  const Batch& batch = request.batch;
  const NewEvent& event = batch.events[index];
  Stored stored;
  stored.key = key;
  stored.value = batch.payload.substr(event.offset, event.size);
  stored.is_json = event.is_json;
  const bool named = event.origin && event.origin->epoch != expected.epoch() && event.origin->sequence >> 48 == 0;
  stored.relayed = batch.merge && !named;
  stored.origin = batch.merge && named ? *event.origin : Origin{expected.epoch(), kNode, expected.sequence + 1};
  const Stored* present = expected.find(key);
  const Lc present_lc = present ? expected.by_key.at(key) + 1 : 0;
  const bool ahead = key.time_ms() > now_ms + expected.max_future_ms;
  if (present && present->value == stored.value) {
    ++counts.known;
    return true;
  }
  if (present && !batch.merge) return false;
  stored.waiting = batch.merge && ahead;
  const bool wins = !stored.waiting && (!present || value_wins(stored.value, present->value));
  stored.aside = !wins;
  if (wins) stored.replaces = present_lc;
  const auto reason = stored.waiting ? AsideReason::waiting : AsideReason::lost;
  if (stored.aside && expected.is_listed(key, stored.value, reason)) {
    ++counts.known;
    return true;
  }
  ++(wins ? counts.stored : counts.aside);
  expected.add(stored);
  return true;
}

}  // namespace

std::string account(const Request& request, Expected& expected, std::int64_t now_ms) {
  const Batch& batch = request.batch;
  const std::size_t before = expected.log.size();
  Appended counts;
  bool conflict = false;
  for (std::size_t i = 0; i < batch.events.size() && !conflict; ++i) {
    const NewEvent& event = batch.events[i];
    if (!request.result && !event.key) continue;
    const Ulid key = request.result ? request.result->keys[i] : *event.key;
    if (event.at_ms && key.time_ms() != *event.at_ms) return "a key is not of the time that was asked for";
    conflict = !take(request, i, key, now_ms, expected, counts);
  }
  if (conflict != !request.result) return "conflict or not: log and model disagree";
  if (conflict) {
    expected.cut(before);
    return {};
  }
  const Appended& told = *request.result;
  if (told.stored != counts.stored || told.known != counts.known || told.aside != counts.aside)
    return "other numbers were stored, known or put aside";
  return told.lc == expected.log.size() ? "" : "lc is not the head after the batch";
}

DueAnswer ask_for_due(Log& log, Expected& expected, std::int64_t now_ms) {
  std::map<Ulid, std::vector<std::string>> due;
  std::vector<AsidePlace> settled;
  bool unsettled = false;
  for (const auto& [place, reason] : expected.aside) {
    if (reason != AsideReason::waiting || place.key.time_ms() > now_ms + expected.max_future_ms) continue;
    const std::string& value = expected.log[place.lc - 1].value;
    const Stored* present = expected.find(place.key);
    std::optional<Lc> at;
    if (present && present->value == value) at = expected.by_key.at(place.key) + 1;
    if (present && present->value != value && !value_wins(value, present->value)) {
      for (const AsidePlace& loser : expected.beside.at(place.key))
        if (expected.aside.at(loser) == AsideReason::lost && expected.log[loser.lc - 1].value == value) at = loser.lc;
      if (!at && expected.beside.at(place.key).size() >= kMostAside) at = 0;
    }
    if (!at) due[place.key].push_back(value);
    const bool durable = at && std::max(*at, place.lc) <= log.in_tree();
    if (durable) settled.push_back(place);
    unsettled = unsettled || (at && !durable);
  }
  Log::Due answer = log.due(1'000'000);
  for (const AsidePlace& place : settled) expected.forget(place);
  std::size_t wanted = 0;
  for (const auto& [key, values] : due) wanted += values.size();
  if (answer.batch.events.size() != wanted) return {"another number of events is due", {}};
  for (const NewEvent& event : answer.batch.events) {
    const auto& values = due[*event.key];
    if (std::count(values.begin(), values.end(), answer.batch.payload.substr(event.offset, event.size)) != 1)
      return {"an event is due that is not", {}};
  }
  if (answer.unsettled != unsettled) return {"what is not settled yet", {}};
  return {{}, std::move(answer.batch)};
}

}  // namespace laterbase::model
