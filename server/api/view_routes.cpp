#include <fmt/format.h>

#include "engine/base/json_text.h"
#include "server/api/event_text.h"
#include "server/api/routes.h"
#include "server/api/view_answers.h"
#include "server/api/view_reads.h"

// Views: define, describe, drop.
namespace laterbase::api {
namespace {

using http::Awaitable;
using http::Method;
using http::Role;

void append_info(std::string& out, const views::ViewInfo& info, bool whole) {
  out += "{\"name\":";
  http::append_json_string(out, info.name);
  out += ",\"state\":";
  http::append_json_string(out, info.state);
  out += fmt::format(",\"scope\":\"{}\"", info.local ? "node" : "database");
  if (info.total > 0) out += fmt::format(",\"progress\":{{\"done\":{},\"total\":{}}}", info.done, info.total);
  if (!info.trouble.empty()) {
    out += ",\"trouble\":";
    http::append_json_string(out, info.trouble);
  }
  out += info.language == views::Language::treeql ? ",\"language\":\"treeql\"" : ",\"language\":\"sql\"";
  out += ",\"definition\":";
  http::append_json_string(out, info.definition);
  out += ",\"columns\":";
  append_columns(out, info.columns);
  out += fmt::format(",\"lc\":{},\"rows\":{},\"bytes\":{}", info.changed, info.rows, info.bytes);
  if (whole) {
    out += ",\"plan\":";
    http::append_json_string(out, info.plan);
  }
  out += '}';
}

void append_fold(std::string& out, const views::FoldInfo& info) {
  out += "{\"name\":";
  http::append_json_string(out, info.name);
  out += fmt::format(",\"state\":\"{}\"", info.trouble.empty() ? "ready" : "broken");
  if (!info.trouble.empty()) {
    out += ",\"trouble\":";
    http::append_json_string(out, info.trouble);
  }
  out += fmt::format(",\"rows\":{},\"bytes\":{},\"undecodable\":{},\"passed_over\":[", info.rows, info.bytes,
                     info.undecodable);
  constexpr std::size_t most = 100;
  for (std::size_t i = 0; i < std::min(most, info.passed_over.size()); ++i) {
    const auto& one = info.passed_over[i];
    out += fmt::format("{}{{\"lc\":{},\"key\":\"{}\",\"reason\":", i == 0 ? "" : ",", one.lc, one.key.text());
    http::append_json_string(out, one.reason);
    out += '}';
  }
  out += "]}";
}

void finish(Exchange& exchange, Root& root) {
  exchange.reply.body += '\n';
  exchange.reply.content_type = json_type;
  exchange.reply.header("Cache-Control", "no-store");
  set_clock(exchange.reply, root.epoch(), root.head());
}

Awaitable<void> list(Services& services, Exchange& exchange) {
  const auto root = find_root(services, exchange);
  if (!root) co_return;
  std::vector<views::ViewInfo> all;
  std::vector<views::FoldInfo> folds;
  const std::function<void()> work = [&] {
    const auto database = tables_of(services, root);
    all = database->views();
    folds = database->folds();
  };
  co_await services.aside(exchange, work);
  std::string& out = exchange.reply.body;
  out += "{\"views\":[";
  for (const views::ViewInfo& info : all) {
    if (&info != all.data()) out += ",\n";
    append_info(out, info, false);
  }
  out += "]";
  if (!folds.empty()) {
    out += ",\"folds\":[";
    for (const views::FoldInfo& info : folds) {
      if (&info != folds.data()) out += ",\n";
      append_fold(out, info);
    }
    out += ']';
  }
  out += '}';
  finish(exchange, *root);
}

Awaitable<void> describe(Services& services, Exchange& exchange) {
  const auto root = find_root(services, exchange);
  if (!root) co_return;
  std::optional<views::Outcome<views::ViewInfo>> info;
  const std::string name(exchange.path_param(1));
  const std::function<void()> work = [&] { info.emplace(tables_of(services, root)->view(name)); };
  co_await services.aside(exchange, work);
  if (!*info) {
    set_refusal(exchange, info->error());
    co_return;
  }
  append_info(exchange.reply.body, **info, true);
  finish(exchange, *root);
}

// Whether the body is a SELECT or a tree query.
std::optional<views::Language> language_of(Exchange& exchange) {
  const std::string_view type = http::media_type(exchange.head.content_type);
  if (http::equal_ignoring_case(type, json_type)) {
    http::set_problem(exchange.reply, problems::unsupported_type,
                      "A view comes as its SELECT, application/sql, or as a tree query, application/treeql.");
    return std::nullopt;
  }
  if (find_bad_utf8(exchange.body)) {
    http::set_problem(exchange.reply, problems::bad_body, "A definition is text in UTF-8.");
    return std::nullopt;
  }
  const bool is_tree = http::equal_ignoring_case(type, treeql_type);
  return is_tree ? views::Language::treeql : views::Language::sql;
}

Awaitable<void> define(Services& services, Exchange& exchange) {
  const auto root = find_root(services, exchange);
  const auto language = root ? language_of(exchange) : std::nullopt;
  if (!language) co_return;
  Parameters parameters(exchange);
  constexpr std::array<std::string_view, 2> scopes{"database", "node"};
  const bool local = parameters.word("scope", scopes) == 1;
  if (parameters.failed()) co_return;
  std::optional<views::Outcome<bool>> is_new;
  std::optional<views::Outcome<views::ViewInfo>> info;
  const std::string name(exchange.path_param(1));
  const views::ViewDefinition definition{std::string(exchange.body), {}, *language, {}};
  const std::function<void()> work = [&] {
    const auto database = tables_of(services, root);
    is_new.emplace(database->define_view(name, definition, local));
    if (*is_new) info.emplace(database->view(name));
  };
  co_await services.aside(exchange, work);
  if (!*is_new || !*info) {
    const views::Refusal& why = !*is_new ? is_new->error() : info->error();
    if (*language == views::Language::treeql)
      set_tree_refusal(exchange, why, definition.sql);
    else
      set_refusal(exchange, why);
    co_return;
  }
  exchange.reply.status = **is_new ? 201 : 200;
  exchange.reply.header("Location", fmt::format("/{}/{}", exchange.path_param(0), name));
  append_info(exchange.reply.body, **info, true);
  finish(exchange, *root);
}

Awaitable<void> drop(Services& services, Exchange& exchange) {
  const auto root = find_root(services, exchange);
  if (!root) co_return;
  std::optional<views::Outcome<void>> done;
  const std::string name(exchange.path_param(1));
  const std::function<void()> work = [&] { done.emplace(tables_of(services, root)->drop_view(name)); };
  co_await services.aside(exchange, work);
  set_clock(exchange.reply, root->epoch(), root->head());
  if (*done)
    exchange.reply.status = 204;
  else
    set_refusal(exchange, done->error());
}

const http::QueryParam as_of_doc{"as_of", "As if only events valid until then existed: a time (RFC 3339) or a key"};
const http::QueryParam known_at_doc{"known_at",
                                    "As this node knew it at that position: EPOCH:LC; 410 where its log has none such"};

http::RouteDoc read_doc() {
  return {
      "Read a table or view, or follow it live",
      {{"*", "A column: eq.x, neq, gt, gte, lt, lte, like, ilike, in.(a,b), is.null, each also with not. before it"},
       {"select", "Columns, with commas between; name:column renames"},
       {"order", "column.asc or column.desc, then .nullsfirst or .nullslast, with commas between"},
       {"limit", "Rows at most"},
       {"offset", "Rows to pass over"},
       as_of_doc,
       known_at_doc,
       {"min_lc", "Answer only once this node has taken in that position"},
       {"wait", "Seconds, to 60, to wait for min_lc or for a view that is being built"}},
      {},
      {json_type, ndjson_type, "text/csv", event_stream_type},
      {200, 304, 404, 406, 410, 422, 503}};
}

}  // namespace

std::vector<http::Route> view_routes(Services& s) {
  const http::SuspendingHandler lists = [&s](Exchange& x) { return list(s, x); };
  const http::SuspendingHandler describes = [&s](Exchange& x) { return describe(s, x); };
  const http::SuspendingHandler defines = [&s](Exchange& x) { return define(s, x); };
  const http::SuspendingHandler drops = [&s](Exchange& x) { return drop(s, x); };
  const http::SuspendingHandler reads_row = [&s](Exchange& x) { return read_row(s, x); };
  const http::SuspendingHandler reads = [&s](Exchange& x) { return read_relation(s, x); };
  return {
      {Method::get, "/db/{db}/v", Role::read, lists, {"List the views", {}, {}, {json_type}, {200, 404}}},
      {Method::get,
       "/db/{db}/v/{view}",
       Role::read,
       describes,
       {"Definition, columns, state, plan and sizes of a view", {}, {}, {json_type}, {200, 404}}},
      {Method::put,
       "/db/{db}/v/{view}",
       Role::admin,
       defines,
       {"Define or replace a view; the old one answers until the new one is ready",
        {{"scope", "database (default): on every node; node: only here"}},
        {"application/sql", treeql_type},
        {json_type},
        {201, 200, 404, 415, 422}},
       true},
      {Method::del, "/db/{db}/v/{view}", Role::admin, drops, {"Drop a view", {}, {}, {}, {204, 404, 422}}},
      {Method::get, "/{db}/{view}", Role::read, reads, read_doc()},
      {Method::get,
       "/{db}/{view}/{key}",
       Role::read,
       reads_row,
       {"One row by its key: of a table with a key of one column, of a view by its first column; of a fold, the state",
        {as_of_doc, known_at_doc},
        {},
        {json_type},
        {200, 400, 404, 410, 422, 503}}},
  };
}

}  // namespace laterbase::api
