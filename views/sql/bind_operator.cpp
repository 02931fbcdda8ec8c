#include "views/sql/bind_expression.h"
#include "views/sql/error.h"

// a OP b, and what the grammar spells as if it were one: IN, BETWEEN, LIKE, IS DISTINCT FROM, NULLIF, ANY and ALL.
namespace laterbase::sql {

using ivm::Type;
using ivm::TypeKind;
using ivm::Value;

namespace {

ExprPtr negated(const ExprPtr& expr) { return logical(ExprKind::negation, {expr}, expr->offset); }

std::vector<ExprPtr> fields_of(ExpressionBinder& binder, const Json& row) {
  return binder.bind_list(list_member(node_body(row), "args"));
}

// (a, b) < (c, d): a < c OR (a = c AND b < d).
ExprPtr ordered_rows(const std::string& name, const std::vector<ExprPtr>& left, const std::vector<ExprPtr>& right,
                     std::size_t from, int offset) {
  const bool last = from + 1 == left.size();
  const std::string strict = name.substr(0, 1);
  const ExprPtr here = resolve_operator(last ? name : strict, left[from], right[from], offset);
  if (last) return here;
  const ExprPtr equal = resolve_operator("=", left[from], right[from], offset);
  return logical(ExprKind::any_true,
                 {here, logical(ExprKind::all_true, {equal, ordered_rows(name, left, right, from + 1, offset)})});
}

}  // namespace

ExprPtr compare_rows(const std::string& name, const std::vector<ExprPtr>& left, const std::vector<ExprPtr>& right,
                     int offset) {
  if (left.size() != right.size()) throw SqlException("42601", "unequal number of entries in row expressions", offset);
  if (name == "<" || name == "<=" || name == ">" || name == ">=") return ordered_rows(name, left, right, 0, offset);
  if (name != "=" && name != "<>") {
    not_supported("the operator " + name + " between rows", offset, "Compare the columns one by one.");
  }
  std::vector<ExprPtr> terms;
  for (std::size_t i = 0; i < left.size(); ++i) terms.push_back(resolve_operator(name, left[i], right[i], offset));
  if (terms.size() == 1) return terms.front();
  return logical(name == "=" ? ExprKind::all_true : ExprKind::any_true, std::move(terms), offset);
}

ExprPtr ExpressionBinder::bind_row_comparison(const std::string& name, const Json& left, const Json& right,
                                              int offset) {
  return compare_rows(name, fields_of(*this, left), fields_of(*this, right), offset);
}

ExprPtr ExpressionBinder::bind_comparison(const std::string& name, const Json& left, const Json& right, int offset) {
  if (is_node(left, "RowExpr") && is_node(right, "RowExpr")) return bind_row_comparison(name, left, right, offset);
  if (is_node(left, "RowExpr") && is_node(right, "SubLink")) {
    not_supported("a row compared with a sub-query", offset, "Compare with IN, or select the columns one by one.");
  }
  return resolve_operator(name, bind(left), bind(right), offset);
}

ExprPtr ExpressionBinder::bind_operator(const Json& body) {
  const std::string kind = text_member(body, "kind");
  const int offset = location_of(body);
  const Json& name_list = list_member(body, "name");
  const std::string name = name_list.empty() ? "" : string_node(name_list.back());
  const Json& left = member(body, "lexpr");
  const Json& right = member(body, "rexpr");
  if (kind == "AEXPR_OP") {
    return left.is_null() ? resolve_prefix_operator(name, bind(right), offset)
                          : bind_comparison(name == "!=" ? "<>" : name, left, right, offset);
  }
  if (kind == "AEXPR_LIKE" || kind == "AEXPR_ILIKE") return resolve_operator(name, bind(left), bind(right), offset);
  if (kind == "AEXPR_IN") return bind_in(body, offset);
  if (kind.starts_with("AEXPR_BETWEEN") || kind.starts_with("AEXPR_NOT_BETWEEN")) {
    return bind_between(body, kind, offset);
  }
  if (kind == "AEXPR_DISTINCT") return bind_distinct(body, true, offset);
  if (kind == "AEXPR_NOT_DISTINCT") return bind_distinct(body, false, offset);
  if (kind == "AEXPR_NULLIF") return bind_null_if(body, offset);
  if (kind == "AEXPR_OP_ANY") return bind_quantified(body, false, offset);
  if (kind == "AEXPR_OP_ALL") return bind_quantified(body, true, offset);
  not_supported("SIMILAR TO", offset, "Use LIKE.");
}

ExprPtr ExpressionBinder::bind_in(const Json& body, int offset) {
  const bool negative = string_node(list_member(body, "name").back()) == "<>";
  const Json& left = member(body, "lexpr");
  std::vector<ExprPtr> terms;
  const Json& items = list_member(node_body(member(body, "rexpr")), "items");
  if (is_node(left, "RowExpr")) {
    for (const Json& item : items) terms.push_back(bind_comparison("=", left, item, offset));
  } else {
    // All of the list become one type first, as PostgreSQL does it where they can.
    std::vector<ExprPtr> all = bind_list(items);
    all.insert(all.begin(), bind(left));
    coerce_together(all, "IN", offset);
    for (std::size_t i = 1; i < all.size(); ++i) terms.push_back(resolve_operator("=", all[0], all[i], offset));
  }
  const ExprPtr any = terms.size() == 1 ? terms.front() : logical(ExprKind::any_true, std::move(terms), offset);
  return negative ? negated(any) : any;
}

ExprPtr ExpressionBinder::bind_between(const Json& body, const std::string& kind, int offset) {
  const Json& bounds = list_member(node_body(member(body, "rexpr")), "items");
  const auto inside = [&](const Json& low, const Json& high) {
    const Json& value = member(body, "lexpr");
    return logical(ExprKind::all_true,
                   {bind_comparison(">=", value, low, offset), bind_comparison("<=", value, high, offset)}, offset);
  };
  ExprPtr result = inside(bounds[0], bounds[1]);
  if (kind.ends_with("_SYM")) result = logical(ExprKind::any_true, {result, inside(bounds[1], bounds[0])}, offset);
  return kind.starts_with("AEXPR_NOT") ? negated(result) : result;
}

ExprPtr ExpressionBinder::bind_distinct(const Json& body, bool is_distinct, int offset) {
  const Json& left = member(body, "lexpr");
  const Json& right = member(body, "rexpr");
  const bool rows = is_node(left, "RowExpr") && is_node(right, "RowExpr");
  const std::vector<ExprPtr> lefts = rows ? fields_of(*this, left) : std::vector<ExprPtr>{bind(left)};
  const std::vector<ExprPtr> rights = rows ? fields_of(*this, right) : std::vector<ExprPtr>{bind(right)};
  if (lefts.size() != rights.size()) {
    throw SqlException("42601", "unequal number of entries in row expressions", offset);
  }
  std::vector<ExprPtr> terms;
  for (std::size_t i = 0; i < lefts.size(); ++i) {
    // The operator = says which type both become.
    const ExprPtr equal = operator_call("=", lefts[i], rights[i], offset);
    terms.push_back(folded(logical(ExprKind::not_distinct, equal->args, offset)));
  }
  const ExprPtr same_rows = conjunction(terms);
  return is_distinct ? folded(negated(same_rows)) : same_rows;
}

ExprPtr ExpressionBinder::bind_null_if(const Json& body, int offset) {
  const ExprPtr left = bind(member(body, "lexpr"));
  const ExprPtr right = bind(member(body, "rexpr"));
  Expr made{ExprKind::null_if};
  const ExprPtr equal = operator_call("=", left, right, offset);
  made.args = {equal->args[0], folded(equal)};  // the value as it is compared: NULLIF(1, 1.0) is a NUMERIC
  made.type = made.args[0]->type;
  made.offset = offset;
  return std::make_shared<const Expr>(std::move(made));
}

ExprPtr ExpressionBinder::bind_quantified(const Json& body, bool all, int offset) {
  const std::string name = string_node(list_member(body, "name").back());
  ExprPtr left = bind(member(body, "lexpr"));
  ExprPtr right = bind(member(body, "rexpr"));
  if (right->type.kind == TypeKind::unknown) {
    right = coerce(right, array_of(known(left)->type, offset), CastContext::implicit, offset);
  }
  if (!is_array(right->type)) {
    throw SqlException("42809", "op ANY/ALL (array) requires array on right side", offset);
  }
  // The operator is looked up for an element; a column stands for one.
  const ExprPtr comparison = resolve_operator(name, left, column_at(0, element_of(right->type)), offset);
  if (comparison->kind != ExprKind::call || comparison->args.size() != 2) {
    return null_constant({TypeKind::boolean}, offset);
  }
  if (comparison->type.kind != TypeKind::boolean) {
    throw SqlException("42809", "op ANY/ALL (array) requires operator to yield boolean", offset);
  }
  Expr made{ExprKind::quantified, {TypeKind::boolean}};
  const ExprPtr elements = coerce(right, array_of(comparison->args[1]->type), CastContext::implicit, offset);
  made.args = {comparison->args[0], elements};
  made.function = comparison->function;
  made.index = all ? 1 : 0;
  made.offset = offset;
  return std::make_shared<const Expr>(std::move(made));
}

}  // namespace laterbase::sql
