#pragma once

#include "engine/triples/shape.h"
#include "engine/triples/table.h"
#include "views/sql/catalog.h"
#include "views/sql/statement.h"

// Tables between what SQL says of them and what is declared in facts.
namespace laterbase::views {

sql::Relation relation_of(const std::string& name, const triples::Shape& shape);
sql::Relation relation_of_view(const std::string& name, const std::vector<sql::PlanColumn>& columns);

triples::Shape shape_of(const sql::DeclareTable& statement);
triples::Column column_of(const sql::Column& column);
// The shape after ALTER TABLE. Errors: SqlError as PostgreSQL has them.
sql::SqlResult<triples::Shape> altered(const triples::Table& table, const sql::AlterTable& statement);

}  // namespace laterbase::views
