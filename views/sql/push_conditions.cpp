#include <algorithm>
#include <map>

#include "views/sql/function.h"
#include "views/sql/optimise.h"
#include "views/sql/scope.h"

namespace laterbase::sql {
namespace {

using Terms = std::vector<ExprPtr>;

bool within(const ExprPtr& expr, std::size_t from, std::size_t to) {
  const auto used = columns_of(expr);
  return used.empty() || (used.front() >= from && used.back() < to);
}

// NULL or FALSE where any of its columns from `from` on is NULL.
bool rejects_nulls(const ExprPtr& term, std::size_t from) {
  if (term->kind == ExprKind::negation && term->args[0]->kind == ExprKind::is_null) {
    return term->args[0]->args[0]->kind == ExprKind::column && term->args[0]->args[0]->index >= from;
  }
  if (term->kind != ExprKind::call || !term->function->strict) return false;
  return std::any_of(term->args.begin(), term->args.end(), [&](const ExprPtr& arg) {
    return arg->kind == ExprKind::column ? arg->index >= from : rejects_nulls(arg, from);
  });
}

class ConditionPusher {
 public:
  PlanPtr push(const PlanPtr& plan, const Terms& terms) {
    if (!terms.empty()) return std::visit([&](const auto& what) { return pushed(plan, what, terms); }, plan->what);
    const auto known = memo_.find(plan.get());
    if (known != memo_.end()) return known->second.second;
    PlanPtr result = std::visit([&](const auto& what) { return pushed(plan, what, terms); }, plan->what);
    memo_.emplace(plan.get(), std::pair(plan, result));
    return result;
  }

 private:
  static Terms terms_of(const ExprPtr& condition) {
    Terms terms;
    split_conjunction(condition, terms);
    return terms;
  }
  static PlanPtr above(const PlanPtr& plan, const Terms& terms) { return filter(plan, conjunction(terms)); }
  PlanPtr with_inputs(const PlanPtr& plan, std::vector<PlanPtr> inputs) {
    return inputs == plan->inputs ? plan : make_plan(plan->what, std::move(inputs), plan->columns);
  }
  // The inputs on their own, the conditions above.
  PlanPtr stopped(const PlanPtr& plan, const Terms& terms) {
    std::vector<PlanPtr> inputs;
    for (const PlanPtr& input : plan->inputs) inputs.push_back(push(input, {}));
    return above(with_inputs(plan, std::move(inputs)), terms);
  }

  template <typename Other>
  PlanPtr pushed(const PlanPtr& plan, const Other&, const Terms& terms) {
    return stopped(plan, terms);
  }
  PlanPtr pushed(const PlanPtr& plan, const Filter& what, const Terms& terms) {
    Terms all = terms_of(what.condition);
    all.insert(all.end(), terms.begin(), terms.end());
    return push(plan->inputs[0], all);
  }
  PlanPtr pushed(const PlanPtr& plan, const Project& what, const Terms& terms) {
    Terms below;
    for (const ExprPtr& term : terms) below.push_back(substitute(term, what.exprs));
    return with_inputs(plan, {push(plan->inputs[0], below)});
  }
  PlanPtr pushed(const PlanPtr& plan, const Distinct&, const Terms& terms) {
    return with_inputs(plan, {push(plan->inputs[0], terms)});
  }
  PlanPtr pushed(const PlanPtr& plan, const SetOperation&, const Terms& terms) {
    return with_inputs(plan, {push(plan->inputs[0], terms), push(plan->inputs[1], terms)});
  }
  PlanPtr pushed(const PlanPtr& plan, const Aggregate& what, const Terms& terms) {
    Terms below;
    Terms rest;
    for (const ExprPtr& term : terms) {
      // One without columns stays: a global aggregate has its row also where nothing is left to aggregate.
      const bool of_keys = !columns_of(term).empty() && within(term, 0, what.keys.size());
      (of_keys ? below : rest).push_back(of_keys ? substitute(term, what.keys) : term);
    }
    return above(with_inputs(plan, {push(plan->inputs[0], below)}), rest);
  }

  PlanPtr pushed(const PlanPtr& plan, const Join& what, const Terms& terms) {
    if (what.kind == JoinKind::inner) return inner(plan, terms);
    if (what.kind == JoinKind::full) return stopped(plan, terms);
    if (what.kind == JoinKind::left) return left(plan, what, terms);
    return matching(plan, what, terms);
  }

  PlanPtr left(const PlanPtr& plan, const Join& what, const Terms& terms) {
    const std::size_t width = plan->inputs[0]->columns.size();
    if (std::any_of(terms.begin(), terms.end(), [&](const ExprPtr& term) { return rejects_nulls(term, width); })) {
      return inner(join(JoinKind::inner, plan->inputs[0], plan->inputs[1], what.condition), terms);
    }
    Terms to_left, rest, to_right, condition;
    for (const ExprPtr& term : terms) (within(term, 0, width) ? to_left : rest).push_back(term);
    for (const ExprPtr& term : terms_of(what.condition)) {
      const bool on_right = !columns_of(term).empty() && within(term, width, plan->columns.size());
      (on_right ? to_right : condition).push_back(on_right ? moved_left(term, width) : term);
    }
    return above(
        join(JoinKind::left, push(plan->inputs[0], to_left), push(plan->inputs[1], to_right), conjunction(condition)),
        rest);
  }

  PlanPtr matching(const PlanPtr& plan, const Join& what, const Terms& terms) {
    const std::size_t width = plan->inputs[0]->columns.size();
    Terms to_left = terms;
    Terms to_right, condition;
    for (const ExprPtr& term : terms_of(what.condition)) {
      if (columns_of(term).empty()) {
        condition.push_back(term);
      } else if (within(term, width, width + plan->inputs[1]->columns.size())) {
        to_right.push_back(moved_left(term, width));
      } else if (what.kind == JoinKind::semi && within(term, 0, width)) {
        to_left.push_back(term);
      } else {
        condition.push_back(term);
      }
    }
    return join(what.kind, push(plan->inputs[0], to_left), push(plan->inputs[1], to_right), conjunction(condition));
  }

  static ExprPtr moved_left(const ExprPtr& term, std::size_t by) {
    return renumber(term, [by](std::size_t i) { return i - by; });
  }

  // Inner joins and filters that follow each other are one set of leaves and one of conditions.
  void flatten(const PlanPtr& plan, std::vector<PlanPtr>& leaves, std::size_t& width, Terms& terms) {
    const auto* as_join = std::get_if<Join>(&plan->what);
    const auto* as_filter = std::get_if<Filter>(&plan->what);
    const std::size_t from = width;
    if (as_join != nullptr && as_join->kind == JoinKind::inner) {
      flatten(plan->inputs[0], leaves, width, terms);
      flatten(plan->inputs[1], leaves, width, terms);
      for (const ExprPtr& term : terms_of(as_join->condition)) terms.push_back(shift_columns(term, from));
    } else if (as_filter != nullptr) {
      flatten(plan->inputs[0], leaves, width, terms);
      for (const ExprPtr& term : terms_of(as_filter->condition)) terms.push_back(shift_columns(term, from));
    } else {
      leaves.push_back(plan);
      width += plan->columns.size();
    }
  }

  PlanPtr inner(const PlanPtr& plan, const Terms& terms) {
    std::vector<PlanPtr> leaves;
    std::size_t width = 0;
    Terms all;
    flatten(plan, leaves, width, all);
    all.insert(all.end(), terms.begin(), terms.end());
    Terms between;
    std::vector<Terms> for_leaf(leaves.size());
    for (const ExprPtr& term : all) {
      std::size_t from = 0;
      bool placed = false;
      for (std::size_t i = 0; i < leaves.size() && !placed; ++i) {
        placed = within(term, from, from + leaves[i]->columns.size());
        if (placed) for_leaf[i].push_back(moved_left_if_any(term, from));
        from += leaves[i]->columns.size();
      }
      if (!placed) between.push_back(term);
    }
    for (std::size_t i = 0; i < leaves.size(); ++i) leaves[i] = push(leaves[i], for_leaf[i]);
    return join_in_best_order(leaves, between);
  }
  static ExprPtr moved_left_if_any(const ExprPtr& term, std::size_t by) {
    return by == 0 ? term : moved_left(term, by);
  }

  std::map<const Plan*, std::pair<PlanPtr, PlanPtr>> memo_;
};

}  // namespace

PlanPtr push_conditions(const PlanPtr& plan) { return ConditionPusher().push(plan, {}); }

}  // namespace laterbase::sql
