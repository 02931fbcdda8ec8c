#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "engine/base/log.h"
#include "server/api/answers.h"
#include "server/api/routes.h"
#include "server/api/sync_now.h"
#include "sync/answer.h"
#include "sync/binary_codec.h"
#include "sync/describe.h"
#include "sync/json_codec.h"
#include "sync/memory.h"

// POST /db/{db}/sync: one message in, one message out.
namespace laterbase::api {
namespace {

using http::Awaitable;
using http::Method;
using http::Role;

enum class Form : std::uint8_t { json, binary };
constexpr std::array<std::string_view, 2> form_types{json_type, sync::binary_type};

// What the body is in; curl's own word for any -d counts as JSON. Nothing for other types.
std::optional<Form> form_of(std::string_view content_type) {
  const std::string_view type = http::media_type(content_type);
  if (http::equal_ignoring_case(type, sync::binary_type)) return Form::binary;
  for (const std::string_view json :
       {std::string_view{}, json_type, std::string_view{"application/x-www-form-urlencoded"}})
    if (http::equal_ignoring_case(type, json)) return Form::json;
  return std::nullopt;
}

// The answer's form: as Accept has it, the question's own among equals.
std::optional<Form> answer_form(Exchange& exchange, Form asked) {
  const bool binary_first = asked == Form::binary;
  const std::array<std::string_view, 2> offers{form_types[binary_first ? 1 : 0], form_types[binary_first ? 0 : 1]};
  const auto best = negotiate(exchange, offers);
  if (!best) return std::nullopt;
  return (*best == 0) == binary_first ? Form::binary : Form::json;
}

// One message on its way through, off the I/O thread.
class Turn {
 public:
  Turn(Services& services, Exchange& exchange, Form asked, Form answered)
      : services_(services), exchange_(exchange), asked_(asked), answered_(answered) {}

  void run() {
    const auto replica = services_.replicas.find(exchange_.path_param(0));
    if (!replica) return set_no_root(exchange_, replica.error());
    const auto message = decode();
    if (!message) return refuse(message.error());
    if (message->from) asker_ = message->from->node.text();
    note("sync is asked", **replica, exchange_.body.size(), *message);
    const Result<sync::Message> answer = sync::answer(**replica, *message, sync::Limits{});
    if (!answer) return set_error(exchange_.reply, answer.error());
    encode(*answer, *message);
    note("sync answers", **replica, exchange_.reply.body.size(), *answer);
    set_clock(exchange_.reply, (*replica)->root().epoch(), (*replica)->root().head());
    if (message->from)
      services_.peers.heard((*replica)->name(), message->from->node, level(**replica, *message, *answer));
  }

 private:
  Result<sync::Message> decode() const {
    if (asked_ == Form::binary) return sync::decode_binary(exchange_.body);
    return sync::decode_json(exchange_.body.empty() ? "{}" : exchange_.body);
  }

  // Where the sender has followed this log to its end, and this node the sender's: how many events written here the
  // sender was told of. What this log has got since the answer may all have been written here.
  static std::optional<Lc> level(sync::RootReplica& replica, const sync::Message& asked, const sync::Message& answer) {
    const bool follows = asked.cursor && answer.verdict == sync::Verdict::valid && answer.delta && !answer.delta->more;
    if (!follows || asked.window) return std::nullopt;
    const auto stands = sync::cursor_into(replica, asked.from->node, asked.from->epoch, sync::Window{});
    if (!stands || stands->epoch != asked.from->epoch || stands->lc != asked.from->lc) return std::nullopt;
    const Lc written = replica.written_here();  // first: what comes from now on was not told of
    const Lc since = replica.root().head() - answer.delta->next.lc;
    return written - std::min(written, since);
  }

  void refuse(const Error& error) {
    const bool large = error.code == ErrorCode::too_large;
    http::set_problem(exchange_.reply, large ? problems::too_large : problems::bad_body, error.detail);
  }

  void encode(const sync::Message& answer, const sync::Message& asked) {
    exchange_.reply.content_type = form_types[answered_ == Form::binary ? 1 : 0];
    exchange_.reply.header("Cache-Control", "no-store");
    if (answered_ == Form::binary)
      exchange_.reply.body = sync::encode_binary(answer, asked.ids.value_or(std::vector<Ulid>{}));
    else
      exchange_.reply.body = sync::encode_json(answer) + '\n';
  }

  void note(std::string_view what, sync::RootReplica& replica, std::size_t bytes, const sync::Message& message) const {
    if (!log::enabled(log::Level::debug)) return;
    log::debug(what, {{"db", replica.name()},
                      {"peer", asker_},
                      {"user", exchange_.user},
                      {"bytes", bytes},
                      {"says", describe(message)}});
  }

  Services& services_;
  Exchange& exchange_;
  Form asked_, answered_;
  std::string asker_;  // its node
};

Awaitable<void> take_message(Services& services, Exchange& exchange) {
  const auto asked = form_of(exchange.head.content_type);
  if (!asked) {
    http::set_problem(exchange.reply, problems::unsupported_type,
                      fmt::format("A sync message is {} or {}.", json_type, sync::binary_type));
    co_return;
  }
  const auto answered = answer_form(exchange, *asked);
  if (!answered) co_return;
  Turn turn(services, exchange, *asked, *answered);
  const std::function<void()> work = [&turn] { turn.run(); };
  co_await services.await_long(exchange, work);
}

Awaitable<void> sync_route(Services& services, Exchange& exchange) {
  if (exchange.query_param("peer") != nullptr)
    co_await sync_now(services, exchange);
  else
    co_await take_message(services, exchange);
}

}  // namespace

std::vector<http::Route> sync_routes(Services& s) {
  const http::SuspendingHandler syncs = [&s](Exchange& x) { return sync_route(s, x); };
  return {
      {Method::post,
       "/db/{db}/sync",
       Role::sync,
       syncs,
       {"Take and answer one message of a sync; with peer=, sync with a peer now",
        {{"peer", "A peer's name, or http://HOST:PORT (role admin): exchanges until both sides are equal"}},
        {json_type, sync::binary_type},
        {json_type, sync::binary_type, ndjson_type},
        {200, 400, 404, 406, 413, 415, 502, 503, 507}},
       true},
  };
}

}  // namespace laterbase::api
