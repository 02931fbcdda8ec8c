#include "server/api/event_text.h"
#include "server/api/query_body.h"
#include "server/api/routes.h"
#include "server/api/view_answers.h"
#include "server/api/view_reads.h"

// Tree queries: answered once, or kept live.
namespace laterbase::api {
namespace {

using http::Awaitable;
using http::Method;
using http::Role;

constexpr std::array<std::string_view, 2> offers{json_type, event_stream_type};

constexpr QueryForm form{"tree", "A tree query", true,
                         "As JSON, a tree query comes as {\"tree\":\"…\",\"params\":[…]}, params an array of $1, $2, "
                         "… or an object of $name; as any other type, as its text."};

Awaitable<void> post_tree(Services& services, Exchange& exchange) {
  const auto root = find_root(services, exchange);
  if (!root) co_return;
  const auto asked = query_body(exchange, form);
  if (!asked) co_return;
  const std::string parameters = asked->parameters.is_null() ? "" : asked->parameters.dump();
  const auto type = negotiate(exchange, offers);
  if (!type) co_return;
  if (offers[*type] == event_stream_type) {
    Followed followed;
    followed.tree = [&](views::Database& database) { return database.open_tree(asked->text, parameters); };
    followed.refuse = [&](const views::Refusal& why) { set_tree_refusal(exchange, why, asked->text); };
    co_await follow(services, exchange, root, followed);
    co_return;
  }
  std::optional<views::Outcome<views::Page>> page;
  const std::function<void()> work = [&] { page.emplace(tables_of(services, root)->tree(asked->text, parameters)); };
  co_await services.aside(exchange, work);
  if (!*page) {
    set_tree_refusal(exchange, page->error(), asked->text);
    co_return;
  }
  exchange.reply.body = (*page)->tree + '\n';
  exchange.reply.content_type = json_type;
  exchange.reply.header("Cache-Control", "no-store");
  set_clock(exchange.reply, (*page)->epoch, (*page)->lc);
}

}  // namespace

std::vector<http::Route> tree_routes(Services& s) {
  const http::SuspendingHandler posts = [&s](Exchange& x) { return post_tree(s, x); };
  return {
      {Method::post,
       "/db/{db}/tree",
       Role::read,
       posts,
       {"Run a tree query once; as an event stream, keep it live: snapshot, then one JSON Patch for each commit that "
        "changes it",
        {},
        {treeql_type, json_type},
        {json_type, event_stream_type},
        {200, 404, 406, 413, 422, 503}},
       true},
  };
}

}  // namespace laterbase::api
