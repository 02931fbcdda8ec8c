#include "bench/sync/nodes.h"

#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include "bench/support/report.h"
#include "engine/base/base64.h"
#include "engine/base/random.h"
#include "engine/events/ulid.h"
#include "tests/support/node.h"

namespace laterbase::bench {
namespace {

using tests::HttpConnection;
using tests::Node;
using Json = nlohmann::json;

constexpr std::size_t value_bytes = 200;
constexpr std::size_t batch_events = 5'000;
const std::string db = "/db/bench";

double now_s() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

void expect(const tests::Response& answer, int status) {
  if (answer.status != status) throw std::runtime_error(fmt::format("{}: {}", answer.status, answer.body));
}

// Events with keys of their own and values that can't be compressed, as lines of a POST.
std::string make_batch(UlidGenerator& keys, Random& random, std::size_t count) {
  std::string lines, value(value_bytes, '\0');
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t at = 0; at < value.size(); at += 8) store_le(value.data() + at, random());
    lines += "{\"key\":\"" + keys.next(1'700'000'000'000).text() + "\",\"base64\":\"";
    append_base64(lines, value);
    lines += "\"}\n";
  }
  return lines;
}

void post(HttpConnection& connection, const std::string& lines) {
  expect(connection.ask({.method = "POST",
                         .target = db + "/e",
                         .body = lines,
                         .headers = {{"Content-Type", "application/vnd.laterbase+x-ndjson"}}}),
         201);
}

std::uint64_t events_of(const Node& node) { return node.get(db).json()["events"]; }

void add_peer(const Node& node, const std::string& name, const Node& peer, int interval_ms) {
  const Json body = {{"url", peer.url()}, {"interval_ms", interval_ms}};
  expect(node.ask({.method = "PUT", .target = "/peers/" + name, .body = body.dump(), .headers = {}}), 201);
}

// ---- a first copy

double ingest(const Node& node, const std::vector<std::string>& batches) {
  HttpConnection connection(node.port(), 60'000);
  const double began = now_s();
  for (const std::string& batch : batches) post(connection, batch);
  return now_s() - began;
}

void print_copy(std::uint64_t events) {
  UlidGenerator keys(1);
  Random random(2);
  std::vector<std::string> batches;
  for (std::uint64_t done = 0; done < events; done += batch_events)
    batches.push_back(make_batch(keys, random, std::min<std::uint64_t>(batch_events, events - done)));
  const Node source, copy;
  source.put(db);
  copy.put(db);
  const double ingested_s = ingest(source, batches);
  HttpConnection connection(copy.port(), 600'000);
  const double began = now_s();
  const auto answer =
      connection.ask({.method = "POST", .target = db + "/sync?peer=" + source.url(), .body = "", .headers = {}});
  const double copied_s = now_s() - began;
  expect(answer, 200);
  if (events_of(copy) != events) throw std::runtime_error("the copy is not whole");
  const auto count = static_cast<double>(events);
  fmt::print("{}", row_text({"first copy, against plain ingest", count / copied_s, count / ingested_s, "events/s", 0.8,
                             Better::higher, "ingest"}));
  fmt::print("  {} round trips, {:.2f} bytes a byte of value\n", answer.json()["round_trips"].get<std::uint64_t>(),
             answer.json()["bytes_in"].get<double>() / (count * value_bytes));
  std::fflush(stdout);
}

// ---- a mesh

struct Traffic {
  std::uint64_t bytes = 0, round_trips = 0;
};

// Of all that every node has begun: question and answer.
Traffic traffic_of(const std::vector<std::unique_ptr<Node>>& nodes) {
  Traffic traffic;
  for (const auto& node : nodes) {
    const Json answer = node->get("/peers").json();
    for (const Json& peer : answer["peers"])
      for (const Json& link : peer["links"]) {
        if (!link.contains("total")) continue;
        traffic.bytes +=
            link["total"]["bytes_out"].get<std::uint64_t>() + link["total"]["bytes_in"].get<std::uint64_t>();
        traffic.round_trips += link["total"]["round_trips"].get<std::uint64_t>();
      }
  }
  return traffic;
}

void await_equal(const std::vector<std::unique_ptr<Node>>& nodes, std::uint64_t events) {
  for (const auto& node : nodes)
    while (events_of(*node) < events) std::this_thread::sleep_for(std::chrono::milliseconds(50));
}

std::vector<std::unique_ptr<Node>> make_mesh(std::size_t size) {
  std::vector<std::unique_ptr<Node>> nodes;
  for (std::size_t i = 0; i < size; ++i) {
    nodes.push_back(std::make_unique<Node>(Node::Options{{"--server.threads=1"}, "", false}));
    nodes.back()->put(db);
  }
  for (std::size_t i = 0; i < size; ++i)
    for (std::size_t j = 0; j < size; ++j)
      if (i != j) add_peer(*nodes[i], fmt::format("n{}", j), *nodes[j], 1000);
  return nodes;
}

void print_mesh(std::size_t size, std::uint64_t events_a_second, double seconds) {
  const auto nodes = make_mesh(size);
  UlidGenerator keys(3);
  Random random(4);
  std::uint64_t written = 0;
  const auto write_all = [&](std::size_t count) {
    for (const auto& node : nodes) {
      HttpConnection connection(node->port(), 60'000);
      post(connection, make_batch(keys, random, count));
      written += count;
    }
  };
  write_all(10);
  await_equal(nodes, written);
  std::this_thread::sleep_for(std::chrono::seconds(3));
  const Traffic idle = traffic_of(nodes);
  constexpr double idle_s = 4;
  std::this_thread::sleep_for(std::chrono::duration<double>(idle_s));
  const Traffic before = traffic_of(nodes);
  const std::uint64_t counted_from = written;
  const double began = now_s();
  while (now_s() < began + seconds) {
    const double turn = now_s();
    write_all(std::max<std::size_t>(1, events_a_second / size / 10));
    std::this_thread::sleep_for(std::chrono::duration<double>(std::max(0.0, turn + 0.1 - now_s())));
  }
  await_equal(nodes, written);
  const double took_s = now_s() - began;
  const Traffic after = traffic_of(nodes);
  const double moved = static_cast<double>((written - counted_from) * (size - 1));
  const double bytes = static_cast<double>(after.bytes - before.bytes);
  const double rate = static_cast<double>(written - counted_from) / took_s;
  fmt::print("{}", row_text({fmt::format("mesh of {}, {:.0f} events/s, bytes a byte of key and value", size, rate),
                             bytes / (moved * (value_bytes + 16)), 0, "", 1.10, Better::lower, ""}));
  const double checks = static_cast<double>(before.round_trips - idle.round_trips);
  fmt::print("{}", row_text({fmt::format("mesh of {}, idle: an exchange", size),
                             static_cast<double>(before.bytes - idle.bytes) / std::max(1.0, checks), 0, "B", 600,
                             Better::lower, ""}));
  fmt::print("  {} round trips for {} events\n", after.round_trips - before.round_trips, written - counted_from);
  std::fflush(stdout);
}

}  // namespace

void measure_nodes(std::uint64_t events) {
  fmt::print("{}\n", row_header());
  print_copy(events);
  print_mesh(2, 1000, 5);
  print_mesh(8, 200, 8);
  print_mesh(8, 1000, 8);
}

}  // namespace laterbase::bench
