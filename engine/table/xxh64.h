#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

// XXH64 (Collet, https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md), for headers that other programs
// include without linking anything. Cost: about 10 bytes a nanosecond.
namespace laterbase::worktable {
namespace xxh64_detail {

constexpr std::uint64_t prime1 = 0x9e3779b185ebca87ULL;
constexpr std::uint64_t prime2 = 0xc2b2ae3d27d4eb4fULL;
constexpr std::uint64_t prime3 = 0x165667b19e3779f9ULL;
constexpr std::uint64_t prime4 = 0x85ebca77c2b2ae63ULL;
constexpr std::uint64_t prime5 = 0x27d4eb2f165667c5ULL;

template <typename Integer>
inline Integer load(const char* at) noexcept {
  Integer value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

inline std::uint64_t round(std::uint64_t sum, std::uint64_t input) noexcept {
  return std::rotl(sum + input * prime2, 31) * prime1;
}

inline std::uint64_t merge(std::uint64_t hash, std::uint64_t sum) noexcept {
  return (hash ^ round(0, sum)) * prime1 + prime4;
}

inline std::uint64_t stripes(const char*& at, const char* end, std::uint64_t seed) noexcept {
  std::uint64_t sums[4] = {seed + prime1 + prime2, seed + prime2, seed, seed - prime1};
  for (; end - at >= 32; at += 32)
    for (int lane = 0; lane < 4; ++lane) sums[lane] = round(sums[lane], load<std::uint64_t>(at + 8 * lane));
  std::uint64_t hash = std::rotl(sums[0], 1) + std::rotl(sums[1], 7) + std::rotl(sums[2], 12) + std::rotl(sums[3], 18);
  for (const auto sum : sums) hash = merge(hash, sum);
  return hash;
}

inline std::uint64_t rest(const char* at, const char* end, std::uint64_t hash) noexcept {
  for (; end - at >= 8; at += 8) hash = std::rotl(hash ^ round(0, load<std::uint64_t>(at)), 27) * prime1 + prime4;
  if (end - at >= 4) {
    hash = std::rotl(hash ^ load<std::uint32_t>(at) * prime1, 23) * prime2 + prime3;
    at += 4;
  }
  for (; at != end; ++at) hash = std::rotl(hash ^ static_cast<unsigned char>(*at) * prime5, 11) * prime1;
  return hash;
}

inline std::uint64_t finish(std::uint64_t hash) noexcept {
  hash = (hash ^ (hash >> 33)) * prime2;
  hash = (hash ^ (hash >> 29)) * prime3;
  return hash ^ (hash >> 32);
}

}  // namespace xxh64_detail

inline std::uint64_t xxh64(const char* bytes, std::size_t length, std::uint64_t seed = 0) noexcept {
  using namespace xxh64_detail;
  const char* const end = bytes + length;
  auto hash = (length >= 32 ? stripes(bytes, end, seed) : seed + prime5) + length;
  return finish(rest(bytes, end, hash));
}

// The same of 8 bytes, without a branch.
inline std::uint64_t xxh64_of_word(std::uint64_t word) noexcept {
  using namespace xxh64_detail;
  return finish(std::rotl((prime5 + sizeof word) ^ round(0, word), 27) * prime1 + prime4);
}

}  // namespace laterbase::worktable
