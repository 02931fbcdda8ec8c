#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "engine/ivm/exact_sum.h"

// NUMERIC values that fit 128 bits, written to rows without Decimal's integers of any size: what sums and averages
// of integers nearly always are.
namespace laterbase::ivm {

class SmallNumeric {
 public:
  SmallNumeric(Int128 unscaled, int scale) noexcept;
  // As Decimal::encode().
  std::string_view bytes() const noexcept { return {bytes_.data(), size_}; }

 private:
  std::array<char, 24> bytes_;
  std::size_t size_;
};

// sum / count as NUMERIC division does it; false where it takes more than 128 bits.
bool small_quotient(Int128 sum, std::int64_t count, Int128& unscaled, int& scale) noexcept;

}  // namespace laterbase::ivm
