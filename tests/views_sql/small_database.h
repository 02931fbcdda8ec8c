#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/ivm/circuit.h"
#include "views/sql/evaluate.h"
#include "views/sql/statement.h"

// A database of the test's own: tables as plain maps, views as circuits that are stepped after each request. It has
// just what SQL needs to be tried against PostgreSQL, without events, storage or HTTP.
namespace laterbase::sql {

class SmallDatabase : public Catalog {
 public:
  const Relation* find(std::string_view name) const override;

  // All statements or none. Nothing where it went well.
  std::optional<SqlError> run(const std::string& text);

  // The view's rows as they are kept, and as its definition gives them from nothing.
  ResultRows view(const std::string& name) const;
  SqlResult<ResultRows> recomputed(const std::string& name) const;
  SqlResult<ResultRows> select(const std::string& text) const;
  // What broke the view's maintenance, if something did.
  std::optional<SqlError> broken(const std::string& name) const;

 private:
  using Values = std::vector<ivm::Value>;
  using TableRows = std::map<std::string, Values>;  // by subject
  struct Table {
    Relation relation;
    TableRows rows;
  };
  struct View {
    Relation relation;
    std::string definition;
    CompiledQuery compiled;
    std::unique_ptr<ivm::Circuit> circuit;
    std::size_t output = 0;
    std::optional<SqlError> broken;
  };
  using Deltas = std::map<std::string, std::vector<std::pair<ivm::Row, std::int64_t>>>;

  void execute(const Script& script);
  void apply(const Statement& statement);
  void declare(const DeclareTable& declared);
  void alter(const AlterTable& alter);
  void create(const CreateView& created);
  void insert(const Insert& insert);
  void update(const Update& update);
  void erase(const Delete& erase);
  void put(Table& table, const std::string& subject, const Values& row);
  std::string subject_of(const Table& table, const Values& row);
  std::optional<std::string> conflicting(const Table& table, const Values& row, const std::string& besides) const;
  ResultRows rows_of(const Query& query) const;
  void feed(const CompiledQuery::Input& input, ivm::Batch& to) const;
  void step_views(const std::map<std::string, Table>& before);
  void step(View& view, const Deltas& deltas);

  std::map<std::string, Table> tables_;
  std::vector<std::unique_ptr<View>> views_;
  std::uint64_t subjects_ = 0;
};

}  // namespace laterbase::sql
