#include "views/tree/after.h"

#include "views/sql/resolve.h"

namespace laterbase::tree {
namespace {

using sql::ExprKind;
using sql::ExprPtr;

ExprPtr is_null(const ExprPtr& expr) { return sql::logical(ExprKind::is_null, {expr}); }
ExprPtr is_not_null(const ExprPtr& expr) { return sql::logical(ExprKind::negation, {is_null(expr)}); }
ExprPtr both(const ExprPtr& a, const ExprPtr& b) { return sql::logical(ExprKind::all_true, {a, b}); }
ExprPtr either(const ExprPtr& a, const ExprPtr& b) { return sql::logical(ExprKind::any_true, {a, b}); }

// The value as the key's comparison wants it, so that "is the same" compares equals too.
ExprPtr same_type(const sql::SortKey& key, const ExprPtr& value) {
  if (value->type == key.expr->type) return value;
  const ExprPtr cast = sql::try_coerce(value, key.expr->type, sql::CastContext::implicit, value->offset);
  return cast != nullptr ? cast : sql::coerce(value, key.expr->type, sql::CastContext::assignment, value->offset);
}

ExprPtr beyond(const sql::SortKey& key, const ExprPtr& value) {
  const ExprPtr further = sql::resolve_operator(key.descending ? "<" : ">", key.expr, value, value->offset);
  const ExprPtr over_nulls =
      key.nulls_first ? both(is_null(value), is_not_null(key.expr)) : both(is_null(key.expr), is_not_null(value));
  return either(further, over_nulls);
}

}  // namespace

ExprPtr comes_after(const std::vector<sql::SortKey>& keys, const std::vector<ExprPtr>& values) {
  ExprPtr condition;
  for (std::size_t i = values.size(); i-- > 0;) {
    const ExprPtr value = same_type(keys[i], values[i]);
    ExprPtr here = beyond(keys[i], value);
    if (condition != nullptr) {
      const ExprPtr same = sql::logical(ExprKind::not_distinct, {keys[i].expr, value});
      here = either(here, both(same, condition));
    }
    condition = here;
  }
  return condition;
}

}  // namespace laterbase::tree
