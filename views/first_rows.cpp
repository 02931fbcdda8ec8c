#include "views/first_rows.h"

#include <algorithm>

#include "views/sql/compile.h"
#include "views/sql/scope.h"

namespace laterbase::views {
namespace {

using sql::ExprKind;
using sql::ExprPtr;

std::vector<ivm::ExpressionPtr> compiled(const std::vector<ExprPtr>& exprs) {
  std::vector<ivm::ExpressionPtr> all;
  for (const ExprPtr& expr : exprs) all.push_back(sql::compile_expression(expr));
  return all;
}

std::vector<ivm::Order> first_of(std::vector<ivm::Order> order, std::size_t count) {
  order.resize(std::min(count, order.size()));
  return order;
}

ivm::Schema schema_of(const std::vector<ExprPtr>& exprs) {
  ivm::Schema schema;
  for (const ExprPtr& expr : exprs) schema.push_back({"", expr->type});
  return schema;
}

ivm::Schema schema_of(const std::vector<sql::PlanColumn>& columns) {
  ivm::Schema schema;
  for (const sql::PlanColumn& column : columns) schema.push_back({column.name, column.type});
  return schema;
}

}  // namespace

std::optional<First> First::of(const sql::Limit& limit, const sql::Plan& input) {
  if (!limit.count || !limit.partition.empty()) return std::nullopt;
  First first;
  first.row = sql::columns_of_plan(input);
  for (const sql::SortKey& key : limit.order) {
    if (key.expr->kind != ExprKind::column) return std::nullopt;
    first.order.push_back({key.expr->index, key.descending, key.nulls_first});
  }
  first.most = limit.offset + std::min(*limit.count, UINT64_MAX - limit.offset);
  return first;
}

std::optional<First> First::of(const sql::AggregateCall& call) {
  const bool least = call.function == ivm::AggregateFunction::min;
  if (!least && call.function != ivm::AggregateFunction::max) return std::nullopt;
  if (call.filter || call.args.size() != 1 || call.args[0]->kind != ExprKind::column) return std::nullopt;
  // Values that are equal and not the same, as 1.0 and 1.00: which one it is, is the aggregate's affair.
  const ivm::TypeKind kind = call.args[0]->type.kind;
  const bool is_same = kind == ivm::TypeKind::text || (is_fixed_width(kind) && kind != ivm::TypeKind::real8);
  if (!is_same) return std::nullopt;
  First first;
  first.row = {call.args[0]};
  first.order = {{0, !least, false}};  // NULLs don't count, and come last
  first.most = 1;
  return first;
}

First First::below(const sql::Filter& filter) const {
  First first = *this;
  std::vector<ExprPtr> terms;
  sql::split_conjunction(filter.condition, terms);
  first.conditions.insert(first.conditions.begin(), terms.begin(), terms.end());
  return first;
}

First First::below(const sql::Project& project) const {
  First first = *this;
  for (ExprPtr& condition : first.conditions) condition = sql::substitute(condition, project.exprs);
  for (ExprPtr& column : first.row) column = sql::substitute(column, project.exprs);
  return first;
}

std::vector<ivm::Order> First::order_below() const {
  std::vector<ivm::Order> below;
  for (const ivm::Order& key : order) {
    if (row[key.column]->kind != ExprKind::column) break;
    below.push_back({row[key.column]->index, key.descending, key.nulls_first});
  }
  return below;
}

FirstRows::FirstRows(const First& first, std::size_t in_order, const std::vector<sql::PlanColumn>& columns)
    : conditions_(compiled(first.conditions)),
      row_(compiled(first.row)),
      most_(first.most),
      order_(first.order, schema_of(first.row)),
      stop_(first_of(first.order_below(), in_order), schema_of(columns)),
      below_(first.order_below(), schema_of(columns)) {}

bool FirstRows::has_all(ivm::RowView row) const {
  return std::all_of(conditions_.begin(), conditions_.end(), [&](const auto& one) { return one->holds(row); });
}

bool FirstRows::take(ivm::RowView row, std::int64_t weight) {
  if (most_ == 0) return false;
  if (is_full()) {
    const ivm::RowView last = kept_.front().row.view();
    if (stop_.compare_columns(row, last) > 0) return false;
    if (below_.compare_columns(row, last) > 0) return true;
  }
  if (!has_all(row)) return true;
  builder_.begin(row_.size());
  for (std::size_t i = 0; i < row_.size(); ++i) row_[i]->write(row, builder_, i);
  const ivm::RowView shown = builder_.finish();
  if (!is_full() || order_.compare(shown, kept_.front().shown.view()) < 0) keep(shown, row, weight);
  return true;
}

void FirstRows::keep(ivm::RowView shown, ivm::RowView row, std::int64_t weight) {
  const auto before = [this](const Kept& a, const Kept& b) {
    return order_.compare(a.shown.view(), b.shown.view()) < 0;
  };
  kept_.push_back({ivm::Row(shown), ivm::Row(row), weight});
  std::push_heap(kept_.begin(), kept_.end(), before);
  total_ += static_cast<std::uint64_t>(weight);
  while (total_ - static_cast<std::uint64_t>(kept_.front().weight) >= most_) {
    total_ -= static_cast<std::uint64_t>(kept_.front().weight);
    std::pop_heap(kept_.begin(), kept_.end(), before);
    kept_.pop_back();
  }
}

void FirstRows::give(const ivm::RowVisitor& visit) const {
  for (const Kept& kept : kept_) visit(kept.row.view(), kept.weight);
}

}  // namespace laterbase::views
