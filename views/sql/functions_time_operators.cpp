#include <cmath>
#include <limits>

#include "views/sql/datetime.h"
#include "views/sql/evaluated.h"
#include "views/sql/function.h"

// Arithmetic of dates, moments and intervals.
namespace laterbase::sql {
namespace {

using ivm::EvalError;
using ivm::Type;
using ivm::TypeKind;
using ivm::Value;
using Args = std::span<const Value>;

IntervalParts parts(const Value& value) {
  const ivm::Interval interval = value.as_interval();
  return {interval.months, interval.days, interval.microseconds};
}

Value made(const IntervalParts& parts) {
  constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
  if (parts.months > most || parts.months < -most - 1 || parts.days > most || parts.days < -most - 1) {
    throw EvalError("22008", "interval out of range");
  }
  return Value::of_interval(
      {static_cast<std::int32_t>(parts.months), static_cast<std::int32_t>(parts.days), parts.microseconds});
}

bool is_infinite(std::int64_t value) { return value == moment_infinity || value == moment_minus_infinity; }

Value date_of(std::int64_t days) { return Value::of_word(TypeKind::date, days); }

Value shifted_date(std::int64_t days, std::int64_t by) {
  if (is_infinite(days)) return date_of(days);
  return evaluated([&] { return date_of(checked_date(days + by)); });
}
Value date_plus_days(Args args, Type) { return shifted_date(args[0].as_int(), args[1].as_int()); }
Value days_plus_date(Args args, Type) { return shifted_date(args[1].as_int(), args[0].as_int()); }
Value date_minus_days(Args args, Type) { return shifted_date(args[0].as_int(), -args[1].as_int()); }
Value date_minus_date(Args args, Type) {
  if (is_infinite(args[0].as_int()) || is_infinite(args[1].as_int())) {
    throw EvalError("22008", "cannot subtract infinite dates");
  }
  return Value::of_integer(static_cast<std::int32_t>(args[0].as_int() - args[1].as_int()));
}

std::int64_t moment_of_date(std::int64_t days) {
  if (is_infinite(days)) return days;
  if (days > 106'751'990) throw EvalError("22008", "date out of range for timestamp");
  return days * us_per_day;
}

Value shifted(std::int64_t us, const Value& interval, int sign, Type type) {
  return evaluated([&] { return Value::of_word(type.kind, add_interval(us, parts(interval), sign)); });
}
Value moment_plus(Args args, Type type) { return shifted(args[0].as_int(), args[1], 1, type); }
Value plus_moment(Args args, Type type) { return shifted(args[1].as_int(), args[0], 1, type); }
Value moment_minus(Args args, Type type) { return shifted(args[0].as_int(), args[1], -1, type); }
Value date_plus(Args args, Type type) { return shifted(moment_of_date(args[0].as_int()), args[1], 1, type); }
Value plus_date(Args args, Type type) { return shifted(moment_of_date(args[1].as_int()), args[0], 1, type); }
Value date_minus(Args args, Type type) { return shifted(moment_of_date(args[0].as_int()), args[1], -1, type); }
Value moment_minus_moment(Args args, Type) {
  return evaluated([&] { return made(moment_difference(args[0].as_int(), args[1].as_int())); });
}

std::int64_t checked_sum(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) throw EvalError("22008", "interval out of range");
  return sum;
}
Value interval_plus(Args args, Type) {
  const IntervalParts a = parts(args[0]);
  const IntervalParts b = parts(args[1]);
  return made({a.months + b.months, a.days + b.days, checked_sum(a.microseconds, b.microseconds)});
}
IntervalParts negated(const IntervalParts& a) {
  if (a.microseconds == std::numeric_limits<std::int64_t>::min()) throw EvalError("22008", "interval out of range");
  return {-a.months, -a.days, -a.microseconds};
}
Value interval_minus(Args args, Type) {
  const IntervalParts a = parts(args[0]);
  const IntervalParts b = negated(parts(args[1]));
  return made({a.months + b.months, a.days + b.days, checked_sum(a.microseconds, b.microseconds)});
}
Value minus_interval(Args args, Type) { return made(negated(parts(args[0]))); }

// A part of a month becomes days of 30 to the month, a part of a day time, as PostgreSQL does it.
Value scaled(const IntervalParts& a, double factor) {
  const auto round6 = [](double value) { return std::rint(value * 1e6) / 1e6; };
  const double months = static_cast<double>(a.months) * factor;
  const double days = static_cast<double>(a.days) * factor;
  if (std::isnan(months + days) || std::fabs(months) > 2e9 || std::fabs(days) > 2e9) {
    throw EvalError("22008", "interval out of range");
  }
  const double whole_months = std::trunc(months);
  double whole_days = std::trunc(days);
  double month_days = round6((months - whole_months) * 30);
  double seconds = round6((days - whole_days + month_days - std::trunc(month_days)) * 86'400.0);
  if (std::fabs(seconds) >= 86'400.0) {
    whole_days += std::trunc(seconds / 86'400.0);
    seconds -= std::trunc(seconds / 86'400.0) * 86'400.0;
  }
  whole_days += std::trunc(month_days);
  const double us = std::rint(static_cast<double>(a.microseconds) * factor + seconds * 1e6);
  if (std::isnan(us) || std::fabs(us) > 9.2e18) throw EvalError("22008", "interval out of range");
  return made(
      {static_cast<std::int64_t>(whole_months), static_cast<std::int64_t>(whole_days), static_cast<std::int64_t>(us)});
}
Value interval_times(Args args, Type) { return scaled(parts(args[0]), args[1].as_double()); }
Value times_interval(Args args, Type) { return scaled(parts(args[1]), args[0].as_double()); }
Value interval_divided(Args args, Type) {
  if (args[1].as_double() == 0) throw EvalError("22012", "division by zero");
  return scaled(parts(args[0]), 1 / args[1].as_double());
}

}  // namespace

void add_time_operators(Tables& tables) {
  using enum TypeKind;
  auto& operators = tables.operators;
  operators.push_back({"+", {date, integer}, date, date_plus_days, true});
  operators.push_back({"+", {integer, date}, date, days_plus_date, true});
  operators.push_back({"-", {date, integer}, date, date_minus_days, true});
  operators.push_back({"-", {date, date}, integer, date_minus_date, true});
  operators.push_back({"+", {date, interval}, timestamp, date_plus, true});
  operators.push_back({"+", {interval, date}, timestamp, plus_date, true});
  operators.push_back({"-", {date, interval}, timestamp, date_minus, true});
  for (const TypeKind type : {timestamp, timestamptz}) {
    operators.push_back({"+", {type, interval}, type, moment_plus, true});
    operators.push_back({"+", {interval, type}, type, plus_moment, true});
    operators.push_back({"-", {type, interval}, type, moment_minus, true});
    operators.push_back({"-", {type, type}, interval, moment_minus_moment, true});
  }
  operators.push_back({"+", {interval, interval}, interval, interval_plus, true});
  operators.push_back({"-", {interval, interval}, interval, interval_minus, true});
  operators.push_back({"-", {interval}, interval, minus_interval, true});
  operators.push_back({"*", {interval, real8}, interval, interval_times, true});
  operators.push_back({"*", {real8, interval}, interval, times_interval, true});
  operators.push_back({"/", {interval, real8}, interval, interval_divided, true});
}

}  // namespace laterbase::sql
