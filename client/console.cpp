#include "client/console.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "client/slices.h"
#include "engine/base/clock.h"

namespace laterbase::client {
namespace {

constexpr std::int64_t redraw_us = 100'000;
constexpr std::size_t bar_columns = 24;

std::string_view unquoted(std::string_view text) {
  return text.size() >= 2 && text.front() == '"' ? text.substr(1, text.size() - 2) : text;
}

// At most that many characters of UTF-8, the last of them an ellipsis where something is left out; control characters
// would reach into the terminal and are shown as blanks.
std::string cut(std::string_view text, std::size_t columns) {
  std::string shown;
  std::size_t width = 0;
  for (const char c : text) {
    const bool starts = (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    if (starts && ++width > columns) return shown + "…";
    shown += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  }
  return shown;
}

std::size_t terminal_columns(int descriptor) {
  winsize size{};
  return ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 100;
}

}  // namespace

Console standard_console() {
  return {std::cout, std::cerr, ::isatty(STDOUT_FILENO) == 1, ::isatty(STDERR_FILENO) == 1,
          terminal_columns(::isatty(STDOUT_FILENO) == 1 ? STDOUT_FILENO : STDERR_FILENO)};
}

void print_event(const Console& console, std::string_view json) {
  const auto members = console.out_is_terminal ? member_slices(json) : std::nullopt;
  if (!members) {
    console.out << (console.out_is_terminal ? cut(json, console.columns - 1) : std::string(json)) << '\n';
    return;
  }
  std::string_view lc, at, key, value;
  for (const auto& [name, slice] : *members) {
    if (name == "\"lc\"") lc = slice;
    if (name == "\"at\"") at = unquoted(slice);
    if (name == "\"key\"") key = unquoted(slice);
    if (name == "\"value\"" || name == "\"base64\"") value = slice;
  }
  const std::string head = fmt::format("{:>8}  {:<24}  {:<26}  ", lc, at, key);
  console.out << head
              << cut(value, std::max<std::size_t>(20, console.columns - std::min(console.columns, head.size() + 1)))
              << '\n';
}

std::string with_commas(std::uint64_t number) {
  std::string digits = fmt::format("{}", number);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

std::string human_bytes(std::uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double number = static_cast<double>(bytes);
  const char* unit = "B";
  for (const char* next : {"KiB", "MiB", "GiB", "TiB"}) {
    if (number < 1024) break;
    number /= 1024;
    unit = next;
  }
  return fmt::format("{:.1f} {}", number, unit);
}

std::string human_duration(double seconds) {
  if (seconds < 120) return fmt::format("{:.2f} s", seconds);
  const auto whole = static_cast<std::uint64_t>(seconds);
  return fmt::format("{} min {} s", whole / 60, whole % 60);
}

void Progress::show(std::uint64_t done, std::string_view words) {
  const std::int64_t now_us = system_clock().monotonic_us();
  if (!console_.err_is_terminal || (drawn_ && now_us - last_us_ < redraw_us)) return;
  last_us_ = now_us;
  drawn_ = true;
  std::string bar;
  if (total_ > 0) {
    const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total_));
    const auto filled = static_cast<std::size_t>(share * bar_columns);
    bar = fmt::format("[{}{}] {:3.0f} %  ", std::string(filled, '#'), std::string(bar_columns - filled, '.'),
                      share * 100);
  }
  console_.err << "\r\033[K" << cut(bar + std::string(words), console_.columns - 1) << std::flush;
}

void Progress::clear() {
  if (drawn_) console_.err << "\r\033[K" << std::flush;
  drawn_ = false;
}

}  // namespace laterbase::client
