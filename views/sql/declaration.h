#pragma once

#include <string_view>

#include "views/sql/parse_tree.h"
#include "views/sql/scope.h"
#include "views/sql/statement.h"

// TABLE name ( column TYPE = number KIND …, … ) STRICT: the one statement that is not PostgreSQL's. What it adds to
// CREATE TABLE is read and made blank, and PostgreSQL's parser reads the rest, at the same places.
namespace laterbase::sql {

bool is_declaration(std::string_view statement);
// {"create": {…CreateStmt}, "numbers": […], "merges": […], "strict": …}. Errors: SqlException 42601.
Json read_declaration(std::string_view statement);
DeclareTable bind_declaration(const Json& declaration, BindContext& context);

}  // namespace laterbase::sql
