#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/ivm/type.h"
#include "engine/ivm/value.h"

// Expressions after binding: every name is a column, every operator a function, every type known. Immutable and
// shared; a change is a new tree over the old branches.
namespace laterbase::sql {

struct Expr;
struct Plan;
struct Function;  // function.h
using ExprPtr = std::shared_ptr<const Expr>;
using PlanPtr = std::shared_ptr<const Plan>;

enum class ExprKind {
  constant,      // value
  column,        // column `index` of the row that it is evaluated on
  outer,         // column `index` of the row of the `level`th query around this one; gone after unnesting
  call,          // function(args…)
  all_true,      // a AND b AND …, from left to right, ends at the first FALSE
  any_true,      // a OR b OR …, ends at the first TRUE
  negation,      // NOT a
  is_null,       // a IS NULL
  not_distinct,  // a IS NOT DISTINCT FROM b: never NULL
  case_when,     // args: condition, result, condition, result, …, otherwise
  coalesce,      // the first that is not NULL
  null_if,       // NULL where function(a, b), else a
  array,         // ARRAY[args…]
  quantified,    // a op ANY/ALL (array): function is the operator, `index` 1 for ALL
  // Only while a SELECT is being bound:
  aggregate,  // index into the aggregates of its SELECT
  window,     // index into the window functions of its SELECT
  subquery,   // plan
};

enum class SubqueryKind { scalar, exists, any, all };

struct Expr {
  ExprKind kind = ExprKind::constant;
  ivm::Type type = {};
  std::vector<ExprPtr> args = {};
  ivm::Value value = {};
  std::size_t index = 0;
  std::size_t level = 0;
  const Function* function = nullptr;
  int offset = -1;         // 0-based byte in the statement's text
  PlanPtr plan = nullptr;  // of a subquery: its last columns are what it gives
  SubqueryKind subquery = SubqueryKind::scalar;
};

ExprPtr constant(ivm::Type type, ivm::Value value, int offset = -1);
ExprPtr null_constant(ivm::Type type, int offset = -1);
ExprPtr boolean_constant(bool value);
ExprPtr column_at(std::size_t index, ivm::Type type, int offset = -1);
ExprPtr outer_column(std::size_t level, std::size_t index, ivm::Type type, int offset = -1);
ExprPtr call(const Function& function, ivm::Type type, std::vector<ExprPtr> args, int offset = -1);
ExprPtr logical(ExprKind kind, std::vector<ExprPtr> args, int offset = -1);  // all_true, any_true, negation, is_null

// A AND B; what is already a conjunction is taken apart first. TRUE where there is none.
ExprPtr conjunction(std::vector<ExprPtr> terms);
void split_conjunction(const ExprPtr& expr, std::vector<ExprPtr>& terms);

// A copy in which `change` replaces what it gives an answer for; it is asked from the root down.
using Rewrite = std::function<ExprPtr(const ExprPtr&)>;
ExprPtr rewrite(const ExprPtr& expr, const Rewrite& change);
void visit(const ExprPtr& expr, const std::function<void(const Expr&)>& look);

// Columns renumbered: column i becomes to(i).
ExprPtr renumber(const ExprPtr& expr, const std::function<std::size_t(std::size_t)>& to);
ExprPtr shift_columns(const ExprPtr& expr, std::size_t by);
// Columns replaced by expressions.
ExprPtr substitute(const ExprPtr& expr, const std::vector<ExprPtr>& columns);

std::vector<std::size_t> columns_of(const ExprPtr& expr);  // ascending, each once
bool uses_outer(const ExprPtr& expr);
bool same(const ExprPtr& a, const ExprPtr& b);  // the same text, not the same meaning
bool is_constant(const ExprPtr& expr);          // a constant node
bool can_fail(const ExprPtr& expr);             // some row may make it raise an error

}  // namespace laterbase::sql
