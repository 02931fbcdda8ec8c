#include <map>

#include "views/sql/unnest.h"

// Every expression of a plan, wherever it stands.
namespace laterbase::sql {
namespace {

using Change = std::function<ExprPtr(const ExprPtr&)>;

// One walk for looking and for changing: `f` gets every expression by reference.
struct Each {
  const std::function<void(ExprPtr&)>& f;

  void list(std::vector<ExprPtr>& exprs) const {
    for (ExprPtr& expr : exprs) f(expr);
  }
  void keys(std::vector<SortKey>& keys) const {
    for (SortKey& key : keys) f(key.expr);
  }
  void operator()(Scan&) const {}
  void operator()(Rows& rows) const {
    for (auto& row : rows.rows) list(row);
  }
  void operator()(Project& project) const { list(project.exprs); }
  void operator()(Filter& filter) const { f(filter.condition); }
  void operator()(Join& join) const { f(join.condition); }
  void operator()(Aggregate& aggregate) const {
    list(aggregate.keys);
    for (AggregateCall& call : aggregate.calls) {
      list(call.args);
      keys(call.order);
      if (call.filter) f(call.filter);
    }
  }
  void operator()(Distinct&) const {}
  void operator()(SetOperation&) const {}
  void operator()(Limit& limit) const {
    list(limit.partition);
    keys(limit.order);
  }
  void operator()(Window& window) const {
    list(window.partition);
    keys(window.order);
    for (WindowCall& call : window.calls) {
      list(call.args);
      if (call.filter) f(call.filter);
    }
  }
  void operator()(Unfold& unfold) const { f(unfold.array); }
  void operator()(Recursive&) const {}
  void operator()(WorkingTable&) const {}
};

using Memo = std::map<const Plan*, PlanPtr>;

PlanPtr mapped(const PlanPtr& plan, const Change& change, Memo& memo) {
  const auto known = memo.find(plan.get());
  if (known != memo.end()) return known->second;
  Plan copy = *plan;
  bool different = false;
  for (PlanPtr& input : copy.inputs) {
    const PlanPtr changed = mapped(input, change, memo);
    different = different || changed != input;
    input = changed;
  }
  std::visit(Each{[&](ExprPtr& expr) {
               const ExprPtr changed = change(expr);
               different = different || changed != expr;
               expr = changed;
             }},
             copy.what);
  PlanPtr result = different ? std::make_shared<const Plan>(std::move(copy)) : plan;
  memo.emplace(plan.get(), result);
  return result;
}

}  // namespace

PlanPtr map_expressions(const PlanPtr& plan, const Change& change) {
  Memo memo;
  return mapped(plan, change, memo);
}

void visit_expressions(const Plan& plan, const std::function<void(const ExprPtr&)>& look) {
  Operator copy = plan.what;
  std::visit(Each{[&](ExprPtr& expr) { look(expr); }}, copy);
}

}  // namespace laterbase::sql
