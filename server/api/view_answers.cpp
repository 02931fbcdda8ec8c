#include "server/api/view_answers.h"

#include <fmt/format.h>

namespace laterbase::api {
namespace {

using views::Refusal;

const http::Problem& problem_of_append(const Refusal& refusal) {
  if (const auto* failure = std::get_if<FailureCode>(&refusal.code)) return problem_of(*failure);
  const ErrorCode error = std::get<ErrorCode>(refusal.code);
  return error == ErrorCode::invalid ? problems::bad_event : problem_of(error);
}

void refuse_statement(Exchange& exchange, const sql::SqlError& error) {
  const bool is_duplicate = error.sqlstate == "23505";
  http::set_problem(exchange.reply, is_duplicate ? problems::duplicate : problems::bad_sql, error.message,
                    {{"sqlstate", std::string_view(error.sqlstate)}});
  if (error.position > 0) http::add_member(exchange.reply, {"position", static_cast<std::uint64_t>(error.position)});
  if (!error.hint.empty()) http::add_member(exchange.reply, {"hint", std::string_view(error.hint)});
}

}  // namespace

const http::Problem& problem_of(const Refusal& refusal) {
  switch (refusal.kind) {
    case Refusal::Kind::statement:
      return refusal.sql.sqlstate == "23505" ? problems::duplicate : problems::bad_sql;
    case Refusal::Kind::parameter:
      return problems::bad_parameter;
    case Refusal::Kind::not_found:
      return problems::not_found;
    case Refusal::Kind::building:
      return problems::building;
    case Refusal::Kind::broken:
      return problems::broken_view;
    case Refusal::Kind::broken_fold:
      return problems::broken_fold;
    case Refusal::Kind::refused:
      return problems::bad_event;
    case Refusal::Kind::gone:
      return problems::gone;
    case Refusal::Kind::unsupported:
      return problems::not_implemented;
    case Refusal::Kind::append:
      return problem_of_append(refusal);
    case Refusal::Kind::forbidden:
      return problems::forbidden;
  }
  return problems::internal;
}

void set_refusal(Exchange& exchange, const Refusal& refusal) {
  const http::Problem& problem = problem_of(refusal);
  switch (refusal.kind) {
    case Refusal::Kind::statement:
      return refuse_statement(exchange, refusal.sql);
    case Refusal::Kind::building:
      exchange.reply.header("Retry-After", "1");
      return http::set_problem(exchange.reply, problem, refusal.message(),
                               {{"done", refusal.done}, {"total", refusal.total}});
    case Refusal::Kind::append:
      return http::set_problem(exchange.reply, problem, refusal.message(),
                               {{"request_id", std::string_view(exchange.request_id)}});
    default:
      return http::set_problem(exchange.reply, problem, refusal.message());
  }
}

void set_tree_refusal(Exchange& exchange, const Refusal& refusal, std::string_view text) {
  set_refusal(exchange, refusal);
  if (refusal.kind != Refusal::Kind::statement || refusal.sql.position <= 0) return;
  std::uint64_t line = 1, column = 1;
  int characters = refusal.sql.position - 1;
  for (const char c : text) {
    const bool continues = (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
    if (!continues && characters-- == 0) break;
    if (c == '\n')
      ++line, column = 1;
    else if (!continues)
      ++column;
  }
  http::add_member(exchange.reply, {"line", line});
  http::add_member(exchange.reply, {"column", column});
}

std::shared_ptr<views::Database> tables_of(Services& services, const std::shared_ptr<Root>& root) {
  return services.views.of(root);
}

void append_answer(std::string& out, const views::Answer& answer) {
  out += fmt::format("{{\"lc\":{},\"results\":[", answer.lc);
  bool first = true;
  for (const views::StatementResult& result : answer.results) {
    if (!std::exchange(first, false)) out += ',';
    out += "{\"command\":";
    http::append_json_string(out, result.command);
    if (result.count) out += fmt::format(",\"count\":{}", *result.count);
    if (!result.rows.empty()) {
      out += ",\"columns\":";
      append_columns(out, result.columns);
      out.append(",\"rows\":").append(result.rows);
    }
    out += '}';
  }
  out += "]}\n";
}

void append_columns(std::string& out, const std::vector<sql::PlanColumn>& columns) {
  char before = '[';
  for (const sql::PlanColumn& column : columns) {
    out += std::exchange(before, ',');
    out += "{\"name\":";
    http::append_json_string(out, column.name);
    out += ",\"type\":";
    http::append_json_string(out, ivm::name_of(column.type));
    out += '}';
  }
  out += columns.empty() ? "[]" : "]";
}

}  // namespace laterbase::api
