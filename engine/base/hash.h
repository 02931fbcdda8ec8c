#pragma once

#include <compare>
#include <cstdint>

#include "engine/base/bytes.h"

// XXH3 (https://xxhash.com): fast hashes against damage and accident, not against an adversary who holds the disk.
namespace laterbase {

struct Hash128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  auto operator<=>(const Hash128&) const = default;
};

std::uint64_t hash64(BytesView bytes, std::uint64_t seed = 0) noexcept;
Hash128 hash128(BytesView bytes, std::uint64_t seed = 0) noexcept;

}  // namespace laterbase
