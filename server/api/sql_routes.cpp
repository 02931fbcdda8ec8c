#include <fmt/format.h>

#include "engine/base/rfc3339.h"
#include "engine/triples/fact.h"
#include "server/api/event_text.h"
#include "server/api/query_body.h"
#include "server/api/routes.h"
#include "server/api/view_answers.h"

// Statements; and what they and others wrote, cell by cell.
namespace laterbase::api {
namespace {

using http::Awaitable;
using http::Method;
using http::Role;
using Json = nlohmann::json;

constexpr QueryForm form{"sql", "SQL", false,
                         "As JSON, statements come as {\"sql\":\"…\",\"params\":[…]}; as any other type, as their "
                         "text."};

sql::Parameter parameter_of(const Json& json) {
  if (json.is_null()) return {};
  if (json.is_string()) return {json.get<std::string>(), std::nullopt};
  return {json.dump(), std::nullopt};
}

std::vector<sql::Parameter> parameters_of(const Json& array) {
  std::vector<sql::Parameter> parameters;
  for (const Json& one : array) parameters.push_back(parameter_of(one));
  return parameters;
}

void answer(Exchange& exchange, const views::Answer& done) {
  append_answer(exchange.reply.body, done);
  exchange.reply.content_type = json_type;
  exchange.reply.header("Cache-Control", "no-store");
  set_clock(exchange.reply, done.epoch, done.lc);
}

Awaitable<void> post_sql(Services& services, Exchange& exchange) {
  const auto root = find_root(services, exchange);
  if (!root) co_return;
  const auto script = query_body(exchange, form);
  if (!script) co_return;
  const std::vector<sql::Parameter> parameters = parameters_of(script->parameters);
  const bool may_write = has_role(services, exchange, Role::write);
  std::optional<views::Outcome<views::Answer>> done;
  const std::function<void()> work = [&] {
    done.emplace(tables_of(services, root)->execute(script->text, parameters, may_write));
  };
  co_await services.aside(exchange, work);
  if (*done)
    answer(exchange, **done);
  else
    set_refusal(exchange, done->error());
}

void append_change(std::string& out, const views::CellChange& change, bool all) {
  out += fmt::format("{{\"lc\":{},\"key\":\"{}\",\"at\":\"{}\",\"type\":", change.lc, change.key.text(),
                     print_rfc3339(change.key.time_ms()));
  http::append_json_string(out, change.fact.type);
  out += ",\"subject\":";
  http::append_json_string(out, change.fact.subject);
  out += ",\"attribute\":";
  http::append_json_string(out, change.column);
  out.append(",\"value\":").append(change.fact.value).append(",\"now\":").append(change.now);
  if (all) out.append(",\"stands\":").append(!change.stands ? "null" : *change.stands ? "true" : "false");
  out += '}';
}

// Whole events: the facts of one are never on two pages.
Awaitable<void> get_changes(Services& services, Exchange& exchange) {
  const auto root = find_root(services, exchange);
  if (!root) co_return;
  const auto& limits = services.live().settings.limits;
  Parameters parameters(exchange);
  const Lc after = parameters.number("lc", 0, 0, UINT64_MAX);
  views::ChangesWanted wanted;
  wanted.most = std::min(parameters.number("limit", limits.default_page, 1, UINT64_MAX), limits.max_page);
  wanted.most_entries = limits.max_batch_events;
  const std::string all = parameters.has("all") ? std::string(parameters.text("all")) : "false";
  if (all != "true" && all != "false") parameters.wrong("all", "all= is true or false.");
  wanted.all = all == "true";
  if (parameters.failed()) co_return;
  const Lc head = root->head();
  if (after > head) {
    http::set_problem(exchange.reply, problems::gone,
                      fmt::format("This log ends at {}; position {} is beyond it.", head, after));
    co_return;
  }
  const Ulid epoch = root->epoch();
  std::string changes;
  Lc reached = after;
  const std::function<void()> work = [&] {
    reached = tables_of(services, root)->changes(after, wanted, [&](const views::CellChange& change) {
      changes += changes.empty() ? "\n" : ",\n";
      append_change(changes, change, wanted.all);
    });
  };
  co_await services.aside(exchange, work);
  exchange.reply.body =
      fmt::format("{{\"lc\":{},\"more\":{},\"epoch\":\"{}\",\"changes\":[", reached, reached < head, epoch.text()) +
      changes + "]}\n";
  exchange.reply.content_type = json_type;
  exchange.reply.header("Cache-Control", "no-store");
  set_clock(exchange.reply, epoch, std::max(head, reached));
}

Awaitable<void> get_rejects(Services& services, Exchange& exchange) {
  const auto root = find_root(services, exchange);
  if (!root) co_return;
  std::vector<triples::Reject> rejects;
  const std::function<void()> work = [&] { rejects = tables_of(services, root)->rejects(); };
  co_await services.aside(exchange, work);
  std::string& out = exchange.reply.body;
  out += "{\"rejects\":[";
  for (const triples::Reject& reject : rejects) {
    if (&reject != rejects.data()) out += ',';
    out += fmt::format("\n{{\"lc\":{},\"key\":\"{}\",\"fact\":{},\"reason\":",
                       reject.lc == 0 ? "null" : std::to_string(reject.lc), reject.key.text(), reject.index);
    http::append_json_string(out, reject.reason);
    out += '}';
  }
  out += "]}\n";
  exchange.reply.content_type = json_type;
  exchange.reply.header("Cache-Control", "no-store");
  set_clock(exchange.reply, root->epoch(), root->head());
}

}  // namespace

std::vector<http::Route> sql_routes(Services& s) {
  const http::SuspendingHandler posts = [&s](Exchange& x) { return post_sql(s, x); };
  const http::SuspendingHandler rejects = [&s](Exchange& x) { return get_rejects(s, x); };
  const http::SuspendingHandler changes = [&s](Exchange& x) { return get_changes(s, x); };
  return {
      {Method::post,
       "/db/{db}/sql",
       Role::read_or_write,
       posts,
       {"Run statements of PostgreSQL's dialect, all or nothing; who may only read may send those that only read",
        {},
        {"application/sql", json_type},
        {json_type},
        {200, 403, 404, 409, 413, 422, 503, 507}},
       true},
      {Method::get,
       "/db/{db}/changes",
       Role::read,
       changes,
       {"The cells of tables that have changed after lc=: the fact that each has its value from, and the value now",
        {{"lc", "The position to go on from; 0 is the beginning"},
         {"limit", "Facts in a page, to the end of an event"},
         {"all", "true: also facts that have lost (\"stands\": false) and those in no table (null)"}},
        {},
        {json_type},
        {200, 404, 410}}},
      {Method::get,
       "/db/{db}/rejects",
       Role::read,
       rejects,
       {"Facts and rows that tables keep out, and why", {}, {}, {json_type}, {200, 404}}},
  };
}

}  // namespace laterbase::api
