#include "server/api/event_text.h"

#include <array>
#include <charconv>

#include "server/api/base64.h"
#include "server/api/time_text.h"

namespace laterbase::api {

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
  out += "{\"lc\":";
  append_number(out, event.lc);
  out += ",\"key\":\"";
  append_ulid(out, event.key);
  out += "\",\"at\":\"";
  append_time(out, event.key.time_ms());
  if (!event.is_json) {
    out += "\",\"base64\":\"";
    append_base64(out, event.value);
    out += "\"}";
    return;
  }
  out += "\",\"value\":";
  const std::size_t start = out.size();
  out += event.value;
  // find() twice is two memchr over the whole value; find_first_of is one for each byte, and was a quarter of a feed.
  if (one_line && (event.value.find('\n') != BytesView::npos || event.value.find('\r') != BytesView::npos))
    for (std::size_t i = start; i < out.size(); ++i)
      if (out[i] == '\r' || out[i] == '\n') out[i] = ' ';  // inside a string they'd be escaped, so these are between
  out += '}';
}

}  // namespace laterbase::api
