#include "server/api/query_body.h"

#include <fmt/format.h>

#include "engine/base/json_text.h"
#include "server/api/event_text.h"

namespace laterbase::api {
namespace {

using Json = nlohmann::json;

std::optional<QueryBody> read_json(std::string_view text, const QueryForm& form) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains(form.member) || !json[form.member].is_string()) return std::nullopt;
  QueryBody body{json[form.member].get<std::string>(), {}};
  for (const auto& [name, value] : json.items()) {
    if (name == form.member) continue;
    if (name != "params" || !(form.named ? value.is_structured() : value.is_array())) return std::nullopt;
    body.parameters = value;
  }
  return body;
}

}  // namespace

std::optional<QueryBody> query_body(Exchange& exchange, const QueryForm& form) {
  if (find_bad_utf8(exchange.body)) {
    http::set_problem(exchange.reply, problems::bad_body, fmt::format("{} is text in UTF-8.", form.language));
    return std::nullopt;
  }
  if (!http::equal_ignoring_case(http::media_type(exchange.head.content_type), json_type))
    return QueryBody{std::string(exchange.body), {}};
  auto body = is_json(exchange.body) ? read_json(exchange.body, form) : std::nullopt;
  if (!body) http::set_problem(exchange.reply, problems::bad_body, std::string(form.advice));
  return body;
}

}  // namespace laterbase::api
