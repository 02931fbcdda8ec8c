#include "views/sql/expression.h"

#include <algorithm>

#include "views/sql/function.h"

namespace laterbase::sql {
namespace {

ExprPtr made(Expr expr) { return std::make_shared<const Expr>(std::move(expr)); }

}  // namespace

ExprPtr constant(ivm::Type type, ivm::Value value, int offset) {
  Expr expr{ExprKind::constant, type};
  expr.value = value.owned();
  expr.offset = offset;
  return made(std::move(expr));
}

ExprPtr null_constant(ivm::Type type, int offset) { return constant(type, {}, offset); }

ExprPtr boolean_constant(bool value) { return constant({ivm::TypeKind::boolean}, ivm::Value::of_bool(value)); }

ExprPtr column_at(std::size_t index, ivm::Type type, int offset) {
  Expr expr{ExprKind::column, type};
  expr.index = index;
  expr.offset = offset;
  return made(std::move(expr));
}

ExprPtr outer_column(std::size_t level, std::size_t index, ivm::Type type, int offset) {
  Expr expr{ExprKind::outer, type};
  expr.level = level;
  expr.index = index;
  expr.offset = offset;
  return made(std::move(expr));
}

ExprPtr call(const Function& function, ivm::Type type, std::vector<ExprPtr> args, int offset) {
  Expr expr{ExprKind::call, type, std::move(args)};
  expr.function = &function;
  expr.offset = offset;
  return made(std::move(expr));
}

ExprPtr logical(ExprKind kind, std::vector<ExprPtr> args, int offset) {
  Expr expr{kind, {ivm::TypeKind::boolean}, std::move(args)};
  expr.offset = offset;
  return made(std::move(expr));
}

void split_conjunction(const ExprPtr& expr, std::vector<ExprPtr>& terms) {
  if (expr->kind == ExprKind::all_true) {
    for (const ExprPtr& arg : expr->args) split_conjunction(arg, terms);
  } else if (expr->kind != ExprKind::constant || expr->value.is_null() || !expr->value.as_bool()) {
    terms.push_back(expr);
  }
}

ExprPtr conjunction(std::vector<ExprPtr> terms) {
  std::vector<ExprPtr> flat;
  for (const ExprPtr& term : terms) split_conjunction(term, flat);
  if (flat.empty()) return boolean_constant(true);
  return flat.size() == 1 ? flat.front() : logical(ExprKind::all_true, std::move(flat));
}

ExprPtr rewrite(const ExprPtr& expr, const Rewrite& change) {
  if (ExprPtr changed = change(expr)) return changed;
  std::vector<ExprPtr> args;
  bool different = false;
  for (const ExprPtr& arg : expr->args) {
    args.push_back(rewrite(arg, change));
    different = different || args.back() != arg;
  }
  if (!different) return expr;
  Expr copy = *expr;
  copy.args = std::move(args);
  return made(std::move(copy));
}

void visit(const ExprPtr& expr, const std::function<void(const Expr&)>& look) {
  look(*expr);
  for (const ExprPtr& arg : expr->args) visit(arg, look);
}

ExprPtr renumber(const ExprPtr& expr, const std::function<std::size_t(std::size_t)>& to) {
  return rewrite(expr, [&](const ExprPtr& at) -> ExprPtr {
    if (at->kind != ExprKind::column) return nullptr;
    const std::size_t index = to(at->index);
    return index == at->index ? at : column_at(index, at->type, at->offset);
  });
}

ExprPtr shift_columns(const ExprPtr& expr, std::size_t by) {
  return renumber(expr, [by](std::size_t index) { return index + by; });
}

ExprPtr substitute(const ExprPtr& expr, const std::vector<ExprPtr>& columns) {
  return rewrite(expr, [&](const ExprPtr& at) -> ExprPtr {
    return at->kind == ExprKind::column ? columns.at(at->index) : nullptr;
  });
}

std::vector<std::size_t> columns_of(const ExprPtr& expr) {
  std::vector<std::size_t> found;
  visit(expr, [&](const Expr& at) {
    if (at.kind == ExprKind::column) found.push_back(at.index);
  });
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

bool uses_outer(const ExprPtr& expr) {
  bool found = false;
  visit(expr, [&](const Expr& at) { found = found || at.kind == ExprKind::outer; });
  return found;
}

bool same(const ExprPtr& a, const ExprPtr& b) {
  if (a == b) return true;
  if (a->kind != b->kind || a->type != b->type || a->index != b->index || a->level != b->level ||
      a->function != b->function || a->plan != b->plan || a->args.size() != b->args.size()) {
    return false;
  }
  // 1.0 and 1.00 are equal and not the same.
  if (a->kind == ExprKind::constant && ivm::to_text(a->value) != ivm::to_text(b->value)) return false;
  return std::equal(a->args.begin(), a->args.end(), b->args.begin(), same);
}

bool is_constant(const ExprPtr& expr) { return expr->kind == ExprKind::constant; }

bool can_fail(const ExprPtr& expr) {
  bool found = false;
  visit(expr, [&](const Expr& at) { found = found || (at.function != nullptr && at.function->may_fail); });
  return found;
}

}  // namespace laterbase::sql
