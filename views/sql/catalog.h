#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ivm/type.h"
#include "views/sql/error.h"
#include "views/sql/expression.h"

// What a statement may name: the events of a database, its tables and its views.
namespace laterbase::sql {

enum class RelationKind { events, table, view, fold };

// How writes that nobody ordered become one value (views.md, "TABLE").
enum class Merge { last_writer, counter, set, max, min };

struct Column {
  std::string name;
  ivm::Type type;
  int number = 0;  // the field number that identifies it; 0 in views and events
  Merge merge = Merge::last_writer;
  bool not_null = false;
  bool unique = false;               // alone; never set for the primary key
  ExprPtr default_value;             // a constant; null where there is none
  std::string default_sql;           // the same as SQL, which parse_default() reads
  std::optional<int> numeric_scale;  // of NUMERIC(p, s): values are rounded to it
  int numeric_precision = 0;         // of NUMERIC(p, s), 0 where it is any
  std::optional<int> text_limit;     // of VARCHAR(n), in characters
};

struct Relation {
  std::string name;
  RelationKind kind = RelationKind::table;
  std::vector<Column> columns;
  std::vector<std::size_t> primary_key;  // positions in `columns`; empty where there is none
  // Columns that a replicated definition must not use: they differ from node to node (events.lc, events.arrived).
  std::vector<std::size_t> node_local;
};

// Lifetime: what find() gave stays valid and unchanged for as long as the statement is being read and planned.
class Catalog {
 public:
  virtual ~Catalog() = default;
  // By the name as the parser folds it (small letters, unless it was quoted). Null where there is none.
  virtual const Relation* find(std::string_view name) const = 0;
  // Of what find() has nothing of though there is something of that name, a view whose definition no longer fits its
  // tables, or a tree: what a statement that names it is told. Nothing for all else.
  virtual std::optional<SqlError> trouble_of(std::string_view) const { return std::nullopt; }
};

// The relation `events` of views.md, the same in every database.
Relation events_relation();

}  // namespace laterbase::sql
