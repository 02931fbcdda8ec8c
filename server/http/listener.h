#pragma once

#include <atomic>
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/http/application.h"
#include "server/http/io_thread.h"

// Accepts connections and deals them out to the I/O threads. Goes on when the process is out of descriptors: it backs
// off and tries again. Beyond the limit a connection is answered 503 and closed; far beyond, just closed.
namespace laterbase::http {

struct ListenerOptions {
  std::string host;
  std::uint16_t port = 0;
  std::string tls_certificate, tls_key;  // PEM files; empty for plain HTTP
};

class Listener {
 public:
  // Binds. Throws boost::system::system_error where the address can't be had, or the certificate not read.
  // `context` is run by the caller's thread. Lifetime: everything given outlives the listener.
  Listener(Context& context, const ListenerOptions& options, Application& application,
           std::vector<std::unique_ptr<IoThread>>& threads, std::atomic<std::uint64_t>& max_connections);

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  bool is_tls() const noexcept { return tls_.has_value(); }

  void start();
  void stop();
  std::uint64_t connections() const noexcept { return connections_.load(std::memory_order_relaxed); }
  std::uint64_t accepted() const noexcept { return accepted_.load(std::memory_order_relaxed); }
  std::uint64_t refused() const noexcept { return refused_.load(std::memory_order_relaxed); }

 private:
  Awaitable<void> accept_loop();
  Awaitable<void> serve(IoThread& thread, Socket socket, bool refused);
  Awaitable<void> back_off(const boost::system::error_code& error);

  Context& context_;
  Application& application_;
  std::vector<std::unique_ptr<IoThread>>& threads_;
  std::atomic<std::uint64_t>& max_connections_;
  boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, Executor> acceptor_;
  std::optional<boost::asio::ssl::context> tls_;
  std::atomic<std::uint64_t> connections_{0}, accepted_{0}, refused_{0};
  std::int64_t last_complaint_ms_ = 0;
};

}  // namespace laterbase::http
