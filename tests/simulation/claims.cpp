#include "tests/simulation/claims.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/events/conflict.h"

namespace laterbase::simulation {

std::string Claims::check(Snapshot& now, const std::string& name, const std::string& value) {
  if (name[0] == 'c') return check_cursor(now, name, value);
  if (name[0] == 's') return check_seen(now, Ulid::load(name.data() + 1), load_le<std::uint64_t>(value.data()));
  return {};
}

bool Claims::holds(Snapshot& now, const Ulid& key, Value value) const {
  const std::string& text = history_.text(value);
  const auto here = now.find(key);
  const auto covers = [&](BytesView other) { return other == text || value_wins(other, text); };
  if (here && covers(here->value)) return true;
  const auto scan = now.conflicts({key, 0}, key);
  while (const auto conflict = scan->next())
    if (covers(conflict->event.value)) return true;
  return false;
}

std::string Claims::check_cursor(Snapshot& now, const std::string& name, const std::string& value) {
  const auto lc = load_le<std::uint64_t>(value.data() + 8);
  const Hash128 chain{load_le<std::uint64_t>(value.data() + 16), load_le<std::uint64_t>(value.data() + 24)};
  const Ulid from = Ulid::load(value.data() + 32), to = Ulid::load(value.data() + 48);
  std::string wrong = "a cursor stands where no log ever was";
  for (const Place place : history_.find(chain)) {
    if (history_.at(place).lc != lc) continue;
    wrong = check_place(now, place, from, to);
    if (wrong.empty()) return {};
  }
  return fmt::format("the cursor at {} in the log of {}: {}", lc, Ulid::load(name.data() + 1).text().substr(18), wrong);
}

std::string Claims::check_place(Snapshot& now, Place place, const Ulid& from, const Ulid& to) {
  const bool whole = from == Ulid{} && to == Ulid::greatest();
  std::vector<Place> looked_at;
  for (Place at = place; at != 0; at = history_.at(at).parent) {
    if (at < held_.size() && held_[at]) break;
    const Entry& entry = history_.at(at);
    const bool concerned = entry.offered && !(entry.key < from) && !(to < entry.key);
    if (concerned && !holds(now, entry.key, entry.value))
      return fmt::format("{}, {} at {} is not here", entry.key.text(), history_.text(entry.value), entry.lc);
    looked_at.push_back(at);
  }
  if (!whole) return {};
  for (const Place at : looked_at) {
    if (held_.size() <= at) held_.resize(at + 1);
    held_[at] = true;
  }
  return {};
}

std::string Claims::check_seen(Snapshot& now, const Ulid& epoch, std::uint64_t sequence) {
  const auto* given = history_.given_by(epoch);
  if (given == nullptr) return {};
  if (sequence > given->size()) return "a vector counts more than its origin ever gave";
  std::uint64_t& checked = seen_[epoch];
  for (; checked < sequence; ++checked) {
    const History::Given& each = (*given)[checked];
    if (!each.offered || holds(now, each.key, each.value)) continue;
    return fmt::format("the vector has seen {} of {}, but {}, {} is not here", sequence, epoch.text().substr(18),
                       each.key.text(), history_.text(each.value));
  }
  return {};
}

}  // namespace laterbase::simulation
