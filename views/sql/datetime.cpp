#include "views/sql/datetime.h"

#include <cmath>

#include "views/sql/error.h"

namespace laterbase::sql {
namespace {

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b != 0 && (a % b < 0) != (b < 0)); }

[[noreturn]] void out_of_range(const char* what) { throw SqlException("22008", std::string(what) + " out of range"); }

bool is_infinite(std::int64_t us) { return us == moment_infinity || us == moment_minus_infinity; }

}  // namespace

// After H. Hinnant, "chrono-compatible low-level date algorithms".
std::int64_t days_of(const Civil& civil) noexcept {
  const std::int64_t y = civil.year - (civil.month <= 2);
  const std::int64_t era = floor_div(y, 400);
  const std::int64_t year_of_era = y - era * 400;
  const std::int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
                                  (153 * ((civil.month + 9) % 12) + 2) / 5 + civil.day - 1;
  return era * 146'097 + day_of_era - 719'468;
}

Civil civil_of(std::int64_t days) noexcept {
  const std::int64_t z = days + 719'468;
  const std::int64_t era = floor_div(z, 146'097);
  const std::int64_t day_of_era = z - era * 146'097;
  const std::int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted_month = (5 * day + 2) / 153;
  const int month = static_cast<int>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  return {year_of_era + era * 400 + (month <= 2), month, static_cast<int>(day - (153 * shifted_month + 2) / 5 + 1)};
}

int days_in_month(std::int64_t year, int month) noexcept {
  static constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : days[month - 1];
}

Moment moment_of(std::int64_t us) noexcept {
  const std::int64_t days = floor_div(us, us_per_day);
  std::int64_t rest = us - days * us_per_day;
  Moment moment{civil_of(days)};
  moment.microsecond = static_cast<int>(rest % us_per_second);
  rest /= us_per_second;
  moment.second = static_cast<int>(rest % 60);
  moment.minute = static_cast<int>(rest / 60 % 60);
  moment.hour = static_cast<int>(rest / 3600);
  return moment;
}

std::int64_t us_of(const Moment& moment) noexcept {
  const std::int64_t seconds = moment.hour * std::int64_t{3600} + moment.minute * 60 + moment.second;
  return days_of(moment.date) * us_per_day + seconds * us_per_second + moment.microsecond;
}

int day_of_week(std::int64_t days) noexcept { return static_cast<int>(((days + 4) % 7 + 7) % 7); }

int day_of_year(const Civil& civil) noexcept {
  return static_cast<int>(days_of(civil) - days_of({civil.year, 1, 1}) + 1);
}

IsoWeek iso_week_of(std::int64_t days) noexcept {
  const std::int64_t thursday = days - (day_of_week(days) + 6) % 7 + 3;
  const Civil civil = civil_of(thursday);
  return {civil.year, (day_of_year(civil) - 1) / 7 + 1};
}

std::int64_t checked_moment(std::int64_t us) {
  if (us == moment_infinity || us < first_day * us_per_day) out_of_range("timestamp");
  return us;
}

std::int64_t checked_date(std::int64_t days) {
  if (days > last_day || days < first_day) out_of_range("date");
  return days;
}

std::int64_t add_months(std::int64_t us, std::int64_t months) {
  Moment moment = moment_of(us);
  const std::int64_t month = moment.date.year * 12 + moment.date.month - 1 + months;
  moment.date.year = floor_div(month, 12);
  moment.date.month = static_cast<int>(month - moment.date.year * 12) + 1;
  moment.date.day = std::min(moment.date.day, days_in_month(moment.date.year, moment.date.month));
  if (moment.date.year > last_moment_year || moment.date.year < -4'713) out_of_range("timestamp");
  return us_of(moment);
}

std::int64_t add_interval(std::int64_t us, const IntervalParts& interval, int sign) {
  if (is_infinite(us)) return us;
  std::int64_t sum = interval.months == 0 ? us : add_months(us, sign * interval.months);
  std::int64_t days_us = 0;
  if (__builtin_mul_overflow(interval.days * sign, us_per_day, &days_us) ||
      __builtin_add_overflow(sum, days_us, &sum) || __builtin_add_overflow(sum, sign * interval.microseconds, &sum)) {
    out_of_range("timestamp");
  }
  return checked_moment(sum);
}

IntervalParts moment_difference(std::int64_t a, std::int64_t b) {
  if (is_infinite(a) || is_infinite(b)) throw SqlException("22008", "cannot subtract infinite timestamps");
  std::int64_t us = 0;
  if (__builtin_sub_overflow(a, b, &us)) out_of_range("interval");
  return {0, us / us_per_day, us % us_per_day};
}

IntervalParts age(std::int64_t a, std::int64_t b) {
  const bool swapped = a < b;
  const Moment late = moment_of(swapped ? b : a);
  const Moment early = moment_of(swapped ? a : b);
  const auto time_of = [](const Moment& m) { return us_of(m) - days_of(m.date) * us_per_day; };
  std::int64_t us = time_of(late) - time_of(early);
  std::int64_t days = late.date.day - early.date.day;
  std::int64_t months = (late.date.year - early.date.year) * 12 + late.date.month - early.date.month;
  if (us < 0) {
    us += us_per_day;
    --days;
  }
  if (days < 0) {
    // The month that the days are borrowed from is the earlier one's.
    days += days_in_month(early.date.year, early.date.month);
    --months;
  }
  return swapped ? IntervalParts{-months, -days, -us} : IntervalParts{months, days, us};
}

namespace {

[[noreturn]] void unknown_unit(std::string_view unit, const char* type) {
  throw SqlException("22023", "unit \"" + std::string(unit) + "\" not recognized for type " + type);
}

std::int64_t start_of_year(std::int64_t year) { return days_of({year, 1, 1}) * us_per_day; }

// Of centuries and millennia, whose first year is 1, not 0.
std::int64_t first_year(std::int64_t year, std::int64_t years) {
  return year > 0 ? (year + years - 1) / years * years - (years - 1) : -((years - 1 - (year - 1)) / years * years) + 1;
}

}  // namespace

std::int64_t truncate_moment(std::string_view unit, std::int64_t us, bool with_zone) {
  if (is_infinite(us)) return us;
  const Moment m = moment_of(us);
  const auto down_to = [&](std::int64_t step) { return floor_div(us, step) * step; };
  if (unit == "microseconds" || unit == "microsecond") return us;
  if (unit == "milliseconds" || unit == "millisecond") return down_to(1000);
  if (unit == "second" || unit == "seconds") return down_to(us_per_second);
  if (unit == "minute" || unit == "minutes") return down_to(60 * us_per_second);
  if (unit == "hour" || unit == "hours") return down_to(3600 * us_per_second);
  if (unit == "day" || unit == "days") return down_to(us_per_day);
  if (unit == "week" || unit == "weeks") {
    const std::int64_t days = floor_div(us, us_per_day);
    return (days - (day_of_week(days) + 6) % 7) * us_per_day;
  }
  if (unit == "month" || unit == "months") return days_of({m.date.year, m.date.month, 1}) * us_per_day;
  if (unit == "quarter") return days_of({m.date.year, (m.date.month - 1) / 3 * 3 + 1, 1}) * us_per_day;
  if (unit == "year" || unit == "years") return start_of_year(m.date.year);
  if (unit == "decade" || unit == "decades") return start_of_year(floor_div(m.date.year, 10) * 10);
  if (unit == "century" || unit == "centuries") return start_of_year(first_year(m.date.year, 100));
  if (unit == "millennium" || unit == "millennia") return start_of_year(first_year(m.date.year, 1000));
  unknown_unit(unit, with_zone ? "timestamp with time zone" : "timestamp without time zone");
}

IntervalParts truncate_interval(std::string_view unit, IntervalParts interval) {
  const auto whole = [&](std::int64_t step) {
    interval.microseconds = interval.microseconds / step * step;
    return interval;
  };
  const auto whole_months = [&](std::int64_t months) { return IntervalParts{interval.months / months * months, 0, 0}; };
  if (unit == "microseconds" || unit == "microsecond") return interval;
  if (unit == "milliseconds" || unit == "millisecond") return whole(1000);
  if (unit == "second" || unit == "seconds") return whole(us_per_second);
  if (unit == "minute" || unit == "minutes") return whole(60 * us_per_second);
  if (unit == "hour" || unit == "hours") return whole(3600 * us_per_second);
  if (unit == "day" || unit == "days") return {interval.months, interval.days, 0};
  if (unit == "month" || unit == "months") return whole_months(1);
  if (unit == "quarter") return whole_months(3);
  if (unit == "year" || unit == "years") return whole_months(12);
  if (unit == "decade" || unit == "decades") return whole_months(120);
  if (unit == "century" || unit == "centuries") return whole_months(1200);
  if (unit == "millennium" || unit == "millennia") return whole_months(12'000);
  unknown_unit(unit, "interval");
}

}  // namespace laterbase::sql
