#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/views_sql/choices.h"

// Random schemas, rows, changes and queries over all of the SQL that views take, as text. The same decisions write the
// same. Each query is deterministic as a bag in PostgreSQL: what is kept of equal things never shows.
namespace laterbase::sql {

enum class Kind {
  integer,
  text,
  bigint,
  numeric,
  real,
  boolean,
  date,
  moment,  // TIMESTAMPTZ
  stamp,   // TIMESTAMP
  interval,
  bytes,
  json,
  integers,  // INTEGER[]
  texts,     // TEXT[]
  dates      // DATE[]
};

struct NamedColumn {
  std::string name;  // as it is written: "t1.a"
  Kind kind;
};
using Columns = std::vector<NamedColumn>;

// How far the writer goes.
struct Reach {
  bool may_fail = false;  // also what divides by zero, overflows, is no number
  int depth = 3;
};

class QueryWriter {
 public:
  QueryWriter(tests::Choices& choices, const Reach& reach) : choices_(choices), reach_(reach) {}

  std::string schema();  // CREATE TABLEs
  std::string rows();    // INSERTs to begin with
  std::string change();  // an INSERT, UPDATE or DELETE
  // ALTER TABLE, of a table whose first three columns stay as they are.
  std::string alteration();
  // CREATE MATERIALIZED VIEW, which later queries may read. `replace`: one that is there, with the same columns.
  std::string view();
  std::string replaced_view();

  // Tables whose columns merge (COUNTER, MAX …): what creates them here and in PostgreSQL, and what changes them here.
  std::string merging_schema();
  std::string merging_schema_for_postgres() const;
  std::string merging_change();
  std::string facts();  // an event's JSON
  bool has_merging_table() const { return !merging_.empty(); }

 private:
  struct Table {
    std::string name;
    Columns columns;
    bool keyed = false;
    Columns dropped = {};  // that were there once
  };
  // A FROM clause, and what can be named of it.
  struct From {
    std::string text;
    Columns columns;
  };

  std::uint64_t below(std::uint64_t bound) { return choices_.below(bound); }
  bool chance(unsigned percent) { return choices_.chance(percent); }
  std::string pick(std::initializer_list<const char*> words);
  std::string pick_word(const std::string& words);  // of those with a bar between them
  std::string alias() { return "q" + std::to_string(++aliases_); }

  // query_kinds.cpp
  std::string literal(Kind kind);        // fits a column of the kind
  std::string typed_literal(Kind kind);  // says its type
  Kind any_kind();
  Kind kind_in(const Columns& columns);  // mostly one that a column has

  // query_expressions.cpp
  std::string expression(Kind kind, const Columns& columns, int depth);
  std::string composed(Kind kind, const Columns& columns, int depth);
  std::string fill(std::string_view pattern, Kind self, const Columns& columns, int depth);
  std::string condition(const Columns& columns, int depth);
  std::string comparison(const Columns& columns, int depth);
  std::string subquery_condition(const Columns& columns, int depth);
  std::string scalar_subquery(Kind kind, const Columns& columns, int depth);
  std::string aggregate(Kind kind, const Columns& columns, int depth, bool as_window = false);
  std::string ordered_set(Kind kind, const Columns& columns, int depth);
  std::string filtered(std::string call, const Columns& columns);

  // query_select.cpp
  std::string query(const std::vector<Kind>& kinds, int depth);
  std::string select(const std::vector<Kind>& kinds, int depth, const Columns& outer);
  std::string plain(const std::vector<Kind>& kinds, int depth, const Columns& outer);
  std::string grouped(const std::vector<Kind>& kinds, int depth, const Columns& outer);
  std::string group_by(const Columns& keys);
  std::string distinct_on(const std::vector<Kind>& kinds, int depth, const Columns& outer);
  std::string values(const std::vector<Kind>& kinds, const Columns& outer);
  std::string set_operation(const std::vector<Kind>& kinds, int depth, const Columns& outer);
  std::string limited(const std::vector<Kind>& kinds, int depth, const Columns& outer);
  std::string with(const std::vector<Kind>& kinds, int depth);
  std::string recursive(const std::vector<Kind>& kinds, int depth, const Columns& outer);
  std::string where(const Columns& columns, int depth, unsigned percent);
  std::vector<Kind> any_kinds(std::size_t least, std::size_t more);

  // query_windows.cpp
  std::string windowed(const std::vector<Kind>& kinds, int depth, const Columns& outer);
  void choose_order(const Columns& columns);
  std::string window_call(Kind kind, const Columns& columns, int depth);
  std::string over(bool framed);
  std::string over_distance(const Columns& columns);
  std::string frame();
  std::string exclusion();

  // query_from.cpp
  From from(int depth, const Columns& outer);
  From joined(const From& left, int depth);
  From source(int depth, const Columns& outer);
  From derived(int depth, const Columns& outer);
  From lateral(const From& left, int depth);
  From unfolded(const From& left);
  const Table& any_table() { return tables_[below(tables_.size())]; }

  // query_changes.cpp
  std::string insert(const Table& table);
  std::string update(const Table& table);
  std::string erase(const Table& table);
  std::string some_rows(const Table& table);
  std::string row(const Table& table);
  std::string added_column(Table& table);

  tests::Choices& choices_;
  Reach reach_;
  std::vector<Table> tables_;  // the first `stored_` can be written
  std::size_t stored_ = 0;
  std::vector<Table> merging_;
  std::vector<Table> views_;
  int aliases_ = 0;
  int new_columns_ = 0;
  std::string partition_, order_;  // of the windows of the SELECT that is being written
};

}  // namespace laterbase::sql
