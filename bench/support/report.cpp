#include "bench/support/report.h"

#include <fmt/format.h>

#include <algorithm>

namespace laterbase::bench {
namespace {

std::string quantity(double value) {
  if (value >= 1e6) return fmt::format("{:.2f} M", value / 1e6);
  if (value >= 1e4) return fmt::format("{:.1f} k", value / 1e3);
  return fmt::format("{:.0f}", value);
}

std::string ratio(double value) {
  return value < 3 ? fmt::format("{:.0f} %", value * 100) : fmt::format("{:.1f} ×", value);
}

// Pads by what is seen: × is one column and two bytes.
std::string right(const std::string& text, std::size_t width) {
  const auto is_start = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
  const auto seen = static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_start));
  return std::string(width > seen ? width - seen : 0, ' ') + text;
}

}  // namespace

std::string row_header() {
  return fmt::format("{:<38} {:>20}   {:<28} {:>8} {:>8}\n", "", "laterbase", "beside", "ratio", "goal");
}

std::string row_text(const Row& row) {
  const bool beside = row.baseline > 0;
  const std::string against = beside ? quantity(row.baseline) + "  " + row.baseline_name : row.baseline_name;
  const std::string goal = !row.goal ? "" : beside ? ratio(*row.goal) : quantity(*row.goal);
  return fmt::format("{:<38} {:>20}   {:<28} {} {} {}\n", row.name, quantity(row.subject) + " " + row.unit, against,
                     right(beside ? ratio(row.measured()) : "", 8), right(goal, 8),
                     !row.goal       ? ""
                     : row.reached() ? " reached"
                                     : " missed");
}

void Turns::add(double subject, double baseline) { turns_.emplace_back(subject, baseline); }

std::pair<double, double> Turns::median() const {
  auto turns = turns_;
  std::sort(turns.begin(), turns.end(), [](const auto& a, const auto& b) {
    return a.first * b.second < b.first * a.second;  // a's ratio is the smaller
  });
  return turns[turns.size() / 2];
}

}  // namespace laterbase::bench
