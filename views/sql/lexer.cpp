#include "views/sql/lexer.h"

namespace laterbase::sql {
namespace {

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool begins_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80U;
}
char small(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

Token Lexer::next() {
  skip_blanks();
  if (at_ >= text_.size()) return {TokenKind::end, "", static_cast<int>(text_.size())};
  const char c = text_[at_];
  const char after = at(at_ + 1);
  if ((c == 'e' || c == 'E') && after == '\'') {
    ++at_;
    return quoted('\'', TokenKind::string, true);
  }
  if (begins_word(c)) return word();
  if (is_digit(c) || (c == '.' && is_digit(after))) return number();
  if (c == '\'') return quoted('\'', TokenKind::string, false);
  if (c == '"') return quoted('"', TokenKind::quoted_name, false);
  if (c == '$' && (after == '$' || begins_word(after))) return dollar_quoted();
  ++at_;
  return {TokenKind::symbol, std::string(1, c), static_cast<int>(at_ - 1)};
}

void Lexer::skip_blanks() {
  while (at_ < text_.size()) {
    if (is_blank(text_[at_])) {
      ++at_;
    } else if (text_[at_] == '-' && at(at_ + 1) == '-') {
      while (at_ < text_.size() && text_[at_] != '\n') ++at_;
    } else if (text_[at_] == '/' && at(at_ + 1) == '*') {
      skip_comment();
    } else {
      return;
    }
  }
}

void Lexer::skip_comment() {
  int depth = 0;
  do {
    if (text_[at_] == '/' && at(at_ + 1) == '*') {
      ++depth;
      at_ += 2;
    } else if (text_[at_] == '*' && at(at_ + 1) == '/') {
      --depth;
      at_ += 2;
    } else {
      ++at_;
    }
  } while (depth > 0 && at_ < text_.size());
}

Token Lexer::word() {
  Token token{TokenKind::word, "", static_cast<int>(at_)};
  while (at_ < text_.size() && (begins_word(text_[at_]) || is_digit(text_[at_]) || text_[at_] == '$')) {
    token.text += small(text_[at_++]);
  }
  return token;
}

Token Lexer::number() {
  Token token{TokenKind::number, "", static_cast<int>(at_)};
  while (at_ < text_.size() && (is_digit(text_[at_]) || text_[at_] == '.')) token.text += text_[at_++];
  return token;
}

Token Lexer::quoted(char quote, TokenKind kind, bool escapes) {
  Token token{kind, "", static_cast<int>(at_)};
  for (++at_; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (escapes && c == '\\' && at_ + 1 < text_.size()) {
      token.text += text_[++at_];
    } else if (c == quote) {
      if (at(at_ + 1) != quote) break;
      token.text += text_[++at_];
    } else {
      token.text += c;
    }
  }
  if (at_ < text_.size()) ++at_;
  return token;
}

Token Lexer::dollar_quoted() {
  const std::size_t begin = at_;
  const std::size_t tag_end = text_.find('$', at_ + 1);
  if (tag_end == std::string_view::npos) {
    ++at_;
    return {TokenKind::symbol, "$", static_cast<int>(begin)};
  }
  const std::string_view tag = text_.substr(begin, tag_end + 1 - begin);
  const std::size_t close = text_.find(tag, tag_end + 1);
  const std::size_t end = close == std::string_view::npos ? text_.size() : close;
  Token token{TokenKind::string, std::string(text_.substr(tag_end + 1, end - tag_end - 1)), static_cast<int>(begin)};
  at_ = close == std::string_view::npos ? text_.size() : close + tag.size();
  return token;
}

std::vector<Token> tokens_of(std::string_view text) {
  Lexer lexer(text);
  std::vector<Token> tokens;
  do {
    tokens.push_back(lexer.next());
  } while (tokens.back().kind != TokenKind::end);
  return tokens;
}

}  // namespace laterbase::sql
