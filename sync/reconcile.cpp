#include "sync/reconcile.h"

#include <algorithm>

namespace laterbase::sync {
namespace {

constexpr std::uint64_t bytes_a_difference = 50;

// Sums are taken away as well as added: what stands before a range is the whole without it.
struct Newest {
  Window span;
  std::uint64_t here = 0, there = 0;
};

// The shortest of the newest ranges before which both sides agree; nothing where even the longest leaves a difference.
std::optional<Newest> newest_that_differ(Index& index, Snapshot& now, const Summary& mine, const Summary& theirs) {
  std::optional<Newest> found;
  for (const Range& range : theirs.newest) {
    const Fingerprint here = index.range(now, range.keys);
    const bool agree_before = mine.whole - here == theirs.whole - range.print;
    if (agree_before && (!found || found->span.from < range.keys.from))
      found = Newest{range.keys, here.count, range.print.count};
  }
  return found;
}

void split(Index& index, Snapshot& now, const Window& keys, const Limits& limits, std::vector<Range>& to) {
  const std::vector<Range> parts = index.split(now, keys, limits.range_split);
  to.insert(to.end(), parts.begin(), parts.end());
}

void settle(Index& index, Snapshot& now, const Listing& listed, RangeAnswer& answer) {
  std::vector<Element> theirs = listed.elements;
  std::sort(theirs.begin(), theirs.end());
  const std::vector<Element> mine = index.elements(now, listed.range.keys);
  const auto keys_of = [](const std::vector<Element>& elements, std::vector<Ulid>& keys) {
    for (const Element& element : elements) keys.push_back(element.key);
  };
  std::vector<Element> only;
  std::set_difference(mine.begin(), mine.end(), theirs.begin(), theirs.end(), std::back_inserter(only));
  keys_of(only, answer.mine);
  only.clear();
  std::set_difference(theirs.begin(), theirs.end(), mine.begin(), mine.end(), std::back_inserter(only));
  keys_of(only, answer.theirs);
}

}  // namespace

Picked pick(Index& index, Snapshot& now, const std::optional<Window>& window, const Summary& theirs,
            const Limits& limits) {
  const Summary mine = index.summary(now, window);
  Picked picked;
  if (mine.whole == theirs.whole) return picked;
  const std::uint64_t fewer = std::min(mine.whole.count, theirs.whole.count);
  const std::uint64_t more = std::max(mine.whole.count, theirs.whole.count);
  const double seems = estimate(mine.counters, theirs.counters).value_or(static_cast<double>(more));
  const std::uint64_t differ = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(seems),
                                                         std::max<std::uint64_t>(more - fewer, 1), more + fewer);
  const auto sent_twice = [&](std::uint64_t a, std::uint64_t b) {
    return (a + b - std::min(a + b, differ)) / 2 * limits.value_guess;
  };
  const std::uint64_t by_cells = differ * bytes_a_difference;
  if (fewer == 0 || sent_twice(mine.whole.count, theirs.whole.count) < by_cells) {
    picked.way = Way::log;
    return picked;
  }
  if (const auto newest = newest_that_differ(index, now, mine, theirs)) {
    const bool disjoint = newest->here == 0 || newest->there == 0;
    if (disjoint || sent_twice(newest->here, newest->there) < by_cells) {
      picked.way = Way::newest;
      picked.span = newest->span;
      return picked;
    }
  }
  picked.cells = cells_for(seems, more - fewer);
  if (picked.cells <= limits.cells) {
    picked.way = Way::cells;
    return picked;
  }
  picked.way = Way::ranges;
  split(index, now, window.value_or(Window{}), limits, picked.ranges);
  return picked;
}

RangeAnswer answer_ranges(Index& index, Snapshot& now, const std::vector<Range>& asked,
                          const std::vector<Listing>& listed, const Limits& limits) {
  RangeAnswer answer;
  for (const Listing& listing : listed) {
    const Fingerprint mine = index.range(now, listing.range.keys);
    if (mine == listing.range.print) continue;
    if (mine.count <= limits.range_leaf * limits.range_split)
      settle(index, now, listing, answer);
    else
      split(index, now, listing.range.keys, limits, answer.ranges);
  }
  for (const Range& range : asked) {
    const Fingerprint mine = index.range(now, range.keys);
    if (mine == range.print) continue;
    if (range.print.count == 0 || mine.count <= limits.range_leaf)
      answer.ranges.push_back({range.keys, mine});
    else
      split(index, now, range.keys, limits, answer.ranges);
  }
  return answer;
}

RangeHunt::Step RangeHunt::step(Index& index, Snapshot& now, const Limits& limits) {
  Step step;
  while (!open_.empty() && step.ask.size() + step.listings.size() < limits.ranges) {
    const Range theirs = open_.front();
    open_.pop_front();
    const Fingerprint mine = index.range(now, theirs.keys);
    if (mine == theirs.print) continue;
    if (mine.count == 0)
      step.take.push_back(theirs.keys);
    else if (theirs.print.count == 0)
      step.give.push_back(theirs.keys);
    else if (mine.count <= limits.range_leaf)
      step.listings.push_back({{theirs.keys, mine}, index.elements(now, theirs.keys)});
    else
      split(index, now, theirs.keys, limits, step.ask);
  }
  return step;
}

}  // namespace laterbase::sync
