#include "tests/sync/random_message.h"

#include <algorithm>

namespace laterbase::sync {
namespace {

constexpr std::uint64_t time_mask = (std::uint64_t{1} << 48) - 1;

// Near ones, whole ones, bounds.
Ulid random_ulid(Random& random, Ulid& last) {
  switch (random.below(5)) {
    case 0:
      last = last.next();
      break;
    case 1:
      last = Ulid::first_of(static_cast<std::int64_t>(random() & time_mask));
      break;
    case 2:
      last = Ulid::last_of(static_cast<std::int64_t>(random() & time_mask));
      break;
    default:
      last = {(std::uint64_t{1'790'000'000'000} + random.below(100'000)) << 16 | random.below(65536), random()};
  }
  return last;
}

std::vector<Ulid> random_keys(Random& random) {
  std::vector<Ulid> keys(random.below(20));
  Ulid last;
  for (Ulid& key : keys) key = random_ulid(random, last);
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

Hash128 random_hash(Random& random) { return {random() >> random.below(64), random() >> random.below(64)}; }

std::uint64_t random_number(Random& random) { return random() >> random.below(64); }

Head random_head(Random& random) {
  Ulid last;
  const Ulid node = random_ulid(random, last);
  return {node, random_ulid(random, last), random_number(random), random_hash(random)};
}

Window random_window(Random& random) {
  Ulid last;
  const Ulid one = random_ulid(random, last), other = random_ulid(random, last);
  return {std::min(one, other), std::max(one, other)};
}

Range random_range(Random& random) { return {random_window(random), {random_number(random), random_hash(random)}}; }

Listing random_listing(Random& random) {
  Listing listing{random_range(random), {}};
  for (const Ulid& key : random_keys(random)) listing.elements.push_back({key, random_hash(random)});
  return listing;
}

WireEvent random_event(Random& random, const std::vector<Origin>& origins, Ulid& last) {
  static const std::vector<std::string> texts = {"{}",     "[1,\"\\u00e9\\n\"]", " 7 ", "\"ä\"",
                                                 "null\n", "{\"a\" : [ ] }"};
  WireEvent event;
  event.key = random_ulid(random, last);
  if (!random.one_in(4)) {
    event.origin = origins[random.below(origins.size())];
    event.origin->sequence = random_number(random);
  }
  event.is_json = random.one_in(2);
  if (event.is_json) {
    event.value = texts[random.below(texts.size())];
  } else {
    for (std::uint64_t i = random.below(50); i > 0; --i)
      event.value += static_cast<char>(random.one_in(2) ? random() : 7);
  }
  return event;
}

std::vector<WireEvent> random_events(Random& random) {
  Ulid last;
  std::vector<Origin> origins(3);
  for (Origin& origin : origins) origin = {random_ulid(random, last), random_ulid(random, last), 0};
  std::vector<WireEvent> events(random.below(10));
  for (WireEvent& event : events) event = random_event(random, origins, last);
  return events;
}

Cells random_cells(Random& random) {
  Cells cells{random_number(random), {}};
  const Ulid shared{random(), random()};
  const std::uint64_t own = random.one_in(3) ? ~0ULL : random.below(1000);  // bits in which keys differ
  for (std::uint64_t i = random.below(9); i > 0; --i) {
    Cell cell{{random() & own, random()},
              static_cast<std::uint32_t>(random() >> 36),
              static_cast<std::uint8_t>(random()),
              static_cast<std::uint8_t>(random.below(16))};
    if ((cell.count & 1) != 0) cell.key.high ^= shared.high;
    cells.cells.push_back(cell);
  }
  return cells;
}

Summary random_summary(Random& random) {
  Summary summary{{random_number(random), random_hash(random)}, {}, {}};
  for (std::uint64_t i = random.below(7); i > 0; --i) summary.newest.push_back(random_range(random));
  for (std::uint64_t i = random.below(300); i > 0; --i) summary.counters.push_back(static_cast<std::int8_t>(random()));
  return summary;
}

std::vector<Ulid> some_of(Random& random, const std::vector<Ulid>& keys) {
  std::vector<Ulid> some;
  for (const Ulid& key : keys) {
    if (random.one_in(2)) some.push_back(key);
  }
  return some;
}

}  // namespace

RandomMessage::RandomMessage(Random& random) : asked(random_keys(random)) {
  const auto with = [&] { return random.one_in(3); };
  Message& m = message;
  if (with()) m.from = random_head(random);
  if (with()) m.window = random_window(random);
  if (with()) m.cursor = random_head(random);
  if (with()) m.verdict = random.one_in(2) ? Verdict::valid : Verdict::reset;
  if (with())
    for (const Ulid& epoch : random_keys(random)) m.seen.push_back({epoch, random_number(random)});
  if (with()) m.ids = random_keys(random);
  if (with())
    for (std::uint64_t i = random.below(5); i > 0; --i) m.hashes.push_back(static_cast<std::uint32_t>(random()));
  if (with()) m.lacks = random.one_in(4) ? random_keys(random) : some_of(random, asked);
  if (with()) m.wants = random_keys(random);
  if (with()) m.events = random_events(random);
  if (with()) m.delta = Delta{random_head(random), random_head(random), random.one_in(2), {}, {}};
  if (m.delta && with()) m.delta->held = random_head(random);
  if (m.delta && with()) m.delta->proof = Proof{{random_number(random), random_hash(random)}, random_keys(random)};
  if (with()) m.summary = random_summary(random);
  if (with()) m.ranges.assign(random.below(5), random_range(random));
  if (with()) m.want_ranges.assign(random.below(5), random_window(random));
  if (with()) m.listings.assign(random.below(4), random_listing(random));
  if (with()) m.deferred.assign(random.below(5), random_window(random));
  if (with()) m.cells = random_cells(random);
  if (with()) m.want_cells = CellsWanted{random_number(random), random_number(random)};
  if (with()) m.next = random_head(random);
}

}  // namespace laterbase::sync
