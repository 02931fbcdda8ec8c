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

void set_refusal(Exchange& exchange, const Refusal& refusal) {
  switch (refusal.kind) {
    case Refusal::Kind::statement:
      return refuse_statement(exchange, refusal.sql);
    case Refusal::Kind::parameter:
      return http::set_problem(exchange.reply, problems::bad_parameter, refusal.message());
    case Refusal::Kind::not_found:
      return http::set_problem(exchange.reply, problems::not_found, refusal.message());
    case Refusal::Kind::building:
      exchange.reply.header("Retry-After", "1");
      return http::set_problem(exchange.reply, problems::building, refusal.message(),
                               {{"done", refusal.done}, {"total", refusal.total}});
    case Refusal::Kind::broken:
      return http::set_problem(exchange.reply, problems::broken_view, refusal.message());
    case Refusal::Kind::gone:
      return http::set_problem(exchange.reply, problems::gone, refusal.message());
    case Refusal::Kind::unsupported:
      return http::set_problem(exchange.reply, problems::not_implemented, refusal.message());
    case Refusal::Kind::append:
      return http::set_problem(exchange.reply, problem_of_append(refusal), refusal.message(),
                               {{"request_id", std::string_view(exchange.request_id)}});
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
