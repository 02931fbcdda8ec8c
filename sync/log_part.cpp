#include "sync/log_part.h"

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>

#include "engine/base/json_text.h"

namespace laterbase::sync {
namespace {

// The peer's vector, by the number that events carry.
class SeenByNumber {
 public:
  SeenByNumber(const Lives& lives, const std::vector<Seen>* seen) {
    if (!seen) return;
    boost::unordered_flat_map<Ulid, std::uint64_t, UlidHash> by_epoch;
    for (const Seen& one : *seen) by_epoch[one.epoch] = one.sequence;
    sequences_.reserve(lives.size());
    for (const Life& life : lives) {
      const auto found = by_epoch.find(life.epoch);
      sequences_.push_back(found == by_epoch.end() ? 0 : found->second);
    }
  }
  bool holds(const Event& event) const noexcept {
    return !event.relayed && event.origin < sequences_.size() && event.sequence <= sequences_[event.origin];
  }

 private:
  struct UlidHash {
    std::size_t operator()(const Ulid& ulid) const noexcept { return ulid.low ^ ulid.high * 0x9e3779b97f4a7c15ULL; }
  };
  std::vector<std::uint64_t> sequences_;
};

// Of several values of a key the last is the one that won.
void keep_last_of_keys(std::vector<Announced>& ids) {
  std::stable_sort(ids.begin(), ids.end(), [](const Announced& a, const Announced& b) { return a.key < b.key; });
  const auto first = std::unique(ids.rbegin(), ids.rend(), [](const Announced& a, const Announced& b) {
                       return a.key == b.key;
                     }).base();
  ids.erase(ids.begin(), first);
}

bool in(const Window& keys, const Ulid& key) { return !(key < keys.from) && !(keys.to < key); }

WireEvent wire(const Event& event) {
  WireEvent to;
  to.key = event.key;
  to.is_json = event.is_json;
  to.value.assign(event.value);
  return to;
}

// Where the run of positions from the peer ends that goes on behind `lc`; `lc` where none does.
Lc behind_what_came(const std::vector<Positions>& came, Lc lc) {
  const auto run = std::find_if(came.begin(), came.end(), [&](const Positions& each) { return each.holds(lc + 1); });
  return run == came.end() ? lc : run->until;
}

}  // namespace

Budget::Budget(const Limits& limits, const std::vector<WireEvent>& events)
    : events_(static_cast<std::int64_t>(limits.events)), bytes_(static_cast<std::int64_t>(limits.events_bytes)) {
  for (const WireEvent& event : events) spend(event);
}

void Budget::spend(const WireEvent& event) noexcept {
  --events_;
  bytes_ -= static_cast<std::int64_t>(event.value.size() + Ulid::kBytes);
}

std::uint32_t announced_hash(BytesView value) noexcept { return static_cast<std::uint32_t>(hash128(value).low); }

void announce(const std::vector<Announced>& ids, Message& message) {
  message.ids.emplace();
  for (const Announced& each : ids) {
    message.ids->push_back(each.key);
    message.hashes.push_back(each.hash);
  }
}

std::vector<Ulid> missing_of(Snapshot& now, const Message& message) {
  std::vector<Ulid> missing;
  const std::vector<Ulid>& ids = *message.ids;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto here = now.find(ids[i]);
    const bool same = here && (i >= message.hashes.size() || announced_hash(here->value) == message.hashes[i]);
    if (!same) missing.push_back(ids[i]);
  }
  return missing;
}

LogPart read_log(Snapshot& now, Lc after, const LogFilter& filter, const Limits& limits, Budget budget) {
  const SeenByNumber seen(now.origins(), filter.seen);
  LogPart part;
  part.after = part.next = after;
  std::unique_ptr<EventScan> scan;
  std::uint64_t scanned = 0;
  while (part.next < now.head() && scanned < limits.scan && budget.has_room() && part.ids.size() < limits.ids) {
    if (const Lc behind = behind_what_came(filter.came_from_peer, part.next); behind != part.next) {
      part.next = std::min(behind, now.head());
      scan.reset();
      continue;
    }
    if (!scan) scan = now.log(part.next, now.head());
    const auto event = scan->next();
    if (!event) break;
    part.next = event->lc;
    ++scanned;
    if (event->aside || !in(filter.keys, event->key) || seen.holds(*event)) continue;
    const auto origin = now.origin_of(*event);
    if (filter.announce || !origin) {
      part.ids.push_back({event->key, announced_hash(event->value)});
      continue;
    }
    WireEvent sent = wire(*event);
    sent.origin = origin;
    budget.spend(sent);
    part.events.push_back(std::move(sent));
  }
  part.more = part.next < now.head();
  keep_last_of_keys(part.ids);
  return part;
}

void read_keys(Snapshot& now, const std::vector<Ulid>& keys, std::size_t* at, const Limits& limits,
               std::vector<WireEvent>& events) {
  Budget budget(limits, events);
  for (; *at < keys.size() && budget.has_room(); ++*at) {
    const auto event = now.find(keys[*at]);
    if (!event) continue;
    events.push_back(wire(*event));
    budget.spend(events.back());
  }
}

std::optional<Ulid> read_range(Snapshot& now, const Window& keys, const Limits& limits,
                               std::vector<WireEvent>& events) {
  Budget budget(limits, events);
  const auto scan = now.range(keys.from, keys.to);
  for (;;) {
    const auto event = scan->next();
    if (!event) return std::nullopt;
    if (!budget.has_room()) return event->key;
    events.push_back(wire(*event));
    budget.spend(events.back());
  }
}

AppendResult merge_events(Replica& replica, const std::vector<WireEvent>& events, bool keep_origins) {
  Batch batch;
  batch.merge = true;
  batch.events.reserve(events.size());
  std::size_t bytes = 0;
  for (const WireEvent& event : events) bytes += event.value.size();
  batch.payload.reserve(bytes);
  for (const WireEvent& event : events) {
    NewEvent to;
    to.key = event.key;
    to.offset = static_cast<std::uint32_t>(batch.payload.size());
    to.size = static_cast<std::uint32_t>(event.value.size());
    to.is_json = event.is_json && is_json(event.value);  // said by a stranger
    if (keep_origins) to.origin = event.origin;
    batch.payload += event.value;
    batch.events.push_back(std::move(to));
  }
  return replica.merge(std::move(batch));
}

}  // namespace laterbase::sync
