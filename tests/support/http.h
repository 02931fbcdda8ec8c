#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/socket.h"

// HTTP/1.1 as a client of few words: enough to read what a server answers, and strict about it.
namespace laterbase::tests {

// The server broke the protocol.
struct BadAnswer {
  std::string what;
};

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method = "GET";
  std::string target = "/";
  std::string body;
  Headers headers;

  // As sent: Host and Content-Length are added where headers don't have them.
  std::string bytes() const;
};

struct Response {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case; repeated ones joined by ", "
  std::string body;

  std::string header(const std::string& name) const;
  bool has(const std::string& name) const { return headers.contains(name); }
  // Throws nlohmann's parse error.
  nlohmann::json json() const { return nlohmann::json::parse(body); }
  // One value a line.
  std::vector<nlohmann::json> ndjson() const;
};

// One connection, kept alive; what arrived beyond an answer waits for the next. Throws BadAnswer, Timeout.
class HttpConnection {
 public:
  explicit HttpConnection(std::uint16_t port, int timeout_ms = 10'000, int receive_buffer_bytes = 0)
      : socket_(port, timeout_ms, receive_buffer_bytes) {}
  HttpConnection(const std::string& ipv4, std::uint16_t port, int timeout_ms) : socket_(ipv4, port, timeout_ms) {}

  Response ask(const Request& request);
  bool send(std::string_view bytes) { return socket_.send(bytes); }

  // head_only for an answer to HEAD. 1xx answers are answers too: read() again for the final one.
  Response read(bool head_only = false);
  Response read_head();

  // More of a body that is still coming: decoded from chunks, some bytes at a time; empty at its end.
  std::string read_some_of_body();

  // All the rest until the other side closes.
  std::string read_to_close();
  Socket& socket() { return socket_; }

 private:
  void need_more();
  std::string take(std::size_t bytes);
  std::string take_line();
  std::string take_chunk();

  Socket socket_;
  std::string buffer_;
  bool chunks_done_ = false;
};

}  // namespace laterbase::tests
