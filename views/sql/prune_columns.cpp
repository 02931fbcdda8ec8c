#include <algorithm>
#include <map>

#include "views/sql/optimise.h"
#include "views/sql/scope.h"

namespace laterbase::sql {
namespace {

using Needed = std::vector<bool>;

// A plan with some columns left out, and where the others are now.
struct Pruned {
  PlanPtr plan;
  std::vector<std::size_t> place;  // by the old column; of no meaning where it is gone

  ExprPtr moved(const ExprPtr& expr) const {
    return renumber(expr, [&](std::size_t i) { return place[i]; });
  }
  std::vector<ExprPtr> moved(std::vector<ExprPtr> exprs) const {
    for (ExprPtr& expr : exprs) expr = moved(expr);
    return exprs;
  }
  std::vector<SortKey> moved(std::vector<SortKey> keys) const {
    for (SortKey& key : keys) key.expr = moved(key.expr);
    return keys;
  }
};

Needed all_of(const Plan& plan) { return Needed(plan.columns.size(), true); }

void need(Needed& needed, const ExprPtr& expr) {
  for (const std::size_t i : columns_of(expr)) needed[i] = true;
}
void need(Needed& needed, const std::vector<ExprPtr>& exprs) {
  for (const ExprPtr& expr : exprs) need(needed, expr);
}
void need(Needed& needed, const std::vector<SortKey>& keys) {
  for (const SortKey& key : keys) need(needed, key.expr);
}

bool is_simple(const ExprPtr& expr) { return expr->kind == ExprKind::column || expr->kind == ExprKind::constant; }

// Whether a projection of a projection may be one: nothing is computed twice for it.
bool may_merge(const std::vector<ExprPtr>& outer, const std::vector<ExprPtr>& inner) {
  std::vector<int> uses(inner.size(), 0);
  for (const ExprPtr& expr : outer) {
    visit(expr, [&](const Expr& at) {
      if (at.kind == ExprKind::column) ++uses[at.index];
    });
  }
  for (std::size_t i = 0; i < inner.size(); ++i) {
    if (uses[i] > 1 && !is_simple(inner[i])) return false;
  }
  return true;
}

// A projection that is none where it changes nothing, and one where it is over another.
PlanPtr lean_project(const PlanPtr& input, std::vector<ExprPtr> exprs, const std::vector<std::string>& names = {}) {
  if (const auto* inner = std::get_if<Project>(&input->what); inner != nullptr && may_merge(exprs, inner->exprs)) {
    for (ExprPtr& expr : exprs) expr = substitute(expr, inner->exprs);
    return lean_project(input->inputs[0], std::move(exprs), names);
  }
  bool same_columns = exprs.size() == input->columns.size();
  for (std::size_t i = 0; i < exprs.size() && same_columns; ++i) {
    same_columns = exprs[i]->kind == ExprKind::column && exprs[i]->index == i;
  }
  return same_columns ? input : project(input, std::move(exprs), names);
}

class Pruner {
 public:
  Pruned prune(const PlanPtr& plan, const Needed& needed) {
    const auto key = std::pair(plan.get(), needed);
    const auto known = memo_.find(key);
    if (known != memo_.end()) return known->second.second;
    Pruned result = std::visit([&](const auto& what) { return pruned(plan, what, needed); }, plan->what);
    memo_.emplace(key, std::pair(plan, result));
    return result;
  }

  // Just the needed columns, in their order.
  Pruned narrowed(const PlanPtr& plan, const Needed& needed) {
    Pruned pruned = prune(plan, needed);
    const auto count = static_cast<std::size_t>(std::count(needed.begin(), needed.end(), true));
    std::vector<ExprPtr> exprs;
    std::vector<std::size_t> place(needed.size());
    bool in_order = pruned.plan->columns.size() == count;
    for (std::size_t i = 0; i < needed.size(); ++i) {
      if (!needed[i]) continue;
      in_order = in_order && pruned.place[i] == exprs.size();
      place[i] = exprs.size();
      exprs.push_back(column_at(pruned.place[i], plan->columns[i].type));
    }
    return {in_order ? pruned.plan : lean_project(pruned.plan, exprs), place};
  }

 private:
  static std::vector<std::size_t> unmoved(std::size_t count) {
    std::vector<std::size_t> place(count);
    for (std::size_t i = 0; i < count; ++i) place[i] = i;
    return place;
  }

  // All columns of all inputs stay.
  template <typename Other>
  Pruned pruned(const PlanPtr& plan, const Other&, const Needed&) {
    std::vector<PlanPtr> inputs;
    for (const PlanPtr& input : plan->inputs) inputs.push_back(narrowed(input, all_of(*input)).plan);
    PlanPtr same = inputs == plan->inputs ? plan : make_plan(plan->what, std::move(inputs), plan->columns);
    return {same, unmoved(plan->columns.size())};
  }
  Pruned pruned(const PlanPtr& plan, const Project& what, const Needed& needed) {
    Needed below(plan->inputs[0]->columns.size(), false);
    std::vector<ExprPtr> exprs;
    std::vector<std::string> names;
    std::vector<std::size_t> place(needed.size());
    for (std::size_t i = 0; i < needed.size(); ++i) {
      if (!needed[i]) continue;
      place[i] = exprs.size();
      exprs.push_back(what.exprs[i]);
      names.push_back(plan->columns[i].name);
    }
    need(below, exprs);
    const Pruned input = prune(plan->inputs[0], below);
    return {lean_project(input.plan, input.moved(exprs), names), place};
  }
  Pruned pruned(const PlanPtr& plan, const Filter& what, const Needed& needed) {
    Needed below = needed;
    need(below, what.condition);
    const Pruned input = prune(plan->inputs[0], below);
    return {filter(input.plan, input.moved(what.condition)), input.place};
  }
  Pruned pruned(const PlanPtr& plan, const Join& what, const Needed& needed) {
    const std::size_t width = plan->inputs[0]->columns.size();
    const std::size_t right_width = plan->inputs[1]->columns.size();
    Needed all = needed;
    all.resize(width + right_width, false);
    need(all, what.condition);
    const auto middle = all.begin() + static_cast<std::ptrdiff_t>(width);
    const Pruned left = narrowed(plan->inputs[0], Needed(all.begin(), middle));
    const Pruned right = narrowed(plan->inputs[1], Needed(middle, all.end()));
    Pruned both{nullptr, left.place};
    for (const std::size_t i : right.place) both.place.push_back(i + left.plan->columns.size());
    both.plan = join(what.kind, left.plan, right.plan, both.moved(what.condition));
    both.place.resize(needed.size());
    return both;
  }
  Pruned pruned(const PlanPtr& plan, const Aggregate& what, const Needed& needed) {
    Aggregate aggregate{what.keys, {}};
    std::vector<PlanColumn> columns(plan->columns.begin(),
                                    plan->columns.begin() + static_cast<std::ptrdiff_t>(what.keys.size()));
    std::vector<std::size_t> place = unmoved(plan->columns.size());
    Needed below(plan->inputs[0]->columns.size(), false);
    need(below, what.keys);
    for (std::size_t i = 0; i < what.calls.size(); ++i) {
      if (!needed[what.keys.size() + i]) continue;
      place[what.keys.size() + i] = columns.size();
      columns.push_back(plan->columns[what.keys.size() + i]);
      aggregate.calls.push_back(what.calls[i]);
      need(below, what.calls[i].args);
      need(below, what.calls[i].order);
      if (what.calls[i].filter) need(below, what.calls[i].filter);
    }
    const Pruned input = prune(plan->inputs[0], below);
    aggregate.keys = input.moved(aggregate.keys);
    for (AggregateCall& call : aggregate.calls) {
      call.args = input.moved(call.args);
      call.order = input.moved(call.order);
      if (call.filter) call.filter = input.moved(call.filter);
    }
    return {make_plan(std::move(aggregate), {input.plan}, std::move(columns)), place};
  }
  Pruned pruned(const PlanPtr& plan, const SetOperation& what, const Needed& needed) {
    const Needed kept = what.kind == SetKind::union_all ? needed : all_of(*plan);
    const Pruned left = narrowed(plan->inputs[0], kept);
    const Pruned right = narrowed(plan->inputs[1], kept);
    std::vector<PlanColumn> columns = left.plan->columns;
    return {make_plan(what, {left.plan, right.plan}, std::move(columns)), left.place};
  }
  Pruned pruned(const PlanPtr& plan, const Limit& what, const Needed& needed) {
    Needed below = needed;
    need(below, what.order);
    need(below, what.partition);
    const Pruned input = narrowed(plan->inputs[0], below);
    Limit limit = what;
    limit.order = input.moved(what.order);
    limit.partition = input.moved(what.partition);
    std::vector<PlanColumn> columns = input.plan->columns;
    return {make_plan(std::move(limit), {input.plan}, std::move(columns)), input.place};
  }
  Pruned pruned(const PlanPtr& plan, const Window& what, const Needed& needed) {
    const std::size_t width = plan->inputs[0]->columns.size();
    Needed below(needed.begin(), needed.begin() + static_cast<std::ptrdiff_t>(width));
    need(below, what.partition);
    need(below, what.order);
    for (const WindowCall& call : what.calls) {
      need(below, call.args);
      if (call.filter) need(below, call.filter);
    }
    const Pruned input = narrowed(plan->inputs[0], below);
    Window window{input.moved(what.partition), input.moved(what.order), what.calls};
    std::vector<PlanColumn> columns = input.plan->columns;
    std::vector<std::size_t> place = input.place;
    for (std::size_t i = 0; i < window.calls.size(); ++i) {
      window.calls[i].args = input.moved(window.calls[i].args);
      if (window.calls[i].filter) window.calls[i].filter = input.moved(window.calls[i].filter);
      place.push_back(columns.size());
      columns.push_back(plan->columns[width + i]);
    }
    return {make_plan(std::move(window), {input.plan}, std::move(columns)), place};
  }

  std::map<std::pair<const Plan*, Needed>, std::pair<PlanPtr, Pruned>> memo_;
};

}  // namespace

PlanPtr prune_columns(const PlanPtr& plan) { return Pruner().narrowed(plan, all_of(*plan)).plan; }

PlanPtr optimise(const PlanPtr& plan) { return prune_columns(push_conditions(plan)); }

}  // namespace laterbase::sql
