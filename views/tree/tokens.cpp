#include "views/tree/tokens.h"

#include "views/sql/error.h"

namespace laterbase::tree {
namespace {

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool begins_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80U;
}
char small(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Token next() {
    skip_blanks();
    begin_ = at_;
    if (at_ >= text_.size()) return made(TokenKind::end, "");
    const char c = text_[at_];
    const bool is_prefix = at(1) == '\'' && (c == 'e' || c == 'E' || c == 'b' || c == 'B' || c == 'x' || c == 'X');
    if (is_prefix) return ++at_, quoted('\'', TokenKind::string, c == 'e' || c == 'E');
    if (begins_word(c)) return word(TokenKind::word);
    if (is_digit(c) || (c == '.' && is_digit(at(1)))) return number();
    if (c == '\'') return quoted('\'', TokenKind::string, false);
    if (c == '"') return quoted('"', TokenKind::quoted_name, false);
    if (c == '$' && (begins_word(at(1)) || is_digit(at(1)))) return ++at_, word(TokenKind::parameter);
    if (c == '$') throw sql::SqlException("42601", "a $ begins a parameter here: $1 or $name", offset());
    ++at_;
    return made(TokenKind::symbol, std::string(1, c));
  }

 private:
  char at(std::size_t ahead) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  int offset() const { return static_cast<int>(begin_); }
  Token made(TokenKind kind, std::string text) const { return {kind, std::move(text), begin_, at_}; }

  void skip_blanks() {
    while (at_ < text_.size()) {
      if (is_blank(text_[at_])) {
        ++at_;
      } else if (text_[at_] == '-' && at(1) == '-') {
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
      } else if (text_[at_] == '/' && at(1) == '*') {
        skip_comment();
      } else {
        return;
      }
    }
  }

  void skip_comment() {
    begin_ = at_;
    int depth = 0;
    do {
      if (at_ >= text_.size()) throw sql::SqlException("42601", "this comment is not closed", offset());
      const bool opens = text_[at_] == '/' && at(1) == '*';
      const bool closes = text_[at_] == '*' && at(1) == '/';
      depth += opens ? 1 : closes ? -1 : 0;
      at_ += opens || closes ? 2 : 1;
    } while (depth > 0);
  }

  Token word(TokenKind kind) {
    std::string text;
    while (at_ < text_.size() && (begins_word(text_[at_]) || is_digit(text_[at_]))) text += small(text_[at_++]);
    return made(kind, std::move(text));
  }

  Token number() {
    while (is_digit(at(0)) || at(0) == '.') ++at_;
    return made(TokenKind::number, std::string(text_.substr(begin_, at_ - begin_)));
  }

  Token quoted(char quote, TokenKind kind, bool escapes) {
    std::string text;
    for (++at_; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == quote && at(1) != quote) return ++at_, made(kind, std::move(text));
      const bool pair = c == quote || (escapes && c == '\\' && at_ + 1 < text_.size());
      text += pair ? text_[++at_] : c;
    }
    throw sql::SqlException("42601", "this quote is not closed", offset());
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t begin_ = 0;
};

}  // namespace

std::vector<Token> tokens_of(std::string_view text) {
  Lexer lexer(text);
  std::vector<Token> tokens;
  do {
    tokens.push_back(lexer.next());
  } while (tokens.back().kind != TokenKind::end);
  return tokens;
}

}  // namespace laterbase::tree
