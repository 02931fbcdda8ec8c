#include "views/sql/json_value.h"

#include <algorithm>
#include <charconv>

#include "views/sql/error.h"

namespace laterbase::sql {
namespace {

// PostgreSQL's order of members: short names first.
bool name_before(std::string_view a, std::string_view b) { return a.size() != b.size() ? a.size() < b.size() : a < b; }

void sort_members(JsonValue& object) {
  auto& members = object.members;
  std::stable_sort(members.begin(), members.end(),
                   [](const auto& a, const auto& b) { return name_before(a.first, b.first); });
  // The last of equal names stays.
  std::vector<std::pair<std::string, JsonValue>> kept;
  for (auto& member : members) {
    if (!kept.empty() && kept.back().first == member.first) {
      kept.back() = std::move(member);
    } else {
      kept.push_back(std::move(member));
    }
  }
  members = std::move(kept);
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  JsonValue document() {
    JsonValue value = parse(0);
    skip_blanks();
    if (at_ != text_.size()) wrong();
    return value;
  }

 private:
  [[noreturn]] static void wrong() { throw SqlException("22P02", "invalid input syntax for type json"); }

  void skip_blanks() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) {
      ++at_;
    }
  }
  char peek() {
    skip_blanks();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  void expect(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) wrong();
    at_ += word.size();
  }

  JsonValue parse(int depth) {
    if (depth > deepest_json) throw SqlException("54001", "JSON is nested more than 256 levels deep");
    switch (peek()) {
      case '{':
        return object(depth);
      case '[':
        return array(depth);
      case '"':
        return {JsonValue::Kind::string, false, string(), {}, {}};
      case 't':
        expect("true");
        return {JsonValue::Kind::boolean, true, {}, {}, {}};
      case 'f':
        expect("false");
        return {JsonValue::Kind::boolean, false, {}, {}, {}};
      case 'n':
        expect("null");
        return {};
      default:
        return number();
    }
  }

  JsonValue object(int depth) {
    JsonValue value{JsonValue::Kind::object, false, {}, {}, {}};
    take('{');
    if (take('}')) return value;
    do {
      if (peek() != '"') wrong();
      std::string name = string();
      if (!take(':')) wrong();
      value.members.emplace_back(std::move(name), parse(depth + 1));
    } while (take(','));
    if (!take('}')) wrong();
    sort_members(value);
    return value;
  }

  JsonValue array(int depth) {
    JsonValue value{JsonValue::Kind::array, false, {}, {}, {}};
    take('[');
    if (take(']')) return value;
    do {
      value.items.push_back(parse(depth + 1));
    } while (take(','));
    if (!take(']')) wrong();
    return value;
  }

  JsonValue number() {
    const std::size_t begin = at_;
    const auto digits = [&] {
      const std::size_t from = at_;
      while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
      if (at_ == from) wrong();
      return at_ - from;
    };
    if (at_ < text_.size() && text_[at_] == '-') ++at_;
    const std::size_t first = at_;
    if (digits() > 1 && text_[first] == '0') wrong();
    if (at_ < text_.size() && text_[at_] == '.') {
      ++at_;
      digits();
    }
    if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      ++at_;
      if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
      digits();
    }
    const auto plain = plain_number(text_.substr(begin, at_ - begin));
    if (!plain) wrong();
    return {JsonValue::Kind::number, false, *plain, {}, {}};
  }

  unsigned hex4() {
    unsigned code = 0;
    if (at_ + 4 > text_.size()) wrong();
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + at_ + 4, code, 16);
    if (error != std::errc() || end != text_.data() + at_ + 4) wrong();
    at_ += 4;
    return code;
  }

  void escape(std::string& to) {
    static constexpr std::string_view letters = "\"\\/bfnrt";
    static constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    if (at_ >= text_.size()) wrong();
    const char c = text_[at_++];
    if (c == 'u') return append_unicode(to);
    const std::size_t which = letters.find(c);
    if (which == std::string_view::npos) wrong();
    to += meanings[which];
  }

  void append_unicode(std::string& to) {
    unsigned code = hex4();
    if (code == 0) throw SqlException("22P05", "unsupported Unicode escape sequence");
    if (code >= 0xDC00U && code <= 0xDFFFU) wrong();
    if (code >= 0xD800U && code <= 0xDBFFU) {
      expect("\\u");
      const unsigned low = hex4();
      if (low < 0xDC00U || low > 0xDFFFU) wrong();
      code = 0x10000U + ((code - 0xD800U) << 10U) + (low - 0xDC00U);
    }
    append_utf8(to, code);
  }

  static void append_utf8(std::string& to, unsigned code) {
    const auto tail = [&](unsigned shift) { to += static_cast<char>(0x80U | ((code >> shift) & 0x3FU)); };
    if (code < 0x80U) {
      to += static_cast<char>(code);
    } else if (code < 0x800U) {
      to += static_cast<char>(0xC0U | (code >> 6U));
      tail(0);
    } else if (code < 0x10000U) {
      to += static_cast<char>(0xE0U | (code >> 12U));
      tail(6);
      tail(0);
    } else {
      to += static_cast<char>(0xF0U | (code >> 18U));
      tail(12);
      tail(6);
      tail(0);
    }
  }

  std::string string() {
    std::string value;
    for (++at_; at_ < text_.size();) {
      const char c = text_[at_++];
      if (c == '"') return value;
      if (static_cast<unsigned char>(c) < 0x20U) wrong();
      if (c == '\\') {
        escape(value);
      } else {
        value += c;
      }
    }
    wrong();
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

void print_to(const JsonValue& value, std::string& to);

void print_array(const JsonValue& value, std::string& to) {
  to += '[';
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    if (i > 0) to += ", ";
    print_to(value.items[i], to);
  }
  to += ']';
}

void print_object(const JsonValue& value, std::string& to) {
  to += '{';
  for (std::size_t i = 0; i < value.members.size(); ++i) {
    if (i > 0) to += ", ";
    to += quote_json(value.members[i].first) + ": ";
    print_to(value.members[i].second, to);
  }
  to += '}';
}

void print_to(const JsonValue& value, std::string& to) {
  switch (value.kind) {
    case JsonValue::Kind::null:
      to += "null";
      return;
    case JsonValue::Kind::boolean:
      to += value.flag ? "true" : "false";
      return;
    case JsonValue::Kind::number:
      to += value.text;
      return;
    case JsonValue::Kind::string:
      to += quote_json(value.text);
      return;
    case JsonValue::Kind::array:
      return print_array(value, to);
    case JsonValue::Kind::object:
      return print_object(value, to);
  }
}

}  // namespace

JsonValue parse_json(std::string_view text) { return Parser(text).document(); }

std::string print_json(const JsonValue& value) {
  std::string text;
  print_to(value, text);
  return text;
}

std::string canonical_json(std::string_view text) { return print_json(parse_json(text)); }

std::string quote_json(std::string_view text) {
  static constexpr const char* hex = "0123456789abcdef";
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '"':
        quoted += "\\\"";
        break;
      case '\\':
        quoted += "\\\\";
        break;
      case '\b':
        quoted += "\\b";
        break;
      case '\f':
        quoted += "\\f";
        break;
      case '\n':
        quoted += "\\n";
        break;
      case '\r':
        quoted += "\\r";
        break;
      case '\t':
        quoted += "\\t";
        break;
      default:
        if (byte < 0x20U) {
          quoted += std::string("\\u00") + hex[byte >> 4U] + hex[byte & 0xFU];
        } else {
          quoted += c;
        }
    }
  }
  return quoted + '"';
}

}  // namespace laterbase::sql
