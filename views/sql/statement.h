#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "views/sql/catalog.h"
#include "views/sql/error.h"
#include "views/sql/plan.h"

// The door of this room for text: a text's statements, read by PostgreSQL's parser and bound to a catalog. What is
// outside of views.md's list is refused with its place and advice; nothing is half understood.
namespace laterbase::sql {

struct Select {
  Query query;
};

struct CreateView {
  std::string name;
  bool or_replace = false;
  bool if_not_exists = false;
  std::string definition;            // the SELECT's text, as it was written
  std::vector<std::string> columns;  // names given in CREATE MATERIALIZED VIEW v(a, b); may be fewer than the query's
  Query query;                       // its visible columns have their final names
};

struct Drop {
  RelationKind kind = RelationKind::view;
  bool index = false;
  bool if_exists = false;
  std::vector<std::string> names;
};

// TABLE name (…) STRICT, or CREATE TABLE, whose columns are numbered in order and which is strict.
struct DeclareTable {
  std::string name;
  std::vector<Column> columns;
  std::vector<std::size_t> primary_key;
  std::vector<std::vector<std::size_t>> unique;  // of several columns; those of one are Column::unique
  bool strict = true;
  bool if_not_exists = false;  // CREATE TABLE only
  bool declared = false;       // TABLE: may be there already and is brought to this shape
};

struct AddColumn {
  Column column;  // number 0: the next that was never used
  bool if_not_exists = false;
};
struct RenameColumn {
  std::string from, to;
};
struct DropColumn {
  std::string name;
  bool if_exists = false;
};
struct RenameTable {
  std::string to;
};
using Alteration = std::variant<AddColumn, RenameColumn, DropColumn, RenameTable>;

struct AlterTable {
  std::string table;
  bool if_exists = false;
  std::vector<Alteration> changes;
};

// The rows that RETURNING gives, over the table's columns.
struct Returning {
  std::vector<ExprPtr> exprs;
  std::vector<PlanColumn> columns;
};

struct OnConflict {
  std::vector<std::size_t> target;   // columns of the key or of something unique; empty: any
  bool update = false;               // else DO NOTHING
  std::vector<std::size_t> columns;  // what DO UPDATE sets …
  std::vector<ExprPtr> values;       // … over the row that is there ++ the row that was to be inserted (excluded)
  ExprPtr condition;                 // of DO UPDATE, over the same; null where there is none
};

// The query's visible columns are the table's columns in order, already of their types; what was left out or DEFAULT
// has its default or NULL. Its order is that of VALUES: the first of two rows with one key is there when the second
// comes.
struct Insert {
  std::string table;
  Query query;
  std::optional<OnConflict> on_conflict;
  Returning returning;
};

// The query reads the table with its subject. Its visible columns are: the subject, then a new value for each of
// `columns`, then RETURNING's. A row that several others of FROM match is there several times: the first counts.
struct Update {
  std::string table;
  std::vector<std::size_t> columns;
  Query query;
  std::vector<PlanColumn> returning;
};

// … the subject, then RETURNING's columns.
struct Delete {
  std::string table;
  Query query;
  std::vector<PlanColumn> returning;
};

struct CreateIndex {
  std::string name;  // made from table and columns where the text gives none
  std::string table;
  std::vector<SortKey> keys;  // over the relation's columns
  bool unique = false;
  bool if_not_exists = false;
};

struct Explain {
  bool json = false;
  Query query;
};

enum class TransactionStep { begin, commit, rollback };
struct Transaction {
  TransactionStep step = TransactionStep::begin;
};

using Statement = std::variant<Select, CreateView, Drop, DeclareTable, AlterTable, Insert, Update, Delete, CreateIndex,
                               Explain, Transaction>;

// $1, $2, …: what was sent beside the text. A text stands for any type, as a quoted literal does, unless `type` says
// which it is; NULL where there is no text.
struct Parameter {
  std::optional<std::string> text;
  std::optional<ivm::Type> type;
};

// A text's statements, not yet bound: a later one may name what an earlier one creates.
class Script {
 public:
  // Errors: the parser's, for the whole text: nothing of it runs where any of it is not SQL.
  static SqlResult<Script> parse(std::string_view text);

  std::size_t size() const noexcept { return pieces_.size(); }
  // The statement's own text.
  std::string_view text(std::size_t i) const;
  // Whether the statement changes nothing, whatever it is bound to: SELECT, VALUES, TABLE, EXPLAIN, and the steps of a
  // transaction.
  bool only_reads(std::size_t i) const { return pieces_.at(i).only_reads; }
  // Errors: what the catalog or the types don't allow; positions are in the whole text.
  // `now_us`: what now() is; it is refused without, and always in definitions.
  SqlResult<Statement> bind(std::size_t i, const Catalog& catalog, const std::vector<Parameter>& parameters = {},
                            std::optional<std::int64_t> now_us = {}) const;

 private:
  struct Piece {
    std::string tree;  // the parser's, as JSON
    std::size_t begin = 0;
    std::size_t size = 0;
    bool declaration = false;  // TABLE …, which PostgreSQL's parser doesn't know
    bool only_reads = false;
    bool or_replace = false;   // CREATE OR REPLACE MATERIALIZED VIEW, which it doesn't either
  };

  std::string text_;
  std::vector<Piece> pieces_;
};

// One statement.
SqlResult<Statement> read_statement(std::string_view text, const Catalog& catalog,
                                    const std::vector<Parameter>& parameters = {});

// A column's default, of Column::default_sql.
SqlResult<ExprPtr> parse_default(std::string_view sql, ivm::Type type);

// A view's SELECT, as CreateView::definition keeps it. Refuses what differs from node to node.
SqlResult<Query> read_definition(std::string_view select, const Catalog& catalog, bool replicated = true);

}  // namespace laterbase::sql
