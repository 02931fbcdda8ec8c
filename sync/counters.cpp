#include "sync/counters.h"

#include <algorithm>
#include <cmath>

namespace laterbase::sync {

void Counters::pull(const Hash128& hash, int by) noexcept {
  // The hash's upper bits lead to the counter, its lowest one says which way.
  const std::size_t at = ((hash.high >> 32) * values_.size()) >> 32;
  const int up = (hash.low & 1) != 0 ? by : -by;
  values_[at] = static_cast<std::int8_t>(static_cast<std::uint8_t>(values_[at] + up));
}

std::optional<double> estimate(std::span<const std::int8_t> mine, std::span<const std::int8_t> theirs) {
  if (mine.size() != theirs.size() || mine.empty()) return std::nullopt;
  std::int64_t squares = 0;
  for (std::size_t i = 0; i < mine.size(); ++i) {
    const auto difference = static_cast<std::int8_t>(static_cast<std::uint8_t>(mine[i] - theirs[i]));
    squares += std::int64_t{difference} * difference;
  }
  return static_cast<double>(squares);
}

std::uint64_t cells_for(double estimated, std::uint64_t count_difference) {
  const double differences = std::max({estimated, static_cast<double>(count_difference), 1.0});
  // 1.36 cells a difference peel many differences; the rest is for an estimate that is too low by 2.3 standard
  // deviations, and for few differences, which need more. Fitted to bench/sync.
  return static_cast<std::uint64_t>(std::ceil(1.67 * differences + std::sqrt(differences) + 20));
}

}  // namespace laterbase::sync
