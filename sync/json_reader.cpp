#include "sync/json_reader.h"

#include <fmt/format.h>

namespace laterbase::sync {

void JsonReader::fail(std::string_view reason, ErrorCode code) {
  if (ok()) error_ = {code, fmt::format("The message can't be read: {} (byte {}).", reason, scanner_.at() + 1)};
}

std::string_view JsonReader::value() {
  if (!ok()) return {};
  scanner_.skip_space();
  const std::size_t start = scanner_.at();
  if (!scanner_.value()) {
    fail(scanner_.error());
    return {};
  }
  return scanner_.since(start);
}

std::string JsonReader::text() {
  const std::string_view quoted = value();
  if (ok() && quoted.front() != '"') fail("a text is expected");
  return ok() ? json_unquoted(quoted) : std::string();
}

bool JsonReader::flag() {
  const std::string_view word = value();
  if (ok() && word != "true" && word != "false") fail("true or false is expected");
  return word == "true";
}

Ulid JsonReader::ulid() {
  const std::optional<Ulid> found = Ulid::parse(text());
  if (!found) fail("a ULID of 26 letters is expected");
  return found.value_or(Ulid{});
}

Hash128 JsonReader::hash() {
  const std::string digits = text();
  Hash128 hash;
  const char* const middle = digits.data() + digits.size() / 2;
  const char* const end = digits.data() + digits.size();
  const bool whole = digits.size() == 32 && std::from_chars(digits.data(), middle, hash.high, 16).ptr == middle &&
                     std::from_chars(middle, end, hash.low, 16).ptr == end;
  if (!whole) fail("a hash of 32 hexadecimal digits is expected");
  return hash;
}

void JsonReader::end() {
  scanner_.skip_space();
  if (ok() && !scanner_.at_end()) fail("there is more after it");
}

}  // namespace laterbase::sync
