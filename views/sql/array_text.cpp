#include "views/sql/array_text.h"

#include "engine/ivm/expression.h"

namespace laterbase::sql {
namespace {

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string small_letters(std::string_view text) {
  std::string small(text);
  for (char& c : small) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return small;
}

class Splitter {
 public:
  explicit Splitter(std::string_view text) : text_(text) {}

  std::vector<std::optional<std::string>> elements() {
    skip_blanks();
    if (!take('{')) wrong();
    std::vector<std::optional<std::string>> found;
    skip_blanks();
    if (!take('}')) {
      do {
        found.push_back(element());
        skip_blanks();
      } while (take(','));
      if (!take('}')) wrong();
    }
    skip_blanks();
    if (at_ != text_.size()) wrong();
    return found;
  }

 private:
  [[noreturn]] void wrong() const {
    throw ivm::EvalError("22P02", "malformed array literal: \"" + std::string(text_) + "\"");
  }
  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  std::optional<std::string> element() {
    skip_blanks();
    if (at_ < text_.size() && text_[at_] == '{') {
      throw ivm::EvalError("0A000", "arrays of more than one dimension are not supported");
    }
    if (take('"')) return quoted();
    std::string value;
    std::size_t significant = 0;
    while (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '}') {
      if (text_[at_] == '"' || text_[at_] == '{') wrong();
      const bool escaped = text_[at_] == '\\' && at_ + 1 < text_.size();
      if (escaped) ++at_;
      value += text_[at_];
      if (escaped || !is_blank(text_[at_])) significant = value.size();
      ++at_;
    }
    value.resize(significant);
    if (value.empty()) wrong();
    if (small_letters(value) == "null") return std::nullopt;
    return value;
  }

  std::string quoted() {
    std::string value;
    while (at_ < text_.size()) {
      if (take('"')) return value;
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      value += text_[at_++];
    }
    wrong();
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

bool needs_quotes(const std::string& element) {
  if (element.empty() || small_letters(element) == "null") return true;
  for (const char c : element) {
    if (is_blank(c) || c == '{' || c == '}' || c == ',' || c == '"' || c == '\\') return true;
  }
  return false;
}

}  // namespace

std::vector<std::optional<std::string>> split_array(std::string_view text) { return Splitter(text).elements(); }

std::string join_array(const std::vector<std::optional<std::string>>& elements) {
  std::string text = "{";
  for (const auto& element : elements) {
    if (text.size() > 1) text += ',';
    if (!element) {
      text += "NULL";
    } else if (!needs_quotes(*element)) {
      text += *element;
    } else {
      text += '"';
      for (const char c : *element) {
        if (c == '"' || c == '\\') text += '\\';
        text += c;
      }
      text += '"';
    }
  }
  return text + '}';
}

}  // namespace laterbase::sql
