#include "engine/base/json_text.h"

#include <simdjson.h>

#include <bitset>
#include <cstdint>
#include <cstring>

namespace laterbase {
namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

int hex_digit(char c) noexcept {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Whether any of 8 bytes is a quote, a backslash or a control character (Mycroft's test for a byte below a bound).
bool has_special(std::uint64_t word) noexcept {
  constexpr std::uint64_t ones = 0x0101010101010101ULL, highs = 0x8080808080808080ULL;
  const std::uint64_t quote = word ^ (ones * '"'), backslash = word ^ (ones * '\\');
  const auto zero_byte = [](std::uint64_t bytes) { return (bytes - ones) & ~bytes; };
  return ((zero_byte(quote) | zero_byte(backslash) | ((word - ones * 0x20) & ~word)) & highs) != 0;
}

void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += {static_cast<char>(0xc0 | (code >> 6)), static_cast<char>(0x80 | (code & 63))};
  } else if (code < 0x10000) {
    out += {static_cast<char>(0xe0 | (code >> 12)), static_cast<char>(0x80 | ((code >> 6) & 63)),
            static_cast<char>(0x80 | (code & 63))};
  } else {
    out += {static_cast<char>(0xf0 | (code >> 18)), static_cast<char>(0x80 | ((code >> 12) & 63)),
            static_cast<char>(0x80 | ((code >> 6) & 63)), static_cast<char>(0x80 | (code & 63))};
  }
}

std::uint32_t four_hex(std::string_view text) {
  std::uint32_t code = 0;
  for (const char c : text.substr(0, 4)) code = code * 16 + static_cast<std::uint32_t>(hex_digit(c));
  return code;
}

}  // namespace

bool JsonScanner::fail(std::string_view reason) noexcept {
  error_ = reason;
  return false;
}

void JsonScanner::skip_space() noexcept {
  while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t'))
    ++at_;
}

bool JsonScanner::take(char c) noexcept {
  if (peek() != c || at_end()) return false;
  ++at_;
  return true;
}

// One loop for all nesting: `in_object` holds for each open level whether it is an object.
bool JsonScanner::value() noexcept {
  std::bitset<max_json_depth> in_object;
  std::size_t depth = 0;
  for (;;) {
    skip_space();
    const char c = peek();
    if ((c == '{' || c == '[') && !at_end()) {
      if (depth == max_json_depth) return fail("it is nested more than 512 levels deep");
      ++at_;
      in_object[depth++] = c == '{';
      skip_space();
      if (!take(c == '{' ? '}' : ']')) {
        if (c == '{' && !member_name()) return false;
        continue;
      }
      --depth;
    } else if (!scalar()) {
      return false;
    }
    // A value has ended: what closes, closes; then a comma and the next one.
    for (;;) {
      if (depth == 0) return true;
      skip_space();
      const bool object = in_object[depth - 1];
      if (take(',')) {
        if (object && !member_name()) return false;
        break;
      }
      if (!take(object ? '}' : ']')) return fail(object ? "a comma or } is missing" : "a comma or ] is missing");
      --depth;
    }
  }
}

bool JsonScanner::member_name() noexcept {
  skip_space();
  if (peek() != '"') return fail("a member's name in quotes is missing");
  if (!string()) return false;
  skip_space();
  return take(':') || fail("a colon is missing");
}

bool JsonScanner::scalar() noexcept {
  switch (peek()) {
    case '"':
      return string();
    case 't':
      return literal("true");
    case 'f':
      return literal("false");
    case 'n':
      return literal("null");
    default:
      break;
  }
  if (at_end()) return fail("a value is missing");
  if (peek() == '-' || is_digit(peek())) return number();
  return fail("there is something that begins no JSON value");
}

bool JsonScanner::literal(std::string_view word) noexcept {
  if (text_.substr(at_, word.size()) != word) return fail("there is something that begins no JSON value");
  at_ += word.size();
  return true;
}

bool JsonScanner::digits() noexcept {
  if (!is_digit(peek())) return fail("a number lacks digits");
  while (is_digit(peek())) ++at_;
  return true;
}

bool JsonScanner::number() noexcept {
  take('-');
  if (take('0')) {
    if (is_digit(peek())) return fail("a number begins with 0");
  } else if (!digits()) {
    return false;
  }
  if (take('.') && !digits()) return false;
  if (peek() == 'e' || peek() == 'E') {
    ++at_;
    if (!take('+')) take('-');
    return digits();
  }
  return true;
}

bool JsonScanner::string() noexcept {
  ++at_;
  for (;;) {
    std::uint64_t word = 0;
    while (at_ + sizeof word <= text_.size()) {
      std::memcpy(&word, text_.data() + at_, sizeof word);
      if (has_special(word)) break;
      at_ += sizeof word;
    }
    if (at_end()) return fail("a string is not closed");
    const char c = text_[at_];
    if (static_cast<unsigned char>(c) < 0x20) return fail("a string holds a control character, which must be escaped");
    ++at_;
    if (c == '"') return true;
    if (c == '\\' && !escape()) return false;
  }
}

bool JsonScanner::escape() noexcept {
  if (at_end()) return fail("a string is not closed");
  const char c = text_[at_];
  if (c == 'u') {
    for (std::size_t i = 1; i <= 4; ++i)
      if (at_ + i >= text_.size() || hex_digit(text_[at_ + i]) < 0)
        return fail("\\u is not followed by four hexadecimal digits");
    at_ += 5;
    return true;
  }
  if (c == '\0' || std::string_view{"\"\\/bfnrt"}.find(c) == std::string_view::npos)
    return fail("a string holds an escape that JSON does not have");
  ++at_;
  return true;
}

bool is_json(std::string_view text) noexcept {
  JsonScanner scanner(text);
  if (!scanner.value()) return false;
  scanner.skip_space();
  return scanner.at_end() && simdjson::validate_utf8(text.data(), text.size());
}

std::optional<std::size_t> find_bad_utf8(std::string_view text) noexcept {
  if (simdjson::validate_utf8(text.data(), text.size())) return std::nullopt;
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t length = 1;
    while (length <= 4 && (at + length > text.size() || !simdjson::validate_utf8(text.data() + at, length))) ++length;
    if (length > 4) return at;
    at += length;
  }
  return std::nullopt;
}

std::string json_unquoted(std::string_view quoted) {
  const std::string_view text = quoted.substr(1, quoted.size() - 2);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    const char c = text[++i];
    constexpr std::string_view from = "\"\\/bfnrt", to = "\"\\/\b\f\n\r\t";
    if (c != 'u') {
      out += to[from.find(c)];
      continue;
    }
    std::uint32_t code = four_hex(text.substr(i + 1));
    i += 4;
    const bool pair = code >= 0xd800 && code < 0xdc00 && text.substr(i + 1, 2) == "\\u";
    const std::uint32_t second = pair ? four_hex(text.substr(i + 3)) : 0;
    if (pair && second >= 0xdc00 && second < 0xe000) {
      code = 0x10000 + ((code - 0xd800) << 10) + (second - 0xdc00);
      i += 6;
    }
    append_utf8(out, code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
  }
  return out;
}

}  // namespace laterbase
