#include "client/slices.h"

#include <nlohmann/json.hpp>

namespace laterbase::client {
namespace {

constexpr std::string_view blanks = " \t\r\n";

// Walks text that is known to be JSON.
class Walker {
 public:
  explicit Walker(std::string_view json) : rest_(json) { skip_blanks(); }

  char peek() const { return rest_.empty() ? '\0' : rest_.front(); }

  // Takes one letter of punctuation and the blanks after it.
  void take() {
    rest_.remove_prefix(1);
    skip_blanks();
  }

  std::string_view value() {
    const std::string_view start = rest_;
    std::size_t depth = 0;
    do {
      const char c = peek();
      if (c == '"') {
        string();
      } else {
        depth += (c == '{' || c == '[') ? 1 : 0;
        depth -= (c == '}' || c == ']') ? 1 : 0;
        rest_.remove_prefix(1);
      }
    } while (!rest_.empty() && (depth > 0 || !ends_value(peek())));
    const auto taken = start.substr(0, start.size() - rest_.size());
    skip_blanks();
    return taken;
  }

 private:
  static bool ends_value(char c) {
    return c == ',' || c == ']' || c == '}' || c == ':' || blanks.find(c) != blanks.npos;
  }

  void string() {
    std::size_t end = 1;
    while (rest_[end] != '"') end += rest_[end] == '\\' ? 2 : 1;
    rest_.remove_prefix(end + 1);
  }

  void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(blanks), rest_.size())); }

  std::string_view rest_;
};

}  // namespace

bool is_json(std::string_view text) { return nlohmann::json::accept(text); }

std::optional<std::vector<std::string_view>> array_slices(std::string_view json) {
  Walker walker(json);
  if (walker.peek() != '[' || !is_json(json)) return std::nullopt;
  std::vector<std::string_view> slices;
  for (walker.take(); walker.peek() != ']';) {
    slices.push_back(walker.value());
    if (walker.peek() == ',') walker.take();
  }
  return slices;
}

std::optional<Members> member_slices(std::string_view json) {
  Walker walker(json);
  if (walker.peek() != '{' || !is_json(json)) return std::nullopt;
  Members members;
  for (walker.take(); walker.peek() != '}';) {
    const auto name = walker.value();
    walker.take();
    members.emplace_back(name, walker.value());
    if (walker.peek() == ',') walker.take();
  }
  return members;
}

}  // namespace laterbase::client
