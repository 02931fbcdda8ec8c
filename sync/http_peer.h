#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/error.h"

// A peer's door, seen from here: HTTP/1.1 over TCP or TLS. The only file of this room that owns a socket.
//
// Threads: one at a time, but for cancel(). Cost: send() blocks for as long as its timeouts allow.
namespace laterbase::sync {

struct HttpPeerOptions {
  std::string url;      // http://HOST:PORT or https://HOST:PORT
  std::string token;    // shown as Authorization: Bearer; empty is none
  std::string ca_file;  // PEM; empty trusts what the system trusts
  std::int64_t connect_ms = 5'000;
  std::int64_t silence_ms = 30'000;  // longest time without a byte in either direction
  std::uint64_t max_answer_bytes = 64 << 20;
};

struct HttpCall {
  std::string_view method;
  std::string target;
  std::string_view content_type;  // of the body; none where empty
  std::string_view accept;
  std::string body;
};

struct HttpAnswer {
  unsigned status = 0;
  std::string content_type;
  std::string body;
  std::int64_t retry_after_ms = 0;  // 0 where nothing was said

  bool good() const noexcept { return status >= 200 && status < 300; }
};

class HttpPeer {
 public:
  explicit HttpPeer(HttpPeerOptions options);
  ~HttpPeer();
  HttpPeer(const HttpPeer&) = delete;
  HttpPeer& operator=(const HttpPeer&) = delete;

  // Over the connection of the last call, while it lasts. A call may be sent twice: where a kept connection turns out
  // to be closed. Errors: invalid for a URL that is none; unavailable for no whole answer, in words that name the peer.
  Result<HttpAnswer> send(const HttpCall& call);

  // Ends what is under way, and all that comes after, with an error. From any thread.
  void cancel() noexcept;

 private:
  class Wire;
  template <typename Stream>
  class StreamWire;
  struct State;
  std::unique_ptr<State> state_;
};

// The sentence of a refusal: what its problem document (RFC 9457) says, or its status.
std::string refusal_of(const HttpAnswer& answer);

}  // namespace laterbase::sync
