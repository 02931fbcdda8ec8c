#pragma once

#include <atomic>
#include <boost/asio/signal_set.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "config/settings.h"
#include "engine/events/roots.h"
#include "server/api/door.h"
#include "server/api/extensions.h"
#include "server/api/services.h"
#include "server/http/listener.h"

// A node in this process: its databases, what keeps them equal with others, and its door.
//
// Threads: begin() and run() on one, stop() from any. Errors: begin() and the constructor throw where the data
// directory or the address can't be had.
namespace laterbase {

struct NodeOptions {
  bool http = true;     // answers on settings.listen
  bool signals = true;  // SIGTERM and SIGINT end it, SIGHUP reads the settings again
};

class Node {
 public:
  // `extensions` outlives the node.
  Node(const config::Settings& settings, const NodeOptions& options, const api::Extensions& extensions);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  void begin();
  // Until stop() or a signal; what is under way is answered first.
  void run();
  void stop();

  // Where it answers; empty without HTTP.
  std::string url() const;
  Roots& roots() noexcept { return *roots_; }
  api::Services& services() noexcept { return services_; }

 private:
  using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                  boost::asio::wait_traits<std::chrono::steady_clock>, http::Executor>;
  using Signals = boost::asio::basic_signal_set<http::Executor>;

  const config::Settings& settings() const { return services_.live().settings; }
  std::uint64_t connections() const { return listener_ ? listener_->connections() : 0; }
  void await_signal();
  void keep_tidy();
  void reload();
  void drain();
  void await_quiet();

  NodeOptions options_;
  http::Context context_{1};
  boost::asio::executor_work_guard<http::Executor> work_{context_.get_executor()};
  Signals signals_{context_};
  Timer timer_{context_};
  std::unique_ptr<Roots> roots_;
  api::Services services_;
  api::Door door_;
  std::atomic<std::uint64_t> max_connections_;
  std::vector<std::unique_ptr<http::IoThread>> threads_;
  std::unique_ptr<http::Listener> listener_;
  std::chrono::steady_clock::time_point deadline_;
  bool draining_ = false;
};

}  // namespace laterbase
