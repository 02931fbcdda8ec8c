#include "engine/ivm/exact_sum.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "engine/base/bytes.h"

namespace laterbase::ivm {
namespace {

__extension__ using Unsigned128 = unsigned __int128;

Unsigned128 magnitude_of(Int128 value) noexcept {
  return value < 0 ? Unsigned128{0} - static_cast<Unsigned128>(value) : static_cast<Unsigned128>(value);
}

int bits_of(Int128 value) noexcept {
  const Unsigned128 magnitude = magnitude_of(value);
  const auto high = static_cast<std::uint64_t>(magnitude >> 64);
  return high != 0 ? 64 + std::bit_width(high) : std::bit_width(static_cast<std::uint64_t>(magnitude));
}

constexpr int near_bits = 125;  // what near_ may hold, with room for one more addition

}  // namespace

void ExactSum::add(double value, std::int64_t weight) {
  if (std::isnan(value)) {
    nans_ += weight;
    return;
  }
  if (std::isinf(value)) {
    infinities_[value < 0 ? 1 : 0] += weight;
    return;
  }
  const auto bits = std::bit_cast<std::uint64_t>(value);
  const int biased = static_cast<int>(bits >> 52 & 0x7ff);
  std::uint64_t mantissa = bits & ((std::uint64_t{1} << 52) - 1);
  if (biased != 0) mantissa |= std::uint64_t{1} << 52;
  if (mantissa == 0) return;
  // Without the zeros at its end: decimal fractions of one size then share an exponent more often.
  const int zeros = std::countr_zero(mantissa);
  mantissa >>= zeros;
  const Int128 product = Int128{static_cast<std::int64_t>(mantissa)} * weight;
  add_finite(bits >> 63 ? -product : product, std::max(biased, 1) - 1 + lowest_exponent + zeros);
}

void ExactSum::add_finite(Int128 mantissa, int exponent) {
  if (near_ == 0) exponent_ = exponent;
  if (exponent >= exponent_) {
    if (bits_of(mantissa) + exponent - exponent_ < near_bits && bits_of(near_) < near_bits) {
      near_ += static_cast<Int128>(static_cast<Unsigned128>(mantissa) << (exponent - exponent_));
      return;
    }
  } else if (bits_of(near_) + exponent_ - exponent < near_bits && bits_of(mantissa) < near_bits) {
    near_ = static_cast<Int128>(static_cast<Unsigned128>(near_) << (exponent_ - exponent)) + mantissa;
    exponent_ = exponent;
    return;
  }
  if (!far_) far_ = std::make_unique<Wide>();
  add_to(*far_, near_, exponent_);
  near_ = mantissa;
  exponent_ = exponent;
  if (bits_of(near_) < near_bits) return;
  add_to(*far_, near_, exponent_);
  near_ = 0;
}

// Two's complement, the lowest word first.
void ExactSum::add_to(Wide& wide, Int128 mantissa, int exponent) noexcept {
  const auto shift = static_cast<std::size_t>(exponent - lowest_exponent);
  const std::uint64_t sign = mantissa < 0 ? std::numeric_limits<std::uint64_t>::max() : 0;
  const auto bits = static_cast<Unsigned128>(mantissa);
  const std::size_t within = shift % 64;
  const auto low = static_cast<std::uint64_t>(bits), high = static_cast<std::uint64_t>(bits >> 64);
  const std::array<std::uint64_t, 3> parts =
      within == 0
          ? std::array{low, high, sign}
          : std::array{low << within, high << within | low >> (64 - within), sign << within | high >> (64 - within)};
  Unsigned128 carry = 0;
  for (std::size_t at = shift / 64, part = 0; at < words; ++at, ++part) {
    carry += Unsigned128{wide[at]} + (part < parts.size() ? parts[part] : sign);
    wide[at] = static_cast<std::uint64_t>(carry);
    carry >>= 64;
  }
}

double ExactSum::rounded(Wide wide) noexcept {
  const bool negative = wide.back() >> 63;
  if (negative) {
    for (std::uint64_t& word : wide) word = ~word;
    for (std::uint64_t& word : wide) {
      if (++word != 0) break;
    }
  }
  std::size_t top = words;
  while (top > 0 && wide[top - 1] == 0) --top;
  if (top == 0) return 0;
  // The highest 128 bits, the last of them also for any bit below: one rounding to 53 is then right.
  Unsigned128 head = 0;
  const std::size_t first = top >= 3 ? top - 3 : 0;
  const int room = std::countl_zero(wide[top - 1]);
  const std::uint64_t high = wide[top - 1], middle = top >= 2 ? wide[top - 2] : 0, low = top >= 3 ? wide[top - 3] : 0;
  head = (Unsigned128{high} << 64 | middle) << room;
  if (room != 0) head |= low >> (64 - room);
  bool rest = room == 0 ? low != 0 : (low << room) != 0;
  for (std::size_t at = 0; at < first; ++at) rest = rest || wide[at] != 0;
  if (rest) head |= 1;
  const int exponent = (static_cast<int>(top) - 2) * 64 - room + lowest_exponent;
  const double value = std::ldexp(static_cast<double>(head), exponent);
  return negative ? -value : value;
}

double ExactSum::result() const {
  if (nans_ != 0 || (infinities_[0] != 0 && infinities_[1] != 0)) return std::numeric_limits<double>::quiet_NaN();
  if (infinities_[0] != 0) return std::numeric_limits<double>::infinity();
  if (infinities_[1] != 0) return -std::numeric_limits<double>::infinity();
  if (!far_) return std::ldexp(static_cast<double>(near_), exponent_);
  Wide whole = *far_;
  add_to(whole, near_, exponent_);
  return rounded(whole);
}

void ExactSum::encode(std::string& to) const {
  append_le(to, near_);
  append_le(to, exponent_);
  append_le(to, nans_);
  append_le(to, infinities_);
  to.push_back(far_ ? 1 : 0);
  if (far_) append_le(to, *far_);
}

void ExactSum::decode(std::string_view& from) {
  const auto take = [&]<typename Part>(Part& part) {
    part = load_le<Part>(from.data());
    from.remove_prefix(sizeof part);
  };
  take(near_);
  take(exponent_);
  take(nans_);
  take(infinities_);
  char has_far = 0;
  take(has_far);
  if (has_far == 0) return;
  far_ = std::make_unique<Wide>();
  take(*far_);
}

}  // namespace laterbase::ivm
