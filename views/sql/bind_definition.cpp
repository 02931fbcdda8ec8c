#include <algorithm>
#include <set>

#include "views/sql/bind_query.h"
#include "views/sql/bind_statement.h"
#include "views/sql/compile.h"
#include "views/sql/error.h"
#include "views/sql/lexer.h"

// CREATE, ALTER, DROP.
namespace laterbase::sql {
namespace {

std::string relation_name(const Json& range) {
  const std::string schema = text_member(range, "schemaname");
  if (!schema.empty() && schema != "public") {
    not_supported("a schema in a table's name", location_of(range), "Name the table alone: there is one schema.");
  }
  return text_member(range, "relname");
}

std::size_t place_of(const std::vector<Column>& columns, const std::string& name, int offset) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name == name) return i;
  }
  throw SqlException("42703", "column \"" + name + "\" named in key does not exist", offset);
}

ExprPtr bind_default(const Json& node, ivm::Type type, BindContext& context) {
  const Level nothing;
  const CommonTables none;
  ExpressionBinder binder(context, nothing, none, "DEFAULT expressions");
  const int offset = node_location(node);
  const ExprPtr value = try_coerce(binder.bind(node), type, CastContext::assignment, offset);
  if (value == nullptr) {
    throw SqlException("42804", "a column of type " + ivm::name_of(type) + " has a default of another type", offset);
  }
  // It is pure, so it is the same for every row.
  return constant(type, evaluate_constant(value), offset);
}

std::string sql_of(const ExprPtr& value) {
  if (value->value.is_null()) return "NULL";
  std::string quoted = "'";
  for (const char c : print_value(value->value, value->type)) quoted += c == '\'' ? "''" : std::string(1, c);
  return quoted + "'";
}

// What a column's own constraints say of it and of the table's key.
struct ColumnRole {
  bool primary = false;
};

[[noreturn]] void refuse_constraint(const std::string& type, int offset) {
  if (type == "CONSTR_CHECK") {
    not_supported("CHECK", offset,
                  "A fact that arrives by sync cannot be refused: show what breaks the rule in a view.");
  }
  if (type == "CONSTR_FOREIGN") {
    not_supported("FOREIGN KEY", offset, "Facts arrive in any order: show what refers to nothing in a view.");
  }
  not_supported("this constraint", offset, "PRIMARY KEY, UNIQUE, NOT NULL and DEFAULT are there.");
}

Column bind_column(const Json& body, BindContext& context, ColumnRole& role) {
  Column column;
  column.name = text_member(body, "colname");
  const NamedType named = type_of_name(member(body, "typeName"));
  column.type = named.type;
  if (named.type.kind == ivm::TypeKind::numeric && named.modifier.precision > 0) {
    column.numeric_precision = named.modifier.precision;
    column.numeric_scale = named.modifier.scale;
  }
  if (named.type.kind == ivm::TypeKind::text && named.modifier.precision > 0) {
    column.text_limit = named.modifier.precision;
  }
  for (const Json& node : list_member(body, "constraints")) {
    const Json& constraint = node_body(node);
    const std::string type = text_member(constraint, "contype");
    if (type == "CONSTR_PRIMARY") {
      role.primary = true;
    } else if (type == "CONSTR_NOTNULL") {
      column.not_null = true;
    } else if (type == "CONSTR_UNIQUE") {
      column.unique = true;
    } else if (type == "CONSTR_DEFAULT") {
      column.default_value = bind_default(member(constraint, "raw_expr"), column.type, context);
      column.default_sql = sql_of(column.default_value);
    } else if (type != "CONSTR_NULL") {
      refuse_constraint(type, location_of(constraint));
    }
  }
  return column;
}

void bind_table_constraint(const Json& body, DeclareTable& table) {
  const std::string type = text_member(body, "contype");
  std::vector<std::size_t> places;
  for (const std::string& name : string_nodes(list_member(body, "keys"))) {
    places.push_back(place_of(table.columns, name, location_of(body)));
  }
  if (type == "CONSTR_PRIMARY") {
    if (!table.primary_key.empty()) {
      throw SqlException("42P16", "multiple primary keys for table \"" + table.name + "\" are not allowed",
                         location_of(body));
    }
    table.primary_key = places;
  } else if (type == "CONSTR_UNIQUE" && places.size() == 1) {
    table.columns[places[0]].unique = true;
  } else if (type == "CONSTR_UNIQUE") {
    table.unique.push_back(places);
  } else {
    refuse_constraint(type, location_of(body));
  }
}

}  // namespace

ExprPtr read_default(std::string_view sql, ivm::Type type) {
  struct Nothing final : Catalog {
    const Relation* find(std::string_view) const override { return nullptr; }
  };
  const Nothing nothing;
  BindContext context{nothing};
  const auto parsed = parse_tree("SELECT " + std::string(sql));
  const Json& targets = list_member(node_body(parsed.at(0).tree), "targetList");
  if (parsed.size() != 1 || targets.size() != 1) throw SqlException("42601", "one default expression is expected");
  return bind_default(member(node_body(targets[0]), "val"), type, context);
}

DeclareTable bind_create_table(const Json& body, BindContext& context) {
  DeclareTable table;
  table.name = relation_name(member(body, "relation"));
  table.if_not_exists = flag_member(body, "if_not_exists");
  if (text_member(member(body, "relation"), "relpersistence") == "t") {
    not_supported("a temporary table", -1, "Use WITH.");
  }
  for (const char* clause : {"inhRelations", "partspec", "ofTypename"}) {
    if (!member(body, clause).is_null()) not_supported("INHERITS and PARTITION", -1, "Declare the columns.");
  }
  for (const Json& node : list_member(body, "tableElts")) {
    if (!is_node(node, "ColumnDef")) continue;
    ColumnRole role;
    Column column = bind_column(node_body(node), context, role);
    const int offset = location_of(node_body(node));
    for (const Column& other : table.columns) {
      if (other.name == column.name) {
        throw SqlException("42701", "column \"" + column.name + "\" specified more than once", offset);
      }
    }
    if (role.primary && !table.primary_key.empty()) {
      throw SqlException("42P16", "multiple primary keys for table \"" + table.name + "\" are not allowed", offset);
    }
    if (role.primary) table.primary_key = {table.columns.size()};
    column.number = static_cast<int>(table.columns.size()) + 1;
    table.columns.push_back(std::move(column));
  }
  for (const Json& node : list_member(body, "tableElts")) {
    if (is_node(node, "Constraint")) bind_table_constraint(node_body(node), table);
    if (is_node(node, "TableLikeClause")) not_supported("LIKE", -1, "Declare the columns.");
  }
  if (table.columns.empty()) throw SqlException("42P16", "a table needs at least one column");
  for (const std::size_t key : table.primary_key) table.columns[key].not_null = true;
  return table;
}

AlterTable bind_alter_table(const Json& body, BindContext& context) {
  AlterTable alter;
  alter.table = relation_name(member(body, "relation"));
  alter.if_exists = flag_member(body, "missing_ok");
  for (const Json& node : list_member(body, "cmds")) {
    const Json& command = node_body(node);
    const std::string type = text_member(command, "subtype");
    if (type == "AT_AddColumn") {
      ColumnRole role;
      AddColumn add{bind_column(node_body(member(command, "def")), context, role), flag_member(command, "missing_ok")};
      if (role.primary) not_supported("a primary key for a table that is there", -1, "Declare a new table.");
      alter.changes.emplace_back(std::move(add));
    } else if (type == "AT_DropColumn") {
      alter.changes.emplace_back(DropColumn{text_member(command, "name"), flag_member(command, "missing_ok")});
    } else {
      not_supported("this ALTER TABLE", location_of(member(body, "relation")),
                    "ADD COLUMN, RENAME COLUMN, DROP COLUMN and RENAME are there; or declare the table again.");
    }
  }
  return alter;
}

AlterTable bind_rename(const Json& body) {
  AlterTable alter;
  alter.table = relation_name(member(body, "relation"));
  alter.if_exists = flag_member(body, "missing_ok");
  const std::string type = text_member(body, "renameType");
  if (type == "OBJECT_COLUMN") {
    alter.changes.emplace_back(RenameColumn{text_member(body, "subname"), text_member(body, "newname")});
  } else if (type == "OBJECT_TABLE") {
    alter.changes.emplace_back(RenameTable{text_member(body, "newname")});
  } else {
    not_supported("this RENAME", -1, "A table and its columns can be renamed.");
  }
  return alter;
}

namespace {

// The SELECT's text: behind the AS, without WITH [NO] DATA.
std::string definition_of(std::string_view text) {
  const std::vector<Token> tokens = tokens_of(text);
  std::size_t begin = 0;
  std::size_t end = text.size();
  int depth = 0;
  for (std::size_t i = 0; i + 1 < tokens.size() && begin == 0; ++i) {
    if (tokens[i].kind == TokenKind::symbol) depth += tokens[i].text == "(" ? 1 : tokens[i].text == ")" ? -1 : 0;
    const bool as = depth == 0 && tokens[i].kind == TokenKind::word && tokens[i].text == "as";
    if (as) begin = static_cast<std::size_t>(tokens[i + 1].offset);
  }
  const auto word = [&](std::size_t from_end, std::string_view wanted) {
    return tokens.size() > from_end && tokens[tokens.size() - 1 - from_end].text == wanted;
  };
  if (word(1, "data") && (word(2, "with") || (word(2, "no") && word(3, "with")))) {
    end = static_cast<std::size_t>(tokens[tokens.size() - (word(2, "no") ? 4 : 3)].offset);
  }
  std::string definition(text.substr(begin, end - begin));
  while (!definition.empty() && (definition.back() == ' ' || definition.back() == '\n')) definition.pop_back();
  return definition;
}

void rename_columns(Query& query, const std::vector<std::string>& names) {
  if (names.size() > query.visible) throw SqlException("42601", "too many column names were specified");
  std::vector<std::string> all;
  for (const PlanColumn& at : query.plan->columns) all.push_back(at.name);
  std::copy(names.begin(), names.end(), all.begin());
  std::set<std::string> seen;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (seen.insert(names[i]).second) continue;
    throw SqlException("42701", "column \"" + names[i] + "\" specified more than once");
  }
  query.plan = project(query.plan, columns_of_plan(*query.plan), all);
}

}  // namespace

CreateView bind_create_view(const Json& body, std::string_view text, BindContext& context) {
  const Json& into = member(body, "into");
  if (text_member(body, "objtype") != "OBJECT_MATVIEW") {
    not_supported("CREATE TABLE AS", 0, "Write CREATE MATERIALIZED VIEW, or CREATE TABLE and INSERT … SELECT.");
  }
  if (!is_node(member(body, "query"), "SelectStmt")) not_supported("this as a view", 0, "Write a SELECT.");
  CreateView view;
  view.name = relation_name(member(into, "rel"));
  view.if_not_exists = flag_member(body, "if_not_exists");
  view.definition = definition_of(text);
  view.columns = string_nodes(list_member(into, "colNames"));
  context.definition = true;
  context.replicated = true;
  view.query = bind_whole_query(node_body(member(body, "query")), context);
  if (!view.columns.empty()) rename_columns(view.query, view.columns);
  return view;
}

Drop bind_drop(const Json& body) {
  Drop drop;
  const std::string type = text_member(body, "removeType");
  if (type != "OBJECT_TABLE" && type != "OBJECT_MATVIEW" && type != "OBJECT_INDEX") {
    not_supported("DROP of this", -1, "TABLE, MATERIALIZED VIEW and INDEX can be dropped.");
  }
  if (text_member(body, "behavior") == "DROP_CASCADE")
    not_supported("CASCADE", -1, "Drop the views that use it first.");
  drop.kind = type == "OBJECT_TABLE" ? RelationKind::table : RelationKind::view;
  drop.index = type == "OBJECT_INDEX";
  drop.if_exists = flag_member(body, "missing_ok");
  for (const Json& object : list_member(body, "objects")) {
    drop.names.push_back(string_node(list_member(node_body(object), "items").back()));
  }
  return drop;
}

CreateIndex bind_create_index(const Json& body, BindContext& context) {
  CreateIndex index;
  index.table = relation_name(member(body, "relation"));
  index.unique = flag_member(body, "unique");
  index.if_not_exists = flag_member(body, "if_not_exists");
  const Relation* relation = context.catalog.find(index.table);
  const int offset = location_of(member(body, "relation"));
  if (relation == nullptr) refuse_relation(index.table, context.catalog, offset);
  if (!member(body, "whereClause").is_null()) {
    not_supported("an index with WHERE", offset, "Index a view that has the WHERE.");
  }
  const std::string method = text_member(body, "accessMethod");
  if (method != "btree" && method != "hash") not_supported("an index by " + method, offset, "Leave USING out.");
  Level level;
  for (const Column& at : relation->columns) {
    level.from.visible.push_back({at.name, column_at(level.from.visible.size(), at.type)});
  }
  const CommonTables none;
  ExpressionBinder binder(context, level, none, "index expressions");
  std::string name = index.table;
  for (const Json& node : list_member(body, "indexParams")) {
    const Json& element = node_body(node);
    const std::string column_name = text_member(element, "name");
    const ExprPtr expr =
        column_name.empty() ? binder.bind(member(element, "expr")) : find_column(level, "", column_name, offset);
    const bool descending = text_member(element, "ordering") == "SORTBY_DESC";
    const std::string nulls = text_member(element, "nulls_ordering");
    const bool nulls_first = nulls == "SORTBY_NULLS_FIRST" || (nulls != "SORTBY_NULLS_LAST" && descending);
    index.keys.push_back({expr, descending, nulls_first});
    name += "_" + (column_name.empty() ? "expr" : column_name);
  }
  index.name = text_member(body, "idxname");
  if (index.name.empty()) index.name = name + "_idx";
  return index;
}

}  // namespace laterbase::sql
