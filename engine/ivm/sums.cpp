#include <cmath>
#include <map>

#include "engine/base/invariant.h"
#include "engine/ivm/accumulator.h"
#include "engine/ivm/decimal.h"
#include "engine/ivm/exact_sum.h"
#include "engine/ivm/rows_io.h"
#include "engine/ivm/small_numeric.h"

// SUM and AVG, of which both are made of one sum and one count.
namespace laterbase::ivm {
namespace {

struct IntegerSum {
  Int128 sum = 0;
  std::int64_t count = 0;
};

class IntegerSumOf final : public AccumulatorOf<IntegerSum> {
 public:
  explicit IntegerSumOf(std::size_t column) : column_(column) {}
  void add(char* state, RowView row, std::int64_t weight) const override {
    if (row.is_null(column_)) return;
    of(state).sum += Int128{row.word(column_)} * weight;
    of(state).count += weight;
  }
  void save(const char* state, std::string& to) const override {
    put(to, of(state).sum);
    put(to, of(state).count);
  }
  void load(char* state, std::string_view& from) const override {
    of(state).sum = take<Int128>(from);
    of(state).count = take<std::int64_t>(from);
  }

 private:
  std::size_t column_;
};

Decimal decimal_of(Int128 value) { return {Decimal::Integer{value}, 0}; }

class IntegerSumResult final : public Result {
 public:
  explicit IntegerSumResult(bool as_bigint) : as_bigint_(as_bigint) {}
  void write(const char* state, RowBuilder& to, std::size_t column) const override {
    const auto& sum = *reinterpret_cast<const IntegerSum*>(state);
    if (sum.count == 0) return to.null(column);
    if (!as_bigint_) return to.bytes(column, SmallNumeric{sum.sum, 0}.bytes());
    if (sum.sum > INT64_MAX || sum.sum < INT64_MIN) throw EvalError("22003", "bigint out of range");
    to.word(column, static_cast<std::int64_t>(sum.sum));
  }

 private:
  bool as_bigint_;
};

class IntegerAverage final : public Result {
 public:
  void write(const char* state, RowBuilder& to, std::size_t column) const override {
    const auto& sum = *reinterpret_cast<const IntegerSum*>(state);
    if (sum.count == 0) return to.null(column);
    Int128 unscaled = 0;
    int scale = 0;
    if (small_quotient(sum.sum, sum.count, unscaled, scale)) {
      return to.bytes(column, SmallNumeric{unscaled, scale}.bytes());
    }
    to.bytes(column, (decimal_of(sum.sum) / Decimal{sum.count}).encode());
  }
};

struct RealSum {
  ExactSum sum;
  std::int64_t count = 0;
};

class RealSumOf final : public AccumulatorOf<RealSum> {
 public:
  explicit RealSumOf(std::size_t column) : column_(column) {}
  void add(char* state, RowView row, std::int64_t weight) const override {
    if (row.is_null(column_)) return;
    of(state).sum.add(row.real(column_), weight);
    of(state).count += weight;
  }
  void save(const char* state, std::string& to) const override {
    of(state).sum.encode(to);
    put(to, of(state).count);
  }
  void load(char* state, std::string_view& from) const override {
    of(state).sum.decode(from);
    of(state).count = take<std::int64_t>(from);
  }

 private:
  std::size_t column_;
};

class RealSumResult final : public Result {
 public:
  explicit RealSumResult(bool average) : average_(average) {}
  void write(const char* state, RowBuilder& to, std::size_t column) const override {
    const auto& sum = *reinterpret_cast<const RealSum*>(state);
    if (sum.count == 0) return to.null(column);
    double value = sum.sum.result();
    if (std::isinf(value) && sum.sum.is_finite()) throw EvalError("22003", "value out of range: overflow");
    if (average_) value /= static_cast<double>(sum.count);
    to.word(column, Value::of_double(value).word());
  }

 private:
  bool average_;
};

struct NumericSum {
  Decimal::Integer sum;    // at `scale`
  std::int32_t scale = 0;  // of the sum, at least that of any value
  std::int64_t count = 0;  // of finite values
  std::int64_t nans = 0, infinities = 0, negative_infinities = 0;
  std::map<std::int32_t, std::int64_t, std::less<>, PoolAllocator<std::pair<const std::int32_t, std::int64_t>>>
      scales;  // how many values show so many digits; the most of them are shown

  explicit NumericSum(RowPool& pool) : scales(decltype(scales)::allocator_type(pool)) {}
};

class NumericSumOf final : public StateOf<NumericSum> {
 public:
  NumericSumOf(std::size_t column, RowPool& pool) : column_(column), pool_(pool) {}
  void create(char* state) const override { new (state) NumericSum{pool_}; }

  void add(char* state, RowView row, std::int64_t weight) const override {
    if (row.is_null(column_)) return;
    NumericSum& sum = of(state);
    const Decimal value = Decimal::decode(row.bytes_at(column_));
    switch (value.kind()) {
      case Decimal::Kind::nan:
        sum.nans += weight;
        return;
      case Decimal::Kind::infinity:
        sum.infinities += weight;
        return;
      case Decimal::Kind::negative_infinity:
        sum.negative_infinities += weight;
        return;
      case Decimal::Kind::finite:
        break;
    }
    if (value.scale() > sum.scale) {
      sum.sum = Decimal{sum.sum, sum.scale}.rounded(value.scale()).unscaled();
      sum.scale = value.scale();
    }
    sum.sum += value.rounded(sum.scale).unscaled() * weight;
    sum.count += weight;
    if ((sum.scales[value.scale()] += weight) == 0) sum.scales.erase(value.scale());
  }
  void save(const char* state, std::string& to) const override;
  void load(char* state, std::string_view& from) const override;

 private:
  std::size_t column_;
  RowPool& pool_;
};

void NumericSumOf::save(const char* state, std::string& to) const {
  const NumericSum& sum = of(state);
  const std::string encoded = Decimal{sum.sum, sum.scale}.encode();
  put(to, std::uint64_t{encoded.size()});
  to += encoded;
  put(to, sum.count);
  put(to, sum.nans);
  put(to, sum.infinities);
  put(to, sum.negative_infinities);
  put(to, std::uint64_t{sum.scales.size()});
  for (const auto& [scale, count] : sum.scales) {
    put(to, scale);
    put(to, count);
  }
}

void NumericSumOf::load(char* state, std::string_view& from) const {
  NumericSum& sum = of(state);
  const auto size = take<std::uint64_t>(from);
  const Decimal value = Decimal::decode(from.substr(0, size));
  from.remove_prefix(size);
  sum.sum = value.unscaled();
  sum.scale = value.scale();
  sum.count = take<std::int64_t>(from);
  sum.nans = take<std::int64_t>(from);
  sum.infinities = take<std::int64_t>(from);
  sum.negative_infinities = take<std::int64_t>(from);
  for (auto left = take<std::uint64_t>(from); left > 0; --left) {
    const auto scale = take<std::int32_t>(from);
    sum.scales[scale] = take<std::int64_t>(from);
  }
}

class NumericSumResult final : public Result {
 public:
  explicit NumericSumResult(bool average) : average_(average) {}
  void write(const char* state, RowBuilder& to, std::size_t column) const override {
    const auto& sum = *reinterpret_cast<const NumericSum*>(state);
    const std::int64_t count = sum.count + sum.nans + sum.infinities + sum.negative_infinities;
    if (count == 0) return to.null(column);
    Decimal value = total_of(sum);
    if (average_) value = value / Decimal{count};
    to.bytes(column, value.encode());
  }

 private:
  static Decimal total_of(const NumericSum& sum) {
    if (sum.nans != 0 || (sum.infinities != 0 && sum.negative_infinities != 0)) return Decimal{Decimal::Kind::nan};
    if (sum.infinities != 0) return Decimal{Decimal::Kind::infinity};
    if (sum.negative_infinities != 0) return Decimal{Decimal::Kind::negative_infinity};
    const Decimal total{sum.sum, sum.scale};
    return sum.scales.empty() ? total : total.rounded(sum.scales.rbegin()->first);
  }

  bool average_;
};

struct IntervalSum {
  Int128 months = 0, days = 0, microseconds = 0;
  std::int64_t count = 0;
};

class IntervalSumOf final : public AccumulatorOf<IntervalSum> {
 public:
  explicit IntervalSumOf(std::size_t column) : column_(column) {}
  void add(char* state, RowView row, std::int64_t weight) const override {
    if (row.is_null(column_)) return;
    const Interval value = row.value(column_, TypeKind::interval).as_interval();
    IntervalSum& sum = of(state);
    sum.months += Int128{value.months} * weight;
    sum.days += Int128{value.days} * weight;
    sum.microseconds += Int128{value.microseconds} * weight;
    sum.count += weight;
  }
  void save(const char* state, std::string& to) const override {
    for (const Int128& part : {of(state).months, of(state).days, of(state).microseconds}) put(to, part);
    put(to, of(state).count);
  }
  void load(char* state, std::string_view& from) const override {
    for (Int128 IntervalSum::*part : {&IntervalSum::months, &IntervalSum::days, &IntervalSum::microseconds})
      of(state).*part = take<Int128>(from);
    of(state).count = take<std::int64_t>(from);
  }

 private:
  std::size_t column_;
};

// interval_div() of PostgreSQL's timestamp.c: what is left of months becomes days, of days time.
Interval divided(Interval interval, double by) {
  constexpr double days_of_month = 30, seconds_of_day = 86'400, microseconds = 1e6;
  const auto to_microsecond = [](double seconds) { return std::rint(seconds * 1e6) / 1e6; };
  Interval result{static_cast<std::int32_t>(interval.months / by), static_cast<std::int32_t>(interval.days / by), 0};
  const double more_days = to_microsecond((interval.months / by - result.months) * days_of_month);
  const auto whole_days = static_cast<std::int32_t>(more_days);
  double seconds = to_microsecond((interval.days / by - result.days + more_days - whole_days) * seconds_of_day);
  if (std::abs(seconds) >= seconds_of_day) {
    const auto whole = static_cast<std::int32_t>(seconds / seconds_of_day);
    result.days += whole;
    seconds -= whole * seconds_of_day;
  }
  result.days += whole_days;
  result.microseconds =
      static_cast<std::int64_t>(std::rint(static_cast<double>(interval.microseconds) / by + seconds * microseconds));
  return result;
}

class IntervalSumResult final : public Result {
 public:
  explicit IntervalSumResult(bool average) : average_(average) {}
  void write(const char* state, RowBuilder& to, std::size_t column) const override {
    const auto& sum = *reinterpret_cast<const IntervalSum*>(state);
    if (sum.count == 0) return to.null(column);
    const Interval total{static_cast<std::int32_t>(sum.months), static_cast<std::int32_t>(sum.days),
                         static_cast<std::int64_t>(sum.microseconds)};
    if (total.months != sum.months || total.days != sum.days || total.microseconds != sum.microseconds) {
      throw EvalError("22008", "interval out of range");
    }
    to.value(column, Value::of_interval(average_ ? divided(total, static_cast<double>(sum.count)) : total));
  }

 private:
  bool average_;
};

template <typename Of, typename SumResult, typename... More>
Compiled compiled(const std::string& name, std::size_t column, std::shared_ptr<SumResult> result, More&... more) {
  return {name + " #" + std::to_string(column), std::make_shared<Of>(column, more...), std::move(result)};
}

}  // namespace

Compiled compile_sum(const CallColumns& call, RowPool& pool) {
  const std::size_t column = call.arguments.at(0);
  const bool average = call.function == AggregateFunction::avg;
  switch (call.argument_types.at(0).kind) {
    case TypeKind::real8:
      return compiled<RealSumOf>("real sum", column, std::make_shared<RealSumResult>(average));
    case TypeKind::numeric:
      return compiled<NumericSumOf>("numeric sum", column, std::make_shared<NumericSumResult>(average), pool);
    case TypeKind::interval:
      return compiled<IntervalSumOf>("interval sum", column, std::make_shared<IntervalSumResult>(average));
    default:
      break;
  }
  if (average) return compiled<IntegerSumOf>("integer sum", column, std::make_shared<IntegerAverage>());
  const bool as_bigint = call.type.kind == TypeKind::bigint;
  return compiled<IntegerSumOf>("integer sum", column, std::make_shared<IntegerSumResult>(as_bigint));
}

}  // namespace laterbase::ivm
