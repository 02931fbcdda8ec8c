#include <fmt/format.h>

#include "server/api/answers.h"
#include "server/api/backup_source.h"
#include "server/api/event_text.h"
#include "server/api/routes.h"

// Databases: make, list, describe, drop, back up.
namespace laterbase::api {
namespace {

using http::Awaitable;
using http::Method;
using http::Role;

void append_key(std::string& out, std::string_view name, const std::optional<Ulid>& key) {
  out.append(",\"").append(name).append("\":");
  if (!key) {
    out += "null";
    return;
  }
  out += '"';
  append_ulid(out, *key);
  out += '"';
}

void append_names(std::string& out, std::string_view member, const std::vector<std::string>& names) {
  out.append(",\"").append(member).append("\":[");
  for (const std::string& name : names) {
    if (&name != names.data()) out += ',';
    http::append_json_string(out, name);
  }
  out += ']';
}

void answer_info(Exchange& exchange, Root& root, const views::Database::Names& names) {
  const RootInfo info = root.info();
  std::string& out = exchange.reply.body;
  out += "{\"name\":";
  http::append_json_string(out, info.name);
  out.append(",\"node\":\"").append(info.node.text());
  out.append("\",\"epoch\":\"").append(info.epoch.text());
  out += fmt::format("\",\"lc\":{},\"events\":{}", info.lc, info.events);
  append_key(out, "first", info.first);
  append_key(out, "last", info.last);
  out += fmt::format(",\"bytes\":{}", info.bytes);
  append_names(out, "tables", names.tables);
  append_names(out, "views", names.views);
  if (const std::string trouble = root.health(); !trouble.empty()) {
    out += ",\"trouble\":";
    http::append_json_string(out, trouble);
  }
  out += "}\n";
  exchange.reply.content_type = json_type;
  exchange.reply.header("Cache-Control", "no-store");
  set_clock(exchange.reply, info.epoch, info.lc);
}

const Token* shown_token(Services& services, Exchange& exchange) {
  return find_token(services.live().tokens, exchange.head.authorization);
}

void list(Services& services, Exchange& exchange) {
  const Token* token = shown_token(services, exchange);
  std::string& out = exchange.reply.body;
  out += "{\"node\":\"" + services.roots.node().text() + "\",\"databases\":[";
  bool first = true;
  for (const std::string& name : services.roots.names()) {
    if (token != nullptr && !token->allows(Role::none, name)) continue;
    if (!first) out += ',';
    first = false;
    http::append_json_string(out, name);
  }
  out += "]}\n";
  exchange.reply.content_type = json_type;
  exchange.reply.header("Cache-Control", "no-store");
}

bool may_create(Services& services, Exchange& exchange) {
  const std::string_view name = exchange.path_param(0);
  if (!valid_root_name(name)) {
    http::set_problem(exchange.reply, problems::bad_name,
                      "A database's name is a letter a to z, then up to 62 of a to z, 0 to 9, _ and -; and not one of "
                      "db, health, metrics, openapi.json, peers, ui.",
                      {{"database", name}});
    return false;
  }
  const std::uint64_t most = services.live().settings.limits.max_databases;
  const auto names = services.roots.names();
  if (names.size() < most || std::binary_search(names.begin(), names.end(), name)) return true;
  http::set_problem(exchange.reply, problems::storage_full,
                    fmt::format("This node has {} databases, as many as limits.max_databases allows.", names.size()));
  return false;
}

// An empty log needs no opening.
views::Database::Names names_in(Services& services, const std::shared_ptr<Root>& root) {
  return root->head() == 0 ? views::Database::Names{} : services.views.of(root)->names();
}

Awaitable<void> create(Services& services, Exchange& exchange) {
  if (!may_create(services, exchange)) co_return;
  std::optional<Result<Roots::Created>> created;
  views::Database::Names names;
  const std::function<void()> work = [&] {
    created.emplace(services.roots.create(exchange.path_param(0)));
    if (*created) names = names_in(services, (*created)->root);
  };
  co_await services.aside(exchange, work);
  if (!*created) {
    set_error(exchange.reply, created->error());
    co_return;
  }
  exchange.reply.status = (*created)->is_new ? 201 : 200;
  exchange.reply.header("Location", fmt::format("/db/{}", exchange.path_param(0)));
  answer_info(exchange, *(*created)->root, names);
}

Awaitable<void> describe(Services& services, Exchange& exchange) {
  const auto root = find_root(services, exchange);
  if (!root) co_return;
  views::Database::Names names;
  const std::function<void()> work = [&] { names = names_in(services, root); };
  co_await services.aside(exchange, work);
  answer_info(exchange, *root, names);
}

// A damaged database can be dropped as well; it just has nobody who follows it.
std::shared_ptr<Root> find_if_sound(Services& services, std::string_view name) {
  try {
    auto root = services.roots.find(name);
    return root ? std::move(*root) : nullptr;
  } catch (const Failure&) {
    return nullptr;
  }
}

Awaitable<void> drop(Services& services, Exchange& exchange) {
  std::optional<Result<void>> dropped;
  const std::function<void()> work = [&] {
    const auto root = find_if_sound(services, exchange.path_param(0));
    dropped.emplace(services.roots.drop(exchange.path_param(0)));
    if (root && *dropped) {
      services.feeds.dropped(*root);
      services.views.dropped(*root);
    }
  };
  co_await services.aside(exchange, work);
  if (*dropped)
    exchange.reply.status = 204;
  else if (dropped->error().code == ErrorCode::not_found)
    http::set_problem(exchange.reply, problems::not_found,
                      fmt::format("There is no database {:?}.", exchange.path_param(0)),
                      {{"database", exchange.path_param(0)}});
  else
    set_error(exchange.reply, dropped->error());
}

void back_up(Services& services, Exchange& exchange) {
  auto root = find_root(services, exchange);
  if (!root) return;
  set_clock(exchange.reply, root->epoch(), root->head());
  auto source = make_backup_source(services, std::move(root));
  if (!source) {
    http::set_problem(exchange.reply, problems::unavailable, "Two backups are under way; this node makes no more.");
    return;
  }
  exchange.reply.content_type = "application/vnd.laterbase.backup";
  exchange.reply.header("Content-Disposition",
                        fmt::format("attachment; filename=\"{}.backup\"", exchange.path_param(0)));
  exchange.reply.header("Cache-Control", "no-store");
  exchange.reply.waiting = source.get();
  exchange.reply.source = std::move(source);
}

}  // namespace

std::vector<http::Route> database_routes(Services& s) {
  const http::SuspendingHandler creates = [&s](Exchange& x) { return create(s, x); };
  const http::SuspendingHandler drops = [&s](Exchange& x) { return drop(s, x); };
  const http::PlainHandler lists = [&s](Exchange& x) { list(s, x); };
  const http::SuspendingHandler describes = [&s](Exchange& x) { return describe(s, x); };
  const http::PlainHandler backs_up = [&s](Exchange& x) { back_up(s, x); };
  const http::RouteDoc create_doc{
      "Create a database; one that exists is left as it is", {}, {}, {json_type}, {201, 200, 400, 507}};
  return {
      {Method::get, "/db", Role::read, lists, {"List the databases", {}, {}, {json_type}, {200}}},
      {Method::put, "/db/{db}", Role::admin, creates, create_doc},
      {Method::post, "/db/{db}", Role::admin, creates, create_doc},
      {Method::get, "/db/{db}", Role::read, describes, {"Describe a database", {}, {}, {json_type}, {200, 404}}},
      {Method::del,
       "/db/{db}",
       Role::admin,
       drops,
       {"Drop this node's replica; no peer brings it back before somebody creates it again", {}, {}, {}, {204, 404}}},
      {Method::post,
       "/db/{db}/backup",
       Role::admin,
       backs_up,
       {"Stream a consistent copy while writes go on", {}, {}, {"application/vnd.laterbase.backup"}, {200, 404, 503}}},
  };
}

}  // namespace laterbase::api
