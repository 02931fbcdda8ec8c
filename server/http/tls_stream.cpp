#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "server/http/stream.h"

namespace laterbase::http {
namespace {

class TlsStream : public Stream {
 public:
  TlsStream(Socket socket, boost::asio::ssl::context& context) : Stream(std::move(socket)), tls_(socket_, context) {}

  Awaitable<void> handshake(ErrorCodeOfSystem& error) override {
    return tls_.async_handshake(boost::asio::ssl::stream_base::server,
                                boost::asio::redirect_error(use_awaitable, error));
  }

  Awaitable<std::size_t> read_some(boost::asio::mutable_buffer into, ErrorCodeOfSystem& error) override {
    return tls_.async_read_some(into, boost::asio::redirect_error(use_awaitable, error));
  }

  std::size_t try_write(std::string_view, std::string_view, ErrorCodeOfSystem&) override { return 0; }

  Awaitable<std::size_t> write_some(std::string_view bytes, ErrorCodeOfSystem& error) override {
    return tls_.async_write_some(boost::asio::buffer(bytes), boost::asio::redirect_error(use_awaitable, error));
  }

  Awaitable<void> finish(ErrorCodeOfSystem& error) override {
    co_await tls_.async_shutdown(boost::asio::redirect_error(use_awaitable, error));
    ErrorCodeOfSystem ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
  }

 private:
  boost::asio::ssl::stream<Socket&> tls_;
};

}  // namespace

std::unique_ptr<Stream> tls_stream(Socket socket, boost::asio::ssl::context& context) {
  return std::make_unique<TlsStream>(std::move(socket), context);
}

}  // namespace laterbase::http
