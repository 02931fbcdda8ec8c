#include "views/key_range.h"

#include <algorithm>
#include <string>
#include <vector>

namespace laterbase::views {
namespace {

constexpr std::uint64_t events_a_page = 2'048;
constexpr std::uint64_t first_page = 32;  // from the end: whoever asks wants few, most often
constexpr int key_bits = 128, bits_of_a_millisecond = 80;

__extension__ using Wide = unsigned __int128;

Wide wide(const Ulid& key) { return Wide{key.high} << 64 | key.low; }
Ulid narrow(Wide key) { return {static_cast<std::uint64_t>(key >> 64), static_cast<std::uint64_t>(key)}; }

using Visit = std::function<bool(const Event&)>;

// Some of the range's first events. Where the rest begins; nothing where that is all, or `visit` has enough.
std::optional<Ulid> visit_page(Root& root, const Ulid& from, const Ulid& to, Lc known, const Visit& visit) {
  Snapshot snapshot = root.snapshot();
  const auto scan = snapshot.range(from, to);
  for (std::uint64_t i = 0; i < events_a_page; ++i) {
    auto event = scan->next();
    if (!event) return std::nullopt;
    const Ulid key = event->key;
    event = known_at(snapshot, std::move(event), known);
    if ((event && !visit(*event)) || key == to) return std::nullopt;
    if (i + 1 == events_a_page) return key.next();
  }
  return std::nullopt;
}

// Where some of a range's last keys begin: at most `count` of them, and half as many or more where there are so many.
// First ever longer pieces of the range's end are looked at, then what is between too short and too long is halved.
Ulid begin_of_last(Root& root, const Ulid& from, const Ulid& to, std::uint64_t count) {
  Snapshot snapshot = root.snapshot();
  const auto has_more_than = [&](Wide begin, std::uint64_t some) {
    return snapshot.key_after(narrow(begin), to, some).has_value();
  };
  const Wide first = wide(from), last = wide(to);
  Wide few = last;  // one key is
  for (int bits = bits_of_a_millisecond;; ++bits) {
    const bool is_all = bits == key_bits || Wide{1} << bits >= last - first;
    const Wide begin = is_all ? first : last - (Wide{1} << bits);
    if (!has_more_than(begin, count)) {
      few = begin;
      if (is_all) return from;
      continue;
    }
    Wide many = begin;
    while (few - many > 1 && !has_more_than(few, count / 2)) {
      const Wide middle = many + (few - many) / 2;
      (has_more_than(middle, count) ? many : few) = middle;
    }
    return narrow(few);
  }
}

struct OwnEvent {
  Event event;
  std::string value;
};

void visit_backwards(Root& root, Ulid from, Ulid to, Lc known, const Visit& visit) {
  for (std::uint64_t count = first_page;; count = std::min(2 * count, events_a_page)) {
    const Ulid begin = begin_of_last(root, from, to, count);
    std::vector<OwnEvent> events;
    visit_keys(root, {begin, to}, known, [&](const Event& event) {
      events.push_back({event, std::string(event.value)});
      return true;
    });
    for (auto at = events.rbegin(); at != events.rend(); ++at) {
      at->event.value = at->value;
      if (!visit(at->event)) return;
    }
    if (begin <= from) return;
    to = narrow(wide(begin) - 1);
  }
}

}  // namespace

std::optional<Event> known_at(Snapshot& snapshot, std::optional<Event> event, Lc known) {
  while (event && event->lc > known) {
    if (event->replaces == 0) return std::nullopt;
    event = snapshot.at(event->replaces);
  }
  return event;
}

void visit_keys(Root& root, const KeyRange& range, Lc known, const Visit& visit) {
  if (range.to < range.from) return;
  if (range.backwards) return visit_backwards(root, range.from, range.to, known, visit);
  std::optional<Ulid> from = range.from;
  while (from) from = visit_page(root, *from, range.to, known, visit);
}

}  // namespace laterbase::views
