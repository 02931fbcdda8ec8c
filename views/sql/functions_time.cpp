#include <cmath>
#include <map>
#include <optional>

#include "engine/ivm/decimal.h"
#include "views/sql/datetime.h"
#include "views/sql/evaluated.h"
#include "views/sql/function.h"
#include "views/sql/time_format.h"

// date_trunc, extract, age, make_date, to_char and their like. What asks for the present is not here.
namespace laterbase::sql {
namespace {

using ivm::Decimal;
using ivm::EvalError;
using ivm::Type;
using ivm::TypeKind;
using ivm::Value;
using Args = std::span<const Value>;

std::string unit_of(const Value& value) {
  std::string unit(value.as_text());
  for (char& c : unit) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return unit;
}

IntervalParts parts(const Value& value) {
  const ivm::Interval interval = value.as_interval();
  return {interval.months, interval.days, interval.microseconds};
}

Value interval_of(const IntervalParts& parts) {
  return Value::of_interval(
      {static_cast<std::int32_t>(parts.months), static_cast<std::int32_t>(parts.days), parts.microseconds});
}

bool is_infinite(std::int64_t value) { return value == moment_infinity || value == moment_minus_infinity; }

Value truncated(Args args, Type type) {
  return evaluated([&] {
    return Value::of_word(type.kind,
                          truncate_moment(unit_of(args[0]), args[1].as_int(), type.kind == TypeKind::timestamptz));
  });
}
Value truncated_interval(Args args, Type) {
  return evaluated([&] { return interval_of(truncate_interval(unit_of(args[0]), parts(args[1]))); });
}

std::int64_t ceiling_of(std::int64_t year, std::int64_t years) {
  return year > 0 ? (year + years - 1) / years : -((years - 1 - (year - 1)) / years);
}

// The parts of a moment that are whole numbers.
std::optional<std::int64_t> whole_part(const std::string& unit, const Moment& m, std::int64_t days) {
  const int dow = day_of_week(days);
  if (unit == "year" || unit == "years") return m.date.year > 0 ? m.date.year : m.date.year - 1;
  if (unit == "month" || unit == "months") return m.date.month;
  if (unit == "day" || unit == "days") return m.date.day;
  if (unit == "hour" || unit == "hours") return m.hour;
  if (unit == "minute" || unit == "minutes") return m.minute;
  if (unit == "quarter") return (m.date.month - 1) / 3 + 1;
  if (unit == "dow") return dow;
  if (unit == "isodow") return dow == 0 ? 7 : dow;
  if (unit == "doy") return day_of_year(m.date);
  if (unit == "week" || unit == "weeks") return iso_week_of(days).week;
  if (unit == "isoyear") return iso_week_of(days).year;
  if (unit == "decade" || unit == "decades")
    return m.date.year >= 0 ? m.date.year / 10 : -((8 - (m.date.year - 1)) / 10);
  if (unit == "century" || unit == "centuries") return ceiling_of(m.date.year, 100);
  if (unit == "millennium" || unit == "millennia") return ceiling_of(m.date.year, 1000);
  if (unit == "timezone" || unit == "timezone_hour" || unit == "timezone_minute") return 0;
  return std::nullopt;
}

// Seconds with a fixed number of digits, of microseconds.
Decimal decimal_of(std::int64_t number, std::int32_t scale) { return {Decimal::Integer(number), scale}; }

[[noreturn]] void unknown_unit(const std::string& unit, Type type) {
  throw EvalError("22023", "unit \"" + unit + "\" not recognized for type " + ivm::name_of(type));
}

Decimal part_of_moment(const std::string& unit, std::int64_t us, Type type) {
  const Moment m = moment_of(us);
  const std::int64_t days = days_of(m.date);
  const std::int64_t second_us = m.second * us_per_second + m.microsecond;
  if (unit == "epoch") return decimal_of(us, 6);
  if (unit == "second" || unit == "seconds") return decimal_of(second_us, 6);
  if (unit == "millisecond" || unit == "milliseconds") return decimal_of(second_us, 3);
  if (unit == "microsecond" || unit == "microseconds") return decimal_of(second_us, 0);
  if (unit == "julian") {
    const Decimal day = Decimal(days + 2'440'588);
    return day + decimal_of(us - days * us_per_day, 0) / Decimal(us_per_day);
  }
  const auto whole = whole_part(unit, m, days);
  if (!whole) unknown_unit(unit, type);
  return Decimal(*whole);
}

Decimal part_of_date(const std::string& unit, std::int64_t days) {
  const Moment m{civil_of(days)};
  if (unit == "epoch") return Decimal(days * 86'400);
  if (unit == "julian") return Decimal(days + 2'440'588);
  static constexpr std::string_view of_time[] = {"hour", "minute", "second", "millisecond", "microsecond", "timezone"};
  for (const std::string_view name : of_time) {
    if (unit.starts_with(name)) throw EvalError("0A000", "unit \"" + unit + "\" not supported for type date");
  }
  const auto whole = whole_part(unit, m, days);
  if (!whole) unknown_unit(unit, {TypeKind::date});
  return Decimal(*whole);
}

Decimal part_of_interval(const std::string& unit, const IntervalParts& p) {
  const std::int64_t second_us = p.microseconds % (60 * us_per_second);
  if (unit == "epoch") {
    const std::int64_t days = p.months / 12 * 1461 + (p.months % 12) * 120;  // in quarters of a day
    return decimal_of(days, 0) * Decimal(21'600) + decimal_of(p.days, 0) * Decimal(86'400) +
           decimal_of(p.microseconds, 6);
  }
  if (unit == "second" || unit == "seconds") return decimal_of(second_us, 6);
  if (unit == "millisecond" || unit == "milliseconds") return decimal_of(second_us, 3);
  if (unit == "microsecond" || unit == "microseconds") return Decimal(second_us);
  if (unit == "minute" || unit == "minutes") return Decimal(p.microseconds / (60 * us_per_second) % 60);
  if (unit == "hour" || unit == "hours") return Decimal(p.microseconds / (3600 * us_per_second));
  if (unit == "day" || unit == "days") return Decimal(p.days);
  if (unit == "month" || unit == "months") return Decimal(p.months % 12);
  if (unit == "quarter") return Decimal(p.months % 12 / 3 + 1);
  if (unit == "year" || unit == "years") return Decimal(p.months / 12);
  if (unit == "decade" || unit == "decades") return Decimal(p.months / 120);
  if (unit == "century" || unit == "centuries") return Decimal(p.months / 1200);
  if (unit == "millennium" || unit == "millennia") return Decimal(p.months / 12'000);
  unknown_unit(unit, {TypeKind::interval});
}

std::optional<Decimal> part(const Value& unit_value, const Value& value) {
  const std::string unit = unit_of(unit_value);
  if (value.kind() == TypeKind::interval) return part_of_interval(unit, parts(value));
  if (is_infinite(value.as_int())) {
    static constexpr std::string_view growing[] = {"epoch",      "year",    "decade", "century",
                                                   "millennium", "isoyear", "julian"};
    for (const std::string_view name : growing) {
      if (!unit.starts_with(name)) continue;
      return Decimal(value.as_int() > 0 ? Decimal::Kind::infinity : Decimal::Kind::negative_infinity);
    }
    return std::nullopt;
  }
  return value.kind() == TypeKind::date ? part_of_date(unit, value.as_int())
                                        : part_of_moment(unit, value.as_int(), {value.kind()});
}

Value extracted(Args args, Type) {
  const auto found = part(args[0], args[1]);
  return found ? Value::of_numeric(*found) : Value();
}
Value date_part(Args args, Type) {
  const auto found = part(args[0], args[1]);
  return found ? Value::of_double(found->to_double()) : Value();
}

Value age_between(Args args, Type) {
  if (is_infinite(args[0].as_int()) || is_infinite(args[1].as_int())) {
    throw EvalError("22008", "cannot subtract infinite timestamps");
  }
  return interval_of(age(args[0].as_int(), args[1].as_int()));
}

Value make_date(Args args, Type) {
  const std::int64_t year = args[0].as_int();
  const auto month = static_cast<int>(args[1].as_int());
  const auto day = static_cast<int>(args[2].as_int());
  const std::int64_t astronomical = year < 0 ? year + 1 : year;
  if (year == 0 || month < 1 || month > 12 || day < 1 || std::abs(year) > 6'000'000 ||
      day > days_in_month(astronomical, month)) {
    throw EvalError("22008", "date field value out of range: " + std::to_string(year) + (month < 10 ? "-0" : "-") +
                                 std::to_string(month) + (day < 10 ? "-0" : "-") + std::to_string(day));
  }
  return evaluated([&] { return Value::of_word(TypeKind::date, checked_date(days_of({astronomical, month, day}))); });
}

Value make_timestamp(Args args, Type type) {
  const Value day = make_date(args.subspan(0, 3), {TypeKind::date});
  const std::int64_t hour = args[3].as_int();
  const std::int64_t minute = args[4].as_int();
  const double second = args[5].as_double();
  if (hour < 0 || hour > 24 || minute < 0 || minute > 59 || !(second >= 0 && second <= 60)) {
    throw EvalError("22008", "time field value out of range");
  }
  const std::int64_t us = (hour * 3600 + minute * 60) * us_per_second + std::llround(second * 1e6);
  return Value::of_word(type.kind, day.as_int() * us_per_day + us);
}

Value from_epoch(Args args, Type) {
  const double seconds = args[0].as_double();
  if (std::isnan(seconds)) throw EvalError("22008", "timestamp cannot be NaN");
  if (std::isinf(seconds)) {
    return Value::of_word(TypeKind::timestamptz, seconds > 0 ? moment_infinity : moment_minus_infinity);
  }
  if (std::fabs(seconds) > 9.2e12) throw EvalError("22008", "timestamp out of range");
  return evaluated([&] { return Value::of_word(TypeKind::timestamptz, checked_moment(std::llround(seconds * 1e6))); });
}

Value is_finite(Args args, Type) { return Value::of_bool(!is_infinite(args[0].as_int())); }

Value justify_hours(Args args, Type) {
  IntervalParts p = parts(args[0]);
  p.days += p.microseconds / us_per_day;
  p.microseconds %= us_per_day;
  if (p.days > 0 && p.microseconds < 0) {
    p.microseconds += us_per_day;
    --p.days;
  } else if (p.days < 0 && p.microseconds > 0) {
    p.microseconds -= us_per_day;
    ++p.days;
  }
  return interval_of(p);
}
Value justify_days(Args args, Type) {
  IntervalParts p = parts(args[0]);
  p.months += p.days / 30;
  p.days %= 30;
  if (p.months > 0 && p.days < 0) {
    p.days += 30;
    --p.months;
  } else if (p.months < 0 && p.days > 0) {
    p.days -= 30;
    ++p.months;
  }
  return interval_of(p);
}

// AT TIME ZONE: only UTC, where the number stays and the type changes.
Value at_zone(Args args, Type type) {
  if (!is_utc(args[0].as_text())) {
    throw EvalError("0A000", "time zone \"" + std::string(args[0].as_text()) + "\" is not supported: only UTC is");
  }
  return Value::of_word(type.kind, args[1].as_int());
}

Value formatted(Args args, Type) {
  if (is_infinite(args[0].as_int())) return {};
  const std::int64_t us = args[0].kind() == TypeKind::date ? args[0].as_int() * us_per_day : args[0].as_int();
  return evaluated(
      [&] { return Value::of_text(format_moment(us, args[1].as_text(), args[0].kind() == TypeKind::timestamptz)); });
}

// AT TIME ZONE INTERVAL '2 hours': so far east of Greenwich.
Value at_distance(Args args, Type type) {
  const IntervalParts east = parts(args[0]);
  if (east.months != 0 || east.days != 0) {
    throw EvalError("22023", "interval time zone \"" + print_interval(east) + "\" must not include months or days");
  }
  const std::int64_t us = args[1].as_int();
  if (is_infinite(us)) return Value::of_word(type.kind, us);
  const std::int64_t by = type.kind == TypeKind::timestamp ? east.microseconds : -east.microseconds;
  return evaluated([&] { return Value::of_word(type.kind, checked_moment(us + by)); });
}

// The begin of the stretch of this length, counted from `origin`, that the moment is in.
Value binned(Args args, Type type) {
  const IntervalParts stride = parts(args[0]);
  const std::int64_t us = args[1].as_int();
  const std::int64_t origin = args[2].as_int();
  if (is_infinite(us)) return args[1];
  if (is_infinite(origin)) throw EvalError("22008", "origin out of range");
  if (stride.months != 0) {
    throw EvalError("0A000", "timestamps cannot be binned into intervals containing months or years");
  }
  const std::int64_t length = stride.days * us_per_day + stride.microseconds;
  if (length <= 0) throw EvalError("22008", "stride must be greater than zero");
  std::int64_t distance = us - origin;
  std::int64_t into = distance % length;
  if (into < 0) into += length;
  return evaluated([&] { return Value::of_word(type.kind, checked_moment(us - into)); });
}

// make_interval(years, months, weeks, days, hours, mins, secs), fewer of them from the left.
Value make_interval(Args args, Type) {
  const auto number = [&](std::size_t i) { return i < args.size() ? args[i].as_int() : 0; };
  const double seconds = args.size() > 6 ? args[6].as_double() : 0;
  if (!std::isfinite(seconds) || std::fabs(seconds) > 9e12) throw EvalError("22008", "interval out of range");
  const IntervalParts made{number(0) * 12 + number(1), number(2) * 7 + number(3),
                           (number(4) * 3600 + number(5) * 60) * us_per_second + std::llround(seconds * 1e6)};
  if (std::abs(made.months) > INT32_MAX || std::abs(made.days) > INT32_MAX) {
    throw EvalError("22008", "interval out of range");
  }
  return interval_of(made);
}

Value always(Args, Type) { return Value::of_bool(true); }

Value justify_interval(Args args, Type) {
  IntervalParts p = parts(args[0]);
  p.days += p.microseconds / us_per_day;
  p.microseconds %= us_per_day;
  p.months += p.days / 30;
  p.days %= 30;
  if (p.months > 0 && (p.days < 0 || (p.days == 0 && p.microseconds < 0))) {
    p.days += 30;
    --p.months;
  } else if (p.months < 0 && (p.days > 0 || (p.days == 0 && p.microseconds > 0))) {
    p.days -= 30;
    ++p.months;
  }
  if (p.days > 0 && p.microseconds < 0) {
    p.microseconds += us_per_day;
    --p.days;
  } else if (p.days < 0 && p.microseconds > 0) {
    p.microseconds -= us_per_day;
    ++p.days;
  }
  return interval_of(p);
}

Value truncated_at_zone(Args args, Type type) {
  const Value zone = args[2];
  at_zone(std::vector<Value>{zone, args[1]}, {TypeKind::timestamp});
  return truncated(args.subspan(0, 2), type);
}

Value formatted_interval(Args args, Type) {
  return evaluated([&] { return Value::of_text(format_interval(parts(args[0]), args[1].as_text())); });
}

}  // namespace

void add_time_functions(Tables& tables) {
  using enum TypeKind;
  auto& functions = tables.functions;
  for (const TypeKind type : {timestamp, timestamptz, interval, date}) {
    if (type != date) {
      functions.push_back({"date_trunc", {text, type}, type, type == interval ? truncated_interval : truncated, true});
    }
    functions.push_back({"extract", {text, type}, numeric, extracted, true});
    functions.push_back({"date_part", {text, type}, real8, date_part, true});
    if (type != interval) functions.push_back({"isfinite", {type}, boolean, is_finite});
    if (type != interval && type != date) {
      functions.push_back({"age", {type, type}, interval, age_between, true});
      functions.push_back({"to_char", {type, text}, text, formatted, true});
    }
  }
  functions.push_back({"make_date", {integer, integer, integer}, date, make_date, true});
  functions.push_back(
      {"make_timestamp", {integer, integer, integer, integer, integer, real8}, timestamp, make_timestamp, true});
  functions.push_back(
      {"make_timestamptz", {integer, integer, integer, integer, integer, real8}, timestamptz, make_timestamp, true});
  functions.push_back({"to_timestamp", {real8}, timestamptz, from_epoch, true});
  functions.push_back({"isfinite", {interval}, boolean, always});
  functions.push_back({"justify_interval", {interval}, interval, justify_interval});
  functions.push_back({"timezone", {interval, timestamptz}, timestamp, at_distance, true});
  functions.push_back({"timezone", {interval, timestamp}, timestamptz, at_distance, true});
  functions.push_back({"date_trunc", {text, timestamptz, text}, timestamptz, truncated_at_zone, true});
  for (const TypeKind type : {timestamp, timestamptz}) {
    functions.push_back({"date_bin", {interval, type, type}, type, binned, true});
  }
  std::vector<ArgType> numbers;
  for (std::size_t count = 0; count <= 7; ++count) {
    functions.push_back({"make_interval", numbers, interval, make_interval, true});
    numbers.emplace_back(count < 6 ? integer : real8);
  }
  functions.push_back({"to_char", {interval, text}, text, formatted_interval, true});
  functions.push_back({"justify_hours", {interval}, interval, justify_hours});
  functions.push_back({"justify_days", {interval}, interval, justify_days});
  functions.push_back({"timezone", {text, timestamptz}, timestamp, at_zone, true});
  functions.push_back({"timezone", {text, timestamp}, timestamptz, at_zone, true});
}

}  // namespace laterbase::sql
