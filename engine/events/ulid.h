#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/random.h"

// ULIDs (https://github.com/ulid/spec): 48 bits of milliseconds since 1970, 80 bits of randomness; 16 bytes big-endian
// in files, 26 letters of Crockford's base 32 for people. Ordered alike as numbers, bytes and text.
namespace laterbase {

struct Ulid {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  static constexpr std::size_t kBytes = 16;
  static constexpr std::size_t kLetters = 26;
  static constexpr std::int64_t kMaxTimeMs = (std::int64_t{1} << 48) - 1;

  auto operator<=>(const Ulid&) const = default;

  std::int64_t time_ms() const noexcept { return static_cast<std::int64_t>(high >> 16); }

  // The smallest and the greatest key of a millisecond; `ms` within [0, kMaxTimeMs].
  static Ulid first_of(std::int64_t ms) noexcept { return {static_cast<std::uint64_t>(ms) << 16, 0}; }
  static Ulid last_of(std::int64_t ms) noexcept { return {(static_cast<std::uint64_t>(ms) << 16) | 0xffff, ~0ULL}; }
  static constexpr Ulid greatest() noexcept { return {~0ULL, ~0ULL}; }

  // The next greater one; from the greatest it wraps to zero.
  Ulid next() const noexcept { return {high + (low == ~0ULL ? 1 : 0), low + 1}; }

  void store(char* to) const noexcept {
    store_be64(to, high);
    store_be64(to + 8, low);
  }
  static Ulid load(const char* from) noexcept { return {load_be64(from), load_be64(from + 8)}; }

  // 26 letters, upper case, at `to`.
  void print(char* to) const noexcept;
  std::string text() const;
  // Either case; I and L read as 1, O as 0, as Crockford has it. Nothing for other letters, another length, or a first
  // letter beyond 7, which does not fit 128 bits.
  static std::optional<Ulid> parse(std::string_view text) noexcept;
};

// Makes keys. Threads: one at a time.
class UlidGenerator {
 public:
  explicit UlidGenerator(std::uint64_t seed) : random_(seed) {}

  // Strictly greater than every key that next() gave before and than `floor`, whatever the clock does: in one
  // millisecond, or when the clock has stepped back, the last key plus one.
  Ulid next(std::int64_t now_ms) noexcept;
  // A key of exactly that millisecond, for backdated events: ascending while the same millisecond is asked for.
  Ulid at(std::int64_t ms) noexcept;
  // A node id or epoch: a key of now, of no order.
  Ulid fresh(std::int64_t now_ms) noexcept;

  void raise_floor(const Ulid& floor) noexcept { last_ = last_ < floor ? floor : last_; }

 private:
  Random random_;
  Ulid last_;
  Ulid last_at_;
};

}  // namespace laterbase
