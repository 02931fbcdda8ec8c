#include <algorithm>

#include "views/sql/bind_targets.h"
#include "views/sql/error.h"
#include "views/sql/subquery.h"

// GROUP BY, with GROUPING SETS, ROLLUP and CUBE.
namespace laterbase::sql {
namespace {

constexpr std::size_t most_sets = 4096;  // as many as PostgreSQL takes
constexpr std::size_t most_of_cube = 12;

using Sets = std::vector<GroupingSet>;

void check_count(std::size_t sets, const Json& node) {
  if (sets <= most_sets) return;
  throw SqlException("54001", "too many grouping sets present (maximum 4096)", node_location(node));
}

GroupingSet united(GroupingSet a, const GroupingSet& b) {
  a.insert(a.end(), b.begin(), b.end());
  std::sort(a.begin(), a.end());
  a.erase(std::unique(a.begin(), a.end()), a.end());
  return a;
}

// Each of one with each of the other.
Sets crossed(const Sets& left, const Sets& right, const Json& node) {
  check_count(left.size() * right.size(), node);
  Sets all;
  for (const GroupingSet& a : left) {
    for (const GroupingSet& b : right) all.push_back(united(a, b));
  }
  return all;
}

// ROLLUP: all parts, then one less, to none. CUBE: all and none of them, in each way.
Sets rolled_up(const Sets& parts) {
  Sets all{GroupingSet{}};
  for (const GroupingSet& part : parts) all.push_back(united(all.back(), part));
  std::reverse(all.begin(), all.end());
  return all;
}
Sets cubed(const Sets& parts) {
  Sets all;
  for (std::size_t chosen = std::size_t{1} << parts.size(); chosen-- > 0;) {
    GroupingSet set;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if ((chosen >> (parts.size() - 1 - i) & 1) != 0) set = united(set, parts[i]);
    }
    all.push_back(set);
  }
  return all;
}

class GroupBinder {
 public:
  using BindOne = std::function<ExprPtr(const Json&)>;
  GroupBinder(std::vector<ExprPtr>& groups, BindOne bind) : groups_(groups), bind_(std::move(bind)) {}

  // The sets that an item of GROUP BY stands for.
  Sets sets_of(const Json& node) {
    const Json& body = node_body(node);
    if (is_node(node, "RowExpr") && text_member(body, "row_format") == "COERCE_IMPLICIT_CAST") {
      GroupingSet set;
      for (const Json& part : list_member(body, "args")) set = united(set, {place_of(part)});
      return {set};
    }
    if (!is_node(node, "GroupingSet")) return {{place_of(node)}};
    const std::string kind = text_member(body, "kind");
    if (kind == "GROUPING_SET_EMPTY") return {{}};
    Sets parts;
    for (const Json& part : list_member(body, "content")) {
      const Sets some = sets_of(part);
      parts.insert(parts.end(), some.begin(), some.end());
    }
    if (kind == "GROUPING_SET_ROLLUP") return rolled_up(parts);
    if (kind == "GROUPING_SET_SETS") return parts;
    if (parts.size() > most_of_cube) {
      throw SqlException("54011", "CUBE is limited to 12 elements", node_location(node));
    }
    return cubed(parts);
  }

 private:
  std::size_t place_of(const Json& node) {
    const ExprPtr expr = bind_(node);
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      if (same(groups_[i], expr)) return i;
    }
    groups_.push_back(expr);
    return groups_.size() - 1;
  }

  std::vector<ExprPtr>& groups_;
  BindOne bind_;
};

void refuse_computed_later(const ExprPtr& expr) {
  visit(expr, [&](const Expr& at) {
    const bool windowed = at.kind == ExprKind::window;
    if (at.kind != ExprKind::aggregate && !windowed) return;
    throw SqlException(windowed ? "42P20" : "42803",
                       std::string(windowed ? "window" : "aggregate") + " functions are not allowed in GROUP BY",
                       at.offset);
  });
}

}  // namespace

// A name is a column of FROM first, here, and the output's only then.
ExprPtr QueryBinder::bind_group(const Json& node, ExpressionBinder& binder, const Level& level,
                                const Targets& targets) {
  ExprPtr expr;
  const bool is_name = is_node(node, "ColumnRef") && list_member(node_body(node), "fields").size() == 1;
  if (is_name) {
    const std::string name = string_node(list_member(node_body(node), "fields")[0]);
    const auto& visible = level.from.visible;
    const bool in_from = std::any_of(visible.begin(), visible.end(), [&](const auto& at) { return at.name == name; });
    if (in_from) expr = binder.bind(node);
  }
  if (expr == nullptr) expr = order_target(node, binder, targets, "GROUP BY");
  if (targets.rows_of && same(expr, targets.exprs[*targets.rows_of])) {
    not_supported("GROUP BY what a function gives as rows", node_location(node), "Put the function into FROM.");
  }
  refuse_computed_later(expr);
  return known(expr);
}

void QueryBinder::bind_groups(const Json& select, const Level& level, Targets& targets) {
  const Json& clause = list_member(select, "groupClause");
  if (clause.empty()) return;
  targets.grouped = true;
  ExpressionBinder binder(context_, level, common_tables_, "GROUP BY");
  GroupBinder groups(targets.groups, [&](const Json& node) { return bind_group(node, binder, level, targets); });
  targets.sets = {{}};
  bool plain = true;
  for (const Json& node : clause) {
    plain = plain && !is_node(node, "GroupingSet");
    targets.sets = crossed(targets.sets, groups.sets_of(node), node);
  }
  if (flag_member(select, "groupDistinct")) {
    std::sort(targets.sets.begin(), targets.sets.end());
    targets.sets.erase(std::unique(targets.sets.begin(), targets.sets.end()), targets.sets.end());
  }
  if (plain) {
    targets.sets.clear();
    return;
  }
  // What is made of a constant is computed before there are groups, and couldn't be NULL in some of them.
  for (const ExprPtr& key : targets.groups) {
    if (is_constant(key)) not_supported("GROUPING SETS by a constant", key->offset, "Group by columns.");
  }
}

PlanPtr QueryBinder::aggregate(PlanPtr plan, const Level& level, Targets& targets) {
  std::vector<ExprPtr> exprs;
  const auto each = [&](const auto& f) {
    for (ExprPtr& group : targets.groups) f(group);
    for (AggregateCall& call : targets.collected.aggregates) {
      for (ExprPtr& arg : call.args) f(arg);
      for (SortKey& key : call.order) f(key.expr);
      if (call.filter) f(call.filter);
    }
    for (std::vector<ExprPtr>& args : targets.collected.groupings) {
      for (ExprPtr& arg : args) f(arg);
    }
  };
  const std::vector<ExprPtr> written = targets.groups;
  each([&](ExprPtr& expr) { exprs.push_back(expr); });
  plan = attach_subqueries(std::move(plan), exprs);
  auto next = exprs.begin();
  each([&](ExprPtr& expr) { expr = *next++; });
  Grouping grouping = make_grouping(std::move(plan), level, targets.groups, targets.sets, targets.collected);
  for (std::size_t i = 0; i < written.size(); ++i) {
    const auto is_group = [&](const ExprPtr& key) { return same(key, targets.groups[i]); };
    const auto key = std::find_if(grouping.keys.begin(), grouping.keys.end(), is_group);
    grouping.written.emplace_back(written[i], static_cast<std::size_t>(key - grouping.keys.begin()));
  }
  targets.each([&](const ExprPtr& expr) { return after_grouping(expr, grouping); });
  return targets.having == nullptr ? grouping.plan : filter_subqueries(grouping.plan, targets.having);
}

}  // namespace laterbase::sql
