#include "views/narrow_plan.h"

#include <algorithm>

#include "views/sql/function.h"

namespace laterbase::views {
namespace {

using ivm::Value;
using sql::Expr;
using sql::ExprKind;
using sql::ExprPtr;

struct Comparison {
  std::string_view sign;
  std::size_t column = 0;
  const Value* value = nullptr;
};

std::string_view turned(std::string_view sign) {
  if (sign == "<") return ">";
  if (sign == "<=") return ">=";
  if (sign == ">") return "<";
  return sign == ">=" ? "<=" : sign;
}

// column < constant, either way round.
std::optional<Comparison> comparison_of(const Expr& term) {
  if (term.kind != ExprKind::call || term.function == nullptr || term.args.size() != 2) return std::nullopt;
  const Expr &left = *term.args[0], &right = *term.args[1];
  if (left.kind == ExprKind::column && right.kind == ExprKind::constant)
    return Comparison{term.function->name, left.index, &right.value};
  if (left.kind == ExprKind::constant && right.kind == ExprKind::column && term.function->name != "~~")
    return Comparison{turned(term.function->name), right.index, &left.value};
  return std::nullopt;
}

// x IS NOT NULL.
std::optional<std::size_t> column_not_null(const Expr& term) {
  if (term.kind != ExprKind::negation || term.args[0]->kind != ExprKind::is_null) return std::nullopt;
  const Expr& of = *term.args[0]->args[0];
  return of.kind == ExprKind::column ? std::optional(of.index) : std::nullopt;
}

// x IN (1, 2), as it is bound: x = 1 OR x = 2.
bool narrow_by_any(Domains& domains, const Expr& term) {
  std::optional<std::size_t> column;
  std::vector<Value> points;
  for (const ExprPtr& arg : term.args) {
    const auto comparison = comparison_of(*arg);
    if (!comparison || comparison->sign != "=" || (column && *column != comparison->column)) return false;
    column = comparison->column;
    if (!comparison->value->is_null()) points.push_back(*comparison->value);
  }
  if (column) narrow_to(domains[*column], std::move(points));
  return column.has_value();
}

// x = ANY (array).
void narrow_by_array(Domains& domains, const Expr& term) {
  if (term.function == nullptr || term.function->name != "=" || term.index != 0 || term.args.size() != 2) return;
  const Expr &left = *term.args[0], &array = *term.args[1];
  if (left.kind != ExprKind::column || array.kind != ExprKind::constant) return;
  std::vector<Value> points;
  if (!array.value.is_null()) {
    for (Value& one : array.value.as_array())
      if (!one.is_null()) points.push_back(std::move(one));
  }
  narrow_to(domains[left.index], std::move(points));
}

void narrow_by_comparison(Domains& domains, const Comparison& comparison) {
  const bool is_null = comparison.value->is_null();  // then it is never true
  if (comparison.sign == "~~" && !is_null)
    return narrow_by_pattern(domains[comparison.column], comparison.value->as_text());
  if (comparison.sign == "=")
    return narrow_to(domains[comparison.column], is_null ? std::vector<Value>{} : std::vector{*comparison.value});
  const bool from_below = comparison.sign == ">" || comparison.sign == ">=";
  const bool from_above = comparison.sign == "<" || comparison.sign == "<=";
  if (is_null || (!from_below && !from_above)) return;
  Domain& domain = domains[comparison.column];
  auto& end = from_below ? domain.lower : domain.upper;
  if (!end) end = Domain::End{*comparison.value, comparison.sign.size() == 2};
  domain.not_null = true;
}

}  // namespace

void narrow_to(Domain& domain, std::vector<Value> points) {
  if (!domain.points || points.size() < domain.points->size()) domain.points = std::move(points);
}

void narrow_by_pattern(Domain& domain, std::string_view pattern) {
  const std::string prefix(pattern.substr(0, pattern.find_first_of("%_\\")));
  if (prefix.empty()) return;
  if (prefix.size() == pattern.size()) return narrow_to(domain, {Value::of_text(prefix)});
  if (!domain.lower) domain.lower = Domain::End{Value::of_text(prefix), true};
  // The first text behind all that begin so: its last byte is greater by one, as UTF-8 has no byte 0xff.
  std::string behind = prefix;
  ++behind.back();
  if (!domain.upper) domain.upper = Domain::End{Value::of_text(behind), false};
  domain.not_null = true;
}

void narrow(Domains& domains, const ExprPtr& condition) {
  std::vector<ExprPtr> terms;
  sql::split_conjunction(condition, terms);
  for (const ExprPtr& term : terms) {
    if (const auto comparison = comparison_of(*term))
      narrow_by_comparison(domains, *comparison);
    else if (term->kind == ExprKind::any_true)
      narrow_by_any(domains, *term);
    else if (term->kind == ExprKind::quantified)
      narrow_by_array(domains, *term);
    else if (const auto column = column_not_null(*term))
      domains[*column].not_null = true;
  }
}

std::pair<Domains, Domains> split(const Domains& domains, std::size_t width) {
  std::pair<Domains, Domains> sides;
  for (const auto& [column, domain] : domains)
    (column < width ? sides.first[column] : sides.second[column - width]) = domain;
  return sides;
}

Domains through(const Domains& domains, const std::vector<ExprPtr>& exprs) {
  Domains below;
  for (const auto& [column, domain] : domains)
    if (column < exprs.size() && exprs[column]->kind == ExprKind::column) below[exprs[column]->index] = domain;
  return below;
}

std::vector<std::pair<std::size_t, std::size_t>> links_of(const ExprPtr& condition, std::size_t width) {
  std::vector<ExprPtr> terms;
  sql::split_conjunction(condition, terms);
  std::vector<std::pair<std::size_t, std::size_t>> links;
  for (const ExprPtr& term : terms) {
    if (term->kind != ExprKind::call || term->function == nullptr || term->function->name != "=") continue;
    const Expr &one = *term->args[0], &other = *term->args[1];
    if (one.kind != ExprKind::column || other.kind != ExprKind::column) continue;
    const auto [low, high] = std::minmax(one.index, other.index);
    if (low < width && high >= width) links.emplace_back(low, high - width);
  }
  return links;
}

void narrow_sides(const ExprPtr& condition, std::size_t width, Domains* left, Domains* right) {
  std::vector<ExprPtr> terms;
  sql::split_conjunction(condition, terms);
  for (const ExprPtr& term : terms) {
    const auto columns = sql::columns_of(term);
    if (columns.empty()) continue;
    if (left != nullptr && columns.back() < width) narrow(*left, term);
    if (right != nullptr && columns.front() >= width)
      narrow(*right, sql::renumber(term, [&](std::size_t column) { return column - width; }));
  }
}

}  // namespace laterbase::views
