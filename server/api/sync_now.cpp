#include "server/api/sync_now.h"

#include <fmt/format.h>

#include <memory>
#include <mutex>

#include "server/api/sync_text.h"
#include "sync/peer_settings.h"

namespace laterbase::api {
namespace {

using http::Awaitable;

constexpr int most_syncs = 8;

// With whom. Nothing, with the problem set, where that can't be told.
std::optional<config::Peer> peer_of(Services& services, Exchange& exchange) {
  const std::string& text = *exchange.query_param("peer");
  const bool is_url = text.starts_with("http://") || text.starts_with("https://");
  auto peer = is_url ? sync::parse_guest(text, exchange.body) : services.peers.find(text);
  if (peer) return std::move(*peer);
  if (is_url)
    http::set_problem(exchange.reply, problems::bad_parameter, peer.error().detail,
                      {{"parameter", std::string_view{"peer"}}});
  else
    set_error(exchange.reply, peer.error());
  return std::nullopt;
}

// What a sync that goes on elsewhere has to say. Progress that nobody has fetched is overtaken by later one.
class Progress {
 public:
  void say(const std::string& line, bool last) {
    const std::lock_guard lock(mutex_);
    lines_ = line + '\n';
    ended_ = last;
    if (wakeup_ != nullptr) wakeup_->wake();
  }
  bool take(std::string& out) {
    const std::lock_guard lock(mutex_);
    out += lines_;
    lines_.clear();
    return ended_;
  }
  void wake(http::Wakeup* wakeup) {
    const std::lock_guard lock(mutex_);
    wakeup_ = wakeup;
  }
  bool ready() {
    const std::lock_guard lock(mutex_);
    return ended_ || !lines_.empty();
  }

 private:
  std::mutex mutex_;
  std::string lines_;
  http::Wakeup* wakeup_ = nullptr;
  bool ended_ = false;
};

// Where the client goes away, the sync goes on without it.
class ProgressSource : public http::WaitingSource {
 public:
  explicit ProgressSource(std::shared_ptr<Progress> progress) : progress_(std::move(progress)) {}
  ~ProgressSource() override { progress_->wake(nullptr); }
  ProgressSource(const ProgressSource&) = delete;
  ProgressSource& operator=(const ProgressSource&) = delete;

  Step fill(std::string& out) override { return progress_->take(out) ? Step::end : Step::wait; }
  void attach(http::Wakeup& wakeup) override { progress_->wake(&wakeup); }
  void detach() noexcept override { progress_->wake(nullptr); }
  bool ready() override { return progress_->ready(); }

 private:
  std::shared_ptr<Progress> progress_;
};

// Holds one of the places for syncs that were asked for.
class Place {
 public:
  explicit Place(Services& services) : services_(services), taken_(services.syncs.fetch_add(1) < most_syncs) {}
  ~Place() {
    if (held_) services_.syncs.fetch_sub(1);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  bool taken() const noexcept { return taken_; }
  void hand_on() noexcept { held_ = false; }

 private:
  Services& services_;
  bool taken_;
  bool held_ = true;
};

Awaitable<void> answer_once(Services& services, Exchange& exchange, const config::Peer& peer) {
  sync::Report report;
  std::optional<sync::Conversed> done;
  const std::function<void()> work = [&] {
    done.emplace(services.peers.sync_now(
        peer, std::string(exchange.path_param(0)), [](const sync::Report&) {}, report));
  };
  co_await services.await_long(exchange, work);
  if (!*done) {
    http::set_problem(exchange.reply, problem_of(done->error()), done->error().words);
    co_return;
  }
  exchange.reply.content_type = json_type;
  exchange.reply.header("Cache-Control", "no-store");
  exchange.reply.body = report_json(report).dump() + '\n';
}

void run(Services& services, const config::Peer& peer, const std::string& database, Progress& to) noexcept {
  try {
    sync::Report report;
    const auto progress = [&to](const sync::Report& so_far) { to.say(report_json(so_far).dump(), false); };
    const auto done = services.peers.sync_now(peer, database, progress, report);
    to.say(done ? report_json(report).dump() : http::problem_json(problem_of(done.error()), done.error().words), true);
  } catch (const std::exception& trouble) {
    to.say(http::problem_json(problems::internal, trouble.what()), true);
  }
}

void answer_as_it_goes(Services& services, Exchange& exchange, const config::Peer& peer) {
  const auto progress = std::make_shared<Progress>();
  auto source = std::make_unique<ProgressSource>(progress);
  services.run_long([&services, peer, database = std::string(exchange.path_param(0)), progress] {
    run(services, peer, database, *progress);
    services.syncs.fetch_sub(1);
  });
  exchange.reply.content_type = ndjson_type;
  exchange.reply.header("Cache-Control", "no-store");
  exchange.reply.waiting = source.get();
  exchange.reply.source = std::move(source);
}

}  // namespace

Awaitable<void> sync_now(Services& services, Exchange& exchange) {
  if (!has_role(services, exchange, http::Role::admin)) {
    http::set_problem(exchange.reply, problems::forbidden, "peer= is for role \"admin\".");
    co_return;
  }
  constexpr std::array<std::string_view, 2> offers{json_type, ndjson_type};
  const auto type = negotiate(exchange, offers);
  if (!type || !find_root(services, exchange)) co_return;
  auto peer = peer_of(services, exchange);
  if (!peer) co_return;
  Place place(services);
  if (!place.taken()) {
    http::set_problem(exchange.reply, problems::unavailable,
                      fmt::format("{} syncs that were asked for are under way; this node takes no more.", most_syncs));
    co_return;
  }
  if (*type == 0) {
    co_await answer_once(services, exchange, *peer);
    co_return;
  }
  place.hand_on();
  answer_as_it_goes(services, exchange, *peer);
}

}  // namespace laterbase::api
