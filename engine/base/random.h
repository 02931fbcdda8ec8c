#pragma once

#include <cstdint>
#include <limits>

// Randomness is passed in too. One generator for everything: xoshiro256** (Blackman and Vigna, 2018), seeded through
// splitmix64. A UniformRandomBitGenerator. Not for secrets. Threads: one at a time.
namespace laterbase {

class Random {
 public:
  using result_type = std::uint64_t;

  explicit Random(std::uint64_t seed) noexcept;

  std::uint64_t operator()() noexcept;
  static constexpr std::uint64_t min() { return 0; }
  static constexpr std::uint64_t max() { return std::numeric_limits<std::uint64_t>::max(); }

  // Uniform below bound; bound is at least 1.
  std::uint64_t below(std::uint64_t bound) noexcept;
  bool one_in(std::uint64_t n) noexcept { return below(n) == 0; }

 private:
  std::uint64_t state_[4];
};

// From the kernel. Throws Failure where it gives none.
std::uint64_t random_seed();

}  // namespace laterbase
