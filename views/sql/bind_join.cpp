#include <algorithm>

#include "views/sql/bind_query.h"
#include "views/sql/error.h"
#include "views/sql/subquery.h"
#include "views/sql/unnest.h"

// ON, USING and NATURAL.
namespace laterbase::sql {
namespace {

std::vector<std::string> using_columns(const Json& join, const FromItem& left, const FromItem& right) {
  std::vector<std::string> names = string_nodes(list_member(join, "usingClause"));
  if (!flag_member(join, "isNatural")) return names;
  for (const VisibleColumn& at : left.visible) {
    const bool in_both = std::any_of(right.visible.begin(), right.visible.end(),
                                     [&](const VisibleColumn& other) { return other.name == at.name; });
    if (in_both) names.push_back(at.name);
  }
  return names;
}

const VisibleColumn& using_column(const FromItem& item, const std::string& name, const char* side) {
  const VisibleColumn* found = nullptr;
  for (const VisibleColumn& at : item.visible) {
    if (at.name != name) continue;
    if (found != nullptr) {
      throw SqlException("42702", "common column name \"" + name + "\" appears more than once in " + side + " table");
    }
    found = &at;
  }
  if (found != nullptr) return *found;
  throw SqlException("42703", "column \"" + name + "\" specified in USING clause does not exist in " + side + " table");
}

// The one column that two become.
ExprPtr merged(const std::string& type, const ExprPtr& left, const ExprPtr& right) {
  std::vector<ExprPtr> both = {left, right};
  coerce_together(both, "JOIN/USING", -1);
  if (type == "JOIN_INNER" || type == "JOIN_LEFT") return both[0];
  if (type == "JOIN_RIGHT") return both[1];
  Expr first{ExprKind::coalesce, both[0]->type};
  first.args = both;
  return std::make_shared<const Expr>(std::move(first));
}

void rename(FromItem& item, const Json& alias) {
  const std::string name = text_member(alias, "aliasname");
  if (name.empty()) return;
  const std::vector<std::string> names = string_nodes(list_member(alias, "colnames"));
  for (std::size_t i = 0; i < names.size() && i < item.visible.size(); ++i) item.visible[i].name = names[i];
  item.tables = {{name, item.visible}};
}

// Left's and right's rows in the order left ++ right, however the join is done.
PlanPtr join_in_order(const std::string& type, const PlanPtr& left, const PlanPtr& right, const ExprPtr& condition) {
  const std::size_t left_width = left->columns.size();
  const std::size_t right_width = right->columns.size();
  if (type != "JOIN_RIGHT") {
    const JoinKind kind = type == "JOIN_LEFT" ? JoinKind::left : type == "JOIN_FULL" ? JoinKind::full : JoinKind::inner;
    return kind == JoinKind::full ? join(kind, left, lower_levels(right), condition)
                                  : dependent_join(kind, left, right, condition);
  }
  const ExprPtr swapped =
      renumber(condition, [&](std::size_t i) { return i < left_width ? i + right_width : i - left_width; });
  const PlanPtr all = join(JoinKind::left, lower_levels(right), left, swapped);
  std::vector<ExprPtr> exprs;
  for (std::size_t i = 0; i < left_width; ++i) exprs.push_back(column_at(right_width + i, left->columns[i].type));
  for (std::size_t i = 0; i < right_width; ++i) exprs.push_back(column_at(i, right->columns[i].type));
  return project(all, exprs);
}

// The columns that a sub-query's condition uses, of left ++ right.
std::vector<std::size_t> used_columns(const ExprPtr& term) {
  std::vector<std::size_t> used = columns_of(term);
  visit(term, [&](const Expr& at) {
    if (at.plan == nullptr) return;
    for (const std::size_t index : outer_columns_of(at.plan)) used.push_back(index);
  });
  return used;
}

// A sub-query's condition over the right side alone.
ExprPtr on_right(const ExprPtr& term, std::size_t left_width) {
  return rewrite(term, [&](const ExprPtr& at) -> ExprPtr {
    if (at->kind == ExprKind::column) return column_at(at->index - left_width, at->type, at->offset);
    if (at->kind != ExprKind::subquery) return nullptr;
    Expr copy = *at;
    for (ExprPtr& arg : copy.args) arg = on_right(arg, left_width);
    copy.plan = replace_outer(at->plan, [&](const Expr& outer) -> ExprPtr {
      if (outer.level != 1) return nullptr;
      return outer_column(1, outer.index - left_width, outer.type, outer.offset);
    });
    return std::make_shared<const Expr>(std::move(copy));
  });
}

// That columns from `first` and those from `second` on are the same, one by one.
ExprPtr same_columns(const std::vector<PlanColumn>& columns, std::size_t first, std::size_t second) {
  std::vector<ExprPtr> terms;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const ivm::Type type = columns[i].type;
    terms.push_back(logical(ExprKind::not_distinct, {column_at(first + i, type), column_at(second + i, type)}));
  }
  return conjunction(terms);
}

void add_columns(std::vector<ExprPtr>& exprs, const std::vector<PlanColumn>& columns, std::size_t from) {
  for (const PlanColumn& at : columns) exprs.push_back(column_at(from++, at.type));
}

void add_nulls(std::vector<ExprPtr>& exprs, const std::vector<PlanColumn>& columns) {
  for (const PlanColumn& at : columns) exprs.push_back(null_constant(at.type));
}

// An outer join over any condition: which rows match is an inner join of its own, done once for rows of the kept side
// that are equal, and each row of that side then takes what matches it.
class MatchedJoin {
 public:
  MatchedJoin(PlanPtr left, PlanPtr right, ExprPtr plain, ExprPtr others)
      : left_(std::move(left)), right_(std::move(right)), plain_(std::move(plain)), others_(std::move(others)) {}

  PlanPtr keeping_left() const {
    const PlanPtr found = matches(distinct(left_), right_);
    const PlanPtr all = join(JoinKind::left, left_, found, same_columns(left_->columns, 0, left_width()));
    std::vector<ExprPtr> exprs;
    add_columns(exprs, left_->columns, 0);
    add_columns(exprs, right_->columns, 2 * left_width());
    return project(all, exprs);
  }
  PlanPtr keeping_right() const {
    const PlanPtr kept = lower_levels(right_), found = matches(left_, distinct(right_));
    const PlanPtr all = join(JoinKind::left, kept, found, same_columns(kept->columns, 0, right_width() + left_width()));
    std::vector<ExprPtr> exprs;
    add_columns(exprs, left_->columns, right_width());
    add_columns(exprs, kept->columns, 0);
    return project(all, exprs);
  }
  PlanPtr keeping_both() const {
    const PlanPtr kept = lower_levels(right_), found = matches(left_, right_);
    const PlanPtr rest =
        join(JoinKind::anti, kept, found, same_columns(kept->columns, 0, right_width() + left_width()));
    std::vector<ExprPtr> exprs;
    add_nulls(exprs, left_->columns);
    add_columns(exprs, kept->columns, 0);
    const PlanPtr left = keeping_left();
    std::vector<PlanColumn> columns = left->columns;
    return make_plan(SetOperation{SetKind::union_all}, {left, project(rest, exprs)}, std::move(columns));
  }

 private:
  std::size_t left_width() const { return left_->columns.size(); }
  std::size_t right_width() const { return right_->columns.size(); }
  PlanPtr matches(const PlanPtr& left, const PlanPtr& right) const {
    return filter_subqueries(dependent_join(JoinKind::inner, left, right, plain_), others_);
  }

  PlanPtr left_, right_;
  ExprPtr plain_, others_;
};

PlanPtr join_with_subqueries(const std::string& type, const PlanPtr& left, PlanPtr right, const ExprPtr& condition) {
  std::vector<ExprPtr> terms;
  split_conjunction(condition, terms);
  std::vector<ExprPtr> plain;
  std::vector<ExprPtr> others;
  for (const ExprPtr& term : terms) {
    if (!has_subquery(term)) {
      plain.push_back(term);
      continue;
    }
    const std::vector<std::size_t> used = used_columns(term);
    const bool right_only =
        std::all_of(used.begin(), used.end(), [&](std::size_t i) { return i >= left->columns.size(); });
    if (type == "JOIN_LEFT" && right_only && outer_columns_of(right).empty()) {
      right = raise_levels(filter_subqueries(lower_levels(right), on_right(term, left->columns.size())), 1);
    } else {
      others.push_back(term);
    }
  }
  if (others.empty()) return join_in_order(type, left, right, conjunction(plain));
  if (type == "JOIN_INNER") {
    return filter_subqueries(join_in_order(type, left, right, conjunction(plain)), conjunction(others));
  }
  const MatchedJoin matched(left, right, conjunction(plain), conjunction(others));
  if (type == "JOIN_LEFT") return matched.keeping_left();
  return type == "JOIN_RIGHT" ? matched.keeping_right() : matched.keeping_both();
}

}  // namespace

FromItem QueryBinder::bind_join(const Json& body, const Level* lateral) {
  if (lateral != nullptr) {
    // A join right of a comma sees nothing of what is left of the comma.
    FromItem alone = bind_join(body, nullptr);
    alone.plan = raise_levels(alone.plan, 1);
    return alone;
  }
  const std::string type = text_member(body, "jointype");
  FromItem left = bind_item(member(body, "larg"), nullptr);
  const Level level{parent_, left};
  FromItem right = bind_item(member(body, "rarg"), &level);
  if (!outer_columns_of(right.plan).empty() && type != "JOIN_INNER" && type != "JOIN_LEFT") {
    throw SqlException("42P10",
                       "invalid reference to FROM-clause entry: the combining JOIN type must be INNER or LEFT "
                       "for a LATERAL reference");
  }
  return joined(type, left, right, body);
}

FromItem QueryBinder::joined(const std::string& type, const FromItem& left, const FromItem& right,
                             const Json& join_body) {
  const std::vector<std::string> names = using_columns(join_body, left, right);
  FromItem both = side_by_side(left, right);
  std::vector<ExprPtr> terms;
  std::vector<VisibleColumn> visible;
  const FromItem moved = {
      nullptr, {both.visible.begin() + static_cast<std::ptrdiff_t>(left.visible.size()), both.visible.end()}, {}};
  for (const std::string& name : names) {
    const ExprPtr a = using_column(left, name, "left").expr;
    const ExprPtr b = using_column(moved, name, "right").expr;
    terms.push_back(resolve_operator("=", a, b, -1));
    visible.push_back({name, merged(type, a, b)});
  }
  for (const VisibleColumn& at : both.visible) {
    if (std::find(names.begin(), names.end(), at.name) == names.end()) visible.push_back(at);
  }
  both.visible = std::move(visible);
  if (const Json& quals = member(join_body, "quals"); !quals.is_null()) {
    const Level level{parent_, both};
    ExpressionBinder binder(context_, level, common_tables_, "JOIN/ON");
    terms.push_back(binder.bind_condition(quals));
  }
  both.plan = join_with_subqueries(type, left.plan, right.plan, conjunction(terms));
  rename(both, member(join_body, "alias"));
  return both;
}

}  // namespace laterbase::sql
