#include "engine/ivm/small_numeric.h"

#include <algorithm>
#include <cstring>

namespace laterbase::ivm {
namespace {

__extension__ using Unsigned128 = unsigned __int128;

constexpr std::array<std::uint64_t, 20> powers = [] {
  std::array<std::uint64_t, 20> made{1};
  for (std::size_t i = 1; i < made.size(); ++i) made[i] = made[i - 1] * 10;
  return made;
}();

int digits_of(std::uint64_t value) noexcept {
  int digits = 1;
  while (digits < 20 && value >= powers[static_cast<std::size_t>(digits)]) ++digits;
  return digits;
}

struct Leading {
  int weight;
  std::uint64_t digit;
};

// The first digit in base 10,000 and its place, as select_div_scale() of PostgreSQL's numeric.c looks at them.
Leading leading_of(std::uint64_t value) noexcept {
  if (value == 0) return {0, 0};
  const int weight = (digits_of(value) - 1) / 4;
  return {weight, value / powers[static_cast<std::size_t>(4 * weight)]};
}

}  // namespace

SmallNumeric::SmallNumeric(Int128 unscaled, int scale) noexcept : size_(3) {
  constexpr char negative = 4;
  const auto short_scale = static_cast<std::uint16_t>(scale);
  const Unsigned128 magnitude =
      unscaled < 0 ? Unsigned128{0} - static_cast<Unsigned128>(unscaled) : static_cast<Unsigned128>(unscaled);
  bytes_[0] = unscaled < 0 ? negative : 0;
  std::memcpy(&bytes_[1], &short_scale, sizeof short_scale);
  std::memcpy(&bytes_[3], &magnitude, sizeof magnitude);
  size_ = 3 + sizeof magnitude;
  while (size_ > 3 && bytes_[size_ - 1] == 0) --size_;
}

bool small_quotient(Int128 sum, std::int64_t count, Int128& unscaled, int& scale) noexcept {
  const Unsigned128 magnitude =
      sum < 0 ? Unsigned128{0} - static_cast<Unsigned128>(sum) : static_cast<Unsigned128>(sum);
  if (magnitude >> 63 != 0 || count <= 0) return false;
  const Leading left = leading_of(static_cast<std::uint64_t>(magnitude));
  const Leading right = leading_of(static_cast<std::uint64_t>(count));
  const int weight = left.weight - right.weight - (left.digit <= right.digit ? 1 : 0);
  scale = std::max(16 - 4 * weight, 0);
  if (scale > 19 || digits_of(static_cast<std::uint64_t>(magnitude)) + scale > 37) return false;
  const Unsigned128 above = magnitude * powers[static_cast<std::size_t>(scale)];
  const auto below = static_cast<std::uint64_t>(count);
  Unsigned128 quotient = above / below;
  if (2 * (above % below) >= below) ++quotient;
  unscaled = sum < 0 ? -static_cast<Int128>(quotient) : static_cast<Int128>(quotient);
  return true;
}

}  // namespace laterbase::ivm
