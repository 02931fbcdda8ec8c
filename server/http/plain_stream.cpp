#include <boost/asio/redirect_error.hpp>

#include "server/http/stream.h"

namespace laterbase::http {
namespace {

class PlainStream : public Stream {
 public:
  explicit PlainStream(Socket socket) : Stream(std::move(socket)) {}

  Awaitable<void> handshake(ErrorCodeOfSystem& error) override {
    error = {};
    co_return;
  }

  Awaitable<std::size_t> read_some(boost::asio::mutable_buffer into, ErrorCodeOfSystem& error) override {
    return socket_.async_read_some(into, boost::asio::redirect_error(use_awaitable, error));
  }

  std::size_t try_write(std::string_view first, std::string_view second, ErrorCodeOfSystem& error) override {
    std::size_t written = 0;
    if (second.empty()) {
      written = socket_.write_some(boost::asio::buffer(first), error);
    } else {
      const std::array<boost::asio::const_buffer, 2> both{boost::asio::buffer(first), boost::asio::buffer(second)};
      written = socket_.write_some(both, error);
    }
    if (error == boost::asio::error::would_block || error == boost::asio::error::try_again) error = {};
    return written;
  }

  Awaitable<std::size_t> write_some(std::string_view bytes, ErrorCodeOfSystem& error) override {
    return socket_.async_write_some(boost::asio::buffer(bytes), boost::asio::redirect_error(use_awaitable, error));
  }

  Awaitable<void> finish(ErrorCodeOfSystem& error) override {
    socket_.shutdown(Socket::shutdown_send, error);
    co_return;
  }
};

}  // namespace

std::unique_ptr<Stream> plain_stream(Socket socket) { return std::make_unique<PlainStream>(std::move(socket)); }

}  // namespace laterbase::http
