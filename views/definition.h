#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/error.h"
#include "engine/ivm/plan.h"

// What "@view" and "@index" facts say.
namespace laterbase::views {

enum class Language { sql, treeql };

struct ViewDefinition {
  std::string sql;                   // the SELECT, or the tree query
  std::vector<std::string> columns;  // names for the first of its columns
  Language language = Language::sql;
  std::string parameters = {};  // of a tree that is followed live, as JSON; no event has them
  bool operator==(const ViewDefinition&) const = default;
};

// What begins the name of a tree that is only followed live: no view can be called so, no list shows it, and no
// checkpoint keeps it.
inline constexpr std::string_view live_tree_prefix = "~";

struct IndexDefinition {
  struct Key {
    std::string column;
    bool descending = false;
    bool nulls_first = false;
  };
  std::string relation;
  std::vector<Key> keys;  // of columns; an index of expressions has none
  bool unique = false;
};

std::string to_json(const ViewDefinition& definition);
std::string to_json(const IndexDefinition& definition);
// Errors: ErrorCode::invalid. They may have come from anywhere.
Result<ViewDefinition> parse_view(std::string_view json);
Result<IndexDefinition> parse_index(std::string_view json);

}  // namespace laterbase::views
