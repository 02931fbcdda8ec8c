#pragma once

#include <string_view>

#include "views/sql/parse_tree.h"
#include "views/sql/scope.h"
#include "views/sql/statement.h"

// Statements of the parse tree, one file for each family.
namespace laterbase::sql {

Statement bind_statement(const Json& tree, std::string_view text, BindContext& context);
Query bind_whole_query(const Json& select, BindContext& context);

// bind_definition.cpp
DeclareTable bind_create_table(const Json& body, BindContext& context);
AlterTable bind_alter_table(const Json& body, BindContext& context);
AlterTable bind_rename(const Json& body);
CreateView bind_create_view(const Json& body, std::string_view text, BindContext& context);
Drop bind_drop(const Json& body);
CreateIndex bind_create_index(const Json& body, BindContext& context);

ExprPtr read_default(std::string_view sql, ivm::Type type);

// bind_change.cpp
Insert bind_insert(const Json& body, BindContext& context);
Update bind_update(const Json& body, BindContext& context);
Delete bind_delete(const Json& body, BindContext& context);

}  // namespace laterbase::sql
