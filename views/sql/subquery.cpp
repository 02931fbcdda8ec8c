#include "views/sql/subquery.h"

#include <optional>

#include "views/sql/error.h"
#include "views/sql/resolve.h"
#include "views/sql/scope.h"
#include "views/sql/unnest.h"

namespace laterbase::sql {
namespace {

using ivm::AggregateFunction;
using ivm::TypeKind;

ExprPtr negated(const ExprPtr& expr) { return logical(ExprKind::negation, {expr}); }

// An expression of the inner plan, over rows of left ++ inner.
ExprPtr beside(const ExprPtr& expr, std::size_t left_width) {
  return rewrite(expr, [&](const ExprPtr& at) -> ExprPtr {
    if (at->kind == ExprKind::column) return column_at(at->index + left_width, at->type, at->offset);
    if (at->kind != ExprKind::outer || at->level == 0) return nullptr;
    if (at->level == 1) return column_at(at->index, at->type, at->offset);
    return outer_column(at->level - 1, at->index, at->type, at->offset);
  });
}

// A comparison of ANY or ALL: columns are left's, outer columns of level 0 are what the sub-query gives.
ExprPtr place_results(const ExprPtr& comparison, const std::vector<ExprPtr>& results) {
  return rewrite(comparison, [&](const ExprPtr& at) -> ExprPtr {
    return at->kind == ExprKind::outer && at->level == 0 ? results.at(at->index) : nullptr;
  });
}

std::vector<ExprPtr> columns_from(const Plan& plan, std::size_t offset) {
  std::vector<ExprPtr> columns;
  for (const PlanColumn& at : plan.columns) columns.push_back(column_at(offset + columns.size(), at.type));
  return columns;
}

PlanPtr first_columns(const PlanPtr& plan, const PlanPtr& like) {
  std::vector<ExprPtr> exprs = columns_of_plan(*plan);
  exprs.resize(like->columns.size());
  return project(plan, exprs);
}

PlanPtr domain_of(const PlanPtr& left, const std::vector<std::size_t>& outer) {
  std::vector<ExprPtr> exprs;
  for (const std::size_t index : outer) exprs.push_back(column_at(index, left->columns[index].type));
  return distinct(project(left, exprs));
}

ExprPtr same_as_domain(const PlanPtr& left, const std::vector<std::size_t>& outer) {
  std::vector<ExprPtr> terms;
  const std::size_t width = left->columns.size();
  for (std::size_t i = 0; i < outer.size(); ++i) {
    const ivm::Type type = left->columns[outer[i]].type;
    terms.push_back(logical(ExprKind::not_distinct, {column_at(outer[i], type), column_at(width + i, type)}));
  }
  return conjunction(terms);
}

// Whether rows exist doesn't depend on what they hold, nor on how many there are.
PlanPtr existence_of(PlanPtr plan) {
  for (;;) {
    const auto* limit = std::get_if<Limit>(&plan->what);
    const bool harmless_limit = limit != nullptr && limit->offset == 0 && limit->count.value_or(1) > 0;
    if (!std::holds_alternative<Project>(plan->what) && !std::holds_alternative<Distinct>(plan->what) &&
        !harmless_limit) {
      return plan;
    }
    plan = plan->inputs[0];
  }
}

// Semi or anti join. `comparison` is over left's columns and, at level 0, the columns of `inner`; null for EXISTS.
PlanPtr matching(JoinKind kind, const PlanPtr& left, PlanPtr inner, ExprPtr comparison) {
  const std::size_t width = left->columns.size();
  if (comparison == nullptr) inner = existence_of(inner);
  while (comparison != nullptr && std::holds_alternative<Distinct>(inner->what)) inner = inner->inputs[0];
  std::vector<ExprPtr> results = columns_from(*inner, width);
  if (const auto* what = std::get_if<Project>(&inner->what); what != nullptr && comparison != nullptr) {
    for (std::size_t i = 0; i < results.size(); ++i) results[i] = beside(what->exprs[i], width);
    inner = inner->inputs[0];
  }
  std::vector<ExprPtr> terms;
  while (const auto* what = std::get_if<Filter>(&inner->what)) {
    terms.push_back(beside(what->condition, width));
    inner = inner->inputs[0];
  }
  if (comparison != nullptr) terms.push_back(place_results(comparison, results));
  ExprPtr condition = conjunction(terms);
  const std::vector<std::size_t> outer = outer_columns_of(inner);
  if (outer.empty()) {
    const std::vector<std::size_t> used = columns_of(condition);
    PlanPtr right = lower_levels(inner);
    if (used.empty() || used.back() < width) right = distinct(project(right, {}));
    return join(kind, left, right, condition);
  }
  condition = renumber(condition, [&](std::size_t i) { return i < width ? i : i + outer.size(); });
  return join(kind, left, push_domain(inner, domain_of(left, outer), outer),
              conjunction({same_as_domain(left, outer), condition}));
}

// x NOT IN (…): true where nothing is equal and nothing is unknown.
PlanPtr not_in(const PlanPtr& left, const Expr& subquery) {
  const ExprPtr& comparison = subquery.args[0];
  const bool single = comparison->kind == ExprKind::call && comparison->args.size() == 2;
  if (!single) {
    const ExprPtr not_false = negated(logical(ExprKind::not_distinct, {comparison, boolean_constant(false)}));
    return matching(JoinKind::anti, left, subquery.plan, not_false);
  }
  PlanPtr rest = matching(JoinKind::anti, left, subquery.plan, comparison);
  const ExprPtr is_null[] = {logical(ExprKind::is_null, {comparison->args[0]}),
                             logical(ExprKind::is_null, {comparison->args[1]})};
  for (const ExprPtr& unknown : is_null) rest = matching(JoinKind::anti, rest, subquery.plan, unknown);
  return rest;
}

// What a sub-query becomes that is one row for each row around it: an aggregate without keys, and expressions over it.
struct OneRow {
  Aggregate aggregate;
  PlanPtr input;
  std::vector<ExprPtr> results;  // over the aggregate's columns
};

std::optional<OneRow> as_one_row(const PlanPtr& plan) {
  if (const auto* aggregate = std::get_if<Aggregate>(&plan->what)) {
    if (!aggregate->keys.empty()) return std::nullopt;
    return OneRow{*aggregate, plan->inputs[0], columns_of_plan(*plan)};
  }
  const auto* what = std::get_if<Project>(&plan->what);
  if (what == nullptr) return std::nullopt;
  auto inner = as_one_row(plan->inputs[0]);
  if (!inner) return std::nullopt;
  std::vector<ExprPtr> results;
  for (const ExprPtr& expr : what->exprs) results.push_back(substitute(expr, inner->results));
  inner->results = std::move(results);
  return inner;
}

// Correlations of the form inner = outer become the groups' keys: no domain is needed.
struct KeyedInput {
  PlanPtr input;
  std::vector<ExprPtr> keys;        // over the input
  std::vector<ExprPtr> conditions;  // over left ++ keys
};

bool only_outer(const ExprPtr& expr) { return uses_outer(expr) && columns_of(expr).empty(); }

bool take_equality(const ExprPtr& term, std::size_t width, KeyedInput& keyed) {
  if (term->kind != ExprKind::call || term->function->name != "=" || term->args.size() != 2) return false;
  for (const std::size_t side : {0U, 1U}) {
    const ExprPtr& inner = term->args[side];
    const ExprPtr& outer = term->args[1 - side];
    if (uses_outer(inner) || columns_of(inner).empty() || !only_outer(outer)) continue;
    const ExprPtr key = column_at(width + keyed.keys.size(), inner->type);
    keyed.conditions.push_back(call(*term->function, term->type, {beside(outer, width), key}));
    keyed.keys.push_back(inner);
    return true;
  }
  return false;
}

std::optional<KeyedInput> keyed_input(const PlanPtr& input, std::size_t width) {
  KeyedInput keyed{input, {}, {}};
  std::vector<ExprPtr> rest;
  while (const auto* what = std::get_if<Filter>(&keyed.input->what)) {
    std::vector<ExprPtr> terms;
    split_conjunction(what->condition, terms);
    for (const ExprPtr& term : terms) {
      if (!uses_outer(term)) {
        rest.push_back(term);
      } else if (!take_equality(term, width, keyed)) {
        return std::nullopt;
      }
    }
    keyed.input = keyed.input->inputs[0];
  }
  if (has_outer(keyed.input)) return std::nullopt;
  keyed.input = filter(keyed.input, conjunction(rest));
  return keyed;
}

bool uses_outer_in(const AggregateCall& aggregate) {
  for (const ExprPtr& arg : aggregate.args) {
    if (uses_outer(arg)) return true;
  }
  for (const SortKey& key : aggregate.order) {
    if (uses_outer(key.expr)) return true;
  }
  return aggregate.filter != nullptr && uses_outer(aggregate.filter);
}

PlanPtr grouped(const PlanPtr& input, std::vector<ExprPtr> keys, const std::vector<AggregateCall>& calls) {
  std::vector<PlanColumn> columns;
  for (const ExprPtr& key : keys) columns.push_back({"key", key->type});
  for (const AggregateCall& at : calls) columns.push_back({"value", at.type});
  return make_plan(Aggregate{std::move(keys), calls}, {input}, std::move(columns));
}

// left with the results' columns added at its end.
PlanPtr with_results(const PlanPtr& left, const PlanPtr& all, const OneRow& row, std::size_t keys) {
  const std::size_t width = left->columns.size();
  std::vector<ExprPtr> values;
  for (std::size_t i = 0; i < row.aggregate.calls.size(); ++i) {
    const AggregateCall& at = row.aggregate.calls[i];
    values.push_back(value_of_empty_group(at.function, column_at(width + keys + i, at.type)));
  }
  std::vector<ExprPtr> exprs = columns_of_plan(*left);
  for (const ExprPtr& result : row.results) {
    exprs.push_back(rewrite(result, [&](const ExprPtr& at) -> ExprPtr {
      if (at->kind == ExprKind::column) return values.at(at->index);
      if (at->kind != ExprKind::outer || at->level == 0) return nullptr;
      return at->level == 1 ? column_at(at->index, at->type) : outer_column(at->level - 1, at->index, at->type);
    }));
  }
  return project(all, exprs);
}

PlanPtr attach_row(const PlanPtr& left, const OneRow& row) {
  bool calls_use_outer = false;
  for (const AggregateCall& at : row.aggregate.calls) calls_use_outer = calls_use_outer || uses_outer_in(at);
  const auto keyed = calls_use_outer ? std::nullopt : keyed_input(row.input, left->columns.size());
  if (keyed) {
    const PlanPtr right = grouped(keyed->input, keyed->keys, row.aggregate.calls);
    const JoinKind kind = keyed->keys.empty() ? JoinKind::inner : JoinKind::left;
    return with_results(left, join(kind, left, right, conjunction(keyed->conditions)), row, keyed->keys.size());
  }
  const PlanPtr inner = grouped(row.input, {}, row.aggregate.calls);
  const std::vector<std::size_t> outer = outer_columns_of(inner);
  if (outer.empty()) {
    const PlanPtr all = join(JoinKind::inner, left, lower_levels(inner), boolean_constant(true));
    return with_results(left, all, row, 0);
  }
  // A key that is constant makes it a grouped aggregate, to which the domain is pushed; left keeps what has no group.
  const PlanPtr keyed_inner = grouped(row.input, {boolean_constant(true)}, row.aggregate.calls);
  const PlanPtr right = push_domain(keyed_inner, domain_of(left, outer), outer);
  const PlanPtr all = join(JoinKind::left, left, right, same_as_domain(left, outer));
  return with_results(left, all, row, outer.size() + 1);
}

AggregateCall aggregate_of(AggregateFunction function, std::vector<ExprPtr> args, ivm::Type type) {
  AggregateCall made;
  made.function = function;
  made.args = std::move(args);
  made.type = type;
  return made;
}

OneRow scalar_row(const PlanPtr& plan) {
  if (auto row = as_one_row(plan)) return *row;
  const ivm::Type type = plan->columns[0].type;
  const AggregateCall single = aggregate_of(AggregateFunction::single_value, {column_at(0, type)}, type);
  return {Aggregate{{}, {single}}, plan, {column_at(0, type)}};
}

OneRow exists_row(const PlanPtr& plan) {
  const ivm::Type type{TypeKind::bigint};
  const ExprPtr zero = constant(type, ivm::Value::of_bigint(0));
  return {Aggregate{{}, {aggregate_of(AggregateFunction::count_rows, {}, type)}},
          existence_of(plan),
          {resolve_operator(">", column_at(0, type), zero, -1)}};
}

// ANY and ALL as a value: what is decided is decided, else what is unknown makes it unknown.
OneRow quantified_row(const Expr& subquery) {
  const bool all = subquery.subquery == SubqueryKind::all;
  const ivm::Type boolean{TypeKind::boolean};
  const ivm::Type bigint{TypeKind::bigint};
  const ExprPtr inside = rewrite(subquery.args[0], [&](const ExprPtr& at) -> ExprPtr {
    if (at->kind == ExprKind::column) return outer_column(1, at->index, at->type, at->offset);
    if (at->kind != ExprKind::outer) return nullptr;
    if (at->level == 0) return column_at(at->index, at->type, at->offset);
    return outer_column(at->level + 1, at->index, at->type, at->offset);
  });
  AggregateCall unknown = aggregate_of(AggregateFunction::count_rows, {}, bigint);
  unknown.filter = logical(ExprKind::is_null, {inside});
  const AggregateCall decided =
      aggregate_of(all ? AggregateFunction::bool_and : AggregateFunction::bool_or, {inside}, boolean);
  Expr value{ExprKind::case_when, boolean};
  const ExprPtr decisive = column_at(0, boolean);
  value.args = {all ? negated(decisive) : decisive, boolean_constant(!all),
                resolve_operator(">", column_at(1, bigint), constant(bigint, ivm::Value::of_bigint(0)), -1),
                null_constant(boolean), boolean_constant(all)};
  return {Aggregate{{}, {decided, unknown}}, subquery.plan, {std::make_shared<const Expr>(std::move(value))}};
}

OneRow row_of(const Expr& subquery) {
  switch (subquery.subquery) {
    case SubqueryKind::scalar:
      return scalar_row(subquery.plan);
    case SubqueryKind::exists:
      return exists_row(subquery.plan);
    case SubqueryKind::any:
    case SubqueryKind::all:
      return quantified_row(subquery);
  }
  return scalar_row(subquery.plan);
}

bool is_subquery(const ExprPtr& expr, SubqueryKind kind) {
  return expr->kind == ExprKind::subquery && expr->subquery == kind;
}

// The join that a condition is, or null where it is none.
PlanPtr as_join(const PlanPtr& left, const ExprPtr& term) {
  const bool negative = term->kind == ExprKind::negation;
  const ExprPtr& test = negative ? term->args[0] : term;
  for (const ExprPtr& arg : test->args) {
    if (has_subquery(arg)) return nullptr;
  }
  if (is_subquery(test, SubqueryKind::exists)) {
    return matching(negative ? JoinKind::anti : JoinKind::semi, left, test->plan, nullptr);
  }
  if (!is_subquery(test, SubqueryKind::any)) return nullptr;
  return negative ? not_in(left, *test) : matching(JoinKind::semi, left, test->plan, test->args[0]);
}

}  // namespace

bool has_subquery(const ExprPtr& expr) {
  bool found = false;
  visit(expr, [&](const Expr& at) { found = found || at.kind == ExprKind::subquery; });
  return found;
}

PlanPtr attach_subqueries(PlanPtr plan, std::vector<ExprPtr>& exprs) {
  for (ExprPtr& expr : exprs) {
    // A sub-query inside of another's comparison comes first.
    expr = rewrite(expr, [&](const ExprPtr& at) -> ExprPtr {
      if (at->kind != ExprKind::subquery) return nullptr;
      Expr subquery = *at;
      plan = attach_subqueries(plan, subquery.args);
      plan = attach_row(plan, row_of(subquery));
      return column_at(plan->columns.size() - 1, at->type, at->offset);
    });
  }
  return plan;
}

PlanPtr filter_subqueries(PlanPtr plan, const ExprPtr& condition) {
  std::vector<ExprPtr> terms;
  split_conjunction(condition, terms);
  std::vector<ExprPtr> plain;
  std::vector<ExprPtr> others;
  for (const ExprPtr& term : terms) (has_subquery(term) ? others : plain).push_back(term);
  plan = filter(plan, conjunction(plain));
  std::vector<ExprPtr> values;
  for (const ExprPtr& term : others) {
    if (const PlanPtr joined = as_join(plan, term)) {
      plan = joined;
    } else {
      values.push_back(term);
    }
  }
  if (values.empty()) return plan;
  const PlanPtr all = attach_subqueries(plan, values);
  return first_columns(filter(all, conjunction(values)), plan);
}

PlanPtr dependent_join(JoinKind kind, const PlanPtr& left, const PlanPtr& right, const ExprPtr& condition) {
  const std::vector<std::size_t> outer = outer_columns_of(right);
  if (outer.empty()) return join(kind, left, lower_levels(right), condition);
  const std::size_t width = left->columns.size();
  const PlanPtr inner = push_domain(right, domain_of(left, outer), outer);
  const ExprPtr moved = renumber(condition, [&](std::size_t i) { return i < width ? i : i + outer.size(); });
  const PlanPtr all = join(kind, left, inner, conjunction({same_as_domain(left, outer), moved}));
  std::vector<ExprPtr> exprs = columns_of_plan(*left);
  for (const ExprPtr& at : columns_from(*right, width + outer.size())) exprs.push_back(at);
  return project(all, exprs);
}

}  // namespace laterbase::sql
