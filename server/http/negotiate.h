#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

// What a client takes: Accept and Accept-Encoding with their weights (RFC 9110, 12.5).
namespace laterbase::http {

// The offer that the client likes best, the earlier one among equals; nothing where it takes none of them. No field
// at all takes everything. Offers are media types without parameters.
std::optional<std::size_t> best_type(std::string_view accept, std::span<const std::string_view> offers);

enum class Coding : std::uint8_t { identity, gzip, zstd };

// zstd before gzip where both weigh the same; identity where neither is wanted.
Coding best_coding(std::string_view accept_encoding);

// "application/json" of "application/json; charset=utf-8", in its own case.
std::string_view media_type(std::string_view content_type) noexcept;

}  // namespace laterbase::http
