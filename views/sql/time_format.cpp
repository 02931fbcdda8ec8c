#include "views/sql/time_format.h"

#include <array>
#include <optional>

#include "views/sql/error.h"

namespace laterbase::sql {
namespace {

constexpr std::array<std::string_view, 12> months = {"January",   "February", "March",    "April",
                                                     "May",       "June",     "July",     "August",
                                                     "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 7> days = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                  "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> roman = {"I",   "II",   "III", "IV", "V",  "VI",
                                                    "VII", "VIII", "IX",  "X",  "XI", "XII"};

char small(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
char large(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

std::string padded(std::int64_t value, std::size_t width) {
  std::string digits = std::to_string(value < 0 ? -value : value);
  if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
  return value < 0 ? "-" + digits : digits;
}

// 1st, 2nd, 3rd, 4th, 11th.
std::string_view ordinal(std::int64_t value) {
  const std::int64_t last = std::abs(value % 10);
  if (std::abs(value / 10 % 10) == 1 || last < 1 || last > 3) return "TH";
  return last == 1 ? "ST" : last == 2 ? "ND" : "RD";
}

// One pattern of a format: what it is in capital letters, as it was written, and what stands around it.
struct Pattern {
  std::string_view name;
  std::string_view written;
  bool fill = true;  // not after FM
  char suffix = 0;   // T of TH, t of th
};

// A name in the letters of its pattern: MON, Mon, mon.
std::string in_letters_of(const Pattern& pattern, std::string_view name, std::size_t width) {
  const bool all_large = pattern.written[1] == large(pattern.written[1]);
  const bool first_large = pattern.written[0] == large(pattern.written[0]);
  std::string text(name);
  for (std::size_t i = 0; i < text.size(); ++i) {
    text[i] = all_large || (i == 0 && first_large) ? large(text[i]) : small(text[i]);
  }
  if (pattern.fill && width > text.size()) text.append(width - text.size(), ' ');
  return text;
}

struct Formatter {
  Moment moment;
  std::int64_t hour = 0, day = 0, day_of_year = 0;
  bool with_zone = false;
  bool interval = false;

  std::int64_t year() const {
    const std::int64_t year = moment.date.year;
    return interval || year > 0 ? year : 1 - year;
  }
  std::int64_t century() const {
    const std::int64_t year = moment.date.year;
    return interval ? year / 100 : year > 0 ? (year - 1) / 100 + 1 : (year - 1) / 100 - 1;
  }
  std::int64_t seconds() const { return hour * 3600 + moment.minute * 60 + moment.second; }
  std::int64_t iso_year() const {
    const std::int64_t year = iso_week_of(day).year;
    return year > 0 ? year : 1 - year;
  }
  // The day within the year of ISO 8601.
  std::int64_t iso_day() const { return (iso_week_of(day).week - 1) * 7 + (day_of_week(day) + 6) % 7 + 1; }

  struct Number {
    std::int64_t value;
    std::size_t width = 1;
    bool always = false;  // FM does nothing
  };
  std::optional<Number> number(std::string_view name) const;
  std::optional<std::string> words(const Pattern& pattern) const;
  std::string value(const Pattern& pattern) const;
};

std::optional<Formatter::Number> Formatter::number(std::string_view name) const {
  if (name == "HH24") return Number{hour, 2};
  if (name == "HH12" || name == "HH") return Number{hour % 12 == 0 ? 12 : hour % 12, 2};
  if (name == "MI") return Number{moment.minute, 2};
  if (name == "SS") return Number{moment.second, 2};
  if (name == "MS" || name == "FF3") return Number{moment.microsecond / 1000, 3, true};
  if (name == "US" || name == "FF6") return Number{moment.microsecond, 6, true};
  if (name == "FF1") return Number{moment.microsecond / 100'000, 1, true};
  if (name == "FF2") return Number{moment.microsecond / 10'000, 2, true};
  if (name == "FF4") return Number{moment.microsecond / 100, 4, true};
  if (name == "FF5") return Number{moment.microsecond / 10, 5, true};
  if (name == "SSSS" || name == "SSSSS") return Number{seconds()};
  if (name == "YYYY") return Number{year(), 4};
  if (name == "YYY") return Number{year() % 1000, 3};
  if (name == "YY") return Number{year() % 100, 2};
  if (name == "Y") return Number{year() % 10};
  if (name == "CC") return Number{century(), 2};
  if (name == "MM") return Number{moment.date.month, 2};
  if (name == "DDD") return Number{day_of_year, 3};
  if (name == "DD") return Number{moment.date.day, 2};
  if (name == "W") return Number{(moment.date.day - 1) / 7 + 1};
  if (interval) return std::nullopt;
  if (name == "IYYY") return Number{iso_year(), 4};
  if (name == "IYY") return Number{iso_year() % 1000, 3};
  if (name == "IY") return Number{iso_year() % 100, 2};
  if (name == "I") return Number{iso_year() % 10};
  if (name == "IDDD") return Number{iso_day(), 3};
  if (name == "WW") return Number{(day_of_year - 1) / 7 + 1, 2};
  if (name == "IW") return Number{iso_week_of(day).week, 2};
  if (name == "D") return Number{day_of_week(day) + 1};
  if (name == "ID") return Number{(day_of_week(day) + 6) % 7 + 1};
  if (name == "Q") return Number{(moment.date.month - 1) / 3 + 1};
  if (name == "J") return Number{day + 2'440'588};
  return std::nullopt;
}

// Two names with or without points, in the letters of the pattern.
std::string one_of(const Pattern& pattern, std::string_view name) {
  std::string text(name);
  if (pattern.name.size() == 4) text = {text[0], '.', text[1], '.'};
  if (pattern.written[0] != large(pattern.written[0])) {
    for (char& c : text) c = small(c);
  }
  return text;
}

std::optional<std::string> Formatter::words(const Pattern& pattern) const {
  const std::string_view name = pattern.name;
  const std::string_view month = months[static_cast<std::size_t>(interval ? 0 : moment.date.month - 1)];
  if (name == "AM" || name == "PM" || name == "A.M." || name == "P.M.") {
    const std::int64_t of_day = (hour % 24 + 24) % 24;
    return one_of(pattern, of_day >= 12 ? "PM" : "AM");
  }
  if (name == "Y,YYY") return std::to_string(year() / 1000) + "," + padded(year() % 1000, 3);
  if (name == "RM") {
    const std::int64_t at = moment.date.month;
    if (at == 0) return "";
    std::string text(roman[static_cast<std::size_t>((at + 11) % 12)]);
    if (pattern.written[0] == 'r') {
      for (char& c : text) c = small(c);
    }
    if (pattern.fill) text.append(4 - text.size(), ' ');
    return text;
  }
  if (name == "FX") return "";
  if (interval) return std::nullopt;
  if (name == "MONTH") return in_letters_of(pattern, month, 9);
  if (name == "MON") return in_letters_of(pattern, month.substr(0, 3), 0);
  const std::string_view weekday = days[static_cast<std::size_t>(day_of_week(day))];
  if (name == "DAY") return in_letters_of(pattern, weekday, 9);
  if (name == "DY") return in_letters_of(pattern, weekday.substr(0, 3), 0);
  if (name == "BC" || name == "AD" || name == "B.C." || name == "A.D.") {
    return one_of(pattern, moment.date.year <= 0 ? "BC" : "AD");
  }
  if (name == "TZ") return with_zone ? pattern.written[0] == 'T' ? "UTC" : "utc" : "";
  if (name == "TZH") return "+00";
  if (name == "TZM") return "00";
  if (name == "OF") return pattern.fill ? "+00" : "+0";
  return std::nullopt;
}

std::string Formatter::value(const Pattern& pattern) const {
  const auto numbered = number(pattern.name);
  auto text = numbered ? std::optional(padded(numbered->value, pattern.fill || numbered->always ? numbered->width : 0))
                       : words(pattern);
  if (!text) {
    throw SqlException("22007", "invalid format specification for an interval value", -1,
                       "Intervals are not tied to specific calendar dates.");
  }
  if (pattern.suffix == 0 || !(numbered || pattern.name == "Y,YYY")) return *text;
  const std::string_view ending = ordinal(numbered ? numbered->value : year());
  for (const char c : ending) *text += pattern.suffix == 'T' ? c : small(c);
  return *text;
}

// Longer patterns before those that they begin with.
constexpr std::array<std::string_view, 54> patterns = {
    "Y,YYY", "SSSSS", "MONTH", "YYYY", "IYYY", "IDDD", "HH24", "HH12", "SSSS", "A.M.", "P.M.", "A.D.", "B.C.", "MON",
    "DDD",   "DAY",   "YYY",   "IYY",  "TZH",  "TZM",  "FF1",  "FF2",  "FF3",  "FF4",  "FF5",  "FF6",  "YY",   "IY",
    "MM",    "DD",    "DY",    "ID",   "HH",   "MI",   "SS",   "MS",   "US",   "AM",   "PM",   "AD",   "BC",   "CC",
    "WW",    "IW",    "TZ",    "OF",   "FX",   "RM",   "D",    "Q",    "J",    "Y",    "I",    "W"};

// As PostgreSQL lists them: in capital letters, in small ones, and names with a capital first letter.
bool begins_with(std::string_view text, std::string_view pattern) {
  if (pattern.empty() || text.size() < pattern.size()) return false;
  const std::string_view written = text.substr(0, pattern.size());
  const bool name = pattern == "MONTH" || pattern == "MON" || pattern == "DAY" || pattern == "DY";
  bool all_large = true;
  bool all_small = true;
  bool capital = name;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    all_large = all_large && written[i] == pattern[i];
    all_small = all_small && written[i] == small(pattern[i]);
    capital = capital && written[i] == (i == 0 ? pattern[i] : small(pattern[i]));
  }
  return all_large || all_small || capital;
}

std::string_view pattern_at(std::string_view text) {
  for (const std::string_view pattern : patterns) {
    if (begins_with(text, pattern)) return pattern;
  }
  return {};
}

// "…" with \ before a character that stands for itself; gives what is behind.
std::string_view append_quoted(std::string_view rest, std::string& text) {
  rest.remove_prefix(1);
  while (!rest.empty() && rest[0] != '"') {
    if (rest[0] == '\\' && rest.size() > 1) rest.remove_prefix(1);
    text += rest[0];
    rest.remove_prefix(1);
  }
  if (!rest.empty()) rest.remove_prefix(1);
  return rest;
}

std::string formatted(const Formatter& formatter, std::string_view rest) {
  std::string text;
  while (!rest.empty()) {
    if (rest[0] == '"') {
      rest = append_quoted(rest, text);
      continue;
    }
    Pattern pattern;
    std::string_view at = rest;
    while (begins_with(at, "FM") || begins_with(at, "TM")) {
      pattern.fill = false;
      at.remove_prefix(2);
    }
    pattern.name = pattern_at(at);
    if (pattern.name.empty()) {
      if (rest.size() != at.size()) {
        rest = at;  // FM alone says nothing
        continue;
      }
      if (rest.starts_with("\\\"")) rest.remove_prefix(1);
      text += rest[0];
      rest.remove_prefix(1);
      continue;
    }
    pattern.written = at.substr(0, pattern.name.size());
    rest = at.substr(pattern.name.size());
    if (begins_with(rest, "TH")) {
      pattern.suffix = rest[0];
      rest.remove_prefix(2);
    }
    text += formatter.value(pattern);
  }
  return text;
}

}  // namespace

std::string format_moment(std::int64_t us, std::string_view format, bool with_zone) {
  Formatter formatter;
  formatter.moment = moment_of(us);
  formatter.hour = formatter.moment.hour;
  formatter.day = days_of(formatter.moment.date);
  formatter.day_of_year = day_of_year(formatter.moment.date);
  formatter.with_zone = with_zone;
  return formatted(formatter, format);
}

std::string format_interval(const IntervalParts& interval, std::string_view format) {
  Formatter formatter;
  formatter.interval = true;
  formatter.moment.date = {interval.months / 12, static_cast<int>(interval.months % 12),
                           static_cast<int>(interval.days)};
  const std::int64_t seconds = interval.microseconds / us_per_second;
  formatter.hour = seconds / 3600;
  formatter.moment.minute = static_cast<int>(seconds / 60 % 60);
  formatter.moment.second = static_cast<int>(seconds % 60);
  formatter.moment.microsecond = static_cast<int>(interval.microseconds % us_per_second);
  formatter.day_of_year = interval.months * 30 + interval.days;
  return formatted(formatter, format);
}

}  // namespace laterbase::sql
