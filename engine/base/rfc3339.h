#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Times as people write them: RFC 3339, "2016-07-30T23:54:10.259Z" or "2016-07-31T01:54:10+02:00".
namespace laterbase {

// Milliseconds since 1970, negative before; digits beyond milliseconds are cut off, a leap second is the second after.
// A blank may stand for the T, and letters may be small. Nothing for text of any other form, or days that don't exist.
std::optional<std::int64_t> parse_rfc3339(std::string_view text) noexcept;

// In UTC with three digits of milliseconds. Years beyond 9999 have five digits.
std::string print_rfc3339(std::int64_t ms);
// The same to `to`, which has room for rfc3339_letters; gives the end of what was written. Cost: about 10 ns.
inline constexpr std::size_t rfc3339_letters = 32;
char* print_rfc3339(std::int64_t ms, char* to) noexcept;

}  // namespace laterbase
