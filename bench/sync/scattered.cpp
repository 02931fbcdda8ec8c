#include "bench/sync/scattered.h"

#include <time.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "engine/base/random.h"
#include "sync/binary_codec.h"
#include "sync/counters.h"
#include "sync/rateless.h"

namespace laterbase::bench {
namespace {

using namespace laterbase::sync;

constexpr std::uint64_t shared_events = 1'000'000;
constexpr std::size_t most_cells = 1 << 18;
constexpr std::int64_t span_ms = std::int64_t{365} * 86'400'000;

double processor_ms() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

// Keys of a year.
Element random_element(Random& random) {
  const auto ms = 1'750'000'000'000 + static_cast<std::int64_t>(random.below(span_ms));
  return {{Ulid::first_of(ms).high | (random() & 0xffff), random()}, {random(), random()}};
}

struct Side {
  CellSet cells{most_cells};
  Counters counters;
  Fingerprint whole;

  void add(const Element& element) {
    const Fingerprint print = fingerprint_of(element);
    cells.add(element);
    counters.add(print.sum);
    whole += print;
  }
};

const Side& shared_side() {
  static const Side side = [] {
    Side made;
    Random random(1);
    for (std::uint64_t i = 0; i < shared_events; ++i) made.add(random_element(random));
    return made;
  }();
  return side;
}

Head random_head(Random& random) {
  return {{random(), random()}, {random(), random()}, shared_events, {random(), random()}};
}

// As an index with 2,000 blocks gives it.
Message summary_of(const Side& side, Random& random) {
  Message message;
  message.from = random_head(random);
  message.summary = Summary{side.whole, {}, side.counters.values()};
  for (std::uint64_t count = 512 * 512; count >= 512; count /= 8) {
    const auto ms = 1'750'000'000'000 + span_ms -
                    span_ms * static_cast<std::int64_t>(count) / static_cast<std::int64_t>(shared_events);
    message.summary->newest.push_back({{Ulid::first_of(ms), Ulid::greatest()}, {count, {random(), random()}}});
  }
  return message;
}

struct Exchange {
  std::size_t bytes = 0, cells = 0;
  double answerer_ms = 0, initiator_ms = 0;
  bool peeled = false;
};

// The side that was asked: an estimate, and as many cells.
std::string answer(const Side& side, const std::string& request, Random& random) {
  const Message asked = decode_binary(request).value();
  const double estimated = estimate(side.counters.values(), asked.summary->counters).value();
  const std::uint64_t mine = side.whole.count, theirs = asked.summary->whole.count;
  const std::uint64_t count =
      std::min<std::uint64_t>(cells_for(estimated, mine > theirs ? mine - theirs : theirs - mine), most_cells);
  const auto cells = side.cells.cells().first(count);
  Message message;
  message.from = random_head(random);
  message.next = random_head(random);
  message.cells = Cells{0, {cells.begin(), cells.end()}};
  return encode_binary(message);
}

std::string wants_of(const Difference& difference, Random& random) {
  Message message;
  message.from = random_head(random);
  message.wants.emplace();
  for (const Symbol& symbol : difference.only_theirs) message.wants->push_back(symbol.key);
  return encode_binary(message);
}

Exchange exchange(const Side& mine, const Side& theirs, Random& random) {
  Exchange done;
  const double start = processor_ms();
  const std::string summary = encode_binary(summary_of(mine, random));
  const double asked = processor_ms();
  const std::string cells = answer(theirs, summary, random);
  const double answered = processor_ms();
  const Message answer = decode_binary(cells).value();
  const Difference difference = peel(mine.cells.cells(), answer.cells->cells);
  const std::string wants = wants_of(difference, random);
  const double peeled = processor_ms();
  Message last;
  last.from = random_head(random);
  done.bytes = summary.size() + cells.size() + wants.size() + encode_binary(last).size();
  done.cells = answer.cells->cells.size();
  done.peeled = difference.complete;
  done.initiator_ms = (asked - start) + (peeled - answered);
  done.answerer_ms = answered - asked;
  return done;
}

}  // namespace

Scattered measure_scattered(std::uint64_t differences, double mine_share, std::uint64_t rounds) {
  Random random(differences);
  Scattered sum;
  sum.differences = differences;
  std::vector<double> bytes;
  Side mine = shared_side(), theirs = shared_side();
  for (std::uint64_t round = 0; round < rounds; ++round) {
    if (round > 0 && round % 16 == 0) mine = shared_side(), theirs = shared_side();
    std::vector<Element> elements(differences);
    const auto first_of_theirs = static_cast<std::uint64_t>(mine_share * static_cast<double>(differences));
    for (std::uint64_t i = 0; i < differences; ++i) {
      elements[i] = random_element(random);
      (i < first_of_theirs ? mine : theirs).add(elements[i]);
    }
    const Exchange done = exchange(mine, theirs, random);
    for (std::uint64_t i = 0; i < differences; ++i) (i < first_of_theirs ? theirs : mine).add(elements[i]);
    sum.peeled += done.peeled;
    sum.cells += static_cast<double>(done.cells);
    sum.answerer_ms += done.answerer_ms;
    sum.initiator_ms += done.initiator_ms;
    bytes.push_back(static_cast<double>(done.bytes) / static_cast<double>(differences));
    sum.bytes += bytes.back();
  }
  std::sort(bytes.begin(), bytes.end());
  const auto n = static_cast<double>(rounds);
  sum.bytes_99 = bytes[static_cast<std::size_t>(std::ceil(0.99 * n)) - 1];
  return {differences,
          sum.peeled / n,
          sum.bytes / n,
          sum.bytes_99,
          sum.cells / n / static_cast<double>(differences),
          sum.answerer_ms / n,
          sum.initiator_ms / n};
}

}  // namespace laterbase::bench
