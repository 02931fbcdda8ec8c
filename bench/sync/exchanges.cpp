#include "bench/sync/exchanges.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <stdexcept>

#include "sync/answer.h"
#include "sync/binary_codec.h"
#include "sync/exchange.h"
#include "tests/sync/log_replica.h"

namespace laterbase::bench {
namespace {

using tests::LogReplica;
using Steady = std::chrono::steady_clock;

constexpr std::int64_t now_ms = 1'700'000'000'000;
constexpr std::int64_t year_ms = 31'536'000'000;
constexpr std::size_t value_bytes = 200;
constexpr std::uint64_t page_bytes = 60 << 20;  // of events in one message; what is more takes a round trip each

struct Cost {
  sync::Outcome outcome;
  std::uint64_t bytes = 0;        // of all bodies
  std::uint64_t event_bytes = 0;  // of the events in them, keys included
  double asking_ms = 0, asked_ms = 0;
};

double ms_since(Steady::time_point start) {
  return std::chrono::duration<double, std::milli>(Steady::now() - start).count();
}

std::uint64_t bytes_of_events(const sync::Message& message) {
  if (message.events.empty()) return 0;
  sync::Message only;
  only.events = message.events;
  return sync::encode_binary(only).size() - sync::encode_binary({}).size();
}

// One side's work, and what goes over the wire.
class Wire {
 public:
  explicit Wire(Cost& cost) : cost_(cost) {}
  sync::Message carry(const sync::Message& message, const std::vector<Ulid>& asked, double& from_ms, double& to_ms) {
    auto start = Steady::now();
    const std::string bytes = sync::encode_binary(message, asked);
    from_ms += ms_since(start);
    start = Steady::now();
    sync::Message read = sync::decode_binary(bytes, {}, asked).value();
    to_ms += ms_since(start);
    cost_.bytes += bytes.size();
    cost_.event_bytes += bytes_of_events(message);
    return read;
  }

 private:
  Cost& cost_;
};

Cost converse(LogReplica& asking, LogReplica& asked, sync::PeerView& view) {
  Cost cost;
  Wire wire(cost);
  sync::ExchangeOptions options;
  options.limits.events = options.limits.ids = 1 << 18;
  options.limits.events_bytes = page_bytes;
  sync::Exchange exchange(asking, view, options);
  for (;;) {
    auto start = Steady::now();
    const auto message = exchange.next();
    cost.asking_ms += ms_since(start);
    if (!message) break;
    const auto keys = message->ids.value_or(std::vector<Ulid>{});
    const sync::Message question = wire.carry(*message, {}, cost.asking_ms, cost.asked_ms);
    start = Steady::now();
    const auto answer = sync::answer(asked, question, options.limits);
    cost.asked_ms += ms_since(start);
    if (!answer) throw std::runtime_error(answer.error().detail);
    const sync::Message reply = wire.carry(*answer, keys, cost.asked_ms, cost.asking_ms);
    start = Steady::now();
    if (const auto taken = exchange.take(reply); !taken) throw std::runtime_error(taken.error().detail);
    cost.asking_ms += ms_since(start);
  }
  cost.outcome = exchange.outcome();
  return cost;
}

class Pair {
 public:
  explicit Pair(std::uint64_t seed) : random_(seed) {}

  std::vector<std::pair<Ulid, std::string>> events(std::uint64_t count, std::int64_t from_ms, std::int64_t until_ms) {
    std::vector<std::pair<Ulid, std::string>> made(count);
    for (auto& [key, value] : made) {
      const auto at =
          from_ms + static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(until_ms - from_ms)));
      key = Ulid::first_of(at);
      key.high |= random_() & 0xffff;
      key.low = random_();
      value.resize(value_bytes);
      for (std::size_t i = 0; i < value_bytes; i += 8) store_le(value.data() + i, random_());
    }
    return made;
  }

  static void write(LogReplica& replica, const std::vector<std::pair<Ulid, std::string>>& events) {
    for (std::size_t at = 0; at < events.size(); at += 1'000) {
      Batch batch;
      for (std::size_t i = at; i < std::min(events.size(), at + 1'000); ++i) {
        NewEvent event;
        event.key = events[i].first;
        event.offset = static_cast<std::uint32_t>(batch.payload.size());
        event.size = value_bytes;
        batch.payload += events[i].second;
        batch.events.push_back(std::move(event));
      }
      replica.append(std::move(batch)).value();
    }
  }

 private:
  Random random_;
};

struct Target {
  double bytes_in_all = 0;        // besides the events; 0: none
  double bytes_a_difference = 0;  // the same; 0: none
  double cpu_ms = 0;              // a side; 0: none
};

std::string verdict(bool met) { return met ? "reached" : "missed"; }

void print(const std::string& name, const Cost& cost, const Target& target, std::uint64_t differences = 0) {
  const double besides = static_cast<double>(cost.bytes - cost.event_bytes);
  const std::uint64_t pages = cost.event_bytes / page_bytes;
  std::string goals =
      pages ? fmt::format("2 round trips and {} pages {}", pages, verdict(cost.outcome.messages <= 2 + pages))
            : fmt::format("2 round trips {}", verdict(cost.outcome.messages <= 2));
  if (target.bytes_in_all > 0)
    goals += fmt::format(", {:.0f} bytes {}", target.bytes_in_all, verdict(besides <= target.bytes_in_all));
  if (target.bytes_a_difference > 0)
    goals += fmt::format(", {:.0f} bytes each {}", target.bytes_a_difference,
                         verdict(besides <= target.bytes_a_difference * static_cast<double>(differences)));
  if (target.cpu_ms > 0)
    goals += fmt::format(", {:.0f} ms a side {}", target.cpu_ms,
                         verdict(std::max(cost.asking_ms, cost.asked_ms) <= target.cpu_ms));
  std::printf("%-34s %-7s %2llu %10llu %9.1f %8.1f %8.1f  %s%s\n", name.c_str(), name_of(cost.outcome.mode),
              static_cast<unsigned long long>(cost.outcome.messages), static_cast<unsigned long long>(cost.bytes),
              differences ? besides / static_cast<double>(differences) : besides, cost.asking_ms, cost.asked_ms,
              goals.c_str(), cost.outcome.equal ? "" : "  NOT EQUAL");
  std::fflush(stdout);
}

void scattered(Pair& pair, LogReplica& a, LogReplica& b) {
  for (const std::uint64_t differences : {1U, 10U, 100U, 1'000U, 10'000U, 100'000U}) {
    Pair::write(a, pair.events(differences / 2, now_ms - year_ms, now_ms));
    Pair::write(b, pair.events(differences - differences / 2, now_ms - year_ms, now_ms));
    sync::PeerView stranger;
    Target target;
    if (differences >= 100) target = {0, 60, 100};
    print(fmt::format("{} scattered differences", differences), converse(a, b, stranger), target, differences);
  }
}

}  // namespace

void measure_exchanges(std::uint64_t events, std::uint64_t seed) {
  std::printf("%llu events of %zu bytes on each side; bytes are of the bodies, `besides` those that are no event's\n",
              static_cast<unsigned long long>(events), value_bytes);
  std::printf("%-34s %-7s %2s %10s %9s %8s %8s  %s\n", "", "way", "RT", "bytes", "besides", "ms asks", "answers",
              "targets");
  Pair pair(seed);
  LogReplica a(1), b(2), copy_of_a(1);
  {
    const auto shared = pair.events(events, now_ms - year_ms, now_ms);
    Pair::write(a, shared);
    Pair::write(b, shared);
    Pair::write(copy_of_a, shared);
  }
  sync::PeerView view, view_of_b, view_of_copy;
  converse(a, b, view);  // builds both indexes
  converse(copy_of_a, b, view_of_copy);
  converse(b, a, view_of_b);
  copy_of_a.log().flush();
  print("idle, cursors stand", converse(a, b, view), {600, 0, 0});
  sync::PeerView stranger;
  print("equal, no cursor known", converse(a, b, stranger), {1'000, 0, 0});
  Pair::write(a, pair.events(10'000, now_ms - 60'000, now_ms));
  print("stale by 10,000, cursor stands", converse(b, a, view_of_b), {1'000, 0, 0});
  copy_of_a.open(99);
  copy_of_a.with_index([](sync::Index&, Snapshot&) {});  // built, as after any start
  print("restored, 10,000 lost", converse(copy_of_a, b, view_of_copy), {1'000, 0, 0});
  LogReplica wiped(3);
  sync::PeerView view_of_wiped;
  print("wiped", converse(wiped, b, view_of_wiped), {1'000, 0, 0});
  scattered(pair, a, b);
  Pair::write(a, pair.events(10'000, now_ms - 60'000, now_ms));
  Pair::write(b, pair.events(10'000, now_ms - 60'000, now_ms));
  sync::PeerView other;
  print("10,000 newest on each side", converse(a, b, other), {0, 60, 0}, 20'000);
}

}  // namespace laterbase::bench
