#include "server/api/openapi.h"

#include <nlohmann/json.hpp>

#include "server/http/problem.h"

namespace laterbase::api {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view introduction = R"(A node that keeps events: append-only, offline-first.

An event is a ULID key and a value of arbitrary bytes. The key's time is valid time: when it happened. `lc` is a dense
position in this node's own log: when this node learned of it; it means nothing without the log's `epoch`. Every answer
about a database carries `Laterbase-Clock: EPOCH:LC`.

Where several readings were possible:
- A JSON value is stored without the blanks around it, and comes back byte for byte. In NDJSON and event streams, line
  breaks between its tokens become blanks; `GET /db/{db}/e/{key}` has the exact bytes.
- `from` and `to` of a range are both included; a time means all of its millisecond. `next` is the key to go on from.
- `limit` of a feed page in key order is cut to `limits.max_page`; in log order, and of ranges, it is as asked. A range
  page longer than `limits.max_page` has no `Link`, only `next` (JSON).
- `wait` beyond 60, unknown and repeated parameters are refused.
- Lines and elements in problem documents are counted from 1.
- HEAD goes wherever GET does. A slash at the end of a path makes no difference.
- Numbers in JSON values have no bounds here; nesting goes to 512 levels.
- Request bodies may come with Content-Encoding gzip or zstd; their limit holds for what they unpack to.)";

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return out;
}

Json path_parameters(std::string_view pattern) {
  Json parameters = Json::array();
  for (std::size_t open = pattern.find('{'); open != std::string_view::npos; open = pattern.find('{', open + 1)) {
    const std::string name(pattern.substr(open + 1, pattern.find('}', open) - open - 1));
    Json schema = {{"type", "string"}};
    if (name == "db") schema["pattern"] = "^[a-z][a-z0-9_-]{0,62}$";
    if (name == "key") schema["pattern"] = "^[0-9A-Za-z]{26}$";
    parameters.push_back({{"name", name}, {"in", "path"}, {"required", true}, {"schema", schema}});
  }
  return parameters;
}

Json content(const std::vector<std::string_view>& types) {
  Json content = Json::object();
  for (const std::string_view type : types) content[std::string(type)] = Json::object();
  return content;
}

Json response(const http::Route& route, int status) {
  Json response = {{"description", http::reason_phrase(status)}};
  if (status >= 400)
    response["content"]["application/problem+json"]["schema"]["$ref"] = "#/components/schemas/Problem";
  else if (status != 204 && status != 304 && status != 302)
    response["content"] = content(route.doc.answer_types);
  if (route.pattern.starts_with("/db/{db}") && status < 400)
    response["headers"]["Laterbase-Clock"] = {{"description", "EPOCH:LC"}, {"schema", {{"type", "string"}}}};
  return response;
}

Json operation(const http::Route& route) {
  Json operation = {{"summary", route.doc.summary}, {"parameters", path_parameters(route.pattern)}};
  for (const http::QueryParam& param : route.doc.query)
    operation["parameters"].push_back({{"name", param.name},
                                       {"in", "query"},
                                       {"required", false},
                                       {"description", param.meaning},
                                       {"schema", {{"type", "string"}}}});
  if (!route.doc.request_types.empty())
    operation["requestBody"] = {{"required", true}, {"content", content(route.doc.request_types)}};
  for (const int status : route.doc.statuses) operation["responses"][std::to_string(status)] = response(route, status);
  operation["responses"]["default"] = {
      {"description", "A problem (RFC 9457)"},
      {"content", {{"application/problem+json", {{"schema", {{"$ref", "#/components/schemas/Problem"}}}}}}}};
  if (route.role == http::Role::none) operation["security"] = Json::array();
  return operation;
}

Json problem_schema() {
  Json types = Json::array();
  for (const http::Problem& problem : http::problems::all)
    types.push_back("urn:laterbase:problem:" + std::string(problem.slug));
  return {{"type", "object"},
          {"required", {"type", "title", "status", "detail"}},
          {"properties",
           {{"type", {{"type", "string"}, {"enum", types}}},
            {"title", {{"type", "string"}}},
            {"status", {{"type", "integer"}}},
            {"detail", {{"type", "string"}, {"description", "One sentence for whoever has to act on it"}}}}}};
}

}  // namespace

std::string openapi_document(const http::Router& router) {
  Json document = {{"openapi", "3.1.0"},
                   {"info",
                    {{"title", "Laterbase"},
                     {"version", "0.1.0"},
                     {"description", introduction},
                     {"license", {{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}}}},
                   {"security", Json::array({Json::object(), {{"token", Json::array()}}})}};
  for (const http::Route& route : router.routes())
    document["paths"][std::string(route.pattern)][lower(http::method_name(route.method))] = operation(route);
  document["components"] = {{"schemas", {{"Problem", problem_schema()}}},
                            {"securitySchemes", {{"token", {{"type", "http"}, {"scheme", "bearer"}}}}}};
  return document.dump(1) + '\n';
}

}  // namespace laterbase::api
