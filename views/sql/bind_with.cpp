#include <set>

#include "views/sql/bind_query.h"
#include "views/sql/error.h"
#include "views/sql/recursion_rules.h"

// WITH and WITH RECURSIVE.
namespace laterbase::sql {
namespace {

std::vector<std::string> names_for(const Plan& plan, const std::vector<std::string>& given, const std::string& table,
                                   int offset) {
  if (given.size() > plan.columns.size()) {
    throw SqlException("42P10",
                       "WITH query \"" + table + "\" has " + std::to_string(plan.columns.size()) +
                           " columns available but " + std::to_string(given.size()) + " columns specified",
                       offset);
  }
  std::vector<std::string> names = given;
  for (std::size_t i = names.size(); i < plan.columns.size(); ++i) names.push_back(plan.columns[i].name);
  return names;
}

std::size_t depth_of(const Level* level) {
  std::size_t depth = 0;
  for (; level != nullptr; level = level->parent) ++depth;
  return depth;
}

// WITH RECURSIVE lets a query use those after it.
void refuse_later_ones(const Json& with, const Json& body) {
  bool later = false;
  for (const Json& node : list_member(with, "ctes")) {
    const std::string name = text_member(node_body(node), "ctename");
    if (later && mentions(member(body, "ctequery"), name)) {
      not_supported("a WITH query that uses one after it", location_of(body), "Write it after the one that it uses.");
    }
    later = later || name == text_member(body, "ctename");
  }
}

}  // namespace

CommonTables QueryBinder::bind_common_tables(const Json& with) {
  if (!with.is_null()) bind_with(with);
  return common_tables_;
}

void QueryBinder::bind_with(const Json& with) {
  const bool recursive = flag_member(with, "recursive");
  std::set<std::string> names;
  for (const Json& node : list_member(with, "ctes")) {
    const Json& body = node_body(node);
    const std::string name = text_member(body, "ctename");
    const Json& query = member(body, "ctequery");
    const int offset = location_of(body);
    if (!names.insert(name).second) {
      throw SqlException("42712", "WITH query name \"" + name + "\" specified more than once", offset);
    }
    if (!is_node(query, "SelectStmt")) {
      not_supported("a statement that writes in WITH", offset, "Send it as a statement of its own.");
    }
    if (!member(body, "search_clause").is_null() || !member(body, "cycle_clause").is_null()) {
      not_supported("SEARCH and CYCLE", offset, "Carry the path as an array, and stop where it holds the row.");
    }
    if (recursive) refuse_later_ones(with, body);
    if (recursive && mentions(query, name)) {
      bind_recursive(body, name);
      continue;
    }
    const PlanPtr plan = QueryBinder(*this).bind_table(node_body(query));
    const auto columns = names_for(*plan, string_nodes(list_member(body, "aliascolnames")), name, offset);
    common_tables_[name] = {plan, columns, depth_of(parent_)};
  }
}

void QueryBinder::bind_recursive(const Json& body, const std::string& name) {
  const Json& select = node_body(member(body, "ctequery"));
  const int offset = location_of(body);
  if (text_member(select, "op") != "SETOP_UNION") {
    throw SqlException(
        "42P19",
        "recursive query \"" + name + "\" does not have the form non-recursive-term UNION [ALL] recursive-term",
        offset);
  }
  check_recursion(select, name);
  for (const char* clause : {"sortClause", "limitCount", "limitOffset"}) {
    if (!member(select, clause).is_null()) {
      not_supported("ORDER BY and LIMIT in a recursive query", offset, "Order and limit where it is used.");
    }
  }
  QueryBinder first_binder(*this);
  const Json& own_with = member(select, "withClause");
  if (!own_with.is_null()) first_binder.bind_with(own_with);
  const PlanPtr first = first_binder.bind_table(member(select, "larg"));
  const auto names = names_for(*first, string_nodes(list_member(body, "aliascolnames")), name, offset);
  std::vector<PlanColumn> columns;
  std::vector<ivm::Type> types;
  for (std::size_t i = 0; i < names.size(); ++i) {
    columns.push_back({names[i], first->columns[i].type});
    types.push_back(first->columns[i].type);
  }
  const std::size_t id = ++context_.working_tables;
  QueryBinder step_binder(first_binder);
  step_binder.common_tables_[name] = {make_plan(WorkingTable{id}, {}, columns), names, depth_of(parent_)};
  const PlanPtr step_plan = step_binder.bind_table(member(select, "rarg"), true);
  if (step_plan->columns.size() != columns.size()) {
    throw SqlException("42601", "each UNION query must have the same number of columns", offset);
  }
  for (std::size_t i = 0; i < types.size(); ++i) {
    const ivm::Type type = step_plan->columns[i].type;
    if (type == types[i] || type.kind == ivm::TypeKind::unknown) continue;
    if (cast_between(type, types[i], CastContext::implicit)) continue;
    throw SqlException("42804",
                       "recursive query \"" + name + "\" column " + std::to_string(i + 1) + " has type " +
                           ivm::name_of(types[i]) + " in non-recursive term but type " + ivm::name_of(type) +
                           " overall",
                       offset, "Cast the output of the non-recursive term to the correct type.");
  }
  const PlanPtr step = coerce_columns(step_plan, types, CastContext::implicit, "UNION");
  const PlanPtr plan = make_plan(Recursive{id, !flag_member(select, "all")}, {first, step}, columns);
  common_tables_[name] = {plan, names, depth_of(parent_)};
}

}  // namespace laterbase::sql
