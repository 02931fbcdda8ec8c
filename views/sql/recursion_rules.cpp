#include "views/sql/recursion_rules.h"

#include "views/sql/aggregates.h"
#include "views/sql/error.h"

// PostgreSQL's checkWellFormedRecursion().
namespace laterbase::sql {
namespace {

class RecursionRules {
 public:
  explicit RecursionRules(const std::string& name) : name_(name) {}

  void walk(const Json& node, const std::string& where) {
    if (node.is_array()) {
      for (const Json& item : node) walk(item, where);
    }
    if (!node.is_object()) return;
    if (node.contains("RangeVar")) return found(node["RangeVar"], where);
    if (node.contains("JoinExpr")) return join(node["JoinExpr"], where);
    if (node.contains("SubLink")) return sub_query(node["SubLink"], where);
    if (node.contains("SelectStmt")) return select(node["SelectStmt"], where);
    for (const auto& [key, value] : node.items()) walk(value, where);
  }

  void select(const Json& body, const std::string& where) {
    const std::string op = text_member(body, "op");
    if (op == "SETOP_INTERSECT" || op == "SETOP_EXCEPT") {
      const std::string all = flag_member(body, "all") ? inner(where, op.substr(6)) : where;
      select(member(body, "larg"), all);
      return select(member(body, "rarg"), op == "SETOP_EXCEPT" ? inner(where, "EXCEPT") : all);
    }
    if (op == "SETOP_UNION") {
      select(member(body, "larg"), where);
      return select(member(body, "rarg"), where);
    }
    const bool before = reads_itself_;
    reads_itself_ = false;
    walk(member(body, "fromClause"), where);
    if (reads_itself_) refuse_aggregates(member(body, "targetList")), refuse_aggregates(member(body, "havingClause"));
    reads_itself_ = before;
    for (const auto& [key, value] : body.items()) {
      if (key != "fromClause") walk(value, where);
    }
  }

 private:
  // The outermost reason is the one that is told.
  static std::string inner(const std::string& where, const std::string& reason) {
    return where.empty() ? reason : where;
  }

  void found(const Json& table, const std::string& where) {
    if (text_member(table, "relname") != name_ || !text_member(table, "schemaname").empty()) return;
    const int offset = location_of(table);
    if (!where.empty()) refuse("must not appear within " + where, offset);
    if (++times_ > 1) refuse("must not appear more than once", offset);
    reads_itself_ = true;
  }
  void join(const Json& body, const std::string& where) {
    const std::string type = text_member(body, "jointype"), outer = inner(where, "an outer join");
    walk(member(body, "larg"), type == "JOIN_RIGHT" || type == "JOIN_FULL" ? outer : where);
    walk(member(body, "rarg"), type == "JOIN_LEFT" || type == "JOIN_FULL" ? outer : where);
    walk(member(body, "quals"), where);
  }
  void sub_query(const Json& body, const std::string& where) {
    walk(member(body, "testexpr"), where);
    walk(member(body, "subselect"), inner(where, "a subquery"));
  }
  void refuse_aggregates(const Json& node) const {
    if (node.is_array()) {
      for (const Json& item : node) refuse_aggregates(item);
    }
    if (!node.is_object() || node.contains("SubLink")) return;
    if (node.contains("FuncCall")) {
      const Json& call = node["FuncCall"];
      if (member(call, "over").is_null() && is_aggregate(string_node(list_member(call, "funcname").back()))) {
        throw SqlException("42P19", "aggregate functions are not allowed in a recursive query's recursive term",
                           location_of(call));
      }
    }
    for (const auto& [key, value] : node.items()) refuse_aggregates(value);
  }
  [[noreturn]] void refuse(const std::string& why, int offset) const {
    throw SqlException("42P19", "recursive reference to query \"" + name_ + "\" " + why, offset);
  }

  const std::string& name_;
  std::size_t times_ = 0;
  bool reads_itself_ = false;  // the SELECT that is being walked, in FROM
};

}  // namespace

void check_recursion(const Json& select, const std::string& name) {
  RecursionRules(name).select(member(select, "larg"), "its non-recursive term");
  RecursionRules(name).select(member(select, "rarg"), "");
}

bool mentions(const Json& node, const std::string& name) {
  if (node.is_object()) {
    if (node.contains("RangeVar") && text_member(node["RangeVar"], "relname") == name) return true;
    for (const auto& [key, value] : node.items()) {
      if (mentions(value, name)) return true;
    }
  }
  if (node.is_array()) {
    for (const Json& item : node) {
      if (mentions(item, name)) return true;
    }
  }
  return false;
}

}  // namespace laterbase::sql
