#pragma once

#include <string>
#include <vector>

#include "views/sql/expression.h"
#include "views/sql/types.h"

// Which function or operator a name and its arguments mean, by PostgreSQL's rules (documentation, chapter 10):
// literals of type `unknown` take the type that fits, arguments are cast where a cast is implicit.
// Errors: SqlException with PostgreSQL's message and `offset`.
namespace laterbase::sql {

// The call, with its arguments as the operator takes them; resolve_operator() gives its value where that is constant.
ExprPtr operator_call(const std::string& name, ExprPtr left, ExprPtr right, int offset);
ExprPtr resolve_operator(const std::string& name, ExprPtr left, ExprPtr right, int offset);
ExprPtr resolve_prefix_operator(const std::string& name, ExprPtr arg, int offset);
// Null where no function has this name.
ExprPtr resolve_function(const std::string& name, std::vector<ExprPtr> args, int offset);

// `expr` as `to`: what is constant is computed at once. 42804 or 42846 where there is no such cast.
ExprPtr coerce(const ExprPtr& expr, ivm::Type to, CastContext context, int offset);
// The same, and null instead of an error where there is no such cast.
ExprPtr try_coerce(const ExprPtr& expr, ivm::Type to, CastContext context, int offset);
// A literal of type unknown becomes text; all else stays.
ExprPtr known(const ExprPtr& expr);
// What WHERE, AND, CASE WHEN and the like want.
ExprPtr coerce_to_boolean(const ExprPtr& expr, std::string_view clause, int offset);
// All of them as their common type.
ivm::Type coerce_together(std::vector<ExprPtr>& exprs, std::string_view what, int offset);
// NUMERIC(p,s), VARCHAR(n) and the like.
ExprPtr with_modifier(const ExprPtr& expr, const TypeModifier& modifier, bool explicit_cast);

// Of what is written first in it; -1 where there is none.
int leftmost_offset(const ExprPtr& expr);

// A call without columns becomes its value, unless it fails: that is for the row that asks.
ExprPtr folded(const ExprPtr& expr);

}  // namespace laterbase::sql
