#include <algorithm>
#include <map>

#include "views/sql/scope.h"
#include "views/sql/unnest.h"
#include "views/tree/draft.h"

// Outer columns become keys.
namespace laterbase::tree {
namespace {

using sql::ExprPtr;
using sql::PlanPtr;

// Where a draft's columns, and those of its ancestors that it keeps, are in its level's rows.
using Places = std::map<Origin, std::size_t>;

Origin origin_of(const Draft& draft, const sql::Expr& outer) {
  return {draft.path.at(draft.path.size() - outer.level), outer.index};
}

std::set<Origin> origins_in(const Draft& draft) {
  std::set<Origin> origins;
  sql::replace_outer(draft.plan, [&](const sql::Expr& outer) {
    origins.insert(origin_of(draft, outer));
    return std::make_shared<const sql::Expr>(outer);
  });
  return origins;
}

// What each draft and all below it take from above.
std::vector<std::set<Origin>> needs_of(const std::vector<Draft>& drafts) {
  std::vector<std::set<Origin>> needs(drafts.size());
  for (std::size_t i = drafts.size(); i-- > 0;) {
    needs[i] = origins_in(drafts[i]);
    for (const std::size_t child : drafts[i].children)
      for (const Origin& origin : needs[child])
        if (origin.first != i) needs[i].insert(origin);
  }
  return needs;
}

PlanPtr first_columns(const PlanPtr& plan, std::size_t count) {
  std::vector<ExprPtr> columns = sql::columns_of_plan(*plan);
  columns.resize(count);
  return sql::project(plan, std::move(columns));
}

class Builder {
 public:
  explicit Builder(const std::vector<Draft>& drafts)
      : drafts_(drafts), needs_(needs_of(drafts)), places_(drafts.size()) {}

  std::vector<Level> build() {
    for (std::size_t i = 0; i < drafts_.size(); ++i) build(i);
    return std::move(levels_);
  }

 private:
  void build(std::size_t i) {
    const Draft& draft = drafts_[i];
    Level level;
    level.kind = draft.kind;
    level.name = draft.name;
    level.parent = draft.path.empty() ? 0 : draft.path.back();
    level.children = draft.children;
    level.is_short = draft.is_short;
    Places key;
    for (const Origin& origin : needs_[i]) level.parent_columns.push_back(places_[level.parent].at(origin));
    std::sort(level.parent_columns.begin(), level.parent_columns.end());
    for (const Origin& origin : needs_[i]) {
      const std::size_t column = places_[level.parent].at(origin);
      const auto at = std::lower_bound(level.parent_columns.begin(), level.parent_columns.end(), column);
      key[origin] = static_cast<std::size_t>(at - level.parent_columns.begin());
    }
    PlanPtr plan = keyed(draft, level);
    if (draft.kind == NodeKind::count)
      level.plan = counted(plan, level.key());
    else if (draft.kind == NodeKind::exists)
      level.plan = sql::distinct(first_columns(plan, level.key()));
    else
      show(i, std::move(plan), std::move(key), level);
    levels_.push_back(std::move(level));
  }

  // For each distinct key among the parent's rows, the draft's rows: key ++ the draft's columns.
  PlanPtr keyed(const Draft& draft, const Level& level) const {
    if (draft.path.empty()) return draft.plan;
    const PlanPtr plan = sql::replace_outer(draft.plan, [&](const sql::Expr& outer) {
      const std::size_t column = places_[level.parent].at(origin_of(draft, outer));
      return sql::outer_column(1, column, outer.type, outer.offset);
    });
    if (level.parent_columns.empty()) return plan;
    const Level& parent = levels_[level.parent];
    const PlanPtr rows = sql::make_plan(sql::Scan{parent.name}, {}, parent.plan->columns);
    std::vector<ExprPtr> columns;
    std::vector<std::string> names;
    for (const std::size_t column : level.parent_columns) {
      columns.push_back(sql::column_at(column, parent.plan->columns[column].type));
      names.push_back(parent.plan->columns[column].name);
    }
    return sql::push_domain(plan, sql::distinct(sql::project(rows, columns, names)), level.parent_columns);
  }

  static PlanPtr counted(const PlanPtr& plan, std::size_t key) {
    sql::AggregateCall call;
    call.function = ivm::AggregateFunction::count_rows;
    call.type = {ivm::TypeKind::bigint};
    std::vector<ExprPtr> keys = sql::columns_of_plan(*plan);
    keys.resize(key);
    std::vector<sql::PlanColumn> columns(plan->columns.begin(),
                                         plan->columns.begin() + static_cast<std::ptrdiff_t>(key));
    columns.push_back({"count", call.type});
    return sql::make_plan(sql::Aggregate{std::move(keys), {call}}, {plan}, std::move(columns));
  }

  // Of the draft's columns only those that something asks for.
  void show(std::size_t i, PlanPtr plan, Places key, Level& level) {
    const Draft& draft = drafts_[i];
    std::set<std::size_t> wanted(draft.identity.begin(), draft.identity.end());
    for (const ivm::Order& order : draft.order) wanted.insert(order.column);
    for (const Shown& field : draft.fields)
      if (field.column) wanted.insert(*field.column);
    for (const std::size_t child : draft.children)
      for (const auto& [from, column] : needs_[child])
        if (from == i) wanted.insert(column);
    std::vector<ExprPtr> columns = sql::columns_of_plan(*plan);
    std::vector<ExprPtr> kept(columns.begin(), columns.begin() + static_cast<std::ptrdiff_t>(level.key()));
    std::map<std::size_t, std::size_t> place;
    for (const std::size_t column : wanted) {
      place[column] = kept.size();
      key[{i, column}] = kept.size();
      kept.push_back(columns[level.key() + column]);
    }
    level.plan = sql::project(plan, kept);
    level.fields = draft.fields;
    for (Shown& field : level.fields)
      if (field.column) field.column = place.at(*field.column);
    level.order = draft.order;
    for (ivm::Order& order : level.order) order.column = place.at(order.column);
    for (const std::size_t column : draft.identity) level.identity.push_back(place.at(column));
    places_[i] = std::move(key);
  }

  const std::vector<Draft>& drafts_;
  std::vector<std::set<Origin>> needs_;
  std::vector<Places> places_;
  std::vector<Level> levels_;
};

}  // namespace

std::vector<Level> levels_of(const std::vector<Draft>& drafts) { return Builder(drafts).build(); }

std::vector<std::vector<ivm::Order>> Level::indexes(const std::vector<Level>& all) const {
  std::vector<ivm::Order> shown;
  for (std::size_t i = 0; i < key(); ++i) shown.push_back({i, false, false});
  shown.insert(shown.end(), order.begin(), order.end());
  std::vector<std::vector<ivm::Order>> indexes{std::move(shown)};
  for (const std::size_t child : children) {
    std::vector<ivm::Order> by_key;
    for (const std::size_t column : all[child].parent_columns) by_key.push_back({column, false, false});
    indexes.push_back(std::move(by_key));
  }
  return indexes;
}

}  // namespace laterbase::tree
