#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sync/element.h"

// How much two sets differ, from a few bytes of each: tug-of-war counters (Alon, Matias, Szegedy, STOC 1996), of which
// an element pulls only one, up or down (Thorup and Zhang, SODA 2004). What both sets have cancels in the counters'
// difference; the sum of that difference's squares estimates the number of elements that only one side has.
//
// 256 counters miss by 9 % (standard deviation). A byte each is enough: they are modulo 256, which holds the difference
// of sets that differ in up to a quarter of a million elements; from there on the estimate stays somewhere above
// `counters_reach`, which is all that needs to be known.
// Threads: one at a time.
namespace laterbase::sync {

inline constexpr std::size_t default_counters = 256;
inline constexpr double counters_reach = 250'000;  // for 256 of them: an estimate above it only says "many"

class Counters {
 public:
  explicit Counters(std::size_t count = default_counters) : values_(count) {}

  // `hash`: element_hash() of the element.
  void add(const Hash128& hash) noexcept { pull(hash, 1); }
  void remove(const Hash128& hash) noexcept { pull(hash, -1); }

  const std::vector<std::int8_t>& values() const noexcept { return values_; }
  std::vector<std::int8_t>& values() noexcept { return values_; }

 private:
  void pull(const Hash128& hash, int by) noexcept;

  std::vector<std::int8_t> values_;
};

// Of the number of elements that only one side has. Nothing where the two can't be compared.
std::optional<double> estimate(std::span<const std::int8_t> mine, std::span<const std::int8_t> theirs);

// How many cells to send first, for sets that seem to differ in `estimated` elements and whose counts differ by
// `count_difference`: so many that the other side can peel them in 99 of 100 cases.
std::uint64_t cells_for(double estimated, std::uint64_t count_difference);

}  // namespace laterbase::sync
