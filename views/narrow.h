#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "views/engine.h"

// Which rows of a relation a query can want, as far as its conditions say so: they are found by a key or an index, and
// the others are not looked at. What a query compares with a constant narrows; so does, in a join, what is compared
// with rows that are few already. It may be more rows than the query wants: all its conditions are still asked.
//
// Threads, Lifetime: those of the engine's readers, and no longer than nobody changes it.
namespace laterbase::views {

// A row of a view without columns that only its order needs, and one of a table without its subject.
ivm::RowView visible_row(const Running& running, ivm::RowView row, ivm::RowBuilder& builder);
ivm::RowView without_subject(const triples::Table& table, ivm::RowView row, ivm::RowBuilder& builder);

// How rows are found.
struct Lookup {
  enum class By { primary_key, unique_key, index };
  By by = By::primary_key;
  std::size_t which = 0;                        // of the unique keys, or of the circuit's orders
  std::vector<std::vector<ivm::Value>> points;  // values of the key's columns
  std::vector<ivm::Range> ranges;               // of the index
  std::string columns;                          // by name
};

class Wanted {
 public:
  // Of queries that run together.
  Wanted(const Engine& engine, const std::vector<sql::PlanPtr>& plans);

  // Gives the rows that may be wanted, each once. False, and gives none, where that may be all of them.
  bool read(const std::string& relation, bool with_subject, const RowSink& sink) const;
  // "t by primary key", for each relation that is not read whole.
  std::vector<std::string> explain() const;

 private:
  const Engine& engine_;
  std::map<std::string, std::vector<Lookup>> lookups_;
};

}  // namespace laterbase::views
