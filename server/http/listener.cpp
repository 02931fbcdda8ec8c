#include "server/http/listener.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>

#include "engine/base/log.h"
#include "server/http/connection.h"

namespace laterbase::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::uint64_t refused_at_once = 256;  // connections beyond the limit that are still told why

tcp::endpoint resolve(Context& context, const ListenerOptions& options) {
  tcp::resolver resolver(context);
  return resolver.resolve(options.host, std::to_string(options.port), tcp::resolver::passive).begin()->endpoint();
}

asio::ssl::context make_tls(const ListenerOptions& options) {
  asio::ssl::context tls(asio::ssl::context::tls_server);
  tls.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                  asio::ssl::context::no_tlsv1_1);
  tls.use_certificate_chain_file(options.tls_certificate);
  tls.use_private_key_file(options.tls_key, asio::ssl::context::pem);
  return tls;
}

}  // namespace

Listener::Listener(Context& context, const ListenerOptions& options, Application& application,
                   std::vector<std::unique_ptr<IoThread>>& threads, std::atomic<std::uint64_t>& max_connections)
    : context_(context),
      application_(application),
      threads_(threads),
      max_connections_(max_connections),
      acceptor_(context) {
  if (!options.tls_certificate.empty()) tls_.emplace(make_tls(options));
  const tcp::endpoint endpoint = resolve(context, options);
  acceptor_.open(endpoint.protocol());
  acceptor_.set_option(asio::socket_base::reuse_address(true));
  acceptor_.bind(endpoint);
  acceptor_.listen(4096);
}

void Listener::start() { asio::co_spawn(context_, accept_loop(), asio::detached); }

void Listener::stop() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
}

Awaitable<void> Listener::accept_loop() {
  for (std::size_t turn = 0;; ++turn) {
    IoThread& thread = *threads_[turn % threads_.size()];
    Socket socket(thread.context());
    boost::system::error_code error;
    co_await acceptor_.async_accept(socket, asio::redirect_error(use_awaitable, error));
    if (!acceptor_.is_open()) co_return;
    if (error) {
      co_await back_off(error);
      continue;
    }
    accepted_.fetch_add(1, std::memory_order_relaxed);
    const std::uint64_t others = connections_.fetch_add(1, std::memory_order_relaxed);
    const bool refuse = others >= max_connections_.load(std::memory_order_relaxed);
    if (refuse) refused_.fetch_add(1, std::memory_order_relaxed);
    if (others >= max_connections_.load(std::memory_order_relaxed) + refused_at_once) {
      connections_.fetch_sub(1, std::memory_order_relaxed);
      continue;
    }
    asio::co_spawn(thread.context(), serve(thread, std::move(socket), refuse), asio::detached);
  }
}

Awaitable<void> Listener::serve(IoThread& thread, Socket socket, bool refused) {
  try {
    socket.set_option(tcp::no_delay(true));
    socket.non_blocking(true);
    Connection connection(thread, application_,
                          tls_ ? tls_stream(std::move(socket), *tls_) : plain_stream(std::move(socket)));
    if (refused)
      co_await connection.refuse();
    else
      co_await connection.run();
  } catch (const std::exception& trouble) {
    log::warn("connection ended", {{"reason", trouble.what()}});
  }
  connections_.fetch_sub(1, std::memory_order_relaxed);
}

// Out of descriptors or memory, most likely: others will end and free some.
Awaitable<void> Listener::back_off(const boost::system::error_code& error) {
  const std::int64_t now = threads_.front()->now_ms();
  if (now - last_complaint_ms_ > 5'000) {
    last_complaint_ms_ = now;
    log::warn("can't accept connections for the moment", {{"reason", error.message()}});
  }
  asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor> timer(
      context_, std::chrono::milliseconds(50));
  boost::system::error_code ignored;
  co_await timer.async_wait(asio::redirect_error(use_awaitable, ignored));
}

}  // namespace laterbase::http
