#include "views/sql/resolve.h"

#include <algorithm>

#include "engine/ivm/expression.h"
#include "views/sql/compile.h"
#include "views/sql/error.h"
#include "views/sql/known_names.h"
#include "views/sql/overloads.h"

namespace laterbase::sql {
namespace {

using ivm::Type;
using ivm::TypeKind;
using ivm::Value;

bool is_unknown(const ExprPtr& expr) { return expr->type.kind == TypeKind::unknown; }

std::vector<Type> types_of(const std::vector<ExprPtr>& args) {
  std::vector<Type> types;
  for (const ExprPtr& arg : args) types.push_back(arg->type);
  return types;
}

std::string signature(const std::vector<Type>& types) {
  std::string text;
  for (const Type type : types) text += (text.empty() ? "" : ", ") + ivm::name_of(type);
  return text;
}

// A literal's text as a value of the type.
ExprPtr read_literal(const ExprPtr& literal, Type to) {
  if (literal->value.is_null()) return null_constant(to, literal->offset);
  try {
    return constant(to, parse_value(literal->value.as_text(), to), literal->offset);
  } catch (const ivm::EvalError& error) {
    throw SqlException(error.sqlstate(), error.what(), literal->offset);
  }
}

ExprPtr call_with(const Overload& overload, std::vector<ExprPtr> args, int offset) {
  for (std::size_t i = 0; i < args.size(); ++i) {
    const Type wanted = overload.args[i];
    args[i] =
        wanted.kind == TypeKind::unknown ? known(args[i]) : coerce(args[i], wanted, CastContext::implicit, offset);
  }
  return call(*overload.function, overload.result, std::move(args), offset);
}

[[noreturn]] void no_operator(const std::string& name, const std::vector<Type>& types, bool ambiguous, int offset) {
  const std::string text = types.size() == 2 ? ivm::name_of(types[0]) + " " + name + " " + ivm::name_of(types[1])
                                             : name + " " + ivm::name_of(types[0]);
  if (ambiguous) {
    throw SqlException("42725", "operator is not unique: " + text, offset,
                       "Could not choose a best candidate operator. You might need to add explicit type casts.");
  }
  throw SqlException(
      "42883", "operator does not exist: " + text, offset,
      "No operator matches the given name and argument types. You might need to add explicit type casts.");
}

}  // namespace

int leftmost_offset(const ExprPtr& expr) {
  int first = -1;
  visit(expr, [&](const Expr& at) {
    if (at.offset >= 0 && (first < 0 || at.offset < first)) first = at.offset;
  });
  return first;
}

ExprPtr known(const ExprPtr& expr) { return is_unknown(expr) ? read_literal(expr, {TypeKind::text}) : expr; }

namespace {

// What has no arguments and is of a row, or of many, all the same.
bool is_of_rows(ExprKind kind) {
  return kind == ExprKind::column || kind == ExprKind::outer || kind == ExprKind::aggregate ||
         kind == ExprKind::window || kind == ExprKind::subquery;
}

}  // namespace

ExprPtr folded(const ExprPtr& expr) {
  if (is_of_rows(expr->kind) || !std::all_of(expr->args.begin(), expr->args.end(), is_constant)) return expr;
  try {
    return constant(expr->type, evaluate_constant(expr), expr->offset);
  } catch (const ivm::EvalError&) {
    return expr;
  }
}

ExprPtr try_coerce(const ExprPtr& expr, Type to, CastContext context, int offset) {
  if (expr->type == to || to.kind == TypeKind::unknown) return expr;
  if (is_unknown(expr)) return expr->kind == ExprKind::constant ? read_literal(expr, to) : nullptr;
  const auto cast = cast_between(expr->type, to, context);
  if (!cast) return nullptr;
  return cast->function == nullptr ? expr : folded(call(*cast->function, to, {expr}, offset));
}

ExprPtr coerce(const ExprPtr& expr, Type to, CastContext context, int offset) {
  if (ExprPtr cast = try_coerce(expr, to, context, offset)) return cast;
  throw SqlException("42846", "cannot cast type " + ivm::name_of(expr->type) + " to " + ivm::name_of(to), offset);
}

ExprPtr coerce_to_boolean(const ExprPtr& expr, std::string_view clause, int offset) {
  if (ExprPtr cast = try_coerce(expr, {TypeKind::boolean}, CastContext::implicit, offset)) return cast;
  throw SqlException(
      "42804", "argument of " + std::string(clause) + " must be type boolean, not type " + ivm::name_of(expr->type),
      expr->offset >= 0 ? leftmost_offset(expr) : offset);
}

Type coerce_together(std::vector<ExprPtr>& exprs, std::string_view what, int offset) {
  const std::vector<Type> types = types_of(exprs);
  const Type common = common_type(types, what, offset);
  for (ExprPtr& expr : exprs) expr = coerce(expr, common, CastContext::implicit, offset);
  return common;
}

ExprPtr operator_call(const std::string& name, ExprPtr left, ExprPtr right, int offset) {
  std::vector<ExprPtr> args = {std::move(left), std::move(right)};
  std::vector<Type> types = types_of(args);
  const std::vector<const Function*> candidates = operators_named(name == "!=" ? "<>" : name);
  // PostgreSQL has these for JSON too, and would not know which is meant.
  const bool on_documents = name == "->" || name == "->>" || name == "#>" || name == "#>>";
  if (on_documents && is_unknown(args[0]) && args[0]->kind == ExprKind::constant)
    no_operator(name, types, true, offset);
  // An unknown literal is first taken to be of the other side's type.
  if (is_unknown(args[0]) != is_unknown(args[1])) {
    const Type other = is_unknown(args[0]) ? types[1] : types[0];
    if (const auto exact = exact_overload(candidates, {other, other}))
      return call_with(*exact, std::move(args), offset);
  }
  bool ambiguous = false;
  const auto chosen = choose_overload(candidates, types, ambiguous);
  if (!chosen) refuse_known_operator(name, offset);
  if (!chosen) no_operator(name, types, ambiguous, offset);
  return call_with(*chosen, std::move(args), offset);
}

ExprPtr resolve_operator(const std::string& name, ExprPtr left, ExprPtr right, int offset) {
  return folded(operator_call(name, std::move(left), std::move(right), offset));
}

ExprPtr resolve_prefix_operator(const std::string& name, ExprPtr arg, int offset) {
  std::vector<ExprPtr> args = {std::move(arg)};
  bool ambiguous = false;
  const auto chosen = choose_overload(operators_named(name), types_of(args), ambiguous);
  if (!chosen) no_operator(name, types_of(args), ambiguous, offset);
  return folded(call_with(*chosen, std::move(args), offset));
}

ExprPtr resolve_function(const std::string& name, std::vector<ExprPtr> args, int offset) {
  const std::vector<const Function*> candidates = functions_named(name);
  if (candidates.empty()) return nullptr;
  if (name == "to_jsonb" && args.size() == 1 && is_unknown(args[0])) {
    throw SqlException("42804", "could not determine polymorphic type because input has type unknown", offset,
                       "Write the type: CAST(… AS TEXT).");
  }
  bool ambiguous = false;
  const auto chosen = choose_overload(candidates, types_of(args), ambiguous);
  if (chosen) return folded(call_with(*chosen, std::move(args), offset));
  const std::string text = name + "(" + signature(types_of(args)) + ")";
  if (ambiguous) {
    throw SqlException("42725", "function " + text + " is not unique", offset,
                       "Could not choose a best candidate function. You might need to add explicit type casts.");
  }
  refuse_other_forms(name, offset);
  throw SqlException(
      "42883", "function " + text + " does not exist", offset,
      "No function matches the given name and argument types. You might need to add explicit type casts.");
}

namespace {

// The modifier's numbers travel as constants beside the value.
TypeModifier modifier_from(std::span<const Value> args) {
  TypeModifier modifier;
  modifier.precision = static_cast<int>(args[1].as_int());
  modifier.scale = static_cast<int>(args[2].as_int());
  modifier.small = args[3].as_bool();
  return modifier;
}

Value apply_constants(std::span<const Value> args, Type result) {
  return apply_modifier(args[0], result, modifier_from(args), args[4].as_bool());
}

const Function modifier_function = {
    "modifier",
    {Pseudo::any, TypeKind::integer, TypeKind::integer, TypeKind::boolean, TypeKind::boolean},
    Pseudo::any,
    apply_constants,
    true};

}  // namespace

ExprPtr with_modifier(const ExprPtr& expr, const TypeModifier& modifier, bool explicit_cast) {
  if (!modifier.is_set()) return expr;
  const auto number = [](int value) { return constant({TypeKind::integer}, Value::of_integer(value)); };
  return folded(call(modifier_function, expr->type,
                     {expr, number(modifier.precision), number(modifier.scale), boolean_constant(modifier.small),
                      boolean_constant(explicit_cast)},
                     expr->offset));
}

}  // namespace laterbase::sql
