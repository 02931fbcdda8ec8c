#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

// A sum of doubles without any rounding until it is asked for, so that it depends neither on the order of what was
// added nor on what was added and taken away since (Kulisch's long accumulator). NaN and infinities are counted. Cost:
// a few nanoseconds while the values' magnitudes are within some 2^60 of each other, and 290 bytes otherwise.
namespace laterbase::ivm {

__extension__ using Int128 = __int128;

class ExactSum {
 public:
  void add(double value, std::int64_t weight);
  // Rounded once, to nearest even; infinite where it is beyond all doubles.
  double result() const;
  bool is_finite() const noexcept { return nans_ == 0 && infinities_[0] == 0 && infinities_[1] == 0; }

  void encode(std::string& to) const;
  void decode(std::string_view& from);

 private:
  static constexpr int lowest_exponent = -1074;  // of the least bit of any double
  static constexpr std::size_t words = 36;       // 2,098 bits of a double, 64 of weights, 64 of their number
  using Wide = std::array<std::uint64_t, words>;

  void add_finite(Int128 mantissa, int exponent);
  static void add_to(Wide& wide, Int128 mantissa, int exponent) noexcept;
  static double rounded(Wide wide) noexcept;

  // The sum is near_ * 2^exponent_ and *far_ together: whatever the parts, the whole is exact.
  Int128 near_ = 0;
  int exponent_ = 0;
  std::int64_t nans_ = 0;
  std::array<std::int64_t, 2> infinities_{};  // positive, negative
  std::unique_ptr<Wide> far_;
};

}  // namespace laterbase::ivm
