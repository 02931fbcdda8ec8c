#include "views/narrow.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "engine/triples/table.h"
#include "views/narrow_plan.h"
#include "views/sql/optimise.h"
#include "views/values.h"

namespace laterbase::views {
namespace {

using ivm::TypeKind;
using ivm::Value;
using Points = std::vector<Value>;

constexpr std::size_t most_points = 1'000;  // more are not looked up one by one
constexpr std::size_t most_steps = 10'000;  // a plan may share its parts, and be endless as a tree

// The value as one of that kind, which is how a key or an index has it; nothing where it can't be that.
std::optional<Value> converted(const Value& value, TypeKind kind) {
  if (value.kind() == kind) return value.owned();
  const bool whole = value.kind() == TypeKind::integer || value.kind() == TypeKind::bigint;
  if (!whole || value.is_null()) return std::nullopt;
  if (kind == TypeKind::bigint) return Value::of_bigint(value.as_int());
  using Limits = std::numeric_limits<std::int32_t>;
  if (kind != TypeKind::integer || value.as_int() < Limits::min() || value.as_int() > Limits::max())
    return std::nullopt;
  return Value::of_integer(static_cast<std::int32_t>(value.as_int()));
}

// Kinds whose index has the order and the equality that SQL's comparisons have.
bool is_ordered_alike(TypeKind kind) {
  static constexpr TypeKind kinds[] = {TypeKind::boolean, TypeKind::integer,     TypeKind::bigint, TypeKind::numeric,
                                       TypeKind::text,    TypeKind::timestamptz, TypeKind::date};
  return std::find(std::begin(kinds), std::end(kinds), kind) != std::end(kinds);
}

bool is_of_family(const Value& value, TypeKind kind) {
  const auto whole = [](TypeKind one) { return one == TypeKind::integer || one == TypeKind::bigint; };
  return value.kind() == kind || (whole(value.kind()) && whole(kind));
}

// Nothing where they don't say which values there can be.
std::optional<Points> points_on(const Domains& domains, std::size_t column, TypeKind kind) {
  const auto found = domains.find(column);
  if (found == domains.end() || !found->second.points || found->second.points->size() > most_points)
    return std::nullopt;
  if (!is_ordered_alike(kind)) return std::nullopt;
  Points points;
  for (const Value& value : *found->second.points) {
    if (!is_of_family(value, kind)) return std::nullopt;
    if (auto point = converted(value, kind)) points.push_back(std::move(*point));  // else no row has it
  }
  return points;
}

// All ways to have one of the values in each column; nothing where that is not known of all, or they are too many.
std::optional<std::vector<Points>> keys_on(const Domains& domains, const std::vector<std::size_t>& columns,
                                           const std::vector<TypeKind>& kinds) {
  std::vector<Points> keys{{}};
  for (const std::size_t column : columns) {
    const auto points = points_on(domains, column, kinds[column]);
    if (!points || keys.size() * points->size() > most_points) return std::nullopt;
    std::vector<Points> longer;
    for (const Points& key : keys) {
      for (const Value& value : *points) {
        longer.push_back(key);
        longer.back().push_back(value);
      }
    }
    keys = std::move(longer);
  }
  return keys;
}

std::string names_of(const std::vector<std::size_t>& columns, const std::vector<sql::PlanColumn>& all) {
  std::string names;
  for (const std::size_t column : columns) names += (names.empty() ? "" : ", ") + all[column].name;
  return names;
}

class Finder {
 public:
  Finder(const Engine& engine, std::map<std::string, std::vector<Lookup>>& lookups)
      : engine_(engine), lookups_(lookups) {}

  void want(const sql::PlanPtr& plan, Domains domains);
  // Of what is scanned somewhere without a lookup.
  const std::set<std::string>& whole() const noexcept { return whole_; }
  bool gave_up() const noexcept { return steps_ > most_steps; }

 private:
  void want_join(const sql::Plan& plan, const sql::Join& join, const Domains& domains);
  std::pair<Domains, Domains> sides_of(const sql::Plan& plan, const sql::Join& join, const Domains& domains) const;
  std::optional<Points> values_of(const sql::PlanPtr& plan, std::size_t column, Domains domains);
  std::optional<Points> values_of_scan(const sql::Plan& plan, std::size_t column, const Domains& domains) const;
  void link(const sql::PlanPtr& from, std::size_t of, const Domains& known, Domains& to, std::size_t column);
  std::optional<Lookup> lookup_of(const sql::Plan& scan, const Domains& domains) const;
  std::optional<Lookup> lookup_in_table(const triples::Table& table, const sql::Plan& scan,
                                        const Domains& domains) const;
  std::optional<Lookup> lookup_in_view(const Running& running, const View& view, const sql::Plan& scan,
                                       const Domains& domains) const;

  const Engine& engine_;
  std::map<std::string, std::vector<Lookup>>& lookups_;
  std::set<std::string> whole_;
  std::size_t steps_ = 0;
};

std::vector<TypeKind> kinds_of(const sql::Plan& plan) {
  std::vector<TypeKind> kinds;
  for (const sql::PlanColumn& column : plan.columns) kinds.push_back(column.type.kind);
  return kinds;
}

std::optional<Lookup> Finder::lookup_in_table(const triples::Table& table, const sql::Plan& scan,
                                              const Domains& domains) const {
  const triples::Shape& shape = table.shape();
  const auto kinds = kinds_of(scan);
  const auto is_plain = [&](std::size_t column) {
    return kinds[column] == TypeKind::text || kinds[column] == TypeKind::integer || kinds[column] == TypeKind::bigint;
  };
  if (!shape.key.empty() && std::all_of(shape.key.begin(), shape.key.end(), is_plain)) {
    if (auto keys = keys_on(domains, shape.key, kinds))
      return Lookup{Lookup::By::primary_key, 0, std::move(*keys), {}, names_of(shape.key, scan.columns)};
  }
  for (std::size_t i = 0; i < shape.unique.size(); ++i) {
    auto keys = keys_on(domains, shape.unique[i], kinds);
    if (keys) return Lookup{Lookup::By::unique_key, i, std::move(*keys), {}, names_of(shape.unique[i], scan.columns)};
  }
  return std::nullopt;
}

// Of the index's order: its first columns have one of these values, the one after them is in a range.
std::vector<ivm::Range> ranges_of(const std::vector<Points>& prefixes, const Domain* next, const ivm::Order* order,
                                  TypeKind kind) {
  std::vector<ivm::Range> ranges;
  for (const Points& prefix : prefixes) {
    ivm::Range range;
    if (!prefix.empty()) range.lower = range.upper = ivm::Bound{prefix, true};
    const auto bound = [&](const std::optional<Domain::End>& end, std::optional<ivm::Bound>& to) {
      const auto value = end ? converted(end->first, kind) : std::nullopt;
      if (!value) return;
      Points values = prefix;
      values.push_back(*value);
      to = ivm::Bound{std::move(values), end->second};
    };
    if (next != nullptr) {
      bound(next->lower, order->descending ? range.upper : range.lower);
      bound(next->upper, order->descending ? range.lower : range.upper);
    }
    ranges.push_back(std::move(range));
  }
  return ranges;
}

// The order that leaves least to be looked at: most columns of one value, then a range.
std::optional<Lookup> Finder::lookup_in_view(const Running& running, const View& view, const sql::Plan& scan,
                                             const Domains& domains) const {
  std::vector<std::vector<ivm::Order>> orders;
  if (running.is_ordered()) orders.push_back(running.order());
  orders.insert(orders.end(), view.indexes.begin(), view.indexes.end());
  const auto kinds = kinds_of(scan);
  std::optional<Lookup> best;
  std::size_t best_fixed = 0;
  for (std::size_t i = 0; i < orders.size(); ++i) {
    std::vector<std::size_t> fixed;
    std::vector<Points> prefixes{{}};
    while (fixed.size() < orders[i].size() && orders[i][fixed.size()].column < kinds.size()) {
      auto longer = fixed;
      longer.push_back(orders[i][fixed.size()].column);
      auto keys = keys_on(domains, longer, kinds);
      if (!keys) break;
      prefixes = std::move(*keys);
      fixed = std::move(longer);
    }
    const ivm::Order* next = fixed.size() < orders[i].size() ? &orders[i][fixed.size()] : nullptr;
    const bool there = next != nullptr && next->column < kinds.size() && is_ordered_alike(kinds[next->column]);
    const auto domain = there ? domains.find(next->column) : domains.end();
    const bool is_range = domain != domains.end() && (domain->second.lower || domain->second.upper);
    if (fixed.empty() ? !is_range || best : best && fixed.size() <= best_fixed) continue;
    best_fixed = fixed.size();
    best = Lookup{Lookup::By::index, i, {}, {}, names_of(fixed, scan.columns)};
    best->ranges = ranges_of(prefixes, is_range ? &domain->second : nullptr, next,
                             is_range ? kinds[next->column] : TypeKind::unknown);
    if (is_range) best->columns += (fixed.empty() ? "" : ", ") + scan.columns[next->column].name;
  }
  return best;
}

std::optional<Lookup> Finder::lookup_of(const sql::Plan& plan, const Domains& domains) const {
  const std::string& relation = std::get<sql::Scan>(plan.what).relation;
  if (domains.empty()) return std::nullopt;
  if (const triples::Table* table = engine_.store().table(relation)) return lookup_in_table(*table, plan, domains);
  const View* view = engine_.current_view(relation);
  return view == nullptr ? std::nullopt : lookup_in_view(*view->running, *view, plan, domains);
}

void visit_lookup(const Engine& engine, const std::string& relation, const Lookup& lookup,
                  const std::function<bool(ivm::RowView, std::int64_t)>& visit) {
  if (lookup.by == Lookup::By::index) {
    const Running& running = *engine.current_view(relation)->running;
    bool more = true;
    for (const ivm::Range& range : lookup.ranges) {
      if (!more) return;
      running.rows().read(lookup.which, range, false,
                          [&](ivm::RowView row, std::int64_t weight) { return more = visit(row, weight); });
    }
    return;
  }
  const triples::Table& table = *engine.store().table(relation);
  for (const Points& point : lookup.points) {
    if (lookup.by == Lookup::By::primary_key) {
      const ivm::RowView row = table.find(subject_of(point, table.shape()));
      if (row && !visit(row, 1)) return;
      continue;
    }
    const auto& columns = table.shape().unique[lookup.which];
    Points values(table.shape().columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) values[columns[i]] = point[i];
    const ivm::Row row = ivm::Row::of(values);
    for (const std::string& subject : table.find_unique(lookup.which, row.view()))
      if (!visit(table.find(subject), 1)) return;
  }
}

// The values that a column has in rows that are few.
std::optional<Points> Finder::values_of_scan(const sql::Plan& plan, std::size_t column, const Domains& domains) const {
  const auto lookup = lookup_of(plan, domains);
  if (!lookup || column >= plan.columns.size()) return std::nullopt;
  const auto less = [](const Value& a, const Value& b) { return compare(a, b) < 0; };
  std::set<Value, decltype(less)> values(less);
  std::size_t rows = 0;
  visit_lookup(engine_, std::get<sql::Scan>(plan.what).relation, *lookup, [&](ivm::RowView row, std::int64_t) {
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
    for (const sql::PlanPtr& input : plan.inputs) want(input, {});
    return;
  }
  auto [left, right] = sides_of(plan, join, domains);
  const auto links = links_of(join.condition, plan.inputs[0]->columns.size());
  for (const auto& [a, b] : links) link(plan.inputs[0], a, left, right, b);
  if (join.kind == sql::JoinKind::inner || join.kind == sql::JoinKind::semi)
    for (const auto& [a, b] : links) link(plan.inputs[1], b, right, left, a);
  want(plan.inputs[0], std::move(left));
  want(plan.inputs[1], std::move(right));
}

void Finder::want(const sql::PlanPtr& plan, Domains domains) {
  if (++steps_ > most_steps) return;
  if (const auto* scan = std::get_if<sql::Scan>(&plan->what)) {
    if (auto lookup = lookup_of(*plan, domains))
      lookups_[scan->relation].push_back(std::move(*lookup));
    else
      whole_.insert(scan->relation);
    return;
  }
  if (const auto* join = std::get_if<sql::Join>(&plan->what)) return want_join(*plan, *join, domains);
  if (const auto* filter = std::get_if<sql::Filter>(&plan->what))
    narrow(domains, filter->condition);
  else if (const auto* project = std::get_if<sql::Project>(&plan->what))
    domains = through(domains, project->exprs);
  else if (const auto* aggregate = std::get_if<sql::Aggregate>(&plan->what))
    domains = through(domains, aggregate->keys);
  else if (!std::holds_alternative<sql::Distinct>(plan->what) && !std::holds_alternative<sql::SetOperation>(plan->what))
    domains.clear();
  for (const sql::PlanPtr& input : plan->inputs) want(input, domains);
}

const char* name_of(Lookup::By by) {
  static constexpr const char* names[] = {"primary key", "unique key", "index"};
  return names[static_cast<std::size_t>(by)];
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
  Finder finder(engine, lookups_);
  for (const sql::PlanPtr& plan : plans) finder.want(sql::optimise(plan), {});
  for (const std::string& relation : finder.whole()) lookups_.erase(relation);
  if (finder.gave_up()) lookups_.clear();
}

bool Wanted::read(const std::string& relation, bool with_subject, const RowSink& sink) const {
  const auto found = lookups_.find(relation);
  if (found == lookups_.end()) return false;
  const triples::Table* table = engine_.store().table(relation);
  ivm::RowBuilder builder;
  std::size_t pieces = 0;
  for (const Lookup& lookup : found->second) pieces += lookup.points.size() + lookup.ranges.size();
  std::set<std::string, std::less<>> seen;  // several lookups may find the same row
  for (const Lookup& lookup : found->second) {
    visit_lookup(engine_, relation, lookup, [&](ivm::RowView row, std::int64_t weight) {
      if (pieces > 1 && !seen.emplace(row.view()).second) return true;
      if (table == nullptr)
        sink(visible_row(*engine_.current_view(relation)->running, row, builder), weight);
      else
        sink(with_subject ? row : without_subject(*table, row, builder), weight);
      return true;
    });
  }
  return true;
}

std::vector<std::string> Wanted::explain() const {
  std::vector<std::string> lines;
  for (const auto& [relation, lookups] : lookups_) {
    std::set<std::string> ways;
    for (const Lookup& lookup : lookups) ways.insert(fmt::format("{} ({})", name_of(lookup.by), lookup.columns));
    lines.push_back(fmt::format("Read {} by {}", relation, fmt::join(ways, " and by ")));
  }
  return lines;
}

}  // namespace laterbase::views
