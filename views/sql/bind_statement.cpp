#include "views/sql/bind_statement.h"

#include <set>

#include "views/sql/bind_query.h"
#include "views/sql/error.h"

namespace laterbase::sql {
namespace {

Statement bind_explain(const Json& body, BindContext& context) {
  Explain explain;
  for (const Json& option : list_member(body, "options")) {
    const std::string name = text_member(node_body(option), "defname");
    const std::string value = string_node(member(node_body(option), "arg"));
    if (name == "format" && (value == "json" || value == "text")) {
      explain.json = value == "json";
    } else {
      not_supported("EXPLAIN with " + name, location_of(node_body(option)), "Write EXPLAIN, or EXPLAIN (FORMAT JSON).");
    }
  }
  const Json& query = member(body, "query");
  if (!is_node(query, "SelectStmt")) not_supported("EXPLAIN of this statement", 0, "EXPLAIN a SELECT.");
  explain.query = bind_whole_query(node_body(query), context);
  return explain;
}

Statement bind_transaction(const Json& body) {
  const std::string kind = text_member(body, "kind");
  if (kind == "TRANS_STMT_BEGIN" || kind == "TRANS_STMT_START") return Transaction{TransactionStep::begin};
  if (kind == "TRANS_STMT_COMMIT") return Transaction{TransactionStep::commit};
  if (kind == "TRANS_STMT_ROLLBACK") return Transaction{TransactionStep::rollback};
  not_supported("SAVEPOINT and two-phase commit", 0, "BEGIN … COMMIT within one request is all or nothing.");
}

[[noreturn]] void refuse_statement(const std::string& kind) {
  if (kind == "ViewStmt") not_supported("CREATE VIEW", 0, "Write CREATE MATERIALIZED VIEW: it is kept up to date.");
  if (kind == "RefreshMatViewStmt") not_supported("REFRESH", 0, "Leave it out: views are always up to date.");
  if (kind == "TruncateStmt") not_supported("TRUNCATE", 0, "Write DELETE FROM the table.");
  if (kind == "CopyStmt") not_supported("COPY", 0, "POST the events, or INSERT the rows.");
  not_supported("this statement", 0,
                "TABLE, CREATE TABLE, ALTER TABLE, INSERT, UPDATE, DELETE, CREATE MATERIALIZED VIEW, DROP, SELECT, "
                "CREATE INDEX, EXPLAIN and BEGIN … COMMIT are there.");
}

// A view's columns are the members of a JSON object, so their names differ: the second "v" is "v_2".
PlanPtr with_distinct_names(const PlanPtr& plan, std::size_t visible) {
  std::set<std::string> seen;
  std::vector<std::string> names;
  for (const PlanColumn& at : plan->columns) {
    std::string name = at.name;
    for (int n = 2; names.size() < visible && !seen.insert(name).second; ++n) name = at.name + "_" + std::to_string(n);
    names.push_back(std::move(name));
  }
  return project(plan, columns_of_plan(*plan), names);
}

}  // namespace

Query bind_whole_query(const Json& select, BindContext& context) {
  QueryBinder binder(context, nullptr, {});
  const BoundQuery bound = binder.bind(select);
  Query query{bound.plan, bound.visible, bound.order, {context.relations.begin(), context.relations.end()}};
  if (context.definition) query.plan = with_distinct_names(query.plan, query.visible);
  return query;
}

Statement bind_statement(const Json& tree, std::string_view text, BindContext& context) {
  const std::string kind(node_kind(tree));
  const Json& body = node_body(tree);
  // A statement has its moment, what it declares has none: it is read again, elsewhere and later.
  static const std::set<std::string> of_now = {"SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "ExplainStmt"};
  if (!of_now.contains(kind)) context.now_us.reset();
  if (kind == "SelectStmt") return Select{bind_whole_query(body, context)};
  if (kind == "CreateTableAsStmt") return bind_create_view(body, text, context);
  if (kind == "CreateStmt") return bind_create_table(body, context);
  if (kind == "AlterTableStmt") return bind_alter_table(body, context);
  if (kind == "RenameStmt") return bind_rename(body);
  if (kind == "DropStmt") return bind_drop(body);
  if (kind == "IndexStmt") return bind_create_index(body, context);
  if (kind == "InsertStmt") return bind_insert(body, context);
  if (kind == "UpdateStmt") return bind_update(body, context);
  if (kind == "DeleteStmt") return bind_delete(body, context);
  if (kind == "ExplainStmt") return bind_explain(body, context);
  if (kind == "TransactionStmt") return bind_transaction(body);
  refuse_statement(kind);
}

}  // namespace laterbase::sql
