#include "tests/engine_events/model.h"

namespace laterbase::model {
namespace {

std::string random_value(Random& random) {
  std::string value(random.below(random.one_in(20) ? 2000 : 40), '\0');
  for (char& c : value) c = static_cast<char>('a' + random.below(26));
  return value;
}

void add(Batch& batch, NewEvent event, const std::string& value) {
  event.offset = static_cast<std::uint32_t>(batch.payload.size());
  event.size = static_cast<std::uint32_t>(value.size());
  batch.payload += value;
  batch.events.push_back(event);
}

std::optional<Origin> random_origin(Random& random, const Expected& known) {
  if (random.one_in(4)) return std::nullopt;
  // Our own present life and former ones come back too, and numbers that fit nowhere.
  const std::uint64_t sequence = random.one_in(30) ? random() : random.below(1000);
  if (random.one_in(5)) return Origin{known.epochs[random.below(known.epochs.size())].epoch, kNode, sequence};
  const std::uint64_t which = random.below(4);
  return Origin{Ulid{7, which}, Ulid{8, which / 2}, sequence};
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
          if (!random.one_in(20)) value = known.find(old.key) ? known.find(old.key)->value : old.value;
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
    add(batch, event, value);
  }
  return batch;
}

Batch random_merge(Random& random, const Expected& known, std::int64_t now_ms) {
  Batch batch;
  batch.merge = true;
  batch.durability = random.one_in(3) ? Durability::relaxed : Durability::strong;
  const std::size_t count = random.one_in(10) ? random.below(200) : random.below(6);
  for (std::size_t i = 0; i < count; ++i) {
    NewEvent event;
    event.is_json = random.one_in(2);
    event.origin = random_origin(random, known);
    // Few values, so that the same loser comes again.
    std::string value = random.one_in(4) ? random_value(random) : std::to_string(random.below(25));
    switch (random.below(6)) {
      case 0:  // a key of few
        event.key = Ulid{std::uint64_t{1'000'000} << 16, random.below(3)};
        break;
      case 1:  // ahead of the clock, or about where that begins
        event.key =
            Ulid::first_of(now_ms + 4'990 + static_cast<std::int64_t>(random.below(random.one_in(2) ? 20 : 200)));
        event.key->low = random.below(2);
        break;
      case 2:
      case 3:
        if (!known.log.empty()) {
          const Stored& old = known.log[random.below(known.log.size())];
          event.key = old.key;
          if (random.one_in(2)) value = old.value;
        }
        break;
      case 4:
        if (!batch.events.empty()) event.key = batch.events[random.below(batch.events.size())].key;
        break;
      default:
        break;
    }
    if (!event.key) event.key = Ulid{random.below(static_cast<std::uint64_t>(now_ms)) << 16, random()};
    add(batch, event, value);
  }
  return batch;
}

}  // namespace laterbase::model
