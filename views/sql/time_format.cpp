#include "views/sql/time_format.h"

#include <array>
#include <optional>

#include "views/sql/datetime.h"

namespace laterbase::sql {
namespace {

constexpr std::array<std::string_view, 12> months = {"January",   "February", "March",    "April",
                                                     "May",       "June",     "July",     "August",
                                                     "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 7> days = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                  "Thursday", "Friday", "Saturday"};

char small(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
char large(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

std::string padded(std::int64_t value, std::size_t width) {
  std::string digits = std::to_string(value < 0 ? -value : value);
  if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
  return value < 0 ? "-" + digits : digits;
}

// A name in the letters of its pattern: MON, Mon, mon.
std::string named(std::string_view name, std::string_view pattern, std::size_t width) {
  std::string text(name);
  if (width > text.size()) text.append(width - text.size(), ' ');
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool all_large = pattern[1] == large(pattern[1]);
    text[i] = all_large || (i == 0 && pattern[0] == large(pattern[0])) ? large(text[i]) : small(text[i]);
  }
  return text;
}

struct Formatter {
  Moment moment;
  std::int64_t day;
  bool with_zone;
  bool fill = true;  // not after FM

  std::string number(std::int64_t value, std::size_t width) const { return padded(value, fill ? width : 0); }
  std::int64_t hour12() const { return (moment.hour + 11) % 12 + 1; }
  std::int64_t shown_year() const { return moment.date.year > 0 ? moment.date.year : 1 - moment.date.year; }

  std::optional<std::string> value(std::string_view pattern) const {
    const int dow = day_of_week(day);
    const std::string_view month = months[static_cast<std::size_t>(moment.date.month - 1)];
    const std::string_view weekday = days[static_cast<std::size_t>(dow)];
    const std::size_t wide = fill ? 9 : 0;
    std::string upper(pattern);
    for (char& c : upper) c = large(c);
    if (upper == "YYYY") return number(shown_year(), 4);
    if (upper == "YY") return number(shown_year() % 100, 2);
    if (upper == "MM") return number(moment.date.month, 2);
    if (upper == "MONTH") return named(month, pattern, wide);
    if (upper == "MON") return named(month.substr(0, 3), pattern, 0);
    if (upper == "DDD") return number(day_of_year(moment.date), 3);
    if (upper == "DD") return number(moment.date.day, 2);
    if (upper == "DAY") return named(weekday, pattern, wide);
    if (upper == "DY") return named(weekday.substr(0, 3), pattern, 0);
    if (upper == "ID") return std::to_string(dow == 0 ? 7 : dow);
    if (upper == "D") return std::to_string(dow + 1);
    if (upper == "HH24") return number(moment.hour, 2);
    if (upper == "HH12" || upper == "HH") return number(hour12(), 2);
    if (upper == "MI") return number(moment.minute, 2);
    if (upper == "SS") return number(moment.second, 2);
    if (upper == "MS") return number(moment.microsecond / 1000, 3);
    if (upper == "US") return number(moment.microsecond, 6);
    if (upper == "AM" || upper == "PM") {
      const std::string_view name = moment.hour >= 12 ? "PM" : "AM";
      return pattern[0] == upper[0] ? std::string(name) : std::string{small(name[0]), small(name[1])};
    }
    if (upper == "Q") return std::to_string((moment.date.month - 1) / 3 + 1);
    if (upper == "WW") return number((day_of_year(moment.date) - 1) / 7 + 1, 2);
    if (upper == "IW") return number(iso_week_of(day).week, 2);
    if (upper == "IYYY") return number(iso_week_of(day).year, 4);
    if (upper == "J") return std::to_string(day + 2'440'588);
    if (upper == "TZ") return std::string(with_zone ? (pattern[0] == 'T' ? "UTC" : "utc") : "");
    if (upper == "OF") return std::string("+00");
    return std::nullopt;
  }
};

// Longer patterns before those that they begin with.
constexpr std::array<std::string_view, 27> patterns = {
    "MONTH", "YYYY", "IYYY", "HH24", "HH12", "MON", "DDD", "DAY", "YY", "MM", "DD", "DY", "ID", "HH",
    "MI",    "SS",   "MS",   "US",   "AM",   "PM",  "WW",  "IW",  "TZ", "OF", "D",  "Q",  "J"};

bool begins_with(std::string_view text, std::string_view pattern) {
  if (text.size() < pattern.size()) return false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (large(text[i]) != pattern[i]) return false;
  }
  return true;
}

}  // namespace

std::string format_moment(std::int64_t us, std::string_view format, bool with_zone) {
  Formatter formatter{moment_of(us), 0, with_zone};
  formatter.day = days_of(formatter.moment.date);
  std::string text;
  for (std::size_t i = 0; i < format.size();) {
    const std::string_view rest = format.substr(i);
    if (rest[0] == '"') {
      const std::size_t close = rest.find('"', 1);
      text += rest.substr(1, close == std::string_view::npos ? close : close - 1);
      i = close == std::string_view::npos ? format.size() : i + close + 1;
      continue;
    }
    formatter.fill = !begins_with(rest, "FM");
    const std::string_view at = formatter.fill ? rest : rest.substr(2);
    std::string_view found;
    for (const std::string_view pattern : patterns) {
      if (found.empty() && begins_with(at, pattern)) found = at.substr(0, pattern.size());
    }
    const auto value = found.empty() ? std::nullopt : formatter.value(found);
    if (value) {
      text += *value;
      i += found.size() + (formatter.fill ? 0 : 2);
      continue;
    }
    text += rest[0];
    ++i;
  }
  return text;
}

}  // namespace laterbase::sql
