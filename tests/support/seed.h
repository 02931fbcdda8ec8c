#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>

#include "engine/base/random.h"

// What random tests start from, and how long they go on.
namespace laterbase {

// LATERBASE_SEED where it is set, otherwise a fresh one. Print it with CAPTURE or INFO.
inline std::uint64_t test_seed() {
  const char* given = std::getenv("LATERBASE_SEED");
  return given ? std::strtoull(given, nullptr, 0) : random_seed();
}

// `quick` in ./dev test, `soak` in ./dev soak.
inline std::uint64_t test_size(std::uint64_t quick, std::uint64_t soak) {
  return std::getenv("LATERBASE_SOAK") ? soak : quick;
}

}  // namespace laterbase
