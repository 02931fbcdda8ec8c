#pragma once

#include <optional>
#include <string>
#include <string_view>

// Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) out of bytes, however they are
// cut.
namespace laterbase::client {

struct Message {
  std::string event;  // empty is an ordinary message
  std::string data;   // lines joined by \n
  std::string id;     // of the last message that had one: where to resume
};

// Threads: one at a time. Cost: linear in the bytes.
class SseParser {
 public:
  void feed(std::string_view bytes) { buffer_ += bytes; }
  // The next complete message; messages without data are skipped, as the standard has it.
  std::optional<Message> next();

 private:
  std::optional<std::string> next_line();
  void take_field(std::string_view line);

  std::string buffer_;
  std::size_t at_ = 0;
  Message message_;
  bool has_data_ = false;
};

}  // namespace laterbase::client
