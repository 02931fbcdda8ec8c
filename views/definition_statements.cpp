#include "views/definition_statements.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/events/roots.h"
#include "views/shapes.h"

namespace laterbase::views {
namespace {

using sql::RelationKind;
using sql::SqlError;
using triples::Shape;

Refusal refused(std::string state, std::string message, std::string hint = {}) {
  return Refusal::of(SqlError{std::move(state), std::move(message), std::move(hint), 0});
}

std::string_view kind_name(RelationKind kind) {
  return kind == RelationKind::view ? "materialized view" : kind == RelationKind::table ? "table" : "relation";
}

// [a-z][a-z0-9_-]{0,62}, so that it can be read at /{db}/{name}.
bool is_name(std::string_view name) {
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto may_follow = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-'; };
  return !name.empty() && name.size() <= triples::longest_name && is_letter(name.front()) &&
         std::all_of(name.begin(), name.end(), may_follow);
}

std::string bad_name(std::string_view name) {
  return fmt::format(
      "\"{}\" can't be a table's or view's name: a letter a to z, then up to 62 of a to z, 0 to 9, _ and -", name);
}

// Whether every row keeps its subject.
bool same_key(const Shape& before, const Shape& after) {
  if (before.key.size() != after.key.size()) return false;
  for (std::size_t i = 0; i < before.key.size(); ++i) {
    const triples::Column& a = before.columns[before.key[i]];
    const triples::Column& b = after.columns[after.key[i]];
    if (a.number != b.number || a.type != b.type) return false;
  }
  return true;
}

StatementResult said(std::string command) { return {std::move(command), std::nullopt, {}, ""}; }

}  // namespace

Outcome<StatementResult> DefinitionStatements::run(const sql::Statement& statement) {
  if (const auto* one = std::get_if<sql::DeclareTable>(&statement)) return declare(*one);
  if (const auto* one = std::get_if<sql::AlterTable>(&statement)) return alter(*one);
  if (const auto* one = std::get_if<sql::CreateView>(&statement)) return create_view(*one);
  if (const auto* one = std::get_if<sql::CreateIndex>(&statement)) return create_index(*one);
  if (const auto* one = std::get_if<sql::Drop>(&statement)) return drop(*one);
  return refused("0A000", "this statement is not for here");
}

void DefinitionStatements::define(std::string_view type, const std::string& name, std::string_view json) {
  session_.write(type, name, triples::definition_attribute, json);
}

Outcome<StatementResult> DefinitionStatements::declare(const sql::DeclareTable& statement) {
  const std::string command = statement.declared ? "TABLE" : "CREATE TABLE";
  if (!is_name(statement.name)) return refused("42602", bad_name(statement.name));
  const sql::Relation* there = engine_.find(statement.name);
  if (there != nullptr && statement.if_not_exists) return said(command);
  if (there != nullptr && (!statement.declared || there->kind != RelationKind::table))
    return refused("42P07", fmt::format("relation \"{}\" already exists", statement.name));
  const Shape shape = shape_of(statement);
  const auto readable = triples::parse_shape(triples::to_json(shape));
  if (!readable) return refused("42P16", readable.error().detail);
  if (there == nullptr) {
    define(triples::table_type, statement.name, triples::to_json(shape));
    return said(command);
  }
  if (const auto done = redeclare(statement.name, shape, command); !done) return done.error();
  return said(command);
}

Outcome<void> DefinitionStatements::redeclare(const std::string& name, const Shape& shape, std::string_view command) {
  const triples::Table* table = engine_.store().table(name);
  if (table->shape() == shape) return {};
  if (!same_key(table->shape(), shape))
    return refused("0A000", fmt::format("{} can't change the key of \"{}\", which names its rows", command, name),
                   "Make a new table and insert the rows there.");
  const std::size_t rows = table->size();
  define(triples::table_type, name, triples::to_json(shape));
  if (const auto applied = session_.apply(); !applied) return applied;
  return check_redeclared(name, rows);
}

// A declaration that would hide rows is refused where it is made; what comes from elsewhere is listed as rejects.
Outcome<void> DefinitionStatements::check_redeclared(const std::string& name, std::size_t rows_before) const {
  const triples::Table* table = engine_.store().table(name);
  if (table->size() < rows_before)
    return refused("23502", fmt::format("some rows of \"{}\" have no value where a column is NOT NULL", name),
                   "Give the column a DEFAULT.");
  for (std::size_t i = 0; i < table->shape().unique.size(); ++i) {
    bool twice = false;
    table->scan([&](ivm::RowView row) { twice = twice || table->find_unique(i, row).size() > 1; });
    if (twice) return refused("23505", fmt::format("some rows of \"{}\" have equal values where they must not", name));
  }
  return {};
}

Outcome<StatementResult> DefinitionStatements::alter(const sql::AlterTable& statement) {
  const triples::Table* table = engine_.store().table(statement.table);
  if (table == nullptr && statement.if_exists) return said("ALTER TABLE");
  if (table == nullptr) return refused("42P01", fmt::format("relation \"{}\" does not exist", statement.table));
  const auto shape = altered(*table, statement);
  if (!shape) return Refusal::of(shape.error());
  if (const auto done = redeclare(statement.table, *shape, "ALTER TABLE"); !done) return done.error();
  return said("ALTER TABLE");
}

Outcome<StatementResult> DefinitionStatements::create_view(const sql::CreateView& statement) {
  if (statement.if_not_exists && engine_.find(statement.name) != nullptr) return said("CREATE MATERIALIZED VIEW");
  const ViewDefinition definition{statement.definition, statement.columns};
  if (const auto done = define_view(statement.name, definition, statement.or_replace); !done) return done.error();
  return said("CREATE MATERIALIZED VIEW");
}

Outcome<void> DefinitionStatements::define_view(const std::string& name, const ViewDefinition& definition,
                                                bool may_replace) {
  if (!is_name(name)) return refused("42602", bad_name(name));
  const sql::Relation* there = engine_.find(name);
  const bool is_view = engine_.store().definitions().find(triples::view_type, name).has_value();
  if ((there != nullptr || is_view) && !(may_replace && (is_view || there->kind == RelationKind::view)))
    return refused("42P07", fmt::format("relation \"{}\" already exists", name));
  const auto circuit = engine_.make_running(definition, false);
  if (!circuit) return Refusal::of(circuit.error());
  if ((*circuit)->reads(name)) return refused("42P17", fmt::format("view \"{}\" would read itself", name));
  define(triples::view_type, name, to_json(definition));
  return session_.apply();
}

Outcome<StatementResult> DefinitionStatements::create_index(const sql::CreateIndex& statement) {
  if (engine_.store().definitions().find(triples::index_type, statement.name)) {
    if (statement.if_not_exists) return said("CREATE INDEX");
    return refused("42P07", fmt::format("relation \"{}\" already exists", statement.name));
  }
  const sql::Relation* relation = engine_.find(statement.table);
  if (relation == nullptr) return refused("42P01", fmt::format("relation \"{}\" does not exist", statement.table));
  IndexDefinition index{statement.table, {}, statement.unique};
  std::vector<std::size_t> columns;
  for (const sql::SortKey& key : statement.keys) {
    if (key.expr->kind != sql::ExprKind::column) break;
    columns.push_back(key.expr->index);
    index.keys.push_back({relation->columns[key.expr->index].name, key.descending, key.nulls_first});
  }
  const triples::Table* table = engine_.store().table(statement.table);
  if (statement.unique) {
    if (table == nullptr || columns.size() != statement.keys.size())
      return refused("0A000", "a unique index is on columns of a table");
    Shape shape = table->shape();
    shape.unique.push_back(columns);
    if (const auto done = redeclare(statement.table, shape, "CREATE INDEX"); !done) return done.error();
  }
  define(triples::index_type, statement.name, to_json(index));
  return said("CREATE INDEX");
}

Outcome<StatementResult> DefinitionStatements::drop(const sql::Drop& statement) {
  for (const std::string& name : statement.names) {
    const auto done = statement.index ? drop_index(name, statement.if_exists)
                                      : drop_relation(name, statement.kind, statement.if_exists);
    if (!done) return done.error();
    if (const auto applied = session_.apply(); !applied) return applied.error();
  }
  return said(statement.index                         ? "DROP INDEX"
              : statement.kind == RelationKind::table ? "DROP TABLE"
                                                      : "DROP MATERIALIZED VIEW");
}

// A view that reads it, so that it can't go; "" where none does.
std::string DefinitionStatements::reader_of(const std::string& relation) const {
  for (const std::string& name : engine_.store().definitions().names(triples::view_type)) {
    if (name == relation) continue;
    const auto definition = parse_view(engine_.store().definitions().find(triples::view_type, name)->json);
    if (!definition) continue;
    if (definition->language == Language::treeql) {
      const auto tree = engine_.make_running(*definition, false);
      if (tree && (*tree)->reads(relation)) return name;
      continue;
    }
    const auto query = engine_.bind_view(*definition, false);
    if (!query) continue;
    const auto& reads = query->relations;
    if (std::find(reads.begin(), reads.end(), relation) != reads.end()) return name;
  }
  return {};
}

Outcome<void> DefinitionStatements::drop_relation(const std::string& name, RelationKind kind, bool if_exists) {
  const bool is_view = engine_.store().definitions().find(triples::view_type, name).has_value();
  const sql::Relation* there = engine_.find(name);
  if (there == nullptr && !is_view) {
    if (if_exists) return {};
    return refused("42P01", fmt::format("{} \"{}\" does not exist", kind_name(kind), name));
  }
  const RelationKind found = is_view ? RelationKind::view : there->kind;
  if (found != kind) return refused("42809", fmt::format("\"{}\" is not a {}", name, kind_name(kind)));
  if (const std::string reader = reader_of(name); !reader.empty())
    return refused(
        "2BP01",
        fmt::format("cannot drop {} {} because materialized view {} depends on it", kind_name(kind), name, reader),
        "Drop " + reader + " first.");
  define(is_view ? triples::view_type : triples::table_type, name, "null");
  for (const std::string& index : engine_.store().definitions().names(triples::index_type)) {
    const auto parsed = parse_index(engine_.store().definitions().find(triples::index_type, index)->json);
    if (parsed && parsed->relation == name) define(triples::index_type, index, "null");
  }
  return {};
}

Outcome<void> DefinitionStatements::drop_view(const std::string& name) {
  if (const auto done = drop_relation(name, RelationKind::view, false); !done) return done;
  return session_.apply();
}

Outcome<void> DefinitionStatements::drop_index(const std::string& name, bool if_exists) {
  const auto definition = engine_.store().definitions().find(triples::index_type, name);
  if (!definition) {
    if (if_exists) return {};
    return refused("42704", fmt::format("index \"{}\" does not exist", name));
  }
  define(triples::index_type, name, "null");
  const auto index = parse_index(definition->json);
  const triples::Table* table = index ? engine_.store().table(index->relation) : nullptr;
  if (table == nullptr || !index->unique) return {};
  Shape shape = table->shape();
  std::vector<std::size_t> columns;
  for (const auto& key : index->keys)
    if (const auto place = shape.find(key.column)) columns.push_back(*place);
  const auto found = std::find(shape.unique.begin(), shape.unique.end(), columns);
  if (found == shape.unique.end()) return {};
  shape.unique.erase(found);
  return redeclare(index->relation, shape, "DROP INDEX");
}

}  // namespace laterbase::views
