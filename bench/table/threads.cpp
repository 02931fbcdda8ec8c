#include "bench/table/threads.h"

#include <functional>
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

template <typename Work>
double together(std::uint64_t rows, unsigned threads, const std::vector<Price>& prices, Work&& work) {
  return nanoseconds(rows, [&] {
    std::vector<std::thread> all;
    for (unsigned part = 0; part < threads; ++part)
      all.emplace_back([&, part] {
        for (auto i = static_cast<std::size_t>(part); i < prices.size(); i += threads) work(prices[i]);
      });
    for (auto& thread : all) thread.join();
  });
}

template <typename Contender>
ThreadFigures measure(std::uint64_t rows, unsigned threads) {
  Random random(rows);
  std::vector<Price> prices;
  for (const auto id : shuffled_ids(rows, random)) prices.push_back(random_price(id, random));
  Contender contender;
  ThreadFigures figures;
  figures.insert = together(rows, threads, prices, [&](const Price& price) { contender.insert(price); });
  figures.read = together(rows, threads, prices, [&](const Price& price) {
    if (contender.read(price.id) < 0) sink = 1;
  });
  figures.update =
      together(rows, threads, prices, [&](const Price& price) { contender.update(price.id, price.ask, price.at + 1); });
  return figures;
}

}  // namespace

ThreadFigures measure_work_table(std::uint64_t rows, unsigned threads) { return measure<WorkTable>(rows, threads); }

ThreadFigures measure_locked_multi_index(std::uint64_t rows, unsigned threads) {
  return measure<LockedMultiIndex>(rows, threads);
}

}  // namespace laterbase::bench
