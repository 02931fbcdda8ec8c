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

namespace {

std::vector<PlanColumn> columns_of_keys(const Plan& input, const std::vector<ExprPtr>& keys) {
  std::vector<PlanColumn> columns;
  for (const ExprPtr& key : keys) {
    const bool is_column = key->kind == ExprKind::column;
    columns.push_back({is_column ? input.columns.at(key->index).name : "key", key->type});
  }
  return columns;
}

// A bit for each argument, the last one the least: 1 where the set doesn't group by it.
std::int32_t grouping_of(const std::vector<ExprPtr>& args, const std::vector<ExprPtr>& keys, const GroupingSet& set) {
  std::int32_t bits = 0;
  for (const ExprPtr& arg : args) {
    const auto key = std::find_if(keys.begin(), keys.end(), [&](const ExprPtr& at) { return same(at, arg); });
    if (key == keys.end()) {
      throw SqlException("42803", "arguments to GROUPING must be grouping expressions of the associated query level",
                         leftmost_offset(arg));
    }
    const bool grouped = std::binary_search(set.begin(), set.end(), static_cast<std::size_t>(key - keys.begin()));
    bits = bits * 2 + (grouped ? 0 : 1);
  }
  return bits;
}

// The groups of one set, with a column for each key of all sets, each aggregate and each GROUPING.
PlanPtr grouped_by(const PlanPtr& input, const std::vector<ExprPtr>& keys, const GroupingSet& set,
                   const Collected& collected) {
  Aggregate aggregate{{}, collected.aggregates};
  for (const std::size_t i : set) aggregate.keys.push_back(keys[i]);
  std::vector<PlanColumn> columns = columns_of_keys(*input, aggregate.keys);
  std::vector<ExprPtr> shown;
  std::vector<std::string> names;
  for (const PlanColumn& column : columns_of_keys(*input, keys)) {
    const auto place = std::find(set.begin(), set.end(), shown.size());
    shown.push_back(place == set.end() ? null_constant(column.type)
                                       : column_at(static_cast<std::size_t>(place - set.begin()), column.type));
    names.push_back(column.name);
  }
  for (const AggregateCall& call : collected.aggregates) {
    shown.push_back(column_at(columns.size(), call.type));
    columns.push_back({"aggregate", call.type});
    names.emplace_back("aggregate");
  }
  for (const std::vector<ExprPtr>& args : collected.groupings) {
    shown.push_back(constant({ivm::TypeKind::integer}, ivm::Value::of_integer(grouping_of(args, keys, set))));
    names.emplace_back("grouping");
  }
  return project(make_plan(std::move(aggregate), {input}, std::move(columns)), std::move(shown), names);
}

}  // namespace

Grouping make_grouping(PlanPtr input, const Level& level, std::vector<ExprPtr> keys,
                       const std::vector<GroupingSet>& sets, const Collected& collected) {
  const std::vector<AggregateCall>& calls = collected.aggregates;
  const bool asks = !collected.groupings.empty();
  GroupingSet all;
  for (std::size_t i = 0; i < keys.size(); ++i) all.push_back(i);
  Grouping grouping{nullptr, {}, {}, &level, calls.size()};
  if (!sets.empty() || asks) {
    grouping.keys = std::move(keys);
    grouping.by_sets = !sets.empty();
    for (const GroupingSet& set : sets.empty() ? std::vector<GroupingSet>{all} : sets) {
      const PlanPtr one = grouped_by(input, grouping.keys, set, collected);
      grouping.plan = grouping.plan == nullptr
                          ? one
                          : make_plan(SetOperation{SetKind::union_all}, {grouping.plan, one}, one->columns);
    }
    return grouping;
  }
  for (const ExprPtr& key : keys) {
    if (!is_key(grouping.keys, key)) grouping.keys.push_back(key);
  }
  for (const ExprPtr& at : determined_columns(level, grouping.keys)) {
    if (!is_key(grouping.keys, at)) grouping.keys.push_back(at);
  }
  std::vector<PlanColumn> columns = columns_of_keys(*input, grouping.keys);
  for (const AggregateCall& call : calls) columns.push_back({"aggregate", call.type});
  grouping.plan = make_plan(Aggregate{grouping.keys, calls}, {std::move(input)}, std::move(columns));
  return grouping;
}

ExprPtr after_grouping(const ExprPtr& expr, const Grouping& grouping) {
  return rewrite(expr, [&](const ExprPtr& at) -> ExprPtr {
    if (at->kind == ExprKind::constant && !grouping.by_sets) return at;
    for (std::size_t i = 0; i < grouping.keys.size(); ++i) {
      if (same(grouping.keys[i], at)) return column_at(i, at->type, at->offset);
    }
    for (const auto& [key, place] : grouping.written) {
      if (same(key, at)) return column_at(place, at->type, at->offset);
    }
    if (at->kind == ExprKind::aggregate) {
      const std::size_t before = grouping.keys.size() + (at->level == 1 ? grouping.aggregates : 0);
      return column_at(before + at->index, at->type, at->offset);
    }
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
                       partition[i]->offset);
  }
}

}  // namespace laterbase::sql
