#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "views/first_rows.h"
#include "views/lookup.h"

// Which rows of a relation a query can want, as far as its conditions and its LIMIT say so: they are found by a key or
// in an order, and the others are not looked at. What a query compares with a constant narrows; so does, in a join,
// what is compared with rows that are few already. It may be more rows than the query wants: all its conditions are
// still asked.
//
// Threads, Lifetime: those of the engine's readers, and no longer than nobody changes it.
namespace laterbase::views {

// A row of a view without columns that only its order needs, and one of a table without its subject.
ivm::RowView visible_row(const Running& running, ivm::RowView row, ivm::RowBuilder& builder);
ivm::RowView without_subject(const triples::Table& table, ivm::RowView row, ivm::RowBuilder& builder);

// Of one scan: the rows of a lookup, or all; and of them the first ones, or all.
struct Need {
  std::optional<Lookup> lookup;
  std::optional<First> first;
  std::vector<sql::PlanColumn> columns;
};

class Wanted {
 public:
  // Of queries that run together.
  Wanted(const Engine& engine, const std::vector<sql::PlanPtr>& plans);

  // Gives the rows that may be wanted, each once. False, and gives none, where that may be all of them.
  // Errors: throws ivm::EvalError, of the query's expressions.
  bool read(const std::string& relation, bool with_subject, const RowSink& sink) const;
  // "Read t by primary key (id)", for each relation that is not fed whole.
  std::vector<std::string> explain() const;

 private:
  void visit(const std::string& relation, const Need& need, const ivm::RowVisitor& visit) const;

  const Engine& engine_;
  std::map<std::string, std::vector<Need>> needs_;
};

}  // namespace laterbase::views
