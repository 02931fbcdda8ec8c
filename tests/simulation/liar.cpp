#include "tests/simulation/liar.h"

#include <algorithm>

namespace laterbase::simulation {
namespace {

void bend(Random& random, sync::Head& head) {
  switch (random.below(4)) {
    case 0:
      head.lc += random.below(20);
      break;
    case 1:
      head.lc -= std::min<Lc>(head.lc, random.below(20));
      break;
    case 2:
      head.chain.low ^= 1;
      break;
    default:
      head.epoch.low ^= 1;
      break;
  }
}

template <typename T>
void lose_one(Random& random, std::vector<T>& list) {
  if (!list.empty()) list.erase(list.begin() + static_cast<std::ptrdiff_t>(random.below(list.size())));
}

void bend_places(Random& random, sync::Message& message) {
  if (message.from && random.one_in(3)) bend(random, *message.from);
  if (message.cursor && random.one_in(2)) bend(random, *message.cursor);
  if (message.next && random.one_in(2)) bend(random, *message.next);
  if (message.delta && random.one_in(2)) bend(random, random.one_in(2) ? message.delta->after : message.delta->next);
  if (message.delta && random.one_in(4)) message.delta->more = !message.delta->more;
  if (message.verdict && random.one_in(3)) message.verdict = sync::Verdict::valid;
}

void bend_sets(Random& random, sync::Message& message) {
  if (message.summary) {
    message.summary->whole.sum.low ^= random.below(4);
    message.summary->whole.count += random.below(3);
    for (sync::Range& range : message.summary->newest) range.print.count += random.below(2);
    if (!message.summary->counters.empty())
      message.summary->counters[random.below(message.summary->counters.size())] ^= 0x55;
  }
  for (sync::Range& range : message.ranges) range.print.count += random.below(2);
  for (sync::Listing& listing : message.listings) lose_one(random, listing.elements);
  if (message.cells && !message.cells->cells.empty())
    message.cells->cells[random.below(message.cells->cells.size())].check ^= 1;
}

void bend_lists(Random& random, sync::Message& message) {
  if (message.ids) lose_one(random, *message.ids);
  if (message.lacks) lose_one(random, *message.lacks);
  if (message.wants) lose_one(random, *message.wants);
  if (random.one_in(2)) lose_one(random, message.events);
  lose_one(random, message.want_ranges);
  lose_one(random, message.deferred);
  for (sync::WireEvent& event : message.events)
    if (event.origin && random.one_in(2)) event.origin->sequence += 1 + random.below(50);
}

}  // namespace

void tell_a_lie(Random& random, sync::Message& message) {
  switch (random.below(4)) {
    case 0:
      return bend_places(random, message);
    case 1:
      return bend_sets(random, message);
    case 2:
      return bend_lists(random, message);
    default:
      for (sync::Seen& seen : message.seen) seen.sequence += random.below(10);
  }
}

}  // namespace laterbase::simulation
