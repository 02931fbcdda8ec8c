#pragma once

#include <boost/multiprecision/cpp_int.hpp>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// PostgreSQL's NUMERIC: exact decimals of any size with the number of digits to show behind the point (`scale`), NaN
// and the infinities. The integers are Boost.Multiprecision's; the rules for the scale of results are PostgreSQL 15's.
// Errors: EvalError (expression.h): division by zero, overflow beyond 131,072 digits before the point.
namespace laterbase::ivm {

class Decimal {
 public:
  using Integer = boost::multiprecision::cpp_int;
  enum class Kind : std::uint8_t { finite, nan, infinity, negative_infinity };

  Decimal() = default;                               // 0
  Decimal(std::int64_t value) : unscaled_(value) {}  // NOLINT: an integer is a decimal
  Decimal(Integer unscaled, std::int32_t scale) : scale_(scale), unscaled_(std::move(unscaled)) {}
  explicit Decimal(Kind kind) : kind_(kind) {}

  // As PostgreSQL reads text ("12.50", "-1e-3", "NaN", "Infinity"); nothing where it would refuse.
  static std::optional<Decimal> parse(std::string_view text);
  static Decimal from_double(double value);  // 15 significant digits, as the cast does

  Kind kind() const noexcept { return kind_; }
  bool is_finite() const noexcept { return kind_ == Kind::finite; }
  bool is_nan() const noexcept { return kind_ == Kind::nan; }
  std::int32_t scale() const noexcept { return scale_; }
  const Integer& unscaled() const noexcept { return unscaled_; }  // the value times 10^scale
  int sign() const noexcept;                                      // -1, 0, 1; 0 for NaN

  std::string to_string() const;
  double to_double() const;
  std::optional<std::int64_t> to_int64()
      const;  // rounded half away from zero; nothing where it doesn't fit or isn't finite

  Decimal rounded(std::int32_t scale) const;    // half away from zero; negative scales round before the point
  Decimal truncated(std::int32_t scale) const;  // towards zero
  Decimal floor() const;
  Decimal ceiling() const;
  Decimal negated() const;
  Decimal absolute() const;
  Decimal normalised() const;  // no trailing zeros behind the point: one form for equal values

  friend Decimal operator+(const Decimal& left, const Decimal& right);
  friend Decimal operator-(const Decimal& left, const Decimal& right);
  friend Decimal operator*(const Decimal& left, const Decimal& right);
  friend Decimal operator/(const Decimal& left, const Decimal& right);
  friend Decimal operator%(const Decimal& left, const Decimal& right);
  friend std::strong_ordering operator<=>(const Decimal& left, const Decimal& right);  // NaN = NaN, above all
  friend bool operator==(const Decimal& left, const Decimal& right) { return (left <=> right) == 0; }

  // A row's form of it. decode() takes only what encode() gave.
  std::string encode() const;
  static Decimal decode(std::string_view bytes);

 private:
  Kind kind_ = Kind::finite;
  std::int32_t scale_ = 0;
  Integer unscaled_;
};

}  // namespace laterbase::ivm
