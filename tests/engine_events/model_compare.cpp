#include <fmt/format.h>

#include "tests/engine_events/model.h"

namespace laterbase::model {
namespace {

std::string differs(const char* how, Lc lc, const Snapshot& snapshot, const std::optional<Event>& got,
                    const Stored& want) {
  if (!got) return fmt::format("{}: position {} is missing", how, lc);
  const bool same = got->lc == lc && got->key == want.key && got->value == want.value && got->is_json == want.is_json;
  if (!same) return fmt::format("{}: position {} is another event", how, lc);
  const bool stands = got->aside == want.aside && got->waiting == want.waiting && got->replaces == want.replaces;
  if (!stands) return fmt::format("{}: position {} stands elsewhere", how, lc);
  const auto origin = snapshot.origin_of(*got);
  const bool from =
      got->relayed == want.relayed && origin == (want.relayed ? std::nullopt : std::optional(want.origin));
  return from ? std::string() : fmt::format("{}: position {} has another origin", how, lc);
}

std::optional<Ulid> expected_key(const Expected& expected, const Ulid& from, const Ulid& to, int count) {
  auto at = expected.by_key.lower_bound(from);
  for (; count > 0 && at != expected.by_key.end(); --count) ++at;
  return at != expected.by_key.end() && at->first <= to ? std::optional(at->first) : std::nullopt;
}

std::string compare_log(Snapshot& snapshot, const Expected& expected) {
  const auto scan = snapshot.log(0, snapshot.head());
  Hash128 chain;
  for (Lc lc = 1; lc <= snapshot.head(); ++lc) {
    const Stored& want = expected.log[lc - 1];
    if (auto wrong = differs("log", lc, snapshot, scan->next(), want); !wrong.empty()) return wrong;
    Entry linked;
    linked.key = want.key, linked.aside = want.aside, linked.waiting = want.waiting;
    chain = next_chain(chain, linked, hash128(want.value));
  }
  if (scan->next()) return "the log goes on beyond its head";
  return snapshot.chain_at(snapshot.head()) == chain ? "" : "the running hash is another";
}

std::string compare_range(Snapshot& snapshot, const Expected& expected, Random& random) {
  Ulid from{}, to = Ulid::greatest();
  if (!expected.log.empty() && random.one_in(2)) {
    from = expected.log[random.below(expected.log.size())].key;
    to = expected.log[random.below(expected.log.size())].key;
  }
  const auto range = snapshot.range(from, to);
  if (from <= to) {
    for (auto at = expected.by_key.lower_bound(from); at != expected.by_key.end() && at->first <= to; ++at)
      if (auto wrong = differs("range", at->second + 1, snapshot, range->next(), expected.log[at->second]);
          !wrong.empty())
        return wrong;
  }
  if (range->next()) return "a range goes on beyond its end";
  const bool right = !(from <= to) || snapshot.key_after(from, to, 3) == expected_key(expected, from, to, 3);
  return right ? "" : "key_after is wrong";
}

std::string compare_points(Snapshot& snapshot, const Expected& expected, Random& random) {
  for (int i = 0; i < 10 && !expected.log.empty(); ++i) {
    const Lc lc = 1 + random.below(expected.log.size());
    const Stored& one = expected.log[lc - 1];
    if (auto wrong = differs("at", lc, snapshot, snapshot.at(lc), one); !wrong.empty()) return wrong;
    if (snapshot.key_at(lc) != one.key || snapshot.aside_at(lc) != one.aside) return "key_at gives another key";
    const auto place = expected.by_key.find(one.key);
    const auto found = snapshot.find(one.key);
    if (found.has_value() != (place != expected.by_key.end())) return "a key that is only aside";
    if (found)
      if (auto wrong = differs("find", place->second + 1, snapshot, found, expected.log[place->second]); !wrong.empty())
        return wrong;
    const Ulid absent{random(), random()};
    if (snapshot.find(absent).has_value() != expected.by_key.contains(absent)) return "a key that was never written";
  }
  return {};
}

std::string compare_aside(Snapshot& snapshot, const Expected& expected, Random& random) {
  AsidePlace after;
  if (!expected.aside.empty() && random.one_in(2))
    after = std::next(expected.aside.begin(), static_cast<std::ptrdiff_t>(random.below(expected.aside.size())))->first;
  const auto scan = snapshot.conflicts(after);
  for (auto at = expected.aside.upper_bound(after); at != expected.aside.end(); ++at) {
    const auto& [place, reason] = *at;
    const auto conflict = scan->next();
    if (!conflict) return "something that stands aside is missing";
    if (auto wrong = differs("aside", place.lc, snapshot, conflict->event, expected.log[place.lc - 1]); !wrong.empty())
      return wrong;
    const auto winner = expected.by_key.find(place.key);
    const auto lc = winner != expected.by_key.end() ? std::optional<Lc>(winner->second + 1) : std::nullopt;
    if (conflict->reason != reason || conflict->winner != lc) return "a conflict has another reason or winner";
  }
  return scan->next() ? "something stands aside that does not" : "";
}

std::string compare_extent(Log& log, Snapshot& snapshot, const Expected& expected) {
  const auto extent = log.extent();
  if (extent.events != expected.by_key.size()) return "the count of events is wrong";
  if (extent.aside != expected.aside.size()) return "the count of what stands aside is wrong";
  if (!expected.by_key.empty() &&
      (extent.first != expected.by_key.begin()->first || extent.last != expected.by_key.rbegin()->first))
    return "first or last key is wrong";
  const auto epochs = snapshot.epochs();
  if (epochs.size() != expected.epochs.size()) return "another number of epochs";
  for (std::size_t i = 0; i < epochs.size(); ++i) {
    const Lc end = i + 1 < epochs.size() ? expected.epochs[i + 1].began : expected.log.size();
    const auto& want = expected.epochs[i];
    if (epochs[i].epoch != want.epoch || epochs[i].began != want.began || epochs[i].last != end)
      return "an epoch began or ended elsewhere";
  }
  return {};
}

}  // namespace

std::string compare(Log& log, const Expected& expected, Random& random) {
  Snapshot snapshot = log.snapshot();
  if (snapshot.head() != expected.log.size())
    return fmt::format("head is {}, expected {}", snapshot.head(), expected.log.size());
  for (std::string wrong : {compare_log(snapshot, expected), compare_range(snapshot, expected, random),
                            compare_points(snapshot, expected, random), compare_aside(snapshot, expected, random),
                            compare_extent(log, snapshot, expected)})
    if (!wrong.empty()) return wrong;
  return {};
}

}  // namespace laterbase::model
