#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/error.h"

// The client's HTTP/1.1, over TCP or TLS. The only file of this room that knows Beast.
namespace laterbase::client {

// Where a node answers: what http://HOST:PORT says.
struct Endpoint {
  bool tls = false;
  std::string host;
  std::string port;
  std::string url() const;
};

Result<Endpoint> parse_endpoint(const std::string& url);

struct ConnectionOptions {
  Endpoint endpoint;
  std::string token;    // sent as Authorization: Bearer; empty is none
  std::string ca_file;  // PEM; empty trusts what the system trusts
  bool verify = true;   // the node's certificate
  std::int64_t connect_ms = 10'000;
  std::int64_t silence_ms = 90'000;  // longest time without a byte in either direction
};

struct Request {
  std::string method = "GET";
  std::string target;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;
};

struct Answer {
  unsigned status = 0;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;  // empty where a sink took it

  bool good() const { return status >= 200 && status < 300; }
  // Empty where there is none; the name in any case.
  std::string_view field(std::string_view name) const;
};

// Takes the next bytes of a body; false is enough: the connection is closed.
using Sink = std::function<bool(std::string_view)>;

// No whole answer: no such host, nobody listening, a broken or silent connection. What the request did is unknown.
class Unreachable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// One connection, made when it is needed and kept for the next request.
// Threads: one at a time. Errors: Unreachable; the next send() connects anew.
class Connection {
 public:
  explicit Connection(ConnectionOptions options);
  ~Connection();
  Connection(Connection&&) noexcept;

  // With a sink, the body of a 2xx answer goes there as it comes, of any length; any other is collected, up to 64 MiB.
  Answer send(const Request& request, const Sink& sink = {});

  const ConnectionOptions& options() const;

 private:
  class Wire;
  template <typename Stream>
  class StreamWire;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace laterbase::client
