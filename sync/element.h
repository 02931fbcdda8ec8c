#pragma once

#include <cstdint>

#include "engine/base/bytes.h"
#include "engine/base/hash.h"
#include "engine/events/ulid.h"

// What two replicas compare: an event's key together with the hash of its value, so that the same key with two values
// counts as a difference. A set of elements is known by its fingerprint: how many, and the sum of their hashes modulo
// 2^128 (Bellare and Micciancio, "A New Paradigm for Collision-Free Hashing", EUROCRYPT 1997: AdHash). Sums are added
// and taken away in any order, so blocks of them answer for ranges.
namespace laterbase::sync {

struct Element {
  Ulid key;
  Hash128 value;  // hash of the value's bytes
  auto operator<=>(const Element&) const = default;
};

inline Element element_of(const Ulid& key, BytesView value) { return {key, hash128(value)}; }

// XXH3-128 of the key's 16 bytes and the value's hash, low half first.
Hash128 element_hash(const Element& element) noexcept;

struct Fingerprint {
  std::uint64_t count = 0;
  Hash128 sum;

  Fingerprint& operator+=(const Fingerprint& other) noexcept;
  Fingerprint& operator-=(const Fingerprint& other) noexcept;
  friend Fingerprint operator+(Fingerprint left, const Fingerprint& right) noexcept { return left += right; }
  friend Fingerprint operator-(Fingerprint left, const Fingerprint& right) noexcept { return left -= right; }
  bool operator==(const Fingerprint&) const = default;
};

// Of one element.
Fingerprint fingerprint_of(const Element& element) noexcept;

}  // namespace laterbase::sync
