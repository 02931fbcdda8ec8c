#include <algorithm>
#include <optional>

#include "views/sql/function.h"
#include "views/sql/optimise.h"
#include "views/sql/scope.h"

namespace laterbase::sql {
namespace {

bool is_equality(const ExprPtr& term) {
  return term->kind == ExprKind::not_distinct || (term->kind == ExprKind::call && term->function->name == "=");
}

class Orderer {
 public:
  Orderer(const std::vector<PlanPtr>& leaves, std::vector<ExprPtr> terms) : leaves_(leaves), terms_(std::move(terms)) {
    std::size_t begin = 0;
    for (const PlanPtr& leaf : leaves) {
      begins_.push_back(begin);
      begin += leaf->columns.size();
    }
    places_.resize(begin);
  }

  PlanPtr order() {
    place(0);
    PlanPtr plan = leaves_[0];
    while (placed_.size() < leaves_.size()) {
      const std::size_t next = best_next();
      place(next);
      plan = join(JoinKind::inner, plan, leaves_[next], conjunction(take_covered()));
    }
    plan = filter(plan, conjunction(take_covered()));
    return in_first_order(plan);
  }

 private:
  bool is_placed(std::size_t leaf) const { return std::find(placed_.begin(), placed_.end(), leaf) != placed_.end(); }

  void place(std::size_t leaf) {
    for (std::size_t i = 0; i < leaves_[leaf]->columns.size(); ++i) places_[begins_[leaf] + i] = width_++;
    placed_.push_back(leaf);
  }

  std::size_t leaf_of(std::size_t column) const {
    return static_cast<std::size_t>(std::upper_bound(begins_.begin(), begins_.end(), column) - begins_.begin()) - 1;
  }

  // 2 for an equality with what is placed, 1 for another condition, 0 for none.
  int connection(std::size_t leaf) const {
    int best = 0;
    for (const ExprPtr& term : terms_) {
      bool of_leaf = false;
      bool of_placed = false;
      bool of_others = false;
      for (const std::size_t column : columns_of(term)) {
        const std::size_t owner = leaf_of(column);
        of_leaf = of_leaf || owner == leaf;
        of_placed = of_placed || (owner != leaf && is_placed(owner));
        of_others = of_others || (owner != leaf && !is_placed(owner));
      }
      if (of_leaf && of_placed && !of_others) best = std::max(best, is_equality(term) ? 2 : 1);
    }
    return best;
  }

  std::size_t best_next() const {
    std::optional<std::size_t> best;
    for (std::size_t leaf = 0; leaf < leaves_.size(); ++leaf) {
      if (!is_placed(leaf) && (!best || connection(leaf) > connection(*best))) best = leaf;
    }
    return *best;
  }

  // The conditions whose columns are all there, over the columns as they are placed.
  std::vector<ExprPtr> take_covered() {
    std::vector<ExprPtr> covered;
    std::vector<ExprPtr> rest;
    for (const ExprPtr& term : terms_) {
      const auto used = columns_of(term);
      const bool all = std::all_of(used.begin(), used.end(), [&](std::size_t i) { return is_placed(leaf_of(i)); });
      if (all) {
        covered.push_back(renumber(term, [&](std::size_t i) { return places_[i]; }));
      } else {
        rest.push_back(term);
      }
    }
    terms_ = std::move(rest);
    return covered;
  }

  PlanPtr in_first_order(const PlanPtr& plan) const {
    if (std::is_sorted(placed_.begin(), placed_.end())) return plan;
    std::vector<ExprPtr> exprs;
    for (const std::size_t place : places_) exprs.push_back(column_at(place, plan->columns[place].type));
    return project(plan, exprs);
  }

  const std::vector<PlanPtr>& leaves_;
  std::vector<ExprPtr> terms_;
  std::vector<std::size_t> begins_;
  std::vector<std::size_t> placed_;
  std::vector<std::size_t> places_;  // of the columns as they were given
  std::size_t width_ = 0;
};

}  // namespace

PlanPtr join_in_best_order(const std::vector<PlanPtr>& leaves, std::vector<ExprPtr> terms) {
  return Orderer(leaves, std::move(terms)).order();
}

}  // namespace laterbase::sql
