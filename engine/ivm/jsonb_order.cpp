#include "engine/ivm/jsonb_order.h"

#include <charconv>

#include "engine/ivm/decimal.h"

namespace laterbase::ivm {
namespace {

bool is_number_char(char c) {
  return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

int rank_of(char first) {
  switch (first) {
    case '{':
      return 5;
    case '[':
      return 4;
    case 't':
    case 'f':
      return 3;
    case '"':
      return 1;
    case 'n':
      return 0;
    default:
      return 2;
  }
}

// Behind the string that begins here.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return std::min(at + 1, text.size());
}

// Behind the value that begins here.
std::size_t end_of_value(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      at = end_of_string(text, at);
      if (depth == 0) return at;
      continue;
    }
    if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      if (depth == 0) return at;
      if (--depth == 0) return at + 1;
    } else if (depth == 0 && (c == ',' || c == ':')) {
      return at;
    }
    ++at;
  }
  return at;
}

void append_utf8(std::string& to, unsigned code) {
  if (code < 0x80) {
    to += static_cast<char>(code);
  } else if (code < 0x800) {
    to += static_cast<char>(0xc0 | code >> 6);
    to += static_cast<char>(0x80 | (code & 0x3f));
  } else {
    to += static_cast<char>(0xe0 | code >> 12);
    to += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    to += static_cast<char>(0x80 | (code & 0x3f));
  }
}

// A string without its quotes and escapes, as far as the canonical text has any.
std::string unquoted(std::string_view text) {
  std::string made;
  for (std::size_t at = 1; at + 1 < text.size(); ++at) {
    if (text[at] != '\\') {
      made += text[at];
      continue;
    }
    const char c = text[++at];
    switch (c) {
      case 'b':
        made += '\b';
        break;
      case 'f':
        made += '\f';
        break;
      case 'n':
        made += '\n';
        break;
      case 'r':
        made += '\r';
        break;
      case 't':
        made += '\t';
        break;
      case 'u': {
        unsigned code = 0;
        std::from_chars(text.data() + at + 1, text.data() + std::min(at + 5, text.size()), code, 16);
        append_utf8(made, code);
        at += 4;
        break;
      }
      default:
        made += c;
    }
  }
  return made;
}

// The parts of an array or object one after the other; of an object its keys and values in turn.
class Parts {
 public:
  explicit Parts(std::string_view container) : text_(container.substr(1, container.size() - 2)) {}

  bool next(std::string_view& part) {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == ',' || text_[at_] == ':')) ++at_;
    if (at_ >= text_.size()) return false;
    const std::size_t end = end_of_value(text_, at_);
    part = text_.substr(at_, end - at_);
    at_ = end;
    return true;
  }
  std::size_t count() {
    std::size_t parts = 0;
    for (std::string_view part; next(part);) ++parts;
    at_ = 0;
    return parts;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

constexpr int deepest = 1'000;  // below that, by their bytes

std::strong_ordering compare_at(std::string_view left, std::string_view right, int depth) {
  if (left == right) return std::strong_ordering::equal;
  if (left.empty() || right.empty() || depth > deepest) return left <=> right;
  const int rank = rank_of(left[0]);
  if (rank != rank_of(right[0])) return rank <=> rank_of(right[0]);
  switch (rank) {
    case 1:
      return unquoted(left) <=> unquoted(right);
    case 2:
      return Decimal::parse(left).value_or(Decimal{}) <=> Decimal::parse(right).value_or(Decimal{});
    case 3:
      return left[0] <=> right[0];  // "false", "true"
    default:
      break;
  }
  Parts of_left{left}, of_right{right};
  if (const auto order = of_left.count() <=> of_right.count(); order != 0) return order;
  for (std::string_view left_part, right_part; of_left.next(left_part) && of_right.next(right_part);) {
    if (const auto order = compare_at(left_part, right_part, depth + 1); order != 0) return order;
  }
  return std::strong_ordering::equal;
}

}  // namespace

// PostgreSQL has an empty array before everything else where nothing is around it, and keeps it so.
std::strong_ordering compare_jsonb(std::string_view left, std::string_view right) {
  if (left != right && (left == "[]" || right == "[]")) return (right == "[]") <=> (left == "[]");
  return compare_at(left, right, 0);
}

std::string canonical_jsonb(std::string_view text) {
  std::string made;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at + 1;
    if (text[at] == '"') {
      end = end_of_string(text, at);
    } else if (text[at] == '-' || (text[at] >= '0' && text[at] <= '9')) {
      while (end < text.size() && is_number_char(text[end])) ++end;
      if (const auto number = Decimal::parse(text.substr(at, end - at))) {
        made += number->normalised().to_string();
        at = end;
        continue;
      }
    }
    made += text.substr(at, end - at);
    at = end;
  }
  return made;
}

}  // namespace laterbase::ivm
