#include "engine/events/roots.h"

#include <algorithm>
#include <array>

namespace laterbase {

bool valid_root_name(std::string_view name) noexcept {
  constexpr std::size_t kMaxLetters = 63;
  constexpr std::array<std::string_view, 6> kReserved{"db", "health", "metrics", "openapi.json", "peers", "ui"};
  const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto is_later = [&](char c) { return is_lower(c) || (c >= '0' && c <= '9') || c == '_' || c == '-'; };
  return !name.empty() && name.size() <= kMaxLetters && is_lower(name.front()) &&
         std::all_of(name.begin() + 1, name.end(), is_later) &&
         std::find(kReserved.begin(), kReserved.end(), name) == kReserved.end();
}

}  // namespace laterbase
