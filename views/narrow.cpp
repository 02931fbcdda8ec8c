#include "views/narrow.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "engine/triples/table.h"
#include "views/sql/optimise.h"

namespace laterbase::views {
namespace {

using ivm::Value;
using Points = std::vector<Value>;

constexpr std::size_t most_steps = 10'000;  // a plan may share its parts, and be endless as a tree

class Finder {
 public:
  Finder(const Engine& engine, std::map<std::string, std::vector<Need>>& needs) : engine_(engine), needs_(needs) {}

  // `first`: what a LIMIT right above asks of its rows; null where all are asked for.
  void want(const sql::PlanPtr& plan, Domains domains, const First* first);
  // Of what is scanned somewhere without a lookup.
  const std::set<std::string>& whole() const noexcept { return whole_; }
  bool gave_up() const noexcept { return steps_ > most_steps; }

 private:
  void want_scan(const sql::Plan& plan, const Domains& domains, const First* first);
  void want_join(const sql::Plan& plan, const sql::Join& join, const Domains& domains);
  void want_aggregate(const sql::Plan& plan, const sql::Aggregate& aggregate, const Domains& domains);
  bool can_be_cut(const std::string& relation, const std::optional<Lookup>& lookup) const;
  std::pair<Domains, Domains> sides_of(const sql::Plan& plan, const sql::Join& join, const Domains& domains) const;
  std::optional<Points> values_of(const sql::PlanPtr& plan, std::size_t column, Domains domains);
  std::optional<Points> values_of_scan(const sql::Plan& plan, std::size_t column, const Domains& domains) const;
  void link(const sql::PlanPtr& from, std::size_t of, const Domains& known, Domains& to, std::size_t column);

  const Engine& engine_;
  std::map<std::string, std::vector<Need>>& needs_;
  std::set<std::string> whole_;
  std::size_t steps_ = 0;
};

// The values that a column has in rows that are few.
std::optional<Points> Finder::values_of_scan(const sql::Plan& plan, std::size_t column, const Domains& domains) const {
  const std::string& relation = std::get<sql::Scan>(plan.what).relation;
  const auto lookup = find_lookup(engine_, relation, plan.columns, Wish{domains, {}});
  if (!lookup || column >= plan.columns.size()) return std::nullopt;
  const auto less = [](const Value& a, const Value& b) { return compare(a, b) < 0; };
  std::set<Value, decltype(less)> values(less);
  std::size_t rows = 0;
  visit_lookup(engine_, relation, *lookup, [&](ivm::RowView row, std::int64_t) {
    const Value value = row.value(column, plan.columns[column].type.kind);
    if (!value.is_null()) values.insert(value.owned());
    return ++rows <= most_points;
  });
  if (rows > most_points) return std::nullopt;
  return Points(values.begin(), values.end());
}

std::optional<Points> Finder::values_of(const sql::PlanPtr& plan, std::size_t column, Domains domains) {
  if (++steps_ > most_steps) return std::nullopt;
  if (const auto found = domains.find(column); found != domains.end() && found->second.points)
    return found->second.points;
  if (std::holds_alternative<sql::Scan>(plan->what)) return values_of_scan(*plan, column, domains);
  if (const auto* filter = std::get_if<sql::Filter>(&plan->what)) {
    narrow(domains, filter->condition);
    return values_of(plan->inputs[0], column, std::move(domains));
  }
  if (const auto* project = std::get_if<sql::Project>(&plan->what)) {
    if (project->exprs[column]->kind != sql::ExprKind::column) return std::nullopt;
    return values_of(plan->inputs[0], project->exprs[column]->index, through(domains, project->exprs));
  }
  if (const auto* join = std::get_if<sql::Join>(&plan->what); join != nullptr && join->kind != sql::JoinKind::full) {
    const std::size_t width = plan->inputs[0]->columns.size();
    auto [left, right] = sides_of(*plan, *join, domains);
    if (column < width) return values_of(plan->inputs[0], column, std::move(left));
    if (join->kind == sql::JoinKind::inner) return values_of(plan->inputs[1], column - width, std::move(right));
  }
  return std::nullopt;
}

// What is known of a join's inputs: of rows of either that matter.
std::pair<Domains, Domains> Finder::sides_of(const sql::Plan& plan, const sql::Join& join,
                                             const Domains& domains) const {
  const bool is_inner = join.kind == sql::JoinKind::inner;
  const bool narrows_left = is_inner || join.kind == sql::JoinKind::semi;
  const std::size_t width = plan.inputs[0]->columns.size();
  auto sides = split(domains, width);
  if (!is_inner) sides.second.clear();
  narrow_sides(join.condition, width, narrows_left ? &sides.first : nullptr, &sides.second);
  return sides;
}

void Finder::link(const sql::PlanPtr& from, std::size_t of, const Domains& known, Domains& to, std::size_t column) {
  if (auto values = values_of(from, of, known); values && values->size() <= most_points)
    narrow_to(to[column], std::move(*values));
}

void Finder::want_join(const sql::Plan& plan, const sql::Join& join, const Domains& domains) {
  if (join.kind == sql::JoinKind::full) {
    for (const sql::PlanPtr& input : plan.inputs) want(input, {}, nullptr);
    return;
  }
  auto [left, right] = sides_of(plan, join, domains);
  const auto links = links_of(join.condition, plan.inputs[0]->columns.size());
  for (const auto& [a, b] : links) link(plan.inputs[0], a, left, right, b);
  if (join.kind == sql::JoinKind::inner || join.kind == sql::JoinKind::semi)
    for (const auto& [a, b] : links) link(plan.inputs[1], b, right, left, a);
  want(plan.inputs[0], std::move(left), nullptr);
  want(plan.inputs[1], std::move(right), nullptr);
}

// Where all rows have to be looked at: whether they can be, one by one, as they are now.
bool Finder::can_be_cut(const std::string& relation, const std::optional<Lookup>& lookup) const {
  if (relation == "events") return engine_.log().knows_keys();
  return lookup || engine_.store().table(relation) != nullptr || engine_.current_view(relation) != nullptr;
}

void Finder::want_scan(const sql::Plan& plan, const Domains& domains, const First* first) {
  const std::string& relation = std::get<sql::Scan>(plan.what).relation;
  const std::vector<ivm::Order> order = first == nullptr ? std::vector<ivm::Order>() : first->order_below();
  auto lookup = find_lookup(engine_, relation, plan.columns, Wish{domains, order, first != nullptr});
  const bool is_cut = first != nullptr && can_be_cut(relation, lookup);
  if (!lookup && !is_cut)
    whole_.insert(relation);
  else
    needs_[relation].push_back({std::move(lookup), is_cut ? std::optional(*first) : std::nullopt, plan.columns});
}

// The least and the greatest value of a column need no more than the row that has it.
void Finder::want_aggregate(const sql::Plan& plan, const sql::Aggregate& aggregate, const Domains& domains) {
  std::vector<First> firsts;
  for (const sql::AggregateCall& call : aggregate.calls)
    if (auto first = aggregate.keys.empty() ? First::of(call) : std::nullopt) firsts.push_back(std::move(*first));
  if (firsts.empty() || firsts.size() != aggregate.calls.size())
    return want(plan.inputs[0], through(domains, aggregate.keys), nullptr);
  for (const First& first : firsts) {
    Domains below;
    below[first.row[0]->index].not_null = true;
    want(plan.inputs[0], std::move(below), &first);
  }
}

void Finder::want(const sql::PlanPtr& plan, Domains domains, const First* first) {
  if (++steps_ > most_steps) return;
  if (std::holds_alternative<sql::Scan>(plan->what)) return want_scan(*plan, domains, first);
  if (const auto* join = std::get_if<sql::Join>(&plan->what)) return want_join(*plan, *join, domains);
  if (const auto* aggregate = std::get_if<sql::Aggregate>(&plan->what))
    return want_aggregate(*plan, *aggregate, domains);
  std::optional<First> below;
  if (const auto* filter = std::get_if<sql::Filter>(&plan->what)) {
    narrow(domains, filter->condition);
    if (first != nullptr) below = first->below(*filter);
  } else if (const auto* project = std::get_if<sql::Project>(&plan->what)) {
    domains = through(domains, project->exprs);
    if (first != nullptr) below = first->below(*project);
  } else if (const auto* limit = std::get_if<sql::Limit>(&plan->what)) {
    domains.clear();
    below = First::of(*limit, *plan->inputs[0]);
  } else if (const auto* set = std::get_if<sql::SetOperation>(&plan->what)) {
    if (first != nullptr && set->kind == sql::SetKind::union_all) below = *first;
  } else if (!std::holds_alternative<sql::Distinct>(plan->what)) {
    domains.clear();
  }
  for (const sql::PlanPtr& input : plan->inputs) want(input, domains, below ? &*below : nullptr);
}

// "by primary key (id), the first 10".
std::string text_of(const Need& need) {
  const std::string way =
      need.lookup ? fmt::format("by {} ({})", need.lookup->name(), need.lookup->columns) : std::string("whole");
  if (!need.first) return way;
  const bool in_order = need.lookup && need.lookup->in_order > 0;
  return fmt::format("{}, {} first {}", way, in_order ? "only the" : "keeping the", need.first->most);
}

}  // namespace

ivm::RowView visible_row(const Running& running, ivm::RowView row, ivm::RowBuilder& builder) {
  const std::size_t columns = running.columns().size();
  if (row.columns() == columns) return row;
  builder.begin(columns);
  for (std::size_t i = 0; i < columns; ++i) builder.copy(i, row, i, ivm::is_fixed_width(running.schema()[i].type.kind));
  return builder.finish();
}

ivm::RowView without_subject(const triples::Table& table, ivm::RowView row, ivm::RowBuilder& builder) {
  const ivm::Schema& schema = table.schema();
  builder.begin(schema.size() - 1);
  for (std::size_t i = 0; i + 1 < schema.size(); ++i) builder.copy(i, row, i, ivm::is_fixed_width(schema[i].type.kind));
  return builder.finish();
}

Wanted::Wanted(const Engine& engine, const std::vector<sql::PlanPtr>& plans) : engine_(engine) {
  Finder finder(engine, needs_);
  for (const sql::PlanPtr& plan : plans) finder.want(sql::optimise(plan), {}, nullptr);
  for (const std::string& relation : finder.whole()) needs_.erase(relation);
  if (finder.gave_up()) needs_.clear();
}

void Wanted::visit(const std::string& relation, const Need& need, const ivm::RowVisitor& visit) const {
  const auto each = [&](const ivm::RowVisitor& take) {
    if (need.lookup)
      visit_lookup(engine_, relation, *need.lookup, take);
    else
      visit_kept(engine_, relation, take);
  };
  if (!need.first) return each(visit);
  FirstRows rows(*need.first, need.lookup ? need.lookup->in_order : 0, need.columns);
  each([&](ivm::RowView row, std::int64_t weight) { return rows.take(row, weight); });
  rows.give(visit);
}

bool Wanted::read(const std::string& relation, bool with_subject, const RowSink& sink) const {
  const auto found = needs_.find(relation);
  if (found == needs_.end()) return false;
  const triples::Table* table = engine_.store().table(relation);
  const View* view = engine_.current_view(relation);
  ivm::RowBuilder builder;
  const bool may_repeat = found->second.size() > 1;
  std::set<std::string, std::less<>> seen;
  for (const Need& need : found->second) {
    visit(relation, need, [&](ivm::RowView row, std::int64_t weight) {
      if (may_repeat && !seen.emplace(row.view()).second) return true;
      if (table != nullptr && !with_subject) row = without_subject(*table, row, builder);
      if (table == nullptr && view != nullptr) row = visible_row(*view->running, row, builder);
      sink(row, weight);
      return true;
    });
  }
  return true;
}

std::vector<std::string> Wanted::explain() const {
  std::vector<std::string> lines;
  for (const auto& [relation, needs] : needs_) {
    std::set<std::string> ways;
    for (const Need& need : needs) ways.insert(text_of(need));
    lines.push_back(fmt::format("Read {} {}", relation, fmt::join(ways, " and ")));
  }
  return lines;
}

}  // namespace laterbase::views
