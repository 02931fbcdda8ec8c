#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// A blocking TCP connection, to this machine where nothing else is said, that sends exactly the bytes it is told to: so
// a test can be a client as bad as any. Throws std::system_error where the kernel refuses, Timeout where the other side
// keeps silent.
namespace laterbase::tests {

struct Timeout {};

class Socket {
 public:
  // receive_buffer_bytes > 0 makes the kernel hold less of what we don't read.
  explicit Socket(std::uint16_t port, int timeout_ms = 10'000, int receive_buffer_bytes = 0)
      : Socket("127.0.0.1", port, timeout_ms, receive_buffer_bytes) {}
  Socket(const std::string& ipv4, std::uint16_t port, int timeout_ms = 10'000, int receive_buffer_bytes = 0);
  ~Socket();
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&& other) noexcept;

  // False where the other side has closed.
  bool send(std::string_view bytes);

  // What has arrived, at most most_bytes; empty at the end of the stream (also after a reset).
  std::string receive(std::size_t most_bytes = 64 * 1024);
  std::string receive_all();

  void set_timeout(int timeout_ms);
  void finish_sending();

 private:
  int descriptor_ = -1;
};

}  // namespace laterbase::tests
