#pragma once

#include "views/session.h"

// Statements that say what there is: tables, views, indexes.
namespace laterbase::views {

class DefinitionStatements {
 public:
  explicit DefinitionStatements(Session& session) : session_(session), engine_(session.engine_) {}

  Outcome<StatementResult> run(const sql::Statement& statement);
  Outcome<void> define_view(const std::string& name, const ViewDefinition& definition, bool may_replace);
  Outcome<void> drop_view(const std::string& name);

 private:
  Outcome<StatementResult> declare(const sql::DeclareTable& statement);
  Outcome<StatementResult> alter(const sql::AlterTable& statement);
  Outcome<StatementResult> create_view(const sql::CreateView& statement);
  Outcome<StatementResult> create_index(const sql::CreateIndex& statement);
  Outcome<StatementResult> drop(const sql::Drop& statement);

  Outcome<void> redeclare(const std::string& name, const triples::Shape& shape, std::string_view command);
  Outcome<void> check_redeclared(const std::string& name, std::size_t rows_before) const;
  Outcome<void> drop_relation(const std::string& name, sql::RelationKind kind, bool if_exists);
  Outcome<void> drop_index(const std::string& name, bool if_exists);
  std::string reader_of(const std::string& relation) const;
  void define(std::string_view type, const std::string& name, std::string_view json);

  Session& session_;
  Engine& engine_;
};

}  // namespace laterbase::views
