#include "views/trees.h"

#include <nlohmann/json.hpp>

#include "views/tree/answer.h"
#include "views/tree/patch.h"
#include "views/values.h"

namespace laterbase::views {
namespace {

using Json = nlohmann::json;

sql::Parameter parameter_of(const Json& json) {
  if (json.is_null()) return {};
  if (json.is_string()) return {json.get<std::string>(), std::nullopt};
  return {json.dump(), std::nullopt};
}

tree::Answer answer_of(const Running& running) {
  tree::LevelRows rows;
  for (std::size_t i = 0; i < running.outputs(); ++i) rows.push_back(&running.rows(i));
  return {*running.tree(), std::move(rows), append_json};
}

}  // namespace

sql::SqlResult<tree::Parameters> parse_parameters(std::string_view text) {
  tree::Parameters parameters;
  if (text.empty()) return parameters;
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_array() && !json.is_object())
    return sql::SqlError{"22023", "parameters are an array of $1, $2, … or an object of $name", "", 0};
  for (const auto& [name, value] : json.items()) {
    if (json.is_array())
      parameters.numbered.push_back(parameter_of(value));
    else
      parameters.named[name] = parameter_of(value);
  }
  return parameters;
}

sql::SqlResult<std::unique_ptr<Running>> make_tree(const ViewDefinition& definition, const sql::Catalog& catalog,
                                                   TreeUse use, const std::string& scratch) {
  const auto parameters = parse_parameters(definition.parameters);
  if (!parameters) return parameters.error();
  tree::Asked asked;
  if (use != TreeUse::replicated) asked.parameters = &*parameters;
  asked.definition = use != TreeUse::once;
  asked.replicated = use == TreeUse::replicated;
  auto query = tree::read(definition.sql, catalog, asked);
  if (!query) return query.error();
  return Running::make(std::move(*query), scratch);
}

sql::SqlResult<std::string> tree_json(const Running& running) {
  try {
    std::string json;
    answer_of(running).append(json);
    return {boost::system::in_place_value, std::move(json)};
  } catch (const sql::SqlException& error) {
    return error.in("");
  }
}

std::optional<std::string> tree_patch(Running& running) {
  std::vector<const ivm::Batch*> changes;
  for (std::size_t i = 0; i < running.outputs(); ++i) changes.push_back(&running.changes(i));
  const tree::Answer answer = answer_of(running);
  if (auto& places = running.places(); places == nullptr)
    places = std::make_unique<tree::Places>(answer);
  else
    places->take(changes);
  return tree::Patch(answer, *running.places(), std::move(changes)).text();
}

}  // namespace laterbase::views
