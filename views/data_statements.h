#pragma once

#include <functional>
#include <set>

#include "views/session.h"

// INSERT, UPDATE, DELETE: rows to facts.
namespace laterbase::views {

class DataStatements {
 public:
  explicit DataStatements(Session& session) : session_(session), engine_(session.engine_) {}

  Outcome<StatementResult> insert(const sql::Insert& statement);
  Outcome<StatementResult> update(const sql::Update& statement);
  Outcome<StatementResult> erase(const sql::Delete& statement);

 private:
  // A table's row as values of its columns.
  using Values = std::vector<ivm::Value>;

  Outcome<void> open(const std::string& table, std::string_view verb);
  Outcome<std::vector<Values>> rows_of(const sql::Query& query) const;
  // For each row that the query finds, once: its subject and the values after it.
  using Change = std::function<Outcome<void>(const std::string& subject, const Values& values)>;
  Outcome<void> change_each(const sql::Query& query, const Change& change);
  Outcome<void> check_not_null(const Values& row) const;
  Outcome<std::string> subject_for(const Values& row);
  // The shown row that stands in the way of this one, and by what; "" where none does.
  struct Clash {
    std::string subject, constraint;
    std::vector<std::size_t> columns;
  };
  Clash find_clash(const Values& row, const std::string& subject, const std::string& except,
                   const std::vector<std::size_t>* target) const;
  Refusal duplicate(const Clash& clash, const Values& row) const;
  Outcome<void> insert_row(const sql::Insert& statement, const Values& row);
  Outcome<void> resolve_clash(const sql::Insert& statement, const Values& row, const Clash& clash);
  Outcome<void> change_row(const std::string& subject, const std::vector<std::size_t>& columns, const Values& fresh);
  void write_row(const std::string& subject, const Values& row);
  void write_cell(const std::string& subject, std::size_t column, const ivm::Value& value, bool is_there);
  void write_set(const std::string& subject, std::size_t column, const ivm::Value& value, bool is_there);
  void write_death(const std::string& subject);
  Values values_of(ivm::RowView row) const;
  void give_back(const std::vector<sql::PlanColumn>& columns, const Values& values);
  Outcome<void> give_back_inserted(const sql::Returning& returning, const std::string& subject);
  StatementResult result(std::string command);

  Session& session_;
  Engine& engine_;
  std::string name_;
  const triples::Table* table_ = nullptr;
  std::uint64_t count_ = 0;
  std::vector<sql::PlanColumn> returned_columns_;
  std::string returned_;
  std::set<std::string> changed_;  // by ON CONFLICT, in this statement
};

}  // namespace laterbase::views
