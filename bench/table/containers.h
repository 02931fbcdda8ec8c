#pragma once

#include <boost/multi_index/hashed_index.hpp>
#include <boost/multi_index/member.hpp>
#include <boost/multi_index/ordered_index.hpp>
#include <boost/multi_index_container.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <unordered_map>

#include "bench/table/price.h"

namespace laterbase::bench {

// The same indexes as the table's; that of exchanges ordered, because to modify a row of a hashed one that is not
// unique walks all rows of the same hash.
class MultiIndex {
 public:
  static constexpr const char* name = "multi_index";
  static constexpr bool indexed = true;

  void insert(const Price& price) { prices_.insert(price); }
  double read(std::uint64_t id) const {
    const auto found = prices_.find(id);
    return found == prices_.end() ? 0 : found->bid + number_of(found->at);
  }
  std::uint64_t each_of(std::uint8_t exchange, std::uint64_t most, double& sum) const {
    auto [at, end] = prices_.get<1>().equal_range(exchange);
    std::uint64_t rows = 0;
    for (; at != end && rows < most; ++at, ++rows) sum += at->bid;
    return rows;
  }
  std::uint64_t range(double low, double high, double& sum) const {
    std::uint64_t rows = 0;
    const auto end = prices_.get<2>().upper_bound(high);
    for (auto at = prices_.get<2>().lower_bound(low); at != end; ++at, ++rows) sum += at->ask;
    return rows;
  }
  void update(std::uint64_t id, double bid, std::uint64_t at) {
    prices_.modify(prices_.find(id), [&](Price& price) {
      price.bid = bid;
      price.ask = bid + 1;
      price.at = at;
    });
  }
  void erase(std::uint64_t id) { prices_.erase(id); }
  std::uint64_t size() const { return prices_.size(); }

 private:
  boost::multi_index_container<
      Price,
      boost::multi_index::indexed_by<
          boost::multi_index::hashed_unique<boost::multi_index::member<Price, std::uint64_t, &Price::id>>,
          boost::multi_index::ordered_non_unique<boost::multi_index::member<Price, std::uint8_t, &Price::exchange>>,
          boost::multi_index::ordered_non_unique<boost::multi_index::member<Price, double, &Price::bid>>,
          boost::multi_index::ordered_non_unique<boost::multi_index::member<Price, std::uint64_t, &Price::at>>>>
      prices_;
};

// A map by id, without other indexes.
template <typename Map>
class MapContender {
 public:
  static constexpr bool indexed = false;

  void insert(const Price& price) { prices_.emplace(price.id, price); }
  double read(std::uint64_t id) const {
    const auto found = prices_.find(id);
    return found == prices_.end() ? 0 : found->second.bid + number_of(found->second.at);
  }
  void update(std::uint64_t id, double bid, std::uint64_t at) {
    auto& price = prices_.find(id)->second;
    price.bid = bid;
    price.ask = bid + 1;
    price.at = at;
  }
  void erase(std::uint64_t id) { prices_.erase(id); }
  std::uint64_t size() const { return prices_.size(); }

 private:
  Map prices_;
};

class StdMap : public MapContender<std::unordered_map<std::uint64_t, Price>> {
 public:
  static constexpr const char* name = "unordered_map";
};

class FlatMap : public MapContender<boost::unordered_flat_map<std::uint64_t, Price>> {
 public:
  static constexpr const char* name = "flat_map";
};

}  // namespace laterbase::bench
