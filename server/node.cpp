#include "server/node.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <csignal>

#include "config/load.h"
#include "engine/base/log.h"

namespace laterbase {
namespace {

constexpr auto tick = std::chrono::seconds(1);

// Fine enough for the shortest of the timeouts, coarse enough to cost nothing.
std::int64_t sweep_ms(const config::Settings::Limits& limits) {
  const std::int64_t least = std::min({limits.read_timeout_ms, limits.write_timeout_ms, limits.idle_timeout_ms});
  return std::clamp<std::int64_t>(least / 4, 5, 250);
}

std::vector<std::unique_ptr<http::IoThread>> make_threads(const config::Settings& settings) {
  std::vector<std::unique_ptr<http::IoThread>> threads;
  for (std::uint64_t i = 0; i < settings.server.threads; ++i)
    threads.push_back(std::make_unique<http::IoThread>(sweep_ms(settings.limits)));
  return threads;
}

http::ListenerOptions listen_options(const config::Settings& settings) {
  return {settings.listen.host, settings.listen.port, settings.tls.certificate, settings.tls.key};
}

}  // namespace

Node::Node(const config::Settings& settings, const NodeOptions& options, const api::Extensions& extensions)
    : options_(options),
      roots_(open_roots(settings.data, api::roots_options(settings), system_clock())),
      services_(*roots_, settings, extensions),
      door_(services_),
      max_connections_(settings.limits.connections),
      threads_(make_threads(settings)) {
  if (options.http)
    listener_ = std::make_unique<http::Listener>(context_, listen_options(settings), door_, threads_, max_connections_);
  services_.gauges = [this] {
    return listener_ ? api::Gauges{listener_->connections(), listener_->accepted(), listener_->refused(),
                                   services_.subscribers}
                     : api::Gauges{0, 0, 0, services_.subscribers};
  };
}

Node::~Node() {
  services_.peers.stop();
  for (auto& thread : threads_) thread->stop();
  services_.close();
  roots_->close();  // before the threads go: answers of the writers still arrive there
}

void Node::begin() {
  if (listener_) listener_->start();
  for (auto& thread : threads_) thread->start();
  services_.peers.start();
  if (options_.signals) {
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) signals_.add(signal);
    await_signal();
  }
  keep_tidy();
}

void Node::run() { context_.run(); }

void Node::stop() {
  boost::asio::post(context_, [this] {
    if (!draining_) drain();
  });
}

std::string Node::url() const {
  if (!listener_) return {};
  const std::string& host = settings().listen.host;
  const bool v6 = host.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}", listener_->is_tls() ? "https" : "http", v6 ? "[" : "", host, v6 ? "]" : "",
                     listener_->port());
}

void Node::await_signal() {
  signals_.async_wait([this](const boost::system::error_code& error, int signal) {
    if (error) return;
    if (signal == SIGHUP) {
      reload();
    } else if (!draining_) {
      log::info("going down", {{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"}});
      drain();
    }
    await_signal();
  });
}

void Node::keep_tidy() {
  timer_.expires_after(tick);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || draining_) return;
    try {
      roots_->tidy();
      services_.tidy();
    } catch (const std::exception& trouble) {
      log::warn("closing idle databases failed", {{"reason", trouble.what()}});
    }
    keep_tidy();
  });
}

void Node::reload() {
  const auto fresh = config::load(settings().source);
  if (!fresh) {
    for (const config::ConfigError& error : fresh.error())
      log::error("settings not reloaded", {{"reason", error.text()}});
    return;
  }
  const config::Reload reloaded = config::reload(settings(), *fresh);
  for (const std::string& name : reloaded.changed) log::info("setting changed", {{"name", name}});
  for (const std::string& name : reloaded.need_restart)
    log::warn("setting changes at the next start only", {{"name", name}});
  services_.apply(reloaded.settings);
  max_connections_ = settings().limits.connections;
  log::set_level(static_cast<log::Level>(settings().log.level));
}

void Node::drain() {
  draining_ = true;
  services_.draining = true;
  if (listener_) listener_->stop();
  services_.peers.stop();
  for (auto& thread : threads_) boost::asio::post(thread->context(), [&io = *thread] { io.drain_all(); });
  deadline_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(settings().server.drain_timeout_ms);
  await_quiet();
}

void Node::await_quiet() {
  const bool over = std::chrono::steady_clock::now() >= deadline_;
  if (over && connections() > 0) log::warn("cutting off what has not finished", {{"connections", connections()}});
  if (over || connections() == 0) {
    context_.stop();
    return;
  }
  timer_.expires_after(std::chrono::milliseconds(10));
  timer_.async_wait([this](const boost::system::error_code&) { await_quiet(); });
}

}  // namespace laterbase
