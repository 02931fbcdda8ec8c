#include <nlohmann/json.hpp>

#include "engine/base/json_text.h"
#include "server/api/event_text.h"
#include "server/api/routes.h"
#include "server/api/view_answers.h"
#include "server/api/view_reads.h"

// Tree queries: answered once, or kept live.
namespace laterbase::api {
namespace {

using http::Awaitable;
using http::Method;
using http::Role;
using Json = nlohmann::json;

constexpr std::array<std::string_view, 2> offers{json_type, event_stream_type};

struct Asked {
  std::string text;
  std::string parameters;  // JSON
};

// {"tree":…,"params":[…] or {…}}
std::optional<Asked> asked_in_json(std::string_view body) {
  const Json json = Json::parse(body, nullptr, false);
  if (!json.is_object() || !json.contains("tree") || !json["tree"].is_string()) return std::nullopt;
  Asked asked{json["tree"].get<std::string>(), {}};
  for (const auto& [name, value] : json.items()) {
    if (name == "tree") continue;
    if (name != "params" || !value.is_structured()) return std::nullopt;
    asked.parameters = value.dump();
  }
  return asked;
}

std::optional<Asked> asked_in(Exchange& exchange) {
  if (find_bad_utf8(exchange.body)) {
    http::set_problem(exchange.reply, problems::bad_body, "A tree query is text in UTF-8.");
    return std::nullopt;
  }
  if (!http::equal_ignoring_case(http::media_type(exchange.head.content_type), json_type))
    return Asked{std::string(exchange.body), {}};
  auto asked = is_json(exchange.body) ? asked_in_json(exchange.body) : std::nullopt;
  if (!asked)
    http::set_problem(exchange.reply, problems::bad_body,
                      "As JSON, a tree query comes as {\"tree\":\"…\",\"params\":[…]}, params an array of $1, $2, … or "
                      "an object of $name; as any other type, as its text.");
  return asked;
}

Awaitable<void> post_tree(Services& services, Exchange& exchange) {
  const auto root = find_root(services, exchange);
  if (!root) co_return;
  auto asked = asked_in(exchange);
  if (!asked) co_return;
  const auto type = negotiate(exchange, offers);
  if (!type) co_return;
  if (offers[*type] == event_stream_type) {
    Followed followed;
    followed.tree = [&](views::Database& database) { return database.open_tree(asked->text, asked->parameters); };
    followed.refuse = [&](const views::Refusal& why) { set_tree_refusal(exchange, why, asked->text); };
    co_await follow(services, exchange, root, followed);
    co_return;
  }
  std::optional<views::Outcome<views::Page>> page;
  const std::function<void()> work = [&] {
    page.emplace(tables_of(services, root)->tree(asked->text, asked->parameters));
  };
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
