#include <fmt/format.h>

#include <charconv>

#include "server/api/event_routes.h"
#include "server/api/event_sources.h"
#include "server/api/event_text.h"
#include "server/api/live_source.h"

// GET /db/{db}/e?lc=N: what this node learned after N, as a page or live.
namespace laterbase::api {
namespace {

constexpr std::array<std::string_view, 3> offers{json_type, ndjson_type, event_stream_type};

struct FeedRequest {
  Lc after = 0;
  std::uint64_t limit = 0;
  bool limit_given = false;
  bool order_by_key = true;
  std::int64_t wait_ms = 0;
  std::optional<Ulid> epoch;
};

// "EPOCH:LC"
bool parse_event_id(std::string_view text, FeedRequest& request) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return false;
  request.epoch = Ulid::parse(text.substr(0, colon));
  const std::string_view number = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), request.after);
  return request.epoch && error == std::errc{} && end == number.data() + number.size();
}

std::optional<FeedRequest> read_request(Services& services, Exchange& exchange) {
  const auto& limits = services.live().settings.limits;
  Parameters parameters(exchange);
  constexpr std::array<std::string_view, 2> orders{"key", "lc"};
  FeedRequest request;
  request.after = parameters.number("lc", 0, 0, UINT64_MAX);
  request.limit_given = parameters.has("limit");
  request.limit = parameters.number("limit", limits.default_page, 1, UINT64_MAX);
  request.order_by_key = parameters.word("order", orders) == 0;
  request.wait_ms = parameters.seconds("wait", 60);
  request.epoch = parameters.ulid("epoch");
  if (parameters.failed()) return std::nullopt;
  return request;
}

// 410 where the position is not one of this log's.
bool is_gone(Exchange& exchange, const FeedRequest& request, const Ulid& epoch, Lc head) {
  const bool other = request.epoch && *request.epoch != epoch;
  if (!other && request.after <= head) return false;
  const std::string now = epoch.text();
  http::set_problem(exchange.reply, problems::gone,
                    other ? fmt::format("This log's epoch is {} by now; read it again from lc=0.", now)
                          : fmt::format("This log ends at {}; position {} is beyond it.", head, request.after),
                    {{"epoch", now}, {"lc", head}});
  return true;
}

void go_live(Services& services, Exchange& exchange, std::shared_ptr<Root> root, const FeedRequest& request,
             const Ulid& epoch) {
  if (services.subscribers.fetch_add(1) >= services.live().settings.limits.subscribers) {
    services.subscribers.fetch_sub(1);
    http::set_problem(exchange.reply, problems::unavailable,
                      "This node has as many live streams as limits.subscribers allows.");
    return;
  }
  LiveStart start{epoch, request.after, std::nullopt};
  if (request.limit_given) start.limit = request.limit;
  auto source = live_source(services.feeds.watch(std::move(root)), start, services.subscribers);
  Reply& reply = exchange.reply;
  reply.content_type = event_stream_type;
  reply.header("Cache-Control", "no-cache");
  reply.header("X-Accel-Buffering", "no");
  reply.waiting = source.get();
  reply.live = source.get();
  reply.source = std::move(source);
}

// Long poll: until the log is longer than `after`, or the time is up.
http::Awaitable<void> wait_for_news(Services& services, Exchange& exchange, std::shared_ptr<Root> root, Lc after,
                                    std::int64_t wait_ms) {
  if (services.subscribers.fetch_add(1) >= services.live().settings.limits.subscribers) {
    services.subscribers.fetch_sub(1);
    http::set_problem(exchange.reply, problems::unavailable,
                      "As many requests wait here as limits.subscribers allows; ask without wait=.");
    co_return;
  }
  const auto watcher = services.feeds.watch(root);
  const std::int64_t deadline_ms = exchange.thread.now_ms() + wait_ms;
  watcher->add(exchange.wakeup);
  for (;;) {
    exchange.wakeup.arm();
    const bool over = root->head() > after || watcher->gone() || exchange.thread.draining() ||
                      exchange.thread.now_ms() >= deadline_ms;
    if (over && exchange.wakeup.disarm()) break;
    co_await exchange.wait_until(deadline_ms);
  }
  watcher->remove(exchange.wakeup);
  if (watcher->gone())
    http::set_problem(exchange.reply, problems::gone, "This node's replica of the database was dropped.");
  services.subscribers.fetch_sub(1);
}

void answer_page(Exchange& exchange, std::shared_ptr<Root> root, const FeedRequest& request, PageFormat format,
                 const Ulid& epoch, Lc head) {
  LogPage page;
  page.epoch = epoch;
  page.after = request.after;
  page.until = request.after + std::min(request.limit, head - request.after);
  page.more = page.until < head;
  page.order_by_key = request.order_by_key;
  Reply& reply = exchange.reply;
  reply.content_type = format == PageFormat::json ? json_type : ndjson_type;
  // A full page never changes within its epoch; without epoch= the same address may mean another one some day.
  const bool fixed = request.epoch && page.until - page.after == request.limit;
  reply.header("Cache-Control", fixed ? "max-age=31536000, immutable" : "no-cache");
  reply.header("Link", fmt::format("</db/{}/e?lc={}&limit={}{}&epoch={}>; rel=\"next\"", exchange.path_param(0),
                                   page.until, request.limit, request.order_by_key ? "" : "&order=lc", epoch.text()));
  reply.source = log_source(std::move(root), page, format);
}

}  // namespace

http::Awaitable<void> get_feed(Services& services, Exchange& exchange, std::shared_ptr<Root> root) {
  auto request = read_request(services, exchange);
  if (!request) co_return;
  const auto type = negotiate(exchange, offers);
  if (!type) co_return;
  const bool live = offers[*type] == event_stream_type;
  if (live && !exchange.head.last_event_id.empty() && !parse_event_id(exchange.head.last_event_id, *request)) {
    http::set_problem(exchange.reply, problems::bad_request, "Last-Event-ID is not EPOCH:LC, as this node sends it.");
    co_return;
  }
  const Ulid epoch = root->epoch();
  set_clock(exchange.reply, epoch, root->head());
  if (is_gone(exchange, *request, epoch, root->head())) co_return;
  if (live) co_return go_live(services, exchange, std::move(root), *request, epoch);
  if (request->wait_ms > 0 && root->head() == request->after) {
    co_await wait_for_news(services, exchange, root, request->after, request->wait_ms);
    if (exchange.reply.status != 200) co_return;
    exchange.reply.headers.clear();
    set_clock(exchange.reply, epoch, root->head());
  }
  // Only sorting by key takes memory; in its own order the log streams, however much is asked for.
  if (request->order_by_key) request->limit = std::min(request->limit, services.live().settings.limits.max_page);
  answer_page(exchange, root, *request, *type == 0 ? PageFormat::json : PageFormat::ndjson, epoch, root->head());
}

}  // namespace laterbase::api
