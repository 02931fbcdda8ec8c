#pragma once

#include <string>
#include <string_view>
#include <vector>

// PostgreSQL's tokens, as far as they can be told apart without a grammar: enough to bound a text before it is parsed
// and to read the TABLE declaration.
namespace laterbase::sql {

enum class TokenKind { word, quoted_name, number, string, symbol, end };

struct Token {
  TokenKind kind = TokenKind::end;
  std::string text;  // words in small letters, names and strings without their quotes, symbols one character each
  int offset = 0;    // 0-based byte in the text
};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}
  // The next one; `end` for ever at the end. What is not closed reaches to the end of the text.
  Token next();

 private:
  void skip_blanks();
  void skip_comment();
  Token word();
  Token number();
  Token quoted(char quote, TokenKind kind, bool escapes);
  Token dollar_quoted();
  char at(std::size_t i) const { return i < text_.size() ? text_[i] : '\0'; }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::vector<Token> tokens_of(std::string_view text);

}  // namespace laterbase::sql
