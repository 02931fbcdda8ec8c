#include "views/sql/text_limits.h"

#include <string>
#include <vector>

#include "views/sql/error.h"
#include "views/sql/lexer.h"

namespace laterbase::sql {
namespace {

// The bytes of the character that begins at `at`, 0 where it is not UTF-8.
std::size_t character_size(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  if (first < 0x80U) return 1;
  const std::size_t size = first >= 0xF0U ? 4 : first >= 0xE0U ? 3 : 2;
  if (first < 0xC2U || first > 0xF4U || at + size > text.size()) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(at + i) & 0xC0U) != 0x80U) return 0;
  }
  const unsigned char second = byte(at + 1);
  const bool overlong = (first == 0xE0U && second < 0xA0U) || (first == 0xF0U && second < 0x90U);
  const bool beyond = (first == 0xEDU && second > 0x9FU) || (first == 0xF4U && second > 0x8FU);
  return overlong || beyond ? 0 : size;
}

void check_characters(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = text[at] == '\0' ? 0 : character_size(text, at);
    if (size == 0) {
      throw SqlException("22021", "invalid byte sequence for encoding \"UTF8\"", static_cast<int>(at));
    }
    at += size;
  }
}

void check_nesting(std::string_view text) {
  Lexer lexer(text);
  std::vector<int> tokens_since_comma = {0};
  for (Token token = lexer.next(); token.kind != TokenKind::end; token = lexer.next()) {
    const char symbol = token.kind == TokenKind::symbol ? token.text[0] : '\0';
    if (symbol == ',' || symbol == ';') {
      tokens_since_comma.back() = 0;
    } else if (symbol == '(' || symbol == '[') {
      tokens_since_comma.push_back(0);
    } else if ((symbol == ')' || symbol == ']') && tokens_since_comma.size() > 1) {
      tokens_since_comma.pop_back();
    }
    if (tokens_since_comma.size() > deepest_nesting || ++tokens_since_comma.back() > longest_expression_tokens) {
      throw SqlException("54001", "statement is too complex", token.offset,
                         "Split it: name parts of it as views, or send fewer terms at once.");
    }
  }
}

}  // namespace

void check_text(std::string_view text) {
  if (text.size() > longest_text_bytes) throw SqlException("54000", "statement text is longer than 4 MiB");
  check_characters(text);
  check_nesting(text);
}

}  // namespace laterbase::sql
