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
  // 1.36 cells a difference peel many differences, and few need more. What is beyond that is for an estimate that is
  // too low by 2.3 standard deviations; it can't be lower than the counts differ. Fitted to bench/sync.
  const auto least = static_cast<double>(count_difference);
  const double likely = 1.70 * estimated + std::sqrt(estimated) + 15;
  const double certain = 1.36 * least + 2.6 * std::sqrt(least) + 14;
  return static_cast<std::uint64_t>(std::ceil(std::max(likely, certain)));
}

}  // namespace laterbase::sync
