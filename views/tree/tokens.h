#pragma once

#include <string>
#include <string_view>
#include <vector>

// A tree query's tokens: PostgreSQL's, and $name for a parameter with a name.
namespace laterbase::tree {

enum class TokenKind { word, quoted_name, number, string, parameter, symbol, end };

struct Token {
  TokenKind kind = TokenKind::end;
  std::string text;       // words in small letters, names without their quotes, parameters without the $
  std::size_t begin = 0;  // bytes of the text
  std::size_t end = 0;

  bool is(char symbol) const { return kind == TokenKind::symbol && text[0] == symbol; }
  bool is(std::string_view word) const { return kind == TokenKind::word && text == word; }
  bool is_name() const { return kind == TokenKind::word || kind == TokenKind::quoted_name; }
};

// The last one is `end`. Errors: SqlException 42601 for what is not closed.
std::vector<Token> tokens_of(std::string_view text);

}  // namespace laterbase::tree
