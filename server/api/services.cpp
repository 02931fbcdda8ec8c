#include "server/api/services.h"

#include <chrono>
#include <thread>

#include "engine/base/log.h"

namespace laterbase::api {
namespace {

// Work under way on another thread, and the coroutine that waits for it.
class Errand : private http::Arrival {
 public:
  Errand(http::IoThread& thread, std::function<void()> work) : thread_(thread), work_(std::move(work)) {}

  void run() noexcept {
    try {
      work_();
    } catch (...) {
      trouble_ = std::current_exception();
    }
    thread_.deliver(*this);
  }
  http::Awaitable<void> wait() { return suspension_.wait(); }
  void rethrow() const {
    if (trouble_) std::rethrow_exception(trouble_);
  }

 private:
  void arrive() noexcept override { suspension_.resume(); }

  http::IoThread& thread_;
  std::function<void()> work_;
  http::Suspension suspension_;
  std::exception_ptr trouble_;
};

sync::PeerContext peer_context(Roots& roots, sync::Replicas& replicas, const config::Settings& settings) {
  sync::PeerContext context{roots, replicas, system_clock()};
  context.max_answer_bytes = settings.limits.max_body_bytes;
  context.max_databases = settings.limits.max_databases;
  context.timeout_ms = settings.sync.timeout_ms;
  context.max_back_off_ms = settings.sync.max_back_off_ms;
  return context;
}

}  // namespace

Live::Live(const config::Settings& from) : settings(from), tokens(make_tokens(from.tokens)) {
  limits.max_body_bytes = from.limits.max_body_bytes;
  limits.max_header_bytes = from.limits.max_header_bytes;
  limits.unsent_bytes = from.limits.unsent_bytes;
  limits.compress_min_bytes = from.limits.compress_min_bytes;
  limits.read_timeout_ms = from.limits.read_timeout_ms;
  limits.write_timeout_ms = from.limits.write_timeout_ms;
  limits.idle_timeout_ms = from.limits.idle_timeout_ms;
}

Services::Services(Roots& node_roots, const config::Settings& settings, const Extensions& more)
    : roots(node_roots),
      extensions(more),
      replicas(node_roots, system_clock()),
      peers(peer_context(node_roots, replicas, settings), settings.peers, settings.data + "/peers.json"),
      plugins(settings.plugins.directory, views, [this](const std::string& name) {
        const auto root = roots.find(name);
        return root ? *root : nullptr;
      }) {
  apply(settings);
  plugins.look();
}

void Services::apply(const config::Settings& settings) {
  all_.push_back(std::make_unique<Live>(settings));
  live_.store(all_.back().get(), std::memory_order_release);
  roots.set_options(roots_options(settings));
  views.set_options(database_options(settings), settings.storage.open_databases / 2);
}

views::DatabaseOptions Services::database_options(const config::Settings& settings) {
  views::DatabaseOptions options;
  options.session.max_event_bytes = settings.limits.max_event_bytes;
  options.save_least_bytes = settings.views.save_least_bytes;
  options.save_share_percent = settings.views.save_share_percent;
  options.scratch = settings.views.scratch;
  options.validate = extensions.validate;
  options.sources = [this](const std::string& database) {
    auto all = extensions.sources ? extensions.sources(database) : std::vector<views::SourceMaker>{};
    for (auto& maker : plugins.sources(database)) all.push_back(std::move(maker));
    return all;
  };
  options.views = [this](const std::string& database) {
    auto all = extensions.views ? extensions.views(database) : std::vector<std::pair<std::string, std::string>>{};
    for (auto& view : plugins.views(database)) all.push_back(std::move(view));
    return all;
  };
  return options;
}

http::Awaitable<void> Services::aside(http::Exchange& exchange, std::function<void()> work) {
  Errand errand(exchange.thread, std::move(work));
  boost::asio::post(workers_, [&errand] { errand.run(); });
  co_await errand.wait();
  errand.rethrow();
}

http::Awaitable<void> Services::await_long(http::Exchange& exchange, std::function<void()> work) {
  Errand errand(exchange.thread, std::move(work));
  long_workers_.run([&errand] { errand.run(); });
  co_await errand.wait();
  errand.rethrow();
}

// Folding a database anew takes its time: not beside what has to be tidied every second.
void Services::look_at_plugins() {
  if (plugins.directory().empty() || looking_.exchange(true)) return;
  long_workers_.run([this] {
    plugins.look();
    looking_ = false;
  });
}

void Services::tidy() {
  look_at_plugins();
  if (tidying_.exchange(true)) return;
  boost::asio::post(workers_, [this] {
    try {
      peers.tidy();
      replicas.tidy();
      views.tidy();
    } catch (const std::exception& trouble) {
      log::warn("tidying up what syncs failed", {{"reason", trouble.what()}});
    }
    tidying_ = false;
  });
}

void Services::close() {
  peers.stop();
  // A look that is under way comes to its end, and no other begins.
  while (looking_.exchange(true)) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  workers_.join();
  replicas.close();
  views.close();
}

RootsOptions roots_options(const config::Settings& settings) {
  RootsOptions options;
  options.root.max_future_ms = settings.events.max_future_ms;
  // The door holds events against limits.max_event, which may change while a root is open; the root has the setting's
  // own upper bound.
  options.root.max_event_bytes = config::gib;
  options.root.queue_bytes = settings.limits.queue_bytes;
  options.root.tail_bytes = settings.storage.tail_bytes;
  options.root.relaxed_flush_ms = settings.durability.relaxed_flush_ms;
  options.root.map_bytes = settings.storage.map_bytes;
  options.root.max_map_bytes = settings.storage.max_map_bytes;
  options.root.min_free_bytes = settings.storage.min_free_bytes;
  options.max_open = settings.storage.open_databases;
  options.idle_close_ms = settings.storage.idle_close_ms;
  return options;
}

}  // namespace laterbase::api
