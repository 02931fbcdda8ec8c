#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/setting.h"

// Text to sizes, durations, numbers and addresses, and back. What cannot be read is nothing: the caller knows what it
// asked for.
namespace laterbase::config {

// "65536", "64B", "16KiB", "64MiB", "1GiB", "1TiB", "64MB" (10^6), in any case of letters.
std::optional<std::uint64_t> parse_bytes(std::string_view text);
// The largest unit that divides it: 65536 is "64KiB", 1500 is "1500B".
std::string print_bytes(std::uint64_t bytes);

// "50ms", "5s", "2m" (or "2min"), "1h", "7d" as milliseconds; a number alone only where it is 0.
std::optional<std::int64_t> parse_duration(std::string_view text);
std::string print_duration(std::int64_t ms);

std::optional<std::uint64_t> parse_count(std::string_view text);

// "127.0.0.1:7070", "[::1]:7070", "localhost:0".
std::optional<Address> parse_address(std::string_view text);
std::string print_address(const Address& address);
// 127.0.0.0/8, ::1 and localhost: nobody but this machine can reach it.
bool is_loopback(const Address& address);

// Whether it has the shape of an RFC 3339 time or a ULID, or is so long ago ("-30d"); what it means is for those who
// use it.
bool looks_like_time(std::string_view text);

std::string lower(std::string_view text);
std::string_view trim(std::string_view text);

}  // namespace laterbase::config
