#include "server/api/time_text.h"

namespace laterbase::api {
namespace {

// Howard Hinnant, "chrono-compatible low-level date algorithms": days since 1970 and back, in the Gregorian calendar.
std::int64_t days_from_civil(std::int64_t year, std::int64_t month, std::int64_t day) noexcept {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const std::int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

struct Date {
  std::int64_t year, month, day;
};

Date civil_from_days(std::int64_t days) noexcept {
  days += 719468;
  const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const std::int64_t day_of_era = days - era * 146097;
  const std::int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted = (5 * day_of_year + 2) / 153;
  const std::int64_t month = shifted + (shifted < 10 ? 3 : -9);
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day_of_year - (153 * shifted + 2) / 5 + 1};
}

// Reads fixed-width pieces from the front.
class Pieces {
 public:
  explicit Pieces(std::string_view text) : rest_(text) {}

  std::int64_t number(std::size_t width) noexcept {
    std::int64_t value = 0;
    if (rest_.size() < width) ok = false;
    for (std::size_t i = 0; i < width && ok; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') ok = false;
      value = value * 10 + (rest_[i] - '0');
    }
    if (ok) rest_.remove_prefix(width);
    return value;
  }
  bool take(std::string_view letters) noexcept {
    if (rest_.empty() || letters.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(std::string_view letters) noexcept { ok = take(letters) && ok; }
  char front() const noexcept { return rest_.empty() ? '\0' : rest_.front(); }
  bool empty() const noexcept { return rest_.empty(); }

  bool ok = true;

 private:
  std::string_view rest_;
};

std::int64_t fraction_ms(Pieces& pieces) noexcept {
  if (!pieces.take(".")) return 0;
  std::int64_t ms = 0, unit = 100;
  if (pieces.front() < '0' || pieces.front() > '9') pieces.ok = false;
  while (pieces.ok && pieces.front() >= '0' && pieces.front() <= '9') {
    ms += pieces.number(1) * unit;
    unit /= 10;
  }
  return ms;
}

std::int64_t offset_minutes(Pieces& pieces) noexcept {
  if (pieces.take("Zz")) return 0;
  const bool behind = pieces.front() == '-';
  pieces.expect("+- ");
  const std::int64_t hours = pieces.number(2);
  pieces.expect(":");
  const std::int64_t minutes = pieces.number(2);
  if (hours > 23 || minutes > 59) pieces.ok = false;
  return (behind ? -1 : 1) * (hours * 60 + minutes);
}

bool day_exists(const Date& date) noexcept {
  if (date.month < 1 || date.month > 12 || date.day < 1) return false;
  const Date same = civil_from_days(days_from_civil(date.year, date.month, date.day));
  return same.month == date.month && same.day == date.day;
}

void append_digits(std::string& out, std::int64_t value, std::size_t width) {
  const std::size_t at = out.size();
  out.resize(at + width);
  for (std::size_t i = width; i > 0; --i, value /= 10) out[at + i - 1] = static_cast<char>('0' + value % 10);
}

}  // namespace

std::optional<std::int64_t> parse_time(std::string_view text) noexcept {
  Pieces pieces(text);
  Date date{};
  date.year = pieces.number(4);
  pieces.expect("-");
  date.month = pieces.number(2);
  pieces.expect("-");
  date.day = pieces.number(2);
  pieces.expect("Tt ");
  const std::int64_t hour = pieces.number(2);
  pieces.expect(":");
  const std::int64_t minute = pieces.number(2);
  pieces.expect(":");
  const std::int64_t second = pieces.number(2);
  const std::int64_t ms = fraction_ms(pieces);
  const std::int64_t offset = offset_minutes(pieces);
  if (!pieces.ok || !pieces.empty() || !day_exists(date) || hour > 23 || minute > 59 || second > 60)
    return std::nullopt;
  const std::int64_t days = days_from_civil(date.year, date.month, date.day);
  return (((days * 24 + hour) * 60 + minute - offset) * 60 + second) * 1000 + ms;
}

void append_time(std::string& out, std::int64_t ms) {
  constexpr std::int64_t day_ms = 86'400'000;
  const std::int64_t days = ms >= 0 ? ms / day_ms : (ms - day_ms + 1) / day_ms;
  const std::int64_t of_day = ms - days * day_ms;
  const Date date = civil_from_days(days);
  append_digits(out, date.year, 4);
  out += '-';
  append_digits(out, date.month, 2);
  out += '-';
  append_digits(out, date.day, 2);
  out += 'T';
  append_digits(out, of_day / 3'600'000, 2);
  out += ':';
  append_digits(out, of_day / 60'000 % 60, 2);
  out += ':';
  append_digits(out, of_day / 1000 % 60, 2);
  out += '.';
  append_digits(out, of_day % 1000, 3);
  out += 'Z';
}

}  // namespace laterbase::api
