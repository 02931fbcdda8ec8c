#include "views/definition.h"

#include <nlohmann/json.hpp>

namespace laterbase::views {
namespace {

using Json = nlohmann::ordered_json;

constexpr int deepest = 8;

struct TooDeep {};
struct UnknownLanguage {
  std::string name;
};

// From outside: depth is bounded before a tree is made.
template <typename T, typename Make>
Result<T> parsed(std::string_view text, const char* what, Make make) {
  const auto guard = [](int depth, Json::parse_event_t, Json&) {
    if (depth > deepest) throw TooDeep{};
    return true;
  };
  try {
    return make(Json::parse(text, guard));
  } catch (const nlohmann::json::exception& trouble) {
    return Error{ErrorCode::invalid, std::string("The definition of ") + what + " is not one: " + trouble.what() + "."};
  } catch (const UnknownLanguage& language) {
    return Error{ErrorCode::invalid, "This version knows no definitions in \"" + language.name + "\"."};
  } catch (const TooDeep&) {
    return Error{ErrorCode::invalid, std::string("The definition of ") + what + " is nested too deep."};
  }
}

std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

std::string to_json(const ViewDefinition& definition) {
  Json json{{"sql", definition.sql}};
  if (!definition.columns.empty()) json["columns"] = definition.columns;
  if (definition.language == Language::treeql) json["language"] = "treeql";
  return text_of(json);
}

std::string to_json(const IndexDefinition& definition) {
  Json json{{"on", definition.relation}, {"keys", Json::array()}};
  for (const auto& key : definition.keys)
    json["keys"].push_back({{"column", key.column}, {"descending", key.descending}, {"nulls_first", key.nulls_first}});
  if (definition.unique) json["unique"] = true;
  return text_of(json);
}

Result<ViewDefinition> parse_view(std::string_view text) {
  return parsed<ViewDefinition>(text, "a view", [](const Json& json) {
    ViewDefinition view;
    view.sql = json.at("sql").get<std::string>();
    if (json.contains("columns")) view.columns = json.at("columns").get<std::vector<std::string>>();
    const std::string language = json.value("language", "sql");
    if (language != "sql" && language != "treeql") throw UnknownLanguage{language};
    if (language == "treeql") view.language = Language::treeql;
    return view;
  });
}

Result<IndexDefinition> parse_index(std::string_view text) {
  return parsed<IndexDefinition>(text, "an index", [](const Json& json) {
    IndexDefinition index;
    index.relation = json.at("on").get<std::string>();
    for (const Json& key : json.at("keys"))
      index.keys.push_back(
          {key.at("column").get<std::string>(), key.value("descending", false), key.value("nulls_first", false)});
    index.unique = json.value("unique", false);
    return index;
  });
}

}  // namespace laterbase::views
