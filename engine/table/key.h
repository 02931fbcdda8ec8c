#pragma once

#include <bit>
#include <boost/container/small_vector.hpp>
#include <cmath>

#include "engine/table/row.h"
#include "engine/table/word.h"

// The value of an index's columns in a form that compares as bytes compare: unsigned big-endian numbers, sign bits
// flipped, −0.0 as 0.0 and all NaNs as one above everything; absent before present; text and bytes escaped and
// terminated, so that "a" comes before "ab" whatever column follows.
namespace laterbase::worktable {

struct Key {
  std::uint64_t prefix = 0;                        // the first 8 bytes as a number, zeros behind
  boost::container::small_vector<char, 64> bytes;  // all of them; empty where the prefix is all there is

  BytesView view() const noexcept { return {bytes.data(), bytes.size()}; }
  bool operator==(const Key& other) const noexcept { return prefix == other.prefix && view() == other.view(); }
};

std::strong_ordering compare(const Key& left, const Key& right) noexcept;
std::uint64_t hash_of(const Key& key) noexcept;
inline std::uint64_t hash_of(std::uint64_t exact) noexcept {
  // Both halves of a product, as wyhash (Wang Yi) mixes: small differences reach all bits in a few cycles.
  __extension__ using Wide = unsigned __int128;
  const auto product = static_cast<Wide>(exact ^ 0xa0761d6478bd642fULL) * 0xe7037ed1a0b428dbULL;
  return static_cast<std::uint64_t>(product >> 64) ^ static_cast<std::uint64_t>(product);
}

namespace detail {
template <typename Float, typename Bits>
inline std::uint64_t sortable_float(const char* at) noexcept {
  auto value = load_le<Float>(at);
  if (value == 0) value = 0;
  constexpr auto sign = Bits{1} << (sizeof(Bits) * 8 - 1);
  if (std::isnan(value)) return static_cast<Bits>(~Bits{0});
  const auto bits = std::bit_cast<Bits>(value);
  return static_cast<Bits>((bits & sign) != 0 ? ~bits : bits | sign);
}
}  // namespace detail

// A fixed value as an unsigned number of the same order.
inline std::uint64_t sortable(Kind kind, const char* value) noexcept {
  switch (kind) {
    case Kind::boolean:
    case Kind::u8:
      return load_le<std::uint8_t>(value);
    case Kind::u16:
      return load_le<std::uint16_t>(value);
    case Kind::u32:
      return load_le<std::uint32_t>(value);
    case Kind::i8:
      return load_le<std::uint8_t>(value) ^ 0x80U;
    case Kind::i16:
      return load_le<std::uint16_t>(value) ^ 0x8000U;
    case Kind::i32:
      return load_le<std::uint32_t>(value) ^ 0x80000000U;
    case Kind::i64:
      return load_le<std::uint64_t>(value) ^ 0x8000000000000000ULL;
    case Kind::f32:
      return detail::sortable_float<float, std::uint32_t>(value);
    case Kind::f64:
      return detail::sortable_float<double, std::uint64_t>(value);
    default:
      return load_le<std::uint64_t>(value);
  }
}

// The same of a value's bytes as a number.
inline std::uint64_t sortable(Kind kind, std::uint64_t bytes) noexcept {
  return sortable(kind, reinterpret_cast<const char*>(&bytes));
}

// How the key of one index is made from a row.
class KeyPlan {
 public:
  KeyPlan(const Schema& schema, const Layout& layout, std::vector<std::uint32_t> columns);

  // Exact: the key is always in the prefix (its columns are fixed, never absent, 8 bytes at most together).
  bool exact() const noexcept { return exact_; }
  const std::vector<std::uint32_t>& columns() const noexcept { return columns_; }
  void make(BytesView row, Key& key) const;
  Key make(BytesView row) const {
    Key key;
    make(row, key);
    return key;
  }
  std::uint64_t make_exact(BytesView row) const noexcept;
  std::uint64_t make_exact(SharedRow row) const noexcept;
  bool same(BytesView row, BytesView other) const {
    return exact_ ? make_exact(row) == make_exact(other) : make(row) == make(other);
  }
  bool same(BytesView row, const Key& key) const { return exact_ ? make_exact(row) == key.prefix : make(row) == key; }
  // Of the first `count` columns of the key: the smallest key that begins with them, or the greatest.
  Key bound(BytesView row, std::uint32_t count, bool greatest) const;
  bool reads(std::uint32_t column) const noexcept;

 private:
  struct Part {
    std::uint32_t column;
    Kind kind;
    std::uint32_t width;
    std::uint32_t offset;
  };

  void append(const Part& part, const RowView& row, Key& key) const;
  template <typename ValueOf>
  std::uint64_t join(ValueOf&& value_of) const noexcept;

  const Layout* layout_;
  std::vector<std::uint32_t> columns_;
  std::vector<Part> parts_;
  bool exact_ = true;
};

}  // namespace laterbase::worktable
