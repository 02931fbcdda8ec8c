#include "tests/engine_events/model.h"

#include <fmt/format.h>

#include <algorithm>

namespace laterbase::model {
namespace {

std::string random_value(Random& random) {
  std::string value(random.below(random.one_in(20) ? 2000 : 40), '\0');
  for (char& c : value) c = static_cast<char>('a' + random.below(26));
  return value;
}

std::string differs(const char* how, Lc lc, const std::optional<Event>& got, const Stored& want) {
  if (!got) return fmt::format("{}: position {} is missing", how, lc);
  const bool same = got->lc == lc && got->key == want.key && got->value == want.value && got->is_json == want.is_json;
  return same ? std::string() : fmt::format("{}: position {} is another event", how, lc);
}

std::optional<Ulid> expected_key(const Expected& expected, const Ulid& from, const Ulid& to, int count) {
  auto at = expected.by_key.lower_bound(from);
  for (; count > 0 && at != expected.by_key.end(); --count) ++at;
  return at != expected.by_key.end() && at->first <= to ? std::optional(at->first) : std::nullopt;
}

}  // namespace

Batch random_batch(Random& random, const Expected& known, std::int64_t now_ms) {
  Batch batch;
  batch.durability = random.one_in(3) ? Durability::relaxed : Durability::strong;
  const std::size_t count = random.one_in(10) ? random.below(200) : random.below(4);
  for (std::size_t i = 0; i < count; ++i) {
    NewEvent event;
    std::string value = random_value(random);
    event.is_json = random.one_in(2);
    switch (random.below(8)) {
      case 0:
        event.at_ms = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(now_ms)));
        break;
      case 1:
        event.key = Ulid{random.below(static_cast<std::uint64_t>(now_ms)) << 16 | random.below(4), random()};
        break;
      case 2:  // known already, with the same value or, rarely, another
        if (!known.log.empty()) {
          const Stored& old = known.log[random.below(known.log.size())];
          event.key = old.key;
          if (!random.one_in(20)) value = old.value;
        }
        break;
      case 3:  // twice in one batch
        if (!batch.events.empty() && batch.events.back().key) {
          event.key = batch.events.back().key;
          value = batch.payload.substr(batch.events.back().offset, batch.events.back().size);
        }
        break;
      default:
        break;
    }
    event.offset = static_cast<std::uint32_t>(batch.payload.size());
    event.size = static_cast<std::uint32_t>(value.size());
    batch.payload += value;
    batch.events.push_back(event);
  }
  return batch;
}

std::string account(const Request& request, Expected& expected) {
  const Batch& batch = request.batch;
  Expected trial;  // what this batch would add
  bool conflict = false;
  std::uint64_t stored = 0;
  for (std::size_t i = 0; i < batch.events.size(); ++i) {
    const NewEvent& event = batch.events[i];
    if (!request.result && !event.key) continue;
    const Ulid key = request.result ? request.result->keys[i] : *event.key;
    const std::string value = batch.payload.substr(event.offset, event.size);
    const auto old = expected.by_key.find(key);
    const auto fresh = trial.by_key.find(key);
    const std::string* present = old != expected.by_key.end()  ? &expected.log[old->second].value
                                 : fresh != trial.by_key.end() ? &trial.log[fresh->second].value
                                                               : nullptr;
    if (event.at_ms && key.time_ms() != *event.at_ms) return "a key is not of the time that was asked for";
    if (present && *present != value) conflict = true;
    if (present) continue;
    ++stored;
    trial.add({key, value, event.is_json});
  }
  if (conflict != !request.result) return "conflict or not: log and model disagree";
  if (conflict) return {};
  if (request.result->stored != stored) return "another number was stored";
  if (request.result->stored + request.result->known != batch.events.size()) return "stored and known do not add up";
  for (const Stored& one : trial.log) expected.add(one);
  if (request.result->lc != expected.log.size()) return "lc is not the head after the batch";
  return {};
}

std::string compare(Log& log, const Expected& expected, Random& random) {
  Snapshot snapshot = log.snapshot();
  if (snapshot.head() != expected.log.size())
    return fmt::format("head is {}, expected {}", snapshot.head(), expected.log.size());
  if (log.extent().events != expected.log.size()) return "the count of events is wrong";
  const auto scan = snapshot.log(0, snapshot.head());
  for (Lc lc = 1; lc <= snapshot.head(); ++lc)
    if (auto wrong = differs("log", lc, scan->next(), expected.log[lc - 1]); !wrong.empty()) return wrong;
  if (scan->next()) return "the log goes on beyond its head";

  Ulid from{}, to = Ulid::greatest();
  if (!expected.log.empty() && random.one_in(2)) {
    from = expected.log[random.below(expected.log.size())].key;
    to = expected.log[random.below(expected.log.size())].key;
  }
  const auto range = snapshot.range(from, to);
  if (from <= to) {
    for (auto at = expected.by_key.lower_bound(from); at != expected.by_key.end() && at->first <= to; ++at)
      if (auto wrong = differs("range", at->second + 1, range->next(), expected.log[at->second]); !wrong.empty())
        return wrong;
  }
  if (range->next()) return "a range goes on beyond its end";
  if (from <= to && snapshot.key_after(from, to, 3) != expected_key(expected, from, to, 3)) return "key_after is wrong";

  for (int i = 0; i < 10 && !expected.log.empty(); ++i) {
    const std::size_t place = random.below(expected.log.size());
    const Stored& one = expected.log[place];
    if (auto wrong = differs("find", place + 1, snapshot.find(one.key), one); !wrong.empty()) return wrong;
    if (auto wrong = differs("at", place + 1, snapshot.at(place + 1), one); !wrong.empty()) return wrong;
    if (snapshot.key_at(place + 1) != one.key) return "key_at gives another key";
    const Ulid absent{random(), random()};
    if (snapshot.find(absent).has_value() != expected.by_key.contains(absent)) return "a key that was never written";
  }
  const auto extent = log.extent();
  if (!expected.by_key.empty() &&
      (extent.first != expected.by_key.begin()->first || extent.last != expected.by_key.rbegin()->first))
    return "first or last key is wrong";
  return {};
}

}  // namespace laterbase::model
