#include "server/api/view_reads.h"

#include <fmt/format.h>

#include <charconv>

#include "server/api/event_text.h"
#include "server/api/view_answers.h"
#include "server/api/view_stream.h"

namespace laterbase::api {
namespace {

using http::Awaitable;

constexpr std::array<std::string_view, 4> offers{json_type, ndjson_type, "text/csv", event_stream_type};
constexpr std::int64_t look_again_ms = 50;  // at a view that is being built

struct Wanted {
  views::ReadRequest request;
  std::optional<Ulid> as_of;
  std::optional<views::Database::Known> known_at;
  Lc min_lc = 0;
  std::int64_t wait_ms = 0;
};

// "EPOCH:LC"
std::optional<views::Database::Known> read_position(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto epoch = Ulid::parse(text.substr(0, colon));
  const std::string_view number = text.substr(colon + 1);
  Lc lc = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), lc);
  if (!epoch || error != std::errc{} || end != number.data() + number.size()) return std::nullopt;
  return views::Database::Known{*epoch, lc};
}

std::optional<views::Database::Known> read_known_at(Exchange& exchange, Parameters& parameters) {
  const std::string* text = exchange.query_param("known_at");
  const auto position = text == nullptr ? std::nullopt : read_position(*text);
  if (text != nullptr && !position)
    parameters.wrong("known_at", "known_at= is EPOCH:LC, as the header Laterbase-Clock says it.");
  return position;
}

std::optional<Wanted> read_parameters(Exchange& exchange) {
  Parameters parameters(exchange);
  Wanted wanted;
  for (const http::Param& param : exchange.query) {
    if (param.name == "select")
      wanted.request.select = param.value;
    else if (param.name == "order")
      wanted.request.order = param.value;
    else if (param.name == "limit")
      wanted.request.limit = parameters.number("limit", 0, 0, UINT64_MAX);
    else if (param.name == "offset")
      wanted.request.offset = parameters.number("offset", 0, 0, UINT64_MAX);
    else if (param.name == "as_of")
      wanted.as_of = parameters.moment("as_of", Parameters::Edge::last);
    else if (param.name == "known_at")
      wanted.known_at = read_known_at(exchange, parameters);
    else if (param.name == "min_lc")
      wanted.min_lc = parameters.number("min_lc", 0, 0, UINT64_MAX);
    else if (param.name == "wait")
      wanted.wait_ms = parameters.seconds("wait", 60);
    else
      wanted.request.filters.emplace_back(param.name, param.value);
  }
  if (parameters.failed()) return std::nullopt;
  return wanted;
}

// Until the log has reached that position; false, with the problem set, where it has not in time.
Awaitable<bool> reach(Services& services, Exchange& exchange, std::shared_ptr<Root> root, Lc min_lc,
                      std::int64_t deadline_ms) {
  if (root->head() >= min_lc) co_return true;
  const auto watcher = services.feeds.watch(root);
  watcher->add(exchange.wakeup);
  for (;;) {
    exchange.wakeup.arm();
    const bool over = root->head() >= min_lc || watcher->gone() || exchange.thread.draining() ||
                      exchange.thread.now_ms() >= deadline_ms;
    if (over && exchange.wakeup.disarm()) break;
    co_await exchange.wait_until(deadline_ms);
  }
  watcher->remove(exchange.wakeup);
  if (root->head() >= min_lc) co_return true;
  exchange.reply.header("Retry-After", "1");
  http::set_problem(exchange.reply, problems::unavailable,
                    fmt::format("This node has come to position {}, not yet to {}.", root->head(), min_lc),
                    {{"lc", root->head()}});
  co_return false;
}

Awaitable<void> pause(Exchange& exchange, std::int64_t until_ms) {
  exchange.wakeup.arm();
  co_await exchange.wait_until(until_ms);
}

void answer_page(Exchange& exchange, const views::Page& page, std::size_t type) {
  Reply& reply = exchange.reply;
  if (!page.tree.empty() && type != 0)
    return http::set_problem(reply, problems::not_acceptable, "A tree comes as application/json or text/event-stream.");
  set_clock(reply, page.epoch, page.lc);
  reply.header("Cache-Control", "no-cache");
  constexpr std::array<std::string_view, 3> suffixes{"-j", "-n", "-c"};
  reply.etag = page.tag + std::string(suffixes[type]);
  if (none_match_hits(exchange.head.if_none_match, reply.etag)) {
    reply.status = 304;
    return;
  }
  reply.content_type = offers[type];
  reply.body = type == 0 ? page_json(page) : type == 1 ? page_lines(page) : page_csv(page);
}

}  // namespace

Awaitable<void> follow(Services& services, Exchange& exchange, std::shared_ptr<Root> root, Followed& followed) {
  const views::ReadRequest& request = followed.request;
  if (request.order || request.limit || request.offset != 0) {
    http::set_problem(exchange.reply, problems::bad_parameter,
                      "order=, limit= and offset= are not for live streams: make them part of the view.");
    co_return;
  }
  if (services.subscribers.fetch_add(1) >= services.live().settings.limits.subscribers) {
    services.subscribers.fetch_sub(1);
    http::set_problem(exchange.reply, problems::unavailable,
                      "This node has as many live streams as limits.subscribers allows.");
    co_return;
  }
  std::unique_ptr<ViewStream> stream;
  std::optional<views::Outcome<void>> begun;
  bool bad_cursor = false;
  const std::function<void()> work = [&] {
    const auto database = tables_of(services, root);
    if (followed.tree) {
      auto opened = followed.tree(*database);
      if (!opened) return begun.emplace(opened.error()), void();
      followed.relation = *opened;
    }
    stream = std::make_unique<ViewStream>(database, followed.relation, services.subscribers, bool{followed.tree});
    stream->subscription().request = std::move(followed.request);
    const std::string_view cursor = exchange.head.last_event_id;
    const auto position = read_position(cursor);
    bad_cursor = !cursor.empty() && !position;
    if (position)
      stream->subscription().resume_epoch = position->epoch, stream->subscription().resume_lc = position->lc;
    if (!bad_cursor) begun.emplace(stream->begin());
  };
  co_await services.aside(exchange, work);
  Reply& reply = exchange.reply;
  if (bad_cursor) {
    http::set_problem(reply, problems::bad_request, "Last-Event-ID is not EPOCH:LC, as this node sends it.");
    co_return;
  }
  if (!*begun) {
    if (!stream) services.subscribers.fetch_sub(1);
    followed.refuse(begun->error());
    co_return;
  }
  set_clock(reply, root->epoch(), root->head());
  reply.content_type = event_stream_type;
  reply.header("Cache-Control", "no-cache");
  reply.header("X-Accel-Buffering", "no");
  reply.waiting = stream.get();
  reply.live = stream.get();
  reply.source = std::move(stream);
}

Awaitable<void> read_row(Services& services, Exchange& exchange) {
  const auto root = find_root(services, exchange);
  if (!root) co_return;
  Parameters parameters(exchange);
  const auto as_of = parameters.moment("as_of", Parameters::Edge::last);
  const auto known_at = read_known_at(exchange, parameters);
  if (parameters.failed()) co_return;
  std::optional<views::Outcome<views::One>> one;
  const std::string relation(exchange.path_param(1)), key(exchange.path_param(2));
  const std::function<void()> work = [&] {
    const auto database = tables_of(services, root);
    one.emplace(as_of || known_at ? database->read_past_one(relation, key, as_of, known_at)
                                  : database->read_one(relation, key));
  };
  co_await services.aside(exchange, work);
  if (!*one) {
    set_refusal(exchange, one->error());
    co_return;
  }
  set_clock(exchange.reply, (*one)->epoch, (*one)->lc);
  if (!(*one)->json) {
    http::set_problem(exchange.reply, problems::not_found,
                      fmt::format("\"{}\" has nothing under the key \"{}\".", relation, key));
    co_return;
  }
  exchange.reply.body = *(*one)->json + '\n';
  exchange.reply.content_type = json_type;
  exchange.reply.header("Cache-Control", "no-cache");
}

Awaitable<void> read_relation(Services& services, Exchange& exchange) {
  const auto root = find_root(services, exchange);
  if (!root) co_return;
  auto wanted = read_parameters(exchange);
  if (!wanted) co_return;
  const auto type = negotiate(exchange, offers);
  if (!type) co_return;
  const std::int64_t deadline_ms = exchange.thread.now_ms() + wanted->wait_ms;
  const bool reached = co_await reach(services, exchange, root, wanted->min_lc, deadline_ms);
  if (!reached) co_return;
  if (offers[*type] == event_stream_type && (wanted->as_of || wanted->known_at)) {
    http::set_problem(exchange.reply, problems::bad_parameter,
                      "as_of= and known_at= are moments: nothing is live there.");
    co_return;
  }
  const std::string relation(exchange.path_param(1));
  if (offers[*type] == event_stream_type) {
    Followed followed{relation, std::move(wanted->request), nullptr,
                      [&](const views::Refusal& why) { set_refusal(exchange, why); }};
    co_await follow(services, exchange, root, followed);
    co_return;
  }
  std::optional<views::Outcome<views::Page>> page;
  const bool is_past = wanted->as_of || wanted->known_at;
  const std::function<void()> work = [&] {
    const auto database = tables_of(services, root);
    page.emplace(is_past ? database->read_past(relation, wanted->request, wanted->as_of, wanted->known_at)
                         : database->read(relation, wanted->request));
  };
  for (;;) {
    co_await services.aside(exchange, work);
    const bool building = !*page && page->error().kind == views::Refusal::Kind::building;
    const std::int64_t now_ms = exchange.thread.now_ms();
    if (!building || now_ms >= deadline_ms || exchange.thread.draining()) break;
    co_await pause(exchange, std::min(deadline_ms, now_ms + look_again_ms));
  }
  if (*page)
    answer_page(exchange, **page, *type);
  else
    set_refusal(exchange, page->error());
}

}  // namespace laterbase::api
