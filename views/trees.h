#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "views/definition.h"
#include "views/running.h"
#include "views/sql/catalog.h"
#include "views/tree/query.h"

// Trees between what is defined and asked for and the circuits that hold their levels.
namespace laterbase::views {

// $1, $2, … as an array, or an object of $name: numbers, texts, booleans, null; anything else as JSON text.
// Errors: SqlError 22023.
sql::SqlResult<tree::Parameters> parse_parameters(std::string_view json);

// Who asks for a tree: a definition that every node has; one of this node, or a live stream; or somebody once.
enum class TreeUse { replicated, local, once };

// `scratch` as in Running::make().
sql::SqlResult<std::unique_ptr<Running>> make_tree(const ViewDefinition& definition, const sql::Catalog& catalog,
                                                   TreeUse use, const std::string& scratch = {});

// The nested JSON of a running tree. Errors: 54000, the answer is too long.
sql::SqlResult<std::string> tree_json(const Running& running);
// What its last step changed, as a JSON Patch: "" where nothing that is shown did; nothing where it would be too long.
// From the first call on it has to be called after every step that changed something.
std::optional<std::string> tree_patch(Running& running);

}  // namespace laterbase::views
