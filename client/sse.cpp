#include "client/sse.h"

#include <utility>

namespace laterbase::client {

// Lines end in \n, \r or \r\n; of a \r at the end of what has come it is not known yet which it is.
std::optional<std::string> SseParser::next_line() {
  const auto end = buffer_.find_first_of("\r\n", at_);
  const bool undecided = end != std::string::npos && buffer_[end] == '\r' && end + 1 == buffer_.size();
  if (end == std::string::npos || undecided) {
    buffer_.erase(0, at_);
    at_ = 0;
    return std::nullopt;
  }
  std::string line = buffer_.substr(at_, end - at_);
  const bool two = buffer_[end] == '\r' && buffer_[end + 1] == '\n';
  at_ = end + (two ? 2 : 1);
  return line;
}

void SseParser::take_field(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == 0) return;  // a comment: the heartbeat
  const std::string_view name = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (name == "event") message_.event = value;
  if (name == "id") message_.id = value;
  if (name != "data") return;
  if (has_data_) message_.data += '\n';
  message_.data += value;
  has_data_ = true;
}

std::optional<Message> SseParser::next() {
  while (const auto line = next_line()) {
    if (!line->empty()) {
      take_field(*line);
      continue;
    }
    const bool complete = std::exchange(has_data_, false);
    Message message{std::exchange(message_.event, {}), std::exchange(message_.data, {}), message_.id};
    if (complete) return message;
  }
  return std::nullopt;
}

}  // namespace laterbase::client
