#include <charconv>
#include <cmath>
#include <optional>
#include <vector>

#include "views/sql/datetime.h"
#include "views/sql/error.h"

// Text in and out, in PostgreSQL's ISO style.
namespace laterbase::sql {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string small_letters(std::string_view text) {
  std::string small(text);
  for (char& c : small) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return small;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\n' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// What is left to read of one text.
struct Reader {
  std::string_view rest;

  bool take(char c) {
    if (rest.empty() || rest.front() != c) return false;
    rest.remove_prefix(1);
    return true;
  }
  std::optional<std::int64_t> digits(std::size_t least, std::size_t most) {
    std::size_t n = 0;
    while (n < rest.size() && n < most && is_digit(rest[n])) ++n;
    if (n < least) return std::nullopt;
    std::int64_t value = 0;
    std::from_chars(rest.data(), rest.data() + n, value);
    rest.remove_prefix(n);
    return value;
  }
  void skip_blanks() {
    while (take(' ')) {
    }
  }
};

struct Wrong {
  const char* type;
  std::string_view text;

  [[noreturn]] void form() const {
    throw SqlException("22007",
                       "invalid input syntax for type " + std::string(type) + ": \"" + std::string(text) + "\"");
  }
  [[noreturn]] void range() const {
    throw SqlException("22008", "date/time field value out of range: \"" + std::string(text) + "\"");
  }
};

// A fraction of a second in microseconds, rounded to the nearest.
int read_fraction(Reader& reader) {
  double fraction = 0;
  double unit = 0.1;
  while (!reader.rest.empty() && is_digit(reader.rest.front())) {
    fraction += (reader.rest.front() - '0') * unit;
    unit /= 10;
    reader.rest.remove_prefix(1);
  }
  return static_cast<int>(std::lround(fraction * 1e6));
}

Civil read_civil(Reader& reader, const Wrong& wrong) {
  std::size_t run = 0;
  while (run < reader.rest.size() && is_digit(reader.rest[run])) ++run;
  Civil civil;
  if (run == 8) {
    civil.year = *reader.digits(4, 4);
    civil.month = static_cast<int>(*reader.digits(2, 2));
    civil.day = static_cast<int>(*reader.digits(2, 2));
  } else {
    const auto year = reader.digits(3, 7);
    const bool slash = year && reader.take('/');
    if (!year || (!slash && !reader.take('-'))) wrong.form();
    const auto month = reader.digits(1, 2);
    if (!month || !reader.take(slash ? '/' : '-')) wrong.form();
    const auto day = reader.digits(1, 2);
    if (!day) wrong.form();
    civil = {*year, static_cast<int>(*month), static_cast<int>(*day)};
  }
  if (civil.month < 1 || civil.month > 12 || civil.day < 1 || civil.year == 0) wrong.range();
  return civil;
}

void read_time(Reader& reader, Moment& moment, const Wrong& wrong) {
  const auto hour = reader.digits(1, 2);
  if (!hour || !reader.take(':')) wrong.form();
  const auto minute = reader.digits(2, 2);
  if (!minute) wrong.form();
  moment.hour = static_cast<int>(*hour);
  moment.minute = static_cast<int>(*minute);
  if (reader.take(':')) {
    const auto second = reader.digits(2, 2);
    if (!second) wrong.form();
    moment.second = static_cast<int>(*second);
    if (reader.take('.')) moment.microsecond = read_fraction(reader);
  }
  const bool midnight_after = moment.hour == 24 && moment.minute == 0 && moment.second == 0;
  if ((moment.hour > 23 && !midnight_after) || moment.minute > 59 || moment.second > 60) wrong.range();
}

// Seconds east of Greenwich.
std::optional<std::int64_t> read_zone(Reader& reader, const Wrong& wrong) {
  reader.skip_blanks();
  if (reader.rest.empty() || small_letters(reader.rest) == "bc") return std::nullopt;
  if (is_letter(reader.rest.front())) {
    std::size_t n = 0;
    while (n < reader.rest.size() && is_letter(reader.rest[n])) ++n;
    const std::string name = small_letters(reader.rest.substr(0, n));
    if (name != "z" && name != "utc" && name != "gmt" && name != "zulu") wrong.form();
    reader.rest.remove_prefix(n);
    return 0;
  }
  const bool west = reader.take('-');
  if (!west && !reader.take('+')) wrong.form();
  const auto hours = reader.digits(1, 2);
  if (!hours) wrong.form();
  reader.take(':');
  const std::int64_t minutes = reader.digits(2, 2).value_or(0);
  if (*hours > 15 || minutes > 59) {
    throw SqlException("22009", "time zone displacement out of range: \"" + std::string(wrong.text) + "\"");
  }
  const std::int64_t seconds = *hours * 3600 + minutes * 60;
  return west ? -seconds : seconds;
}

void read_era(Reader& reader, Civil& civil, const Wrong& wrong) {
  reader.skip_blanks();
  const std::string era = small_letters(reader.rest);
  if (era == "bc") {
    civil.year = 1 - civil.year;
  } else if (!era.empty() && era != "ad") {
    wrong.form();
  }
  if (civil.day > days_in_month(civil.year, civil.month)) wrong.range();
}

}  // namespace

namespace {

std::optional<std::int64_t> named_moment(std::string_view text) {
  const std::string name = small_letters(text);
  if (name == "infinity" || name == "+infinity") return moment_infinity;
  if (name == "-infinity") return moment_minus_infinity;
  if (name == "epoch") return 0;
  if (name == "now" || name == "today" || name == "tomorrow" || name == "yesterday") {
    throw SqlException("0A000", "\"" + name + "\" is not supported: it differs from one evaluation to the next");
  }
  return std::nullopt;
}

struct ReadMoment {
  Moment moment;
  std::int64_t east_s = 0;
};

ReadMoment read_moment(std::string_view trimmed_text, const Wrong& wrong) {
  Reader reader{trimmed_text};
  ReadMoment read{{read_civil(reader, wrong)}};
  const bool t = reader.take('T') || reader.take('t');
  if (!t) reader.skip_blanks();
  if (!reader.rest.empty() && is_digit(reader.rest.front())) {
    read_time(reader, read.moment, wrong);
    read.east_s = read_zone(reader, wrong).value_or(0);
  } else if (t) {
    wrong.form();
  }
  read_era(reader, read.moment.date, wrong);
  return read;
}

}  // namespace

bool is_utc(std::string_view zone) {
  const std::string name = small_letters(zone);
  return name == "utc" || name == "gmt" || name == "z" || name == "zulu" || name == "etc/utc";
}

std::int64_t parse_date(std::string_view text) {
  const Wrong wrong{"date", text};
  const std::string_view inside = trimmed(text);
  if (const auto named = named_moment(inside)) {
    return *named == moment_infinity ? date_infinity : *named == moment_minus_infinity ? date_minus_infinity : 0;
  }
  const std::int64_t days = days_of(read_moment(inside, wrong).moment.date);
  if (days < first_day || days > last_day) {
    throw SqlException("22008", "date out of range: \"" + std::string(text) + "\"");
  }
  return days;
}

std::int64_t parse_moment(std::string_view text, bool with_zone) {
  const Wrong wrong{with_zone ? "timestamp with time zone" : "timestamp", text};
  const std::string_view inside = trimmed(text);
  if (const auto named = named_moment(inside)) return *named;
  const ReadMoment read = read_moment(inside, wrong);
  if (read.moment.date.year > last_moment_year || read.moment.date.year < -4'713) {
    throw SqlException("22008", "timestamp out of range: \"" + std::string(text) + "\"");
  }
  return checked_moment(us_of(read.moment) - (with_zone ? read.east_s * us_per_second : 0));
}

namespace {

void append_padded(std::string& to, std::int64_t value, std::size_t width) {
  const std::string digits = std::to_string(value);
  to.append(digits.size() < width ? width - digits.size() : 0, '0').append(digits);
}

void append_civil(std::string& to, const Civil& civil) {
  append_padded(to, civil.year > 0 ? civil.year : 1 - civil.year, 4);
  to += '-';
  append_padded(to, civil.month, 2);
  to += '-';
  append_padded(to, civil.day, 2);
}

void append_fraction(std::string& to, std::int64_t microseconds) {
  if (microseconds == 0) return;
  to += '.';
  append_padded(to, microseconds, 6);
  while (to.back() == '0') to.pop_back();
}

void append_time(std::string& to, std::int64_t hour, std::int64_t minute, std::int64_t second, std::int64_t us) {
  append_padded(to, hour, 2);
  to += ':';
  append_padded(to, minute, 2);
  to += ':';
  append_padded(to, second, 2);
  append_fraction(to, us);
}

}  // namespace

std::string print_date(std::int64_t days) {
  if (days == date_infinity) return "infinity";
  if (days == date_minus_infinity) return "-infinity";
  const Civil civil = civil_of(days);
  std::string text;
  append_civil(text, civil);
  return civil.year > 0 ? text : text + " BC";
}

std::string print_moment(std::int64_t us, bool with_zone) {
  if (us == moment_infinity) return "infinity";
  if (us == moment_minus_infinity) return "-infinity";
  const Moment moment = moment_of(us);
  std::string text;
  append_civil(text, moment.date);
  text += ' ';
  append_time(text, moment.hour, moment.minute, moment.second, moment.microsecond);
  if (with_zone) text += "+00";
  return moment.date.year > 0 ? text : text + " BC";
}

std::string print_interval(const IntervalParts& interval) {
  std::string text;
  bool before_is_negative = false;
  const auto part = [&](std::int64_t value, const char* unit) {
    if (value == 0) return;
    if (!text.empty()) text += ' ';
    if (before_is_negative && value > 0) text += '+';
    text += std::to_string(value) + ' ' + unit + (value == 1 ? "" : "s");
    before_is_negative = value < 0;
  };
  part(interval.months / 12, "year");
  part(interval.months % 12, "mon");
  part(interval.days, "day");
  if (interval.microseconds == 0 && !text.empty()) return text;
  const bool negative = interval.microseconds < 0;
  const std::uint64_t us = negative ? 0 - static_cast<std::uint64_t>(interval.microseconds)
                                    : static_cast<std::uint64_t>(interval.microseconds);
  if (!text.empty()) text += ' ';
  if (negative || before_is_negative) text += negative ? '-' : '+';
  const auto seconds = static_cast<std::int64_t>(us / us_per_second);
  append_time(text, seconds / 3600, seconds / 60 % 60, seconds % 60, static_cast<std::int64_t>(us % us_per_second));
  return text;
}

}  // namespace laterbase::sql
