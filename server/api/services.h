#pragma once

#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "config/settings.h"
#include "engine/base/workers.h"
#include "engine/events/roots.h"
#include "server/api/auth.h"
#include "server/api/extensions.h"
#include "server/api/live_feeds.h"
#include "server/api/metrics.h"
#include "server/http/application.h"
#include "server/plugins/plugins.h"
#include "sync/peers.h"
#include "sync/replicas.h"
#include "views/views.h"

// What handlers work with.
namespace laterbase::api {

// Settings and what is made of them. Never changed: a reload makes a new one.
struct Live {
  explicit Live(const config::Settings& from);
  config::Settings settings;
  http::Limits limits;
  std::vector<Token> tokens;
};

// Threads: any, but for apply(). Lifetime: longer than the I/O threads.
class Services {
 public:
  // Throws Failure where what is remembered of peers is damaged.
  Services(Roots& node_roots, const config::Settings& settings, const Extensions& more);

  Roots& roots;
  const Extensions& extensions;
  sync::Replicas replicas;
  sync::Peers peers;
  LiveFeeds feeds;
  views::Views views{system_clock()};
  plugins::Plugins plugins;
  Metrics metrics;
  std::atomic<std::uint64_t> subscribers{0};
  std::atomic<int> backups{0};
  std::atomic<int> syncs{0};  // that were asked for
  std::atomic<bool> draining{false};
  std::function<Gauges()> gauges;  // set once, before the first request

  // The settings of this moment. They stay where they are as long as the services do: reloads are rare, and a few
  // kilobytes each are cheaper than counting references on every request.
  const Live& live() const noexcept { return *live_.load(std::memory_order_acquire); }
  void apply(const config::Settings& settings);

  // Runs `work` where it may take its time, off the I/O thread. What it throws is thrown here.
  http::Awaitable<void> aside(http::Exchange& exchange, std::function<void()> work);
  // The same for work that waits for the disk or the network, so that many may wait at once.
  http::Awaitable<void> await_long(http::Exchange& exchange, std::function<void()> work);
  // Nobody waits for it. It may not throw.
  void run_long(std::function<void()> work) { long_workers_.run(std::move(work)); }

  // About once a second; returns at once.
  void tidy();
  // Ends what goes on by itself, before the roots close. tidy() is not called any more.
  void close();

 private:
  void look_at_plugins();
  views::DatabaseOptions database_options(const config::Settings& settings);

  std::vector<std::unique_ptr<Live>> all_;
  std::atomic<const Live*> live_{nullptr};
  std::atomic<bool> tidying_{false}, looking_{false};
  boost::asio::thread_pool workers_{2};
  Workers long_workers_{32};
};

RootsOptions roots_options(const config::Settings& settings);

}  // namespace laterbase::api
