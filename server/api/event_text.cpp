#include "server/api/event_text.h"

#include <array>
#include <charconv>
#include <cstring>

#include "engine/base/base64.h"
#include "engine/base/rfc3339.h"

namespace laterbase::api {
namespace {

constexpr std::size_t max_head_letters = 64 + 20 + Ulid::kLetters + rfc3339_letters;

char* put(char* to, std::string_view text) noexcept {
  std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

// Line breaks of a JSON text become blanks: inside a string they'd be escaped, so these stand between tokens. find() is
// memchr over the whole value; find_first_of is one for each byte, and was a quarter of a feed.
void join_lines(std::string& out, std::size_t from) {
  for (const char line_break : {'\n', '\r'})
    for (auto at = out.find(line_break, from); at != std::string::npos; at = out.find(line_break, at)) out[at] = ' ';
}

}  // namespace

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void append_ulid(std::string& out, const Ulid& ulid) {
  const std::size_t at = out.size();
  out.resize(at + Ulid::kLetters);
  ulid.print(out.data() + at);
}

std::string clock_text(const Ulid& epoch, Lc lc) {
  std::string text;
  append_ulid(text, epoch);
  text += ':';
  append_number(text, lc);
  return text;
}

void append_event(std::string& out, const Event& event, bool one_line) {
  // The members before the value in one piece: this is what a feed's speed hangs on.
  char head[max_head_letters];
  char* to = put(head, "{\"lc\":");
  to = std::to_chars(to, head + sizeof head, event.lc).ptr;
  to = put(to, ",\"key\":\"");
  event.key.print(to);
  to = put(to + Ulid::kLetters, "\",\"at\":\"");
  to = print_rfc3339(event.key.time_ms(), to);
  to = put(to, event.is_json ? std::string_view("\",\"value\":") : std::string_view("\",\"base64\":\""));
  out.append(head, to);
  if (!event.is_json) {
    append_base64(out, event.value);
    out += "\"}";
    return;
  }
  const std::size_t start = out.size();
  out += event.value;
  if (one_line) join_lines(out, start);
  out += '}';
}

}  // namespace laterbase::api
