#include "bench/table/threads.h"

#include <latch>
#include <mutex>
#include <shared_mutex>
#include <thread>

#include "bench/table/containers.h"
#include "bench/table/measure.h"
#include "bench/table/work_table.h"

namespace laterbase::bench {
namespace {

class LockedMultiIndex {
 public:
  void insert(const Price& price) {
    const std::unique_lock guard(lock_);
    prices_.insert(price);
  }
  double read(std::uint64_t id) const {
    const std::shared_lock guard(lock_);
    return prices_.read(id);
  }
  void update(std::uint64_t id, double bid, std::uint64_t at) {
    const std::unique_lock guard(lock_);
    prices_.update(id, bid, at);
  }

 private:
  mutable std::shared_mutex lock_;
  MultiIndex prices_;
};

// From the first thread's beginning to the last one's end.
template <typename Work>
double together(unsigned threads, const std::vector<Price>& prices, std::uint64_t passes, Work&& work) {
  using Clock = std::chrono::steady_clock;
  std::latch ready(threads);
  std::vector<Clock::time_point> begins(threads), ends(threads);
  std::vector<std::thread> all;
  for (unsigned part = 0; part < threads; ++part)
    all.emplace_back([&, part] {
      ready.arrive_and_wait();
      begins[part] = Clock::now();
      for (std::uint64_t pass = 0; pass < passes; ++pass)
        for (auto i = static_cast<std::size_t>(part); i < prices.size(); i += threads) work(prices[i]);
      ends[part] = Clock::now();
    });
  for (auto& thread : all) thread.join();
  const std::chrono::duration<double, std::nano> took =
      *std::max_element(ends.begin(), ends.end()) - *std::min_element(begins.begin(), begins.end());
  return took.count() / static_cast<double>(prices.size() * passes);
}

template <typename Contender>
Figures measure_once(std::uint64_t rows, unsigned threads, std::uint64_t seed) {
  Random random(seed);
  std::vector<Price> prices;
  for (const auto id : shuffled_ids(rows, random)) prices.push_back(random_price(id, random));
  const auto passes = std::max<std::uint64_t>(1, 200'000 / rows);
  Contender contender;
  Figures figures;
  figures["insert"] = together(threads, prices, 1, [&](const Price& price) { contender.insert(price); });
  figures["point read"] = together(threads, prices, passes, [&](const Price& price) {
    if (contender.read(price.id) < 0) sink = 1;
  });
  // To elsewhere in the order of bids.
  figures["update"] = together(threads, prices, 1, [&](const Price& price) {
    contender.update(price.id, highest_bid - price.bid, price.at + 1);
  });
  return figures;
}

template <typename Contender>
Figures measure(std::uint64_t rows, unsigned threads) {
  std::vector<Figures> turns;
  for (std::uint64_t turn = 0; turn < (rows <= 100'000 ? 15 : 1); ++turn)
    turns.push_back(measure_once<Contender>(rows, threads, turn));
  return median_of(turns);
}

}  // namespace

Figures measure_work_table(std::uint64_t rows, unsigned threads) { return measure<WorkTable>(rows, threads); }

Figures measure_locked_multi_index(std::uint64_t rows, unsigned threads) {
  return measure<LockedMultiIndex>(rows, threads);
}

}  // namespace laterbase::bench
