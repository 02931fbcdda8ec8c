#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/random.h"

// The rows that everybody is measured with.
namespace laterbase::bench {

struct Price {
  std::uint64_t id = 0;
  std::uint8_t exchange = 0;
  std::uint8_t level = 0;
  double bid = 0, ask = 0;
  double bid_quantity = 0, ask_quantity = 0;
  std::uint64_t at = 0;
};

// Without a branch on the highest bit, which is random and would be guessed wrong every other time.
inline double number_of(std::uint64_t at) { return static_cast<double>(static_cast<std::int64_t>(at >> 1)); }

constexpr std::uint64_t exchanges = 200;
constexpr double highest_bid = 100'000;

inline Price random_price(std::uint64_t id, Random& random) {
  Price price;
  price.id = id;
  price.exchange = static_cast<std::uint8_t>(random.below(exchanges));
  price.level = static_cast<std::uint8_t>(random.below(10));
  price.bid = static_cast<double>(random.below(10'000'000'000)) * (highest_bid / 1e10);
  price.ask = price.bid + 1;
  price.bid_quantity = static_cast<double>(random.below(1000));
  price.ask_quantity = static_cast<double>(random.below(1000));
  price.at = random();
  return price;
}

// 1 to `rows`, shuffled.
inline std::vector<std::uint64_t> shuffled_ids(std::uint64_t rows, Random& random) {
  std::vector<std::uint64_t> ids(rows);
  for (std::uint64_t i = 0; i < rows; ++i) ids[i] = i + 1;
  for (std::uint64_t i = rows; i > 1; --i) std::swap(ids[i - 1], ids[random.below(i)]);
  return ids;
}

}  // namespace laterbase::bench
