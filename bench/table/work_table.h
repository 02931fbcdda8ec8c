#pragma once

#include "bench/table/price.h"
#include "engine/table/table.h"

namespace laterbase::bench {

using Prices =
    worktable::Table<"price", worktable::column<"id", std::uint64_t, worktable::primary_key, worktable::autoincrement>,
                     worktable::column<"exchange", std::uint8_t, worktable::index>,
                     worktable::column<"level", std::uint8_t>,
                     worktable::column<"bid", double, worktable::ordered_index>, worktable::column<"ask", double>,
                     worktable::column<"bid_quantity", double>, worktable::column<"ask_quantity", double>,
                     worktable::column<"at", std::uint64_t, worktable::ordered_index>>;

// What is measured. Every contender has this interface; those without indexes leave each_of and range out.
class WorkTable {
 public:
  static constexpr const char* name = "worktable";
  static constexpr bool indexed = true;

  void insert(const Price& p) {
    (void)prices_.insert(p.id, p.exchange, p.level, p.bid, p.ask, p.bid_quantity, p.ask_quantity, p.at);
  }
  double read(std::uint64_t id) const {
    const auto price = prices_.get<"bid", "at">(id);
    return price ? std::get<0>(*price) + number_of(std::get<1>(*price)) : 0;
  }
  // Many, one after the other.
  double read_all(const std::uint64_t* id, const std::uint64_t* end) const {
    double sum = 0;
    const auto reading = prices_.read();
    for (; id != end; ++id)
      if (const auto price = reading.get<"bid", "at">(*id)) sum += std::get<0>(*price) + number_of(std::get<1>(*price));
    return sum;
  }
  // Adds up bids of at most `most` rows of an exchange; how many they were.
  std::uint64_t each_of(std::uint8_t exchange, std::uint64_t most, double& sum) {
    std::uint64_t rows = 0;
    prices_.select<"bid">().where<"exchange">(worktable::equal, exchange).limit(most).for_each([&](const auto& row) {
      sum += std::get<0>(row);
      ++rows;
    });
    return rows;
  }
  std::uint64_t range(double low, double high, double& sum) {
    std::uint64_t rows = 0;
    prices_.select<"ask">().where<"bid">(worktable::between, low, high).for_each([&](const auto& row) {
      sum += std::get<0>(row);
      ++rows;
    });
    return rows;
  }
  void update(std::uint64_t id, double bid, std::uint64_t at) {
    (void)prices_.update<"bid", "ask", "at">(std::tuple(id), bid, bid + 1, at);
  }
  void erase(std::uint64_t id) { (void)prices_.erase(id); }
  std::uint64_t size() const { return prices_.size(); }
  // Of the pages and the array of keys, which are not malloc's.
  double mapped() const { return static_cast<double>(prices_.use().page_bytes + prices_.use().key_bytes); }
  Prices& prices() { return prices_; }

 private:
  Prices prices_;
};

}  // namespace laterbase::bench
