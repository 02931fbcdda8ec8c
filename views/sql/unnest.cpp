#include "views/sql/unnest.h"

#include <algorithm>
#include <map>
#include <set>

#include "engine/base/invariant.h"
#include "views/sql/error.h"
#include "views/sql/scope.h"

namespace laterbase::sql {
namespace {

void visit_plans(const PlanPtr& plan, std::set<const Plan*>& seen, const std::function<void(const Plan&)>& look) {
  if (!seen.insert(plan.get()).second) return;
  look(*plan);
  for (const PlanPtr& input : plan->inputs) visit_plans(input, seen, look);
}

void visit_outers(const PlanPtr& plan, const std::function<void(const Expr&)>& look) {
  std::set<const Plan*> seen;
  visit_plans(plan, seen, [&](const Plan& at) {
    visit_expressions(at, [&](const ExprPtr& expr) {
      visit(expr, [&](const Expr& inside) {
        if (inside.kind == ExprKind::outer && inside.level > 0) look(inside);
        if (inside.plan == nullptr) return;
        visit_outers(inside.plan, [&](const Expr& deeper) {
          if (deeper.level < 2) return;
          Expr lowered = deeper;
          --lowered.level;
          look(lowered);
        });
      });
    });
  });
}

}  // namespace

std::vector<std::size_t> outer_columns_of(const PlanPtr& plan) {
  std::set<std::size_t> found;
  visit_outers(plan, [&](const Expr& outer) {
    if (outer.level == 1) found.insert(outer.index);
  });
  return {found.begin(), found.end()};
}

bool has_outer(const PlanPtr& plan) {
  bool found = false;
  visit_outers(plan, [&](const Expr&) { found = true; });
  return found;
}

PlanPtr replace_outer(const PlanPtr& plan, const OuterChange& change) {
  return map_expressions(plan, [&](const ExprPtr& expr) {
    return rewrite(expr, [&](const ExprPtr& at) -> ExprPtr {
      return at->kind == ExprKind::outer && at->level > 0 ? change(*at) : nullptr;
    });
  });
}

PlanPtr lower_levels(const PlanPtr& plan) {
  return replace_outer(
      plan, [](const Expr& outer) { return outer_column(outer.level - 1, outer.index, outer.type, outer.offset); });
}

PlanPtr raise_levels(const PlanPtr& plan, std::size_t by) {
  if (by == 0) return plan;
  return replace_outer(
      plan, [by](const Expr& outer) { return outer_column(outer.level + by, outer.index, outer.type, outer.offset); });
}

namespace {

class Pusher {
 public:
  Pusher(PlanPtr domain, const std::vector<std::size_t>& outer) : domain_(std::move(domain)), outer_(outer) {}

  PlanPtr push(const PlanPtr& plan) {
    const auto known = memo_.find(plan.get());
    if (known != memo_.end()) return known->second;
    PlanPtr result = is_free(plan) ? std::visit([&](const auto& what) { return pushed(plan, what); }, plan->what)
                                   : join(JoinKind::inner, domain_, lower_levels(plan), boolean_constant(true));
    memo_.emplace(plan.get(), result);
    return result;
  }

 private:
  std::size_t width() const { return outer_.size(); }

  bool is_free(const PlanPtr& plan) {
    const auto known = free_.find(plan.get());
    if (known != free_.end()) return known->second;
    return free_.emplace(plan.get(), !outer_columns_of(plan).empty() || reads_pushed(plan)).first->second;
  }
  // The working table of a recursion that is done for each of the domain's rows has these beside its own.
  bool reads_pushed(const PlanPtr& plan) const {
    if (recursions_.empty()) return false;
    std::set<const Plan*> seen;
    bool found = false;
    visit_plans(plan, seen, [&](const Plan& at) {
      const auto* table = std::get_if<WorkingTable>(&at.what);
      found = found || (table != nullptr && recursions_.contains(table->id));
    });
    return found;
  }

  // An expression over the pushed input: columns move right, outer ones are the domain's.
  ExprPtr moved(const ExprPtr& expr) const {
    return rewrite(expr, [&](const ExprPtr& at) -> ExprPtr {
      if (at->kind == ExprKind::column) return column_at(at->index + width(), at->type, at->offset);
      if (at->kind != ExprKind::outer || at->level == 0) return nullptr;
      if (at->level > 1) return outer_column(at->level - 1, at->index, at->type, at->offset);
      const auto place = std::lower_bound(outer_.begin(), outer_.end(), at->index);
      return column_at(static_cast<std::size_t>(place - outer_.begin()), at->type, at->offset);
    });
  }
  std::vector<ExprPtr> moved(const std::vector<ExprPtr>& exprs) const {
    std::vector<ExprPtr> result;
    for (const ExprPtr& expr : exprs) result.push_back(moved(expr));
    return result;
  }
  std::vector<SortKey> moved(std::vector<SortKey> keys) const {
    for (SortKey& key : keys) key.expr = moved(key.expr);
    return keys;
  }
  std::vector<ExprPtr> domain_columns(std::size_t from = 0) const {
    std::vector<ExprPtr> columns;
    for (std::size_t i = 0; i < width(); ++i) columns.push_back(column_at(from + i, domain_->columns[i].type));
    return columns;
  }
  std::vector<ExprPtr> with_domain(std::vector<ExprPtr> exprs) const {
    std::vector<ExprPtr> all = domain_columns();
    all.insert(all.end(), exprs.begin(), exprs.end());
    return all;
  }
  std::vector<PlanColumn> with_domain(const std::vector<PlanColumn>& columns) const {
    std::vector<PlanColumn> all = domain_->columns;
    all.insert(all.end(), columns.begin(), columns.end());
    return all;
  }
  // The domain's columns at two places are the same.
  ExprPtr same_domain(std::size_t first, std::size_t second) const {
    std::vector<ExprPtr> terms;
    for (std::size_t i = 0; i < width(); ++i) {
      const ivm::Type type = domain_->columns[i].type;
      terms.push_back(logical(ExprKind::not_distinct, {column_at(first + i, type), column_at(second + i, type)}));
    }
    return conjunction(terms);
  }
  PlanPtr kept(const PlanPtr& plan, Operator what, std::vector<PlanPtr> inputs) const {
    return make_plan(std::move(what), std::move(inputs), with_domain(plan->columns));
  }

  PlanPtr pushed(const PlanPtr& plan, const Project& what) {
    return kept(plan, Project{with_domain(moved(what.exprs))}, {push(plan->inputs[0])});
  }
  PlanPtr pushed(const PlanPtr& plan, const Filter& what) {
    return kept(plan, Filter{moved(what.condition)}, {push(plan->inputs[0])});
  }
  PlanPtr pushed(const PlanPtr& plan, const Distinct& what) { return kept(plan, what, {push(plan->inputs[0])}); }
  PlanPtr pushed(const PlanPtr& plan, const SetOperation& what) {
    return kept(plan, what, {push(plan->inputs[0]), push(plan->inputs[1])});
  }
  PlanPtr pushed(const PlanPtr& plan, const Limit& what) {
    Limit limit = what;
    limit.partition = with_domain(moved(what.partition));
    limit.order = moved(what.order);
    return kept(plan, limit, {push(plan->inputs[0])});
  }
  PlanPtr pushed(const PlanPtr& plan, const Window& what) {
    Window window = what;
    window.partition = with_domain(moved(what.partition));
    window.order = moved(what.order);
    for (WindowCall& call : window.calls) {
      call.args = moved(call.args);
      if (call.filter) call.filter = moved(call.filter);
    }
    return kept(plan, window, {push(plan->inputs[0])});
  }
  PlanPtr pushed(const PlanPtr& plan, const Unfold& what) {
    Unfold unfold = what;
    unfold.array = moved(what.array);
    return kept(plan, unfold, {push(plan->inputs[0])});
  }

  PlanPtr pushed(const PlanPtr& plan, const Aggregate& what) {
    Aggregate aggregate = what;
    aggregate.keys = with_domain(moved(what.keys));
    for (AggregateCall& call : aggregate.calls) {
      call.args = moved(call.args);
      call.order = moved(call.order);
      if (call.filter) call.filter = moved(call.filter);
    }
    const PlanPtr grouped = kept(plan, aggregate, {push(plan->inputs[0])});
    return what.keys.empty() ? with_empty_groups(plan, what, grouped) : grouped;
  }

  // An aggregate without keys has a row for each of the domain's, also where there is nothing to aggregate.
  PlanPtr with_empty_groups(const PlanPtr& plan, const Aggregate& what, const PlanPtr& grouped) {
    const PlanPtr all = join(JoinKind::left, domain_, grouped, same_domain(0, width()));
    std::vector<ExprPtr> exprs;
    for (std::size_t i = 0; i < what.calls.size(); ++i) {
      exprs.push_back(empty_aggregate(what.calls[i].function, column_at(2 * width() + i, plan->columns[i].type)));
    }
    return kept(plan, Project{with_domain(exprs)}, {all});
  }

 public:
  static ExprPtr empty_aggregate(ivm::AggregateFunction function, const ExprPtr& value) {
    if (function != ivm::AggregateFunction::count && function != ivm::AggregateFunction::count_rows) return value;
    Expr zero{ExprKind::coalesce, value->type};
    zero.args = {value, constant(value->type, ivm::Value::of_bigint(0))};
    return std::make_shared<const Expr>(std::move(zero));
  }

 private:
  PlanPtr pushed(const PlanPtr& plan, const Join& what) {
    const PlanPtr& left = plan->inputs[0];
    const PlanPtr& right = plan->inputs[1];
    const std::size_t left_width = left->columns.size();
    if (what.kind != JoinKind::full && !is_free(right)) {
      return kept(plan, Join{what.kind, moved(what.condition)}, {push(left), lower_levels(right)});
    }
    // Both sides have the domain: domain ++ left ++ domain ++ right.
    const ExprPtr condition = renumber(moved(what.condition), [&](std::size_t index) {
      return index < width() + left_width ? index : index + width();
    });
    const PlanPtr both =
        join(what.kind, push(left), push(right), conjunction({same_domain(0, width() + left_width), condition}));
    if (what.kind == JoinKind::semi || what.kind == JoinKind::anti) return both;
    return without_second_domain(plan, both, left_width, what.kind == JoinKind::full);
  }

  PlanPtr without_second_domain(const PlanPtr& plan, const PlanPtr& both, std::size_t left_width, bool either) const {
    std::vector<ExprPtr> exprs = domain_columns();
    const std::vector<ExprPtr> others = domain_columns(width() + left_width);
    for (std::size_t i = 0; either && i < width(); ++i) {
      Expr first{ExprKind::coalesce, exprs[i]->type};
      first.args = {exprs[i], others[i]};
      exprs[i] = std::make_shared<const Expr>(std::move(first));
    }
    for (std::size_t i = 0; i < plan->columns.size(); ++i) {
      exprs.push_back(column_at(i + width() + (i < left_width ? 0 : width()), plan->columns[i].type));
    }
    return kept(plan, Project{exprs}, {both});
  }

  PlanPtr pushed(const PlanPtr& plan, const Recursive& what) {
    recursions_.insert(what.id);
    PlanPtr result = kept(plan, what, {push(plan->inputs[0]), push(plan->inputs[1])});
    recursions_.erase(what.id);
    return result;
  }
  PlanPtr pushed(const PlanPtr& plan, const WorkingTable& what) { return kept(plan, what, {}); }

  template <typename Other>
  PlanPtr pushed(const PlanPtr&, const Other&) {
    LATERBASE_INVARIANT(false, "what has no inputs uses no outer columns");
    return nullptr;
  }

  PlanPtr domain_;
  const std::vector<std::size_t>& outer_;
  std::map<const Plan*, PlanPtr> memo_;
  std::map<const Plan*, bool> free_;
  std::set<std::size_t> recursions_;
};

}  // namespace

PlanPtr push_domain(const PlanPtr& plan, const PlanPtr& domain, const std::vector<std::size_t>& outer) {
  return Pusher(domain, outer).push(plan);
}

ExprPtr value_of_empty_group(ivm::AggregateFunction function, const ExprPtr& value) {
  return Pusher::empty_aggregate(function, value);
}

}  // namespace laterbase::sql
