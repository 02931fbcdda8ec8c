#include "config/suggest.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/units.h"

namespace laterbase::config {
namespace {

// Longer than any name: what is longer is no slip of the pen, and comparing takes the product of the lengths.
constexpr std::size_t longest = 80;

std::string_view last_part(std::string_view name) { return name.substr(name.find_last_of('.') + 1); }

// A whole name, or only its last part at the price of one more slip; at most a third of the letters may differ.
std::size_t distance_of_names(std::string_view given, std::string_view candidate) {
  const auto bounded = [](std::string_view a, std::string_view b) {
    const std::size_t distance = edit_distance(a, b);
    return distance <= std::max<std::size_t>(1, std::max(a.size(), b.size()) / 3) ? distance : longest;
  };
  return std::min(bounded(given, candidate), 1 + bounded(last_part(given), last_part(candidate)));
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::swap(before, above);
    std::swap(above, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row[b.size()];
}

std::optional<std::string> nearest(std::string_view given, const std::vector<std::string>& candidates) {
  if (given.empty() || given.size() > longest) return std::nullopt;
  const std::string wanted = lower(given);
  const std::string* best = nullptr;
  std::size_t least = longest;
  for (const auto& candidate : candidates) {
    const std::size_t distance = distance_of_names(wanted, lower(candidate));
    if (distance < least) {
      least = distance;
      best = &candidate;
    }
  }
  return best == nullptr ? std::nullopt : std::optional(*best);
}

std::string did_you_mean(std::string_view given, const std::vector<std::string>& candidates) {
  const auto name = nearest(given, candidates);
  return name ? fmt::format("; did you mean {}?", *name) : std::string();
}

}  // namespace laterbase::config
