#include <charconv>
#include <cmath>
#include <optional>
#include <vector>

#include "views/sql/datetime.h"
#include "views/sql/error.h"

// Intervals as text: '1 year 2 mons', '3 days 04:05:06', '1-2', 'P1Y2M3DT4H', '5 hours ago'.
namespace laterbase::sql {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

[[noreturn]] void wrong_form(std::string_view text) {
  throw SqlException("22007", "invalid input syntax for type interval: \"" + std::string(text) + "\"");
}
[[noreturn]] void wrong_range(std::string_view text) {
  throw SqlException("22015", "interval field value out of range: \"" + std::string(text) + "\"");
}

struct Sum {
  std::string_view text;
  double months = 0, days = 0, microseconds = 0;

  // A part of a month is days of 30 to the month, a part of a day is time.
  void add_months(double amount) {
    const double whole = std::trunc(amount);
    months += whole;
    if (amount != whole) add_days((amount - whole) * 30);
  }
  void add_days(double amount) {
    const double whole = std::trunc(amount);
    days += whole;
    microseconds += std::rint((amount - whole) * 86'400e6);
  }
  IntervalParts parts(bool ago) const {
    if (std::abs(months) > 2'147'483'647.0 || std::abs(days) > 2'147'483'647.0 || std::abs(microseconds) > 9.2e18) {
      wrong_range(text);
    }
    const int sign = ago ? -1 : 1;
    return {sign * std::llround(months), sign * std::llround(days), sign * std::llround(microseconds)};
  }
};

bool add_unit(Sum& sum, double amount, std::string_view unit) {
  const auto is = [&](std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) {
      if (name == unit) return true;
    }
    return false;
  };
  if (is({"y", "yr", "yrs", "year", "years"})) {
    sum.add_months(std::rint(amount * 12 * 1e9) / 1e9);
  } else if (is({"mon", "mons", "month", "months"})) {
    sum.add_months(amount);
  } else if (is({"w", "week", "weeks"})) {
    sum.add_days(amount * 7);
  } else if (is({"d", "day", "days"})) {
    sum.add_days(amount);
  } else if (is({"h", "hr", "hrs", "hour", "hours"})) {
    sum.microseconds += amount * 3600e6;
  } else if (is({"m", "min", "mins", "minute", "minutes"})) {
    sum.microseconds += amount * 60e6;
  } else if (is({"s", "sec", "secs", "second", "seconds", ""})) {
    sum.microseconds += std::rint(amount * 1e6);
  } else if (is({"ms", "msec", "msecs", "millisecond", "milliseconds"})) {
    sum.microseconds += std::rint(amount * 1e3);
  } else if (is({"us", "usec", "usecs", "microsecond", "microseconds"})) {
    sum.microseconds += amount;
  } else if (is({"dec", "decs", "decade", "decades"})) {
    sum.add_months(amount * 120);
  } else if (is({"c", "cent", "century", "centuries"})) {
    sum.add_months(amount * 1200);
  } else if (is({"mil", "mils", "millennium", "millennia"})) {
    sum.add_months(amount * 12'000);
  } else {
    return false;
  }
  return true;
}

double number(std::string_view text, std::string_view whole) {
  double value = 0;
  const char* begin = text.data() + (!text.empty() && text.front() == '+' ? 1 : 0);
  const auto [end, error] = std::from_chars(begin, text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) wrong_form(whole);
  return value;
}

// hh:mm, hh:mm:ss, with a sign before.
void add_clock(Sum& sum, std::string_view clock) {
  const bool negative = clock.front() == '-';
  if (negative || clock.front() == '+') clock.remove_prefix(1);
  const std::size_t first = clock.find(':');
  const std::size_t second = clock.find(':', first + 1);
  const double hours = number(clock.substr(0, first), sum.text);
  const double minutes =
      number(clock.substr(first + 1, second == std::string_view::npos ? second : second - first - 1), sum.text);
  const double seconds = second == std::string_view::npos ? 0 : number(clock.substr(second + 1), sum.text);
  if (minutes >= 60 || seconds > 60) wrong_range(sum.text);
  const double us = (hours * 3600 + minutes * 60) * 1e6 + std::rint(seconds * 1e6);
  sum.microseconds += negative ? -us : us;
}

// P0001-02-03T04:05:06
IntervalParts parse_alternative(std::string_view text) {
  Sum sum{text};
  const std::size_t t = text.find('T');
  const std::string_view date = text.substr(1, t == std::string_view::npos ? t : t - 1);
  const std::size_t first = date.find('-', 1);
  const std::size_t second = first == std::string_view::npos ? first : date.find('-', first + 2);
  if (!date.empty()) {
    if (first == std::string_view::npos) wrong_form(text);
    sum.months += number(date.substr(0, first), text) * 12;
    sum.months += number(date.substr(first + 1, second == std::string_view::npos ? second : second - first - 1), text);
    if (second != std::string_view::npos) sum.days += number(date.substr(second + 1), text);
  }
  if (t != std::string_view::npos) {
    if (text.find(':', t) == std::string_view::npos) wrong_form(text);
    add_clock(sum, text.substr(t + 1));
  }
  return sum.parts(false);
}

bool has_designators(std::string_view text) {
  for (const char c : text.substr(1)) {
    if (is_letter(c) && c != 'T') return true;
  }
  return false;
}

// P1Y2M3W4DT5H6M7S
IntervalParts parse_designators(std::string_view text) {
  Sum sum{text};
  bool time = false;
  for (std::size_t i = 1; i < text.size();) {
    if (text[i] == 'T') {
      time = true;
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < text.size() && !is_letter(text[end])) ++end;
    if (end == i || end == text.size()) wrong_form(text);
    const double amount = number(text.substr(i, end - i), text);
    const char unit = text[end];
    const char* name = unit == 'Y'           ? "year"
                       : unit == 'W'         ? "week"
                       : unit == 'D'         ? "day"
                       : unit == 'H'         ? "hour"
                       : unit == 'S'         ? "second"
                       : unit == 'M' && time ? "minute"
                       : unit == 'M'         ? "month"
                                             : nullptr;
    if (name == nullptr || !add_unit(sum, amount, name)) wrong_form(text);
    i = end + 1;
  }
  return sum.parts(false);
}

struct Pieces {
  std::vector<std::string> all;
  bool ago = false;
};

// Numbers and words, in small letters: "1day" is two.
Pieces pieces_of(std::string_view text) {
  Pieces pieces;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == ' ' || text[i] == '@' || text[i] == ',' || text[i] == '\t' || text[i] == '\n') {
      ++i;
      continue;
    }
    const bool word = is_letter(text[i]);
    std::string piece;
    while (i < text.size() && text[i] != ' ' && text[i] != ',' && is_letter(text[i]) == word) {
      piece += text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] - 'A' + 'a') : text[i];
      ++i;
    }
    if (piece == "ago") {
      pieces.ago = true;
    } else if (piece != "and") {
      pieces.all.push_back(piece);
    }
  }
  return pieces;
}

}  // namespace

namespace {

// PostgreSQL's INTERVAL_MASK of each, the greatest first.
struct Field {
  unsigned bit;
  const char* unit;
  std::int64_t microseconds;  // 0: more than a day
};
constexpr Field fields_of_intervals[] = {{1U << 2, "year", 0},
                                         {1U << 1, "month", 0},
                                         {1U << 3, "day", 0},
                                         {1U << 10, "hour", 3'600'000'000},
                                         {1U << 11, "minute", 60'000'000},
                                         {1U << 12, "second", 1}};

void keep_down_to(const Field& last, IntervalParts& parts) {
  const std::string_view unit = last.unit;
  if (unit == "year") parts.months = parts.months / 12 * 12;
  if (unit == "year" || unit == "month") parts.days = 0;
  parts.microseconds = last.microseconds == 0 ? 0 : parts.microseconds / last.microseconds * last.microseconds;
}

bool is_number(std::string_view text) {
  double value = 0;
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

IntervalParts parse_interval(std::string_view text, unsigned fields) {
  const Field* last = nullptr;
  for (const Field& field : fields_of_intervals) {
    if ((fields & field.bit) != 0) last = &field;
  }
  if (last == nullptr) return parse_interval(text);
  const bool minutes_first = (fields & (1U << 10)) == 0 && (fields & (1U << 11)) != 0 && last->microseconds == 1;
  if (minutes_first && text.find(':') != std::string_view::npos) {
    throw SqlException("0A000", "a clock's time as MINUTE TO SECOND is not supported", -1, "Write '1 min 2 sec'.");
  }
  IntervalParts parts = parse_interval(is_number(text) ? std::string(text) + " " + last->unit : std::string(text));
  keep_down_to(*last, parts);
  return parts;
}

IntervalParts parse_interval(std::string_view text) {
  std::string_view inside = text;
  while (!inside.empty() && inside.front() == ' ') inside.remove_prefix(1);
  if (!inside.empty() && inside.front() == 'P') {
    return has_designators(inside) ? parse_designators(inside) : parse_alternative(inside);
  }
  const Pieces pieces = pieces_of(inside);
  if (pieces.all.empty()) wrong_form(text);
  Sum sum{text};
  for (std::size_t i = 0; i < pieces.all.size(); ++i) {
    const std::string& piece = pieces.all[i];
    if (is_letter(piece.front())) wrong_form(text);
    const std::size_t dash = piece.find('-', 1);
    if (piece.find(':') != std::string::npos) {
      add_clock(sum, piece);
    } else if (dash != std::string::npos) {
      const double years = number(std::string_view(piece).substr(0, dash), text);
      const double months = number(std::string_view(piece).substr(dash + 1), text);
      sum.months += years * 12 + (piece.front() == '-' ? -months : months);
    } else {
      const bool unit_follows = i + 1 < pieces.all.size() && is_letter(pieces.all[i + 1].front());
      // "3 04:05" is three days and so many hours.
      const bool clock_follows = i + 1 < pieces.all.size() && pieces.all[i + 1].find(':') != std::string::npos;
      if (clock_follows) {
        sum.add_days(number(piece, text));
        continue;
      }
      if (!add_unit(sum, number(piece, text), unit_follows ? pieces.all[i + 1] : "")) wrong_form(text);
      if (unit_follows) ++i;
    }
  }
  return sum.parts(pieces.ago);
}

}  // namespace laterbase::sql
