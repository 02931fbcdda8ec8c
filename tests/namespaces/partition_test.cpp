#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <thread>

#include "engine/base/random.h"
#include "tests/namespaces/network.h"
#include "tests/namespaces/site.h"
#include "tests/namespaces/slow_link.h"
#include "tests/support/seed.h"

using namespace laterbase::tests;
using laterbase::Random;

// Three nodes in network namespaces take writes while their network fails them and they are killed. In the end every
// event that any of them has acknowledged is on all of them, with its value, and nothing else is.

namespace {

void pause(std::uint64_t ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

std::string make_key(Random& random) {
  static constexpr char letters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  std::string key = "01H";  // of 2023
  while (key.size() < 26) key += letters[random.below(32)];
  return key;
}

// Writes batches to one node as long as it is let; knows what it has tried and what was acknowledged.
class Writer {
 public:
  Writer(NetworkSite& site, std::string name, std::uint64_t seed)
      : site_(site), name_(std::move(name)), random_(seed), thread_([this] { run(); }) {}
  ~Writer() { stop(); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }
  Contents tried, acknowledged;

 private:
  void run() {
    while (!stopping_) {
      std::string lines;
      Contents batch;
      const std::uint64_t count = 1 + random_.below(10);
      for (std::uint64_t i = 0; i < count; ++i) {
        const std::string key = make_key(random_), value = name_ + ":" + std::to_string(tried.size() + batch.size());
        lines += "{\"key\":\"" + key + "\",\"value\":\"" + value + "\"}\n";
        batch[key] = value;
      }
      tried.insert(batch.begin(), batch.end());
      if (site_.post(lines) == 201) acknowledged.insert(batch.begin(), batch.end());
      pause(random_.below(20));
    }
  }

  NetworkSite& site_;
  std::string name_;
  Random random_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

struct Cluster {
  explicit Cluster(std::uint64_t seed) : random(seed) {
    for (std::size_t i = 0; i < network.size(); ++i) sites.push_back(std::make_unique<NetworkSite>(network, i));
    // Everybody knows everybody; between the first two, what the first asks for goes through a proxy.
    slow = std::make_unique<SlowLink>(network.gateway(), network.address(1), std::uint16_t{7070}, seed);
    for (std::size_t i = 0; i < sites.size(); ++i)
      for (std::size_t j = 0; j < sites.size(); ++j)
        if (i != j) sites[i]->add_peer("n" + std::to_string(j), i == 0 && j == 1 ? slow->url() : sites[j]->url());
    for (auto& site : sites) site->start();
  }

  void fault() {
    const std::size_t one = random.below(sites.size()),
                      other = (one + 1 + random.below(sites.size() - 1)) % sites.size();
    switch (random.below(5)) {
      case 0:  // both ways
        network.drop(one, other);
        network.drop(other, one);
        break;
      case 1:  // one way
        network.drop(one, other);
        break;
      case 2:  // at random
        network.drop(one, other, 40);
        network.drop(other, one, 40);
        break;
      case 3:  // one is alone
        for (std::size_t i = 0; i < sites.size(); ++i) {
          if (i == one) continue;
          network.drop(one, i);
          network.drop(i, one);
        }
        break;
      default:
        sites[one]->kill();
        ++kills;
        pause(random.below(300));
        sites[one]->start();
    }
  }

  std::optional<std::vector<Contents>> all_contents() {
    std::vector<Contents> all;
    for (auto& site : sites) {
      auto held = site->contents();
      if (!held) return std::nullopt;
      all.push_back(std::move(*held));
    }
    return all;
  }

  Network network{3};
  Random random;
  std::vector<std::unique_ptr<NetworkSite>> sites;
  std::unique_ptr<SlowLink> slow;
  std::uint64_t kills = 0;
};

void check_one_life(std::uint64_t seed, std::uint64_t cycles) {
  CAPTURE(seed);
  Cluster cluster(seed);
  std::vector<std::unique_ptr<Writer>> writers;
  for (std::size_t i = 0; i < cluster.sites.size(); ++i)
    writers.push_back(std::make_unique<Writer>(*cluster.sites[i], "w" + std::to_string(i), seed + i));
  for (std::uint64_t cycle = 0; cycle < cycles; ++cycle) {
    cluster.fault();
    if (cycle % 4 == 3) {  // at least one of these in any life
      cluster.sites[cycle % 3]->kill();
      ++cluster.kills;
      cluster.sites[cycle % 3]->start();
    }
    pause(200 + cluster.random.below(800));
    if (cluster.random.one_in(2)) cluster.network.heal();
  }
  for (auto& writer : writers) writer->stop();
  cluster.network.heal();
  cluster.slow->set_gentle();

  Contents tried, acknowledged;
  for (auto& writer : writers) {
    tried.insert(writer->tried.begin(), writer->tried.end());
    acknowledged.insert(writer->acknowledged.begin(), writer->acknowledged.end());
  }
  const auto began = std::chrono::steady_clock::now();
  std::optional<std::vector<Contents>> all;
  do {
    pause(100);
    all = cluster.all_contents();
    if (all && (*all)[0].size() >= acknowledged.size() && (*all)[0] == (*all)[1] && (*all)[1] == (*all)[2]) break;
  } while (std::chrono::steady_clock::now() < began + std::chrono::seconds(60));
  REQUIRE(all.has_value());
  for (std::size_t i = 0; i < all->size(); ++i) {
    CAPTURE(i, (*all)[i].size(), acknowledged.size(), tried.size(), cluster.sites[i]->log());
    CHECK(((*all)[i] == (*all)[0]));
    std::uint64_t lost = 0, invented = 0;
    for (const auto& [key, value] : acknowledged) lost += (*all)[i].contains(key) && (*all)[i][key] == value ? 0 : 1;
    for (const auto& [key, value] : (*all)[i]) invented += tried.contains(key) && tried[key] == value ? 0 : 1;
    CHECK(lost == 0);
    CHECK(invented == 0);
  }
  std::printf(
      "%llu faults, %llu packets dropped, %llu kills, %llu connections cut: %zu events acknowledged, %zu on each "
      "node\n",
      static_cast<unsigned long long>(cycles), static_cast<unsigned long long>(cluster.network.dropped()),
      static_cast<unsigned long long>(cluster.kills), static_cast<unsigned long long>(cluster.slow->cut()),
      acknowledged.size(), (*all)[0].size());
  CHECK(cluster.network.dropped() > 0);
  CHECK(cluster.kills > 0);
  CHECK(acknowledged.size() > 100);
}

}  // namespace

TEST_CASE("three nodes whose network fails and that are killed end with the same events, and with all of them") {
  if (const auto missing = Network::missing()) {
    WARN("skipped: " + *missing);
    std::printf("skipped: %s\n", missing->c_str());
    return;
  }
  const std::uint64_t lives = laterbase::test_size(1, 10);
  const std::uint64_t cycles = laterbase::test_size(8, 60);
  for (std::uint64_t life = 0; life < lives; ++life) check_one_life(laterbase::test_seed() + life, cycles);
}
