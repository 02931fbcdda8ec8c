#include "engine/base/rfc3339.h"

#include <fmt/format.h>

#include <chrono>

namespace laterbase {
namespace {

// Reads a fixed form from left to right; after the first thing that is not there nothing else is.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool good() const { return good_; }
  bool at_end() const { return rest_.empty(); }

  // Exactly `count` digits.
  int digits(int count) {
    int number = 0;
    for (; count > 0; --count) number = number * 10 + digit();
    return number;
  }

  // One of `letters`, which is taken and given back.
  char one_of(std::string_view letters) {
    if (rest_.empty() || letters.find(rest_.front()) == std::string_view::npos) return good_ = false, '\0';
    return take();
  }

  bool skip(char letter) { return !rest_.empty() && rest_.front() == letter && take() != '\0'; }

  // The digits after the point as milliseconds; at least one.
  int fraction_ms() {
    int number = digit() * 100;
    for (int weight = 10; is_digit(); weight /= 10) number += digit() * weight;
    return number;
  }

 private:
  bool is_digit() const { return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; }
  int digit() { return is_digit() ? take() - '0' : (good_ = false, 0); }
  char take() {
    const char letter = rest_.front();
    rest_.remove_prefix(1);
    return letter;
  }

  std::string_view rest_;
  bool good_ = true;
};

// Minutes that local time is ahead of UTC.
std::optional<int> read_offset(Scanner& scanner) {
  const char sign = scanner.one_of("Zz+-");
  if (sign != '+' && sign != '-') return 0;
  const int hours = scanner.digits(2);
  scanner.one_of(":");
  const int minutes = scanner.digits(2);
  if (hours > 23 || minutes > 59) return std::nullopt;
  return (sign == '-' ? -1 : 1) * (hours * 60 + minutes);
}

char* print_two(char before, unsigned number, char* to) noexcept {
  *to++ = before;
  *to++ = static_cast<char>('0' + number / 10);
  *to++ = static_cast<char>('0' + number % 10);
  return to;
}

// At least four digits.
char* print_year(int year, char* to) noexcept {
  if (year < 0 || year > 9999) return fmt::format_to(to, "{:04}", year);
  const auto number = static_cast<unsigned>(year);
  to = print_two(static_cast<char>('0' + number / 1000), number / 10 % 100, to);
  *to++ = static_cast<char>('0' + number % 10);
  return to;
}

}  // namespace

std::optional<std::int64_t> parse_rfc3339(std::string_view text) noexcept {
  using namespace std::chrono;
  Scanner scanner(text);
  const int y = scanner.digits(4);
  scanner.one_of("-");
  const int m = scanner.digits(2);
  scanner.one_of("-");
  const year_month_day date = year(y) / month(static_cast<unsigned>(m)) / day(static_cast<unsigned>(scanner.digits(2)));
  scanner.one_of("Tt ");
  const int h = scanner.digits(2);
  scanner.one_of(":");
  const int min = scanner.digits(2);
  scanner.one_of(":");
  const int s = scanner.digits(2);
  const int ms = scanner.skip('.') ? scanner.fraction_ms() : 0;
  const auto offset = read_offset(scanner);
  if (!scanner.good() || !scanner.at_end() || !offset || !date.ok() || h > 23 || min > 59 || s > 60)
    return std::nullopt;
  const milliseconds time = sys_days(date).time_since_epoch() + hours(h) + minutes(min - *offset) + seconds(s);
  return time.count() + ms;
}

std::string print_rfc3339(std::int64_t ms) {
  char text[rfc3339_letters];
  return {text, print_rfc3339(ms, text)};
}

char* print_rfc3339(std::int64_t ms, char* to) noexcept {
  using namespace std::chrono;
  const milliseconds time(ms);
  const auto midnight = floor<days>(time);
  const year_month_day date{sys_days(midnight)};
  const auto of_day = static_cast<unsigned>((time - midnight).count());
  to = print_year(static_cast<int>(date.year()), to);
  to = print_two('-', static_cast<unsigned>(date.month()), to);
  to = print_two('-', static_cast<unsigned>(date.day()), to);
  to = print_two('T', of_day / 3'600'000, to);
  to = print_two(':', of_day / 60'000 % 60, to);
  to = print_two(':', of_day / 1'000 % 60, to);
  to = print_two('.', of_day % 1'000 / 10, to);
  *to++ = static_cast<char>('0' + of_day % 10);
  *to++ = 'Z';
  return to;
}

}  // namespace laterbase
