#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

// Bytes are held in std::string and seen through std::string_view; these are the fixed-width integers in them.
// Big-endian where the bytes are compared (keys), little-endian everywhere else. Lengths are the caller's to check.
namespace laterbase {

using BytesView = std::string_view;

template <typename Integer>
inline Integer load_le(const char* at) noexcept {
  Integer value;
  std::memcpy(&value, at, sizeof value);
  return value;  // x86-64 and arm64 are little-endian; base/bytes.cpp refuses to build elsewhere
}

template <typename Integer>
inline void store_le(char* at, Integer value) noexcept {
  std::memcpy(at, &value, sizeof value);
}

inline std::uint64_t load_be64(const char* at) noexcept { return __builtin_bswap64(load_le<std::uint64_t>(at)); }
inline void store_be64(char* at, std::uint64_t value) noexcept { store_le(at, __builtin_bswap64(value)); }

template <typename Integer>
inline void append_le(std::string& to, Integer value) {
  to.append(reinterpret_cast<const char*>(&value), sizeof value);
}

}  // namespace laterbase
