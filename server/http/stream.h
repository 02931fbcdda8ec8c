#pragma once

#include <boost/asio/buffer.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "server/http/io_thread.h"

namespace boost::asio::ssl {
class context;
}

// The bytes of one connection, plain or through TLS.
namespace laterbase::http {

using ErrorCodeOfSystem = boost::system::error_code;

class Stream {
 public:
  virtual ~Stream() = default;

  // TLS's; nothing to do on a plain one.
  virtual Awaitable<void> handshake(ErrorCodeOfSystem& error) = 0;
  // At least one byte, or an error; eof is one.
  virtual Awaitable<std::size_t> read_some(boost::asio::mutable_buffer into, ErrorCodeOfSystem& error) = 0;
  // Takes some without waiting, where the kernel has room; 0 where it has none.
  virtual std::size_t try_write(std::string_view first, std::string_view second, ErrorCodeOfSystem& error) = 0;
  virtual Awaitable<std::size_t> write_some(std::string_view bytes, ErrorCodeOfSystem& error) = 0;
  // Says goodbye in TLS's words and shuts down this side.
  virtual Awaitable<void> finish(ErrorCodeOfSystem& error) = 0;

  Socket& socket() noexcept { return socket_; }

 protected:
  explicit Stream(Socket socket) : socket_(std::move(socket)) {}
  Socket socket_;
};

std::unique_ptr<Stream> plain_stream(Socket socket);
// Lifetime: `context` outlives the stream.
std::unique_ptr<Stream> tls_stream(Socket socket, boost::asio::ssl::context& context);

}  // namespace laterbase::http
