#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// Days, moments and intervals as PostgreSQL computes them, with UTC as the session's time zone. Moments are
// microseconds since 1970, dates days since 1970; the smallest and greatest value of either stand for -infinity and
// infinity.
namespace laterbase::sql {

inline constexpr std::int64_t us_per_second = 1'000'000;
inline constexpr std::int64_t us_per_day = 86'400 * us_per_second;
inline constexpr std::int64_t moment_infinity = INT64_MAX;
inline constexpr std::int64_t moment_minus_infinity = INT64_MIN;
inline constexpr std::int64_t date_infinity = INT64_MAX;
inline constexpr std::int64_t date_minus_infinity = INT64_MIN;
// 4713-11-24 BC to 5874897-12-31. Moments end 30 years before PostgreSQL's: it counts from 2000.
inline constexpr std::int64_t first_day = -2'440'588;
inline constexpr std::int64_t last_day = 2'145'042'905;
inline constexpr std::int64_t last_moment_year = 294'246;

struct Civil {
  std::int64_t year = 1970;  // astronomical: 0 is 1 BC
  int month = 1, day = 1;
};
struct Moment {
  Civil date;
  int hour = 0, minute = 0, second = 0, microsecond = 0;
};
struct IntervalParts {
  std::int64_t months = 0, days = 0, microseconds = 0;
};

std::int64_t days_of(const Civil& civil) noexcept;
Civil civil_of(std::int64_t days) noexcept;
int days_in_month(std::int64_t year, int month) noexcept;
Moment moment_of(std::int64_t us) noexcept;
std::int64_t us_of(const Moment& moment) noexcept;
int day_of_week(std::int64_t days) noexcept;  // 0 is Sunday
int day_of_year(const Civil& civil) noexcept;
struct IsoWeek {
  std::int64_t year;
  int week;
};
IsoWeek iso_week_of(std::int64_t days) noexcept;

// Errors: SqlException 22007 for text of another form, 22008 for days that don't exist or are out of range.
std::int64_t parse_date(std::string_view text);
std::int64_t parse_moment(std::string_view text, bool with_zone);
IntervalParts parse_interval(std::string_view text);
// INTERVAL '3' DAY: `fields` has PostgreSQL's bit for each. The last of them is the unit of a number that has none, and
// nothing that is smaller is kept.
IntervalParts parse_interval(std::string_view text, unsigned fields);

bool is_utc(std::string_view zone);  // "UTC", "GMT", "z"

std::string print_date(std::int64_t days);
std::string print_moment(std::int64_t us, bool with_zone);
std::string print_interval(const IntervalParts& interval);

// Errors: 22008 where the result is out of range.
std::int64_t add_months(std::int64_t us, std::int64_t months);
std::int64_t add_interval(std::int64_t us, const IntervalParts& interval, int sign);
std::int64_t checked_moment(std::int64_t us);
std::int64_t checked_date(std::int64_t days);
IntervalParts moment_difference(std::int64_t a, std::int64_t b);  // in days and time, no months
IntervalParts age(std::int64_t a, std::int64_t b);                // in months, days and time
std::int64_t truncate_moment(std::string_view unit, std::int64_t us, bool with_zone);
IntervalParts truncate_interval(std::string_view unit, IntervalParts interval);

}  // namespace laterbase::sql
