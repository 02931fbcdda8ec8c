#pragma once

#include <compare>
#include <cstdint>

#include "engine/events/ulid.h"
#include "sync/element.h"

// The unit of a rateless set sketch (rateless.h): what a message carries of it, and what is added into it.
namespace laterbase::sync {

// How many bits of the hashes count. A message carries no more than these. A simulation cuts them, so that what happens
// once in a billion exchanges happens all day; both sides must agree.
struct SketchOptions {
  unsigned value_bits = 8;   // of a value's hash: fewer let the same key with two values pass unseen
  unsigned check_bits = 28;  // of a symbol's hash: fewer let a mixed cell look like a pure one
};

// An element as a sketch holds it. Two values of one key whose hashes agree in `value_bits` are one symbol: a sketch
// that shows no difference between sets whose fingerprints differ has met such a pair, and ranges must find it.
struct Symbol {
  Ulid key;
  std::uint8_t value = 0;
  auto operator<=>(const Symbol&) const = default;
};

Symbol symbol_of(const Element& element, const SketchOptions& options) noexcept;

// Many symbols in one: xor of keys, values and checks; how many there are, modulo 16, which tells one from none, and
// mine from yours. At most 21 bytes in a message.
struct Cell {
  Ulid key;
  std::uint32_t check = 0;  // 28 bits
  std::uint8_t value = 0;
  std::uint8_t count = 0;  // below 16
  bool operator==(const Cell&) const = default;
};

}  // namespace laterbase::sync
