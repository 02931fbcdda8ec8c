#include <fmt/format.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "bench/http/lmdb_baseline.h"
#include "bench/http/measures.h"
#include "bench/http/requests.h"
#include "bench/http/servers.h"
#include "bench/support/load.h"
#include "tests/support/node.h"

namespace laterbase::bench {
namespace {

constexpr std::size_t page_events = 10'000;

// What the kernel holds for the process, without the pages of files in its data directory: bytes.
double resident_bytes(const tests::Node& node, pid_t pid) {
  std::ifstream maps(fmt::format("/proc/{}/smaps", pid));
  double kib = 0;
  bool of_the_data = false;
  for (std::string line; std::getline(maps, line);) {
    std::istringstream words(line);
    std::string first;
    std::uint64_t size = 0;
    words >> first;
    if (first.find('-') != std::string::npos) of_the_data = line.find(node.data()) != std::string::npos;
    if (first == "Rss:" && !of_the_data && words >> size) kib += static_cast<double>(size);
  }
  return kib * 1024;
}

// Blocks that the file system has given to everything below the data directory: bytes.
double bytes_on_disk(const std::string& directory) {
  double bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    struct stat status = {};
    if (entry.is_regular_file() && ::stat(entry.path().c_str(), &status) == 0) {
      bytes += static_cast<double>(status.st_blocks) * 512;
    }
  }
  return bytes;
}

std::vector<std::string> feed_pages(std::size_t events) {
  std::vector<std::string> pages;
  for (std::size_t lc = 0; lc < events; lc += page_events) {
    pages.push_back(get(fmt::format("/db/bench/e?lc={}&limit={}", lc, page_events), "application/x-ndjson"));
  }
  return pages;
}

std::vector<std::string> range_pages(std::size_t events) {
  std::vector<std::string> pages;
  for (std::size_t i = 0; i < events; i += page_events) {
    const std::string target = fmt::format("/db/bench/e?from={}&limit={}", key_of(i, false), page_events);
    pages.push_back(get(target, "application/x-ndjson"));
  }
  return pages;
}

std::vector<std::string> point_reads(std::size_t events) {
  std::vector<std::string> reads;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    reads.push_back(get("/db/bench/e/" + key_of(i * 0x9E3779B97F4A7C15ULL % events, false)));
  }
  return reads;
}

// Lets a write-ahead file move to the tree, if it does so by itself.
void settle() { std::this_thread::sleep_for(std::chrono::seconds(2)); }

void measure_reads(const Plan& plan, const tests::Node& node, const LmdbBaseline& lmdb, const Sink& sink) {
  const std::size_t events = plan.batches * batch_events;
  const auto feed = feed_pages(events), range = range_pages(events), points = point_reads(events);
  const Server beast = Server::bare_beast();
  Turns feed_turns, range_turns, point_turns;
  const auto events_per_second = [&](const std::vector<std::string>& pages) {
    return page_events *
           requests_per_second({.port = node.port(), .most_requests = pages.size(), .seconds = 10}, pages);
  };
  const auto answers_per_second = [&](std::uint16_t port, const std::vector<std::string>& requests) {
    return requests_per_second({.port = port, .connections = 64, .seconds = plan.seconds}, requests);
  };
  for (int turn = 0; turn < plan.turns; ++turn) {
    feed_turns.add(events_per_second(feed), lmdb.scan());
    range_turns.add(events_per_second(range), lmdb.scan());
    point_turns.add(answers_per_second(node.port(), points), answers_per_second(beast.port(), {get("/")}));
  }
  const auto row = [&sink](const char* name, const Turns& turns, const char* unit, double goal, const char* baseline) {
    const auto [subject, base] = turns.median();
    sink({name, subject, base, unit, goal, Better::higher, baseline});
  };
  row("feed in NDJSON, pages of 10,000", feed_turns, "events/s", 0.3, "LMDB, cursor scan");
  row("range in NDJSON, pages of 10,000", range_turns, "events/s", 0.3, "LMDB, cursor scan");
  row("point reads, 64 connections", point_turns, "/s", 0.8, "bare Beast, GET");
}

}  // namespace

void measure_large(const Plan& plan, const Sink& sink) {
  tests::Node node;
  node.put("/db/bench");
  const double idle = resident_bytes(node, node.process().pid());
  const std::size_t events = plan.batches * batch_events;
  requests_per_second({.port = node.port(), .most_requests = plan.batches, .seconds = 120},
                      post_keyed_batches("/db/bench", plan.batches, false));
  settle();
  const double resident = resident_bytes(node, node.process().pid());
  const double disk = bytes_on_disk(node.data()) / static_cast<double>(events);
  const tests::TempDir directory;
  LmdbBaseline lmdb(directory.path());
  lmdb.put(false, events, 120);

  measure_reads(plan, node, lmdb, sink);
  const std::string size = fmt::format("{} k events", plan.batches);
  sink({"bytes on disk per 100-byte event", disk, 0, "bytes", 230, Better::lower, "after " + size});
  sink({"resident memory, idle", idle / 1e6, 0, "MB", 15, Better::lower, ""});
  sink({"resident memory, less the map", resident / 1e6, 0, "MB", 40, Better::lower, "after " + size});
  sink({"  and after the reads", resident_bytes(node, node.process().pid()) / 1e6, 0, "MB", 40, Better::lower, ""});
}

}  // namespace laterbase::bench
