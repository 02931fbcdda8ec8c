#include "views/sql/group.h"

#include <algorithm>
#include <set>

#include "views/sql/error.h"
#include "views/sql/unnest.h"

namespace laterbase::sql {
namespace {

bool is_key(const std::vector<ExprPtr>& keys, const ExprPtr& expr) {
  return std::any_of(keys.begin(), keys.end(), [&](const ExprPtr& key) { return same(key, expr); });
}

// The columns of tables whose whole primary key is grouped by.
std::vector<ExprPtr> determined_columns(const Level& level, const std::vector<ExprPtr>& keys) {
  std::vector<ExprPtr> determined;
  for (const FromTable& table : level.from.tables) {
    if (table.relation == nullptr || table.relation->primary_key.empty()) continue;
    const auto& key = table.relation->primary_key;
    const bool whole = std::all_of(key.begin(), key.end(), [&](std::size_t i) {
      return i < table.columns.size() && is_key(keys, table.columns[i].expr);
    });
    if (!whole) continue;
    for (const VisibleColumn& at : table.columns) determined.push_back(at.expr);
  }
  return determined;
}

std::string name_of_column(const Level& level, const Expr& expr) {
  for (const FromTable& table : level.from.tables) {
    for (const VisibleColumn& at : table.columns) {
      if (at.expr->kind == ExprKind::column && at.expr->index == expr.index) return table.alias + "." + at.name;
    }
  }
  return "?column?";
}

}  // namespace

Grouping make_grouping(PlanPtr input, const Level& level, std::vector<ExprPtr> keys,
                       const std::vector<AggregateCall>& calls) {
  std::vector<ExprPtr> unique;
  for (const ExprPtr& key : keys) {
    if (!is_key(unique, key)) unique.push_back(key);
  }
  for (const ExprPtr& at : determined_columns(level, unique)) {
    if (!is_key(unique, at)) unique.push_back(at);
  }
  std::vector<PlanColumn> columns;
  for (const ExprPtr& key : unique) {
    const bool is_column = key->kind == ExprKind::column;
    columns.push_back({is_column ? input->columns.at(key->index).name : "key", key->type});
  }
  for (const AggregateCall& call : calls) columns.push_back({"aggregate", call.type});
  Grouping grouping{nullptr, unique, {}, &level};
  grouping.plan = make_plan(Aggregate{std::move(unique), calls}, {std::move(input)}, std::move(columns));
  return grouping;
}

ExprPtr after_grouping(const ExprPtr& expr, const Grouping& grouping) {
  return rewrite(expr, [&](const ExprPtr& at) -> ExprPtr {
    if (at->kind == ExprKind::constant) return at;
    for (std::size_t i = 0; i < grouping.keys.size(); ++i) {
      if (same(grouping.keys[i], at)) return column_at(i, at->type, at->offset);
    }
    for (const auto& [key, place] : grouping.written) {
      if (same(key, at)) return column_at(place, at->type, at->offset);
    }
    if (at->kind == ExprKind::aggregate) return column_at(grouping.keys.size() + at->index, at->type, at->offset);
    if (at->kind == ExprKind::column) {
      throw SqlException("42803",
                         "column \"" + name_of_column(*grouping.level, *at) +
                             "\" must appear in the GROUP BY clause or be used in an aggregate function",
                         at->offset);
    }
    if (at->kind != ExprKind::subquery) return nullptr;
    // What a sub-query uses of this query is grouped too.
    Expr copy = *at;
    for (ExprPtr& arg : copy.args) arg = after_grouping(arg, grouping);
    copy.plan = replace_outer(at->plan, [&](const Expr& outer) -> ExprPtr {
      if (outer.level != 1) return nullptr;
      return as_outer(after_grouping(column_at(outer.index, outer.type, outer.offset), grouping), 1);
    });
    return std::make_shared<const Expr>(std::move(copy));
  });
}

namespace {

bool same_exprs(const std::vector<ExprPtr>& a, const std::vector<ExprPtr>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
}

bool same_keys(const std::vector<SortKey>& a, const std::vector<SortKey>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const SortKey& x, const SortKey& y) {
    return x.descending == y.descending && x.nulls_first == y.nulls_first && same(x.expr, y.expr);
  });
}

}  // namespace

PlanPtr add_windows(PlanPtr plan, const std::vector<WindowUse>& uses, std::vector<ExprPtr>& results) {
  results.resize(uses.size());
  std::vector<bool> done(uses.size(), false);
  for (std::size_t first = 0; first < uses.size(); ++first) {
    if (done[first]) continue;
    Window window{uses[first].partition, uses[first].order, {}};
    std::vector<PlanColumn> columns = plan->columns;
    for (std::size_t i = first; i < uses.size(); ++i) {
      if (done[i] || !same_exprs(uses[i].partition, window.partition) || !same_keys(uses[i].order, window.order))
        continue;
      done[i] = true;
      results[i] = column_at(columns.size(), uses[i].call.type);
      columns.push_back({"window", uses[i].call.type});
      window.calls.push_back(uses[i].call);
    }
    plan = make_plan(std::move(window), {plan}, std::move(columns));
  }
  return plan;
}

void check_distinct_on(const std::vector<ExprPtr>& partition, const std::vector<SortKey>& order) {
  const std::size_t common = std::min(partition.size(), order.size());
  for (std::size_t i = 0; i < common; ++i) {
    if (is_key(partition, order[i].expr)) continue;
    throw SqlException("42P10", "SELECT DISTINCT ON expressions must match initial ORDER BY expressions",
                       order[i].expr->offset);
  }
}

}  // namespace laterbase::sql
