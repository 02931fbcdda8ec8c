#include "bench/http/bare_beast.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_static_buffer.hpp>
#include <boost/beast/http.hpp>
#include <cstdio>
#include <memory>
#include <string>

namespace laterbase::bench {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using boost::system::error_code;

// One connection: read, write, and again; everything is reused from request to request.
class Session : public std::enable_shared_from_this<Session> {
 public:
  explicit Session(tcp::socket socket) : socket_(std::move(socket)) {
    socket_.set_option(tcp::no_delay(true));
    answer_.result(http::status::ok);
    answer_.set(http::field::content_type, "application/octet-stream");
    answer_.body() = std::string(100, 'x');
    answer_.prepare_payload();
  }

  void read() {
    request_ = {};
    http::async_read(socket_, buffer_, request_, [self = shared_from_this()](error_code error, std::size_t) {
      if (!error) self->write();
    });
  }

 private:
  void write() {
    http::async_write(socket_, answer_, [self = shared_from_this()](error_code error, std::size_t) {
      if (!error) self->read();
    });
  }

  tcp::socket socket_;
  boost::beast::flat_static_buffer<16 * 1024> buffer_;
  http::request<http::empty_body> request_;
  http::response<http::string_body> answer_;
};

void accept(tcp::acceptor& acceptor) {
  acceptor.async_accept([&acceptor](error_code error, tcp::socket socket) {
    if (!error) std::make_shared<Session>(std::move(socket))->read();
    accept(acceptor);
  });
}

}  // namespace

void serve_bare_beast() {
  asio::io_context context(1);
  tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
  accept(acceptor);
  std::printf("127.0.0.1:%u\n", acceptor.local_endpoint().port());
  std::fflush(stdout);
  context.run();
}

}  // namespace laterbase::bench
