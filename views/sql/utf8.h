#pragma once

#include <cstddef>
#include <string_view>

// Characters of UTF-8 text.
namespace laterbase::sql {

inline bool continues_character(char c) noexcept { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

inline std::size_t characters_in(std::string_view text) noexcept {
  std::size_t count = 0;
  for (const char c : text) count += continues_character(c) ? 0 : 1;
  return count;
}

// The byte where the character of this number (from 0) begins; the text's end where there are fewer.
inline std::size_t byte_of_character(std::string_view text, std::size_t character) noexcept {
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    if (continues_character(text[at])) continue;
    if (character == 0) return at;
    --character;
  }
  return at;
}

// The bytes of the character that begins here.
inline std::size_t character_size(std::string_view text, std::size_t at) noexcept {
  std::size_t end = at + 1;
  while (end < text.size() && continues_character(text[end])) ++end;
  return end - at;
}

}  // namespace laterbase::sql
