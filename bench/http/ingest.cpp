#include <fmt/format.h>

#include "bench/http/lmdb_baseline.h"
#include "bench/http/measures.h"
#include "bench/http/requests.h"
#include "bench/http/servers.h"
#include "bench/support/load.h"
#include "tests/support/node.h"

namespace laterbase::bench {
namespace {

constexpr double events_of_a_batch = batch_events;

double laterbase_batches(std::size_t connections, double seconds) {
  tests::Node node;
  node.put("/db/bench");
  return events_of_a_batch * requests_per_second({.port = node.port(), .connections = connections, .seconds = seconds},
                                                 {post_batch("/db/bench")});
}

double lmdb_puts(bool random_keys, std::uint64_t events, double seconds) {
  const tests::TempDir directory;
  return LmdbBaseline(directory.path()).put(random_keys, events, seconds);
}

template <typename Make>
std::vector<std::string> numbered(Make make) {
  std::vector<std::string> requests;
  for (std::uint64_t i = 0; i < 10'000; ++i) requests.push_back(make(i));
  return requests;
}

Row turns_row(const std::string& name, const Turns& turns, const std::string& unit, double goal,
              const std::string& baseline_name) {
  const auto [subject, baseline] = turns.median();
  return {name, subject, baseline, unit, goal, Better::higher, baseline_name};
}

}  // namespace

void measure_ingest(const Plan& plan, const Sink& sink) {
  Turns one, four;
  for (int turn = 0; turn < plan.turns; ++turn) {
    const double lmdb = lmdb_puts(false, ~0ULL, plan.seconds);
    one.add(laterbase_batches(1, plan.seconds), lmdb);
    four.add(laterbase_batches(4, plan.seconds), lmdb_puts(false, ~0ULL, plan.seconds));
  }
  sink(turns_row("durable NDJSON batches, 1 connection", one, "events/s", 0.6, "LMDB, 1,000 a txn"));
  sink(turns_row("durable NDJSON batches, 4 connections", four, "events/s", 1.0, "LMDB, 1,000 a txn"));
}

void measure_singles(const Plan& plan, const Sink& sink) {
  tests::Node node;
  node.put("/db/bench");
  const Server beast = Server::bare_beast();
  const Server redis = Server::redis();
  const Server etcd = Server::etcd();
  const std::vector<std::string> single = {post("/db/bench/e", "application/json", value_of_100_bytes(7))};
  const std::vector<std::string> any = {get("/")};
  const auto sets = numbered(redis_set);
  const auto puts = numbered(etcd_put);
  const auto rate = [&plan](std::uint16_t port, std::size_t connections, const std::vector<std::string>& requests,
                            Protocol protocol = Protocol::http) {
    return requests_per_second(
        {.port = port, .connections = connections, .protocol = protocol, .seconds = plan.seconds}, requests);
  };
  Turns to_beast, to_one, to_redis, to_etcd;
  for (int turn = 0; turn < plan.turns; ++turn) {
    const double many = rate(node.port(), 64, single);
    to_beast.add(many, rate(beast.port(), 64, any));
    to_one.add(many, rate(node.port(), 1, single));
    const double again = rate(node.port(), 64, single);
    to_redis.add(again, rate(redis.port(), 64, sets, Protocol::redis));
    to_etcd.add(again, rate(etcd.port(), 64, puts));
  }
  sink(turns_row("single durable POSTs, 64 connections", to_beast, "/s", 0.6, "bare Beast, GET"));
  sink(turns_row("  beside one connection", to_one, "/s", 15, "1 connection"));
  sink(turns_row("  beside Redis", to_redis, "/s", 1, "Redis, appendfsync always"));
  sink(turns_row("  beside etcd", to_etcd, "/s", 5, "etcd, JSON gateway"));
}

void measure_backdated(const Plan& plan, const Sink& sink) {
  const std::size_t batches = plan.batches / 2;
  const auto requests = post_keyed_batches("/db/bench", batches, true);
  Turns turns;
  for (int turn = 0; turn < (plan.turns + 1) / 2; ++turn) {
    tests::Node node;
    node.put("/db/bench");
    const double laterbase =
        requests_per_second({.port = node.port(), .most_requests = batches, .seconds = 30}, requests);
    turns.add(events_of_a_batch * laterbase, lmdb_puts(true, batches * batch_events, 30));
  }
  sink(turns_row(fmt::format("{} k events in random key order", batches), turns, "events/s", 0.6,
                 "LMDB, the same order"));
}

}  // namespace laterbase::bench
