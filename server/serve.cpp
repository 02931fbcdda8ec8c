#include "server/serve.h"

#include <fmt/format.h>
#include <malloc.h>

#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>

#include "config/load.h"
#include "engine/base/log.h"
#include "server/api/door.h"
#include "server/http/listener.h"

namespace laterbase {
namespace {

using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                boost::asio::wait_traits<std::chrono::steady_clock>, http::Executor>;
using Signals = boost::asio::basic_signal_set<http::Executor>;

constexpr auto tick = std::chrono::seconds(1);

// Fine enough for the shortest of the timeouts, coarse enough to cost nothing.
std::int64_t sweep_ms(const config::Settings::Limits& limits) {
  const std::int64_t least = std::min({limits.read_timeout_ms, limits.write_timeout_ms, limits.idle_timeout_ms});
  return std::clamp<std::int64_t>(least / 4, 5, 250);
}

log::Level level_of(config::LogLevel level) { return static_cast<log::Level>(level); }

// LMDB sets a few mebibytes aside for each environment and touches little of them. Mapped on their own they stay
// untouched; the allocator would by and by take them from its heap and clear them: 4 MiB for each open database.
void keep_large_allocations_mapped() { mallopt(M_MMAP_THRESHOLD, 1 << 20); }

class Node {
 public:
  explicit Node(const config::Settings& settings)
      : roots_(open_roots(settings.data, api::roots_options(settings), system_clock())),
        services_(*roots_, settings),
        door_(services_),
        max_connections_(settings.limits.connections),
        threads_(make_threads(settings)),
        listener_(context_, listen_options(settings), door_, threads_, max_connections_) {
    services_.gauges = [this] {
      return api::Gauges{listener_.connections(), listener_.accepted(), listener_.refused(), services_.subscribers};
    };
  }

  ~Node() {
    services_.peers.stop();
    for (auto& thread : threads_) thread->stop();
    services_.close();
    roots_->close();  // before the threads go: answers of the writers still arrive there
  }
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  void run() {
    listener_.start();
    for (auto& thread : threads_) thread->start();
    announce();
    services_.peers.start();
    await_signal();
    keep_tidy();
    context_.run();
  }

 private:
  static std::vector<std::unique_ptr<http::IoThread>> make_threads(const config::Settings& settings) {
    std::vector<std::unique_ptr<http::IoThread>> threads;
    for (std::uint64_t i = 0; i < settings.server.threads; ++i)
      threads.push_back(std::make_unique<http::IoThread>(sweep_ms(settings.limits)));
    return threads;
  }

  static http::ListenerOptions listen_options(const config::Settings& settings) {
    return {settings.listen.host, settings.listen.port, settings.tls.certificate, settings.tls.key};
  }

  const config::Settings& settings() const { return services_.live().settings; }

  void announce() {
    const std::string& host = settings().listen.host;
    const bool v6 = host.find(':') != std::string::npos;
    const std::string url = fmt::format("{}://{}{}{}:{}", listener_.is_tls() ? "https" : "http", v6 ? "[" : "", host,
                                        v6 ? "]" : "", listener_.port());
    std::printf("laterbase listening on %s\n", url.c_str());
    std::fflush(stdout);
    log::info("listening", {{"url", url}, {"data", settings().data}, {"node", roots_->node().text()}});
  }

  void await_signal() {
    signals_.async_wait([this](const boost::system::error_code& error, int signal) {
      if (error) return;
      if (signal == SIGHUP)
        reload();
      else if (!draining_)
        drain(signal);
      await_signal();
    });
  }

  void keep_tidy() {
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

  void reload() {
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
    log::set_level(level_of(settings().log.level));
  }

  void drain(int signal) {
    draining_ = true;
    services_.draining = true;
    log::info("going down", {{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"}});
    listener_.stop();
    services_.peers.stop();
    for (auto& thread : threads_) boost::asio::post(thread->context(), [&io = *thread] { io.drain_all(); });
    deadline_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(settings().server.drain_timeout_ms);
    await_quiet();
  }

  void await_quiet() {
    const bool over = std::chrono::steady_clock::now() >= deadline_;
    if (over && listener_.connections() > 0)
      log::warn("cutting off what has not finished", {{"connections", listener_.connections()}});
    if (over || listener_.connections() == 0) {
      context_.stop();
      return;
    }
    timer_.expires_after(std::chrono::milliseconds(10));
    timer_.async_wait([this](const boost::system::error_code&) { await_quiet(); });
  }

  http::Context context_{1};
  Signals signals_{context_, SIGTERM, SIGINT, SIGHUP};
  Timer timer_{context_};
  std::unique_ptr<Roots> roots_;
  api::Services services_;
  api::Door door_;
  std::atomic<std::uint64_t> max_connections_;
  std::vector<std::unique_ptr<http::IoThread>> threads_;
  http::Listener listener_;
  std::chrono::steady_clock::time_point deadline_;
  bool draining_ = false;
};

}  // namespace

int serve(const config::Settings& settings) {
  keep_large_allocations_mapped();
  std::signal(SIGPIPE, SIG_IGN);
  try {
    Node node(settings);
    node.run();
    log::info("down", {});
  } catch (const Failure& failure) {
    log::error("can't go on", {{"reason", failure.what()}});
    return 1;
  } catch (const std::exception& trouble) {
    log::error("can't serve",
               {{"reason", trouble.what()}, {"listen", settings.listen.host}, {"port", settings.listen.port}});
    return 1;
  }
  return 0;
}

}  // namespace laterbase
