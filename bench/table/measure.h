#pragma once

#include <malloc.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>

#include "bench/table/price.h"

// One contender through all operations. Figures are nanoseconds a row, or bytes a row.
namespace laterbase::bench {

using Figures = std::map<std::string, double>;  // by operation

inline const char* const operations[] = {"insert", "point read", "read, of 100", "indexed read", "range read",
                                         "update", "churn",      "delete",       "bytes a row"};

// Memory in use, and what the contender has mapped by itself.
template <typename Contender>
double allocated(const Contender* contender) {
  const auto info = ::mallinfo2();
  auto bytes = static_cast<double>(info.uordblks + info.hblkhd);
  if constexpr (requires { contender->mapped(); }) bytes += contender == nullptr ? 0 : contender->mapped();
  return bytes;
}

// By the clock: what several threads or the disk take.
template <typename Run>
double nanoseconds(std::uint64_t rows, Run&& run) {
  const auto began = std::chrono::steady_clock::now();
  run();
  const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - began;
  return took.count() / static_cast<double>(rows);
}

// Of this thread's processor time, so that others who use the machine don't count.
template <typename Run>
double processor_nanoseconds(std::uint64_t rows, Run&& run) {
  const auto now = [] {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
  };
  const auto began = now();
  run();
  return (now() - began) / static_cast<double>(rows);
}

// What was read goes here, so that reading is not optimised away.
inline volatile double sink = 0;

template <typename Contender>
class Measurement {
 public:
  Measurement(std::uint64_t rows, std::uint64_t seed)
      : rows_(rows),
        reads_(std::clamp<std::uint64_t>(rows, 200'000, 2'000'000)),
        changes_(std::min<std::uint64_t>(rows, 1'000'000)),
        random_(seed) {}

  Figures run() {
    fill();
    read_points();
    if constexpr (Contender::indexed) read_indexes();
    update();
    churn();
    erase();
    return figures_;
  }

 private:
  void fill() {
    const auto ids = shuffled_ids(rows_, random_);
    std::vector<Price> prices;
    for (const auto id : ids) prices.push_back(random_price(id, random_));
    const auto before = allocated(contender_.get());
    contender_ = std::make_unique<Contender>();
    figures_["insert"] = processor_nanoseconds(rows_, [&] {
      for (const auto& price : prices) contender_->insert(price);
    });
    figures_["bytes a row"] = (allocated(contender_.get()) - before) / static_cast<double>(rows_);
    if (contender_->size() != rows_) throw std::runtime_error("rows are missing after the inserts");
  }

  std::uint64_t random_id() { return 1 + random_.below(rows_); }

  void read_points() {
    std::vector<std::uint64_t> ids(reads_);
    for (auto& id : ids) id = random_id();
    double sum = 0;
    figures_["point read"] = processor_nanoseconds(reads_, [&] {
      for (const auto id : ids) sum += contender_->read(id);
    });
    if constexpr (requires { contender_->read_all(ids.data(), ids.data()); })
      figures_["read, of 100"] = processor_nanoseconds(reads_, [&] {
        for (std::size_t i = 0; i < ids.size(); i += 100)
          sum += contender_->read_all(&ids[i], &ids[i] + std::min<std::size_t>(100, ids.size() - i));
      });
    sink = sum;
  }

  // Some 100 rows a query.
  void read_indexes() {
    double sum = 0;
    std::uint64_t rows = 0;
    const auto by_index = processor_nanoseconds(1, [&] {
      while (rows < reads_) rows += contender_->each_of(static_cast<std::uint8_t>(random_.below(exchanges)), 100, sum);
    });
    figures_["indexed read"] = by_index / static_cast<double>(rows);
    rows = 0;
    const double width = highest_bid * 100 / static_cast<double>(rows_);
    const auto by_range = processor_nanoseconds(1, [&] {
      while (rows < reads_) {
        const auto low = static_cast<double>(random_.below(static_cast<std::uint64_t>(highest_bid)));
        rows += contender_->range(low, low + width, sum);
      }
    });
    figures_["range read"] = by_range / static_cast<double>(rows);
    sink = sum;
  }

  // Of all rows or, where they are many, of a million of them: SQLite takes minutes for more.
  std::vector<std::uint64_t> some_ids() {
    auto ids = shuffled_ids(rows_, random_);
    ids.resize(changes_);
    return ids;
  }

  void update() {
    const auto ids = some_ids();
    std::vector<Price> news;
    for (const auto id : ids) news.push_back(random_price(id, random_));
    figures_["update"] = processor_nanoseconds(changes_, [&] {
      for (const auto& price : news) contender_->update(price.id, price.bid, price.at);
    });
  }

  // Rows go and come, twice.
  void churn() {
    for (int round = 0; round < 2; ++round) {
      const auto ids = some_ids();
      std::vector<Price> prices;
      for (const auto id : ids) prices.push_back(random_price(id, random_));
      figures_["churn"] = processor_nanoseconds(changes_, [&] {
        for (const auto& price : prices) {
          contender_->erase(price.id);
          contender_->insert(price);
        }
      });
    }
    if (contender_->size() != rows_) throw std::runtime_error("rows are missing after the churn");
  }

  void erase() {
    const auto ids = some_ids();
    figures_["delete"] = processor_nanoseconds(changes_, [&] {
      for (const auto id : ids) contender_->erase(id);
    });
    if (contender_->size() != rows_ - changes_) throw std::runtime_error("other rows are left than those not deleted");
  }

  std::uint64_t rows_;
  std::uint64_t reads_;
  std::uint64_t changes_;  // rows that are updated, churned, deleted
  Random random_;
  std::unique_ptr<Contender> contender_;
  Figures figures_;
};

// The median of each figure over some turns.
inline Figures median_of(const std::vector<Figures>& turns) {
  Figures medians;
  for (const auto& [operation, value] : turns.front()) {
    std::vector<double> values;
    for (const auto& turn : turns) values.push_back(turn.at(operation));
    std::sort(values.begin(), values.end());
    medians[operation] = values[values.size() / 2];
  }
  return medians;
}

}  // namespace laterbase::bench
