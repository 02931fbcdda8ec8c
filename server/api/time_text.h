#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Times as RFC 3339 has them. Threads: any.
namespace laterbase::api {

// "2016-07-30T23:54:10.259Z", with an offset or Z; milliseconds since 1970, further digits cut off, leap seconds the
// second after. A blank where '+' was meant (a form's way to write it) is taken as '+'. Nothing for anything else.
std::optional<std::int64_t> parse_time(std::string_view text) noexcept;

// The same, always 24 letters, UTC; `ms` within the years 0 to 9999.
void append_time(std::string& out, std::int64_t ms);

}  // namespace laterbase::api
