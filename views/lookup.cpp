#include "views/lookup.h"

#include <algorithm>
#include <limits>
#include <tuple>

#include "engine/triples/table.h"
#include "views/lookup_events.h"
#include "views/values.h"

namespace laterbase::views {
namespace {

using ivm::TypeKind;
using ivm::Value;
using Points = std::vector<Value>;
using Columns = std::vector<sql::PlanColumn>;

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
  return kind != TypeKind::unknown && kind != TypeKind::jsonb && kind != TypeKind::array;
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
  // Each once, so that no row is found twice.
  std::sort(points.begin(), points.end(), [](const Value& a, const Value& b) { return compare(a, b) < 0; });
  points.erase(std::unique(points.begin(), points.end()), points.end());
  return points;
}

// All ways to have one of the values in each column; nothing where that is not known of all, or they are too many.
std::optional<std::vector<Points>> keys_on(const Domains& domains, const std::vector<std::size_t>& keyed,
                                           const Columns& columns) {
  std::vector<Points> keys{{}};
  for (const std::size_t column : keyed) {
    const auto points = points_on(domains, column, columns[column].type.kind);
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

std::string names_of(const std::vector<std::size_t>& some, const Columns& columns) {
  std::string names;
  for (const std::size_t column : some)
    if (column < columns.size()) names += (names.empty() ? "" : ", ") + columns[column].name;
  return names;
}

std::optional<Lookup> lookup_of_key(const triples::Table& table, const Columns& columns, const Domains& domains) {
  const triples::Shape& shape = table.shape();
  const auto is_plain = [&](std::size_t column) {
    const TypeKind kind = columns[column].type.kind;
    return kind == TypeKind::text || kind == TypeKind::integer || kind == TypeKind::bigint;
  };
  Lookup lookup;
  if (!shape.key.empty() && std::all_of(shape.key.begin(), shape.key.end(), is_plain)) {
    if (auto keys = keys_on(domains, shape.key, columns)) {
      lookup.points = std::move(*keys);
      lookup.columns = names_of(shape.key, columns);
      return lookup;
    }
  }
  for (std::size_t i = 0; i < shape.unique.size(); ++i) {
    if (auto keys = keys_on(domains, shape.unique[i], columns)) {
      lookup.by = Lookup::By::unique_key;
      lookup.which = i;
      lookup.points = std::move(*keys);
      lookup.columns = names_of(shape.unique[i], columns);
      return lookup;
    }
  }
  return std::nullopt;
}

// The range of an order whose first columns have these values and whose next one is in a domain.
ivm::Range range_of(const Points& prefix, const Domain& domain, const ivm::Order& next, TypeKind kind) {
  ivm::Range range;
  if (!prefix.empty()) range.lower = range.upper = ivm::Bound{prefix, true};
  const auto longer = [&](Value value, bool inclusive) {
    Points values = prefix;
    values.push_back(std::move(value));
    return ivm::Bound{std::move(values), inclusive};
  };
  const auto bound = [&](const std::optional<Domain::End>& end, std::optional<ivm::Bound>& to) {
    const auto value = end ? converted(end->first, kind) : std::nullopt;
    if (value) to = longer(*value, end->second);
    return value.has_value();
  };
  const bool has_lower = bound(domain.lower, next.descending ? range.upper : range.lower);
  const bool has_upper = bound(domain.upper, next.descending ? range.lower : range.upper);
  const bool begins = next.descending ? has_upper : has_lower, ends = next.descending ? has_lower : has_upper;
  // What is compared is not NULL.
  if (next.nulls_first && !begins) range.lower = longer(Value(), false);
  if (!next.nulls_first && !ends) range.upper = longer(Value(), false);
  return range;
}

// How much of the wanted order the ranges come in, where the order's first `fixed` columns have one value in each, and
// the one after them no NULL perhaps.
void match_order(Lookup& lookup, std::size_t fixed, bool then_not_null, const std::vector<ivm::Order>& wanted) {
  const auto& order = lookup.order.order;
  const auto is_fixed = [&](const ivm::Order& one) {
    return std::any_of(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(fixed),
                       [&](const ivm::Order& other) { return other.column == one.column; });
  };
  std::optional<bool> backwards;
  std::size_t place = fixed, matched = 0;
  for (; matched < wanted.size(); ++matched) {
    const ivm::Order& one = wanted[matched];
    if (is_fixed(one)) continue;
    if (place == order.size() || order[place].column != one.column) break;
    const bool turned = order[place].descending != one.descending;
    const bool has_null = !lookup.order.is_key && !(place == fixed && then_not_null);
    const bool fits = !has_null || (order[place].nulls_first != one.nulls_first) == turned;
    if (!fits || (backwards && *backwards != turned)) break;
    backwards = turned;
    ++place;
  }
  lookup.backwards = backwards.value_or(false);
  lookup.in_order = lookup.order.is_key && place == order.size() && place > fixed ? wanted.size() : matched;
}

struct Candidate {
  Lookup lookup;
  std::size_t fixed = 0;
  bool is_range = false;

  bool narrows() const { return fixed > 0 || is_range; }
  bool is_in_order() const { return lookup.in_order > 0; }
};

Candidate candidate_of(KeptOrder kept, const Columns& columns, const Wish& wish) {
  Candidate made;
  made.lookup.by = Lookup::By::order;
  std::vector<std::size_t> used;
  std::vector<Points> prefixes{{}};
  const std::vector<ivm::Order>& order = kept.order;
  while (used.size() < order.size() && order[used.size()].column < columns.size()) {
    used.push_back(order[used.size()].column);
    auto keys = keys_on(wish.domains, used, columns);
    if (!keys) {
      used.pop_back();
      break;
    }
    prefixes = std::move(*keys);
  }
  made.fixed = used.size();
  const ivm::Order* next = made.fixed < order.size() ? &order[made.fixed] : nullptr;
  const auto found = next == nullptr ? wish.domains.end() : wish.domains.find(next->column);
  const bool not_null = found != wish.domains.end() && found->second.not_null;
  const bool has_ends = not_null && is_ordered_alike(columns[next->column].type.kind);
  const Domain domain = has_ends ? found->second : Domain();
  made.is_range = domain.lower || domain.upper;
  for (const Points& prefix : prefixes) {
    if (not_null) {
      made.lookup.ranges.push_back(range_of(prefix, domain, *next, columns[next->column].type.kind));
    } else {
      const auto bound = prefix.empty() ? std::nullopt : std::optional(ivm::Bound{prefix, true});
      made.lookup.ranges.push_back({bound, bound});
    }
  }
  if (made.is_range) used.push_back(next->column);
  made.lookup.order = std::move(kept);
  match_order(made.lookup, made.fixed, not_null, wish.order);
  for (std::size_t i = used.size(); i < made.fixed + made.lookup.in_order && i < made.lookup.order.order.size(); ++i)
    used.push_back(made.lookup.order.order[i].column);
  made.lookup.columns = names_of(used, columns);
  return made;
}

constexpr std::size_t few_rows = 1'000;  // are looked at and sorted, rather than looked for in the wanted order

// The one that narrows most, and the one that does most of those in the wanted order.
struct Candidates {
  std::optional<Candidate> narrow, ordered;

  void add(const Candidate& one) {
    const auto narrowness = [](const Candidate& of) { return std::tuple(of.fixed, of.is_range, of.is_in_order()); };
    if (one.narrows() && (!narrow || narrowness(one) > narrowness(*narrow))) narrow = one;
    if (one.is_in_order() && (!ordered || narrowness(one) > narrowness(*ordered))) ordered = one;
  }
};

// What narrows is best where all rows are wanted, and where it leaves few. Else rows are looked for in the wanted order
// until there are enough: how many that will be nobody knows. `is_few`: whether a lookup has few rows.
std::optional<Lookup> lookup_in_orders(std::vector<KeptOrder> orders, const Columns& columns, const Wish& wish,
                                       const std::function<bool(const Lookup&)>& is_few) {
  Candidates all;
  for (KeptOrder& order : orders) {
    const Candidate one = candidate_of(std::move(order), columns, wish);
    const bool is_whole = one.lookup.in_order == wish.order.size() && one.lookup.ranges.size() == 1;
    if (!wish.only_in_order || is_whole) all.add(one);
  }
  if (!all.narrow && !all.ordered) return std::nullopt;
  if (!all.narrow) return std::move(all.ordered->lookup);
  if (!all.ordered || all.narrow->is_in_order() || !wish.few || is_few(all.narrow->lookup))
    return std::move(all.narrow->lookup);
  return std::move(all.ordered->lookup);
}

void visit_points(const triples::Table& table, const Lookup& lookup, const ivm::RowVisitor& visit) {
  for (const Points& point : lookup.points) {
    if (lookup.by == Lookup::By::primary_key) {
      if (const ivm::RowView row = table.find(subject_of(point, table.shape()))) visit(row, 1);
      continue;
    }
    const auto& columns = table.shape().unique[lookup.which];
    Points values(table.shape().columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) values[columns[i]] = point[i];
    const ivm::Row row = ivm::Row::of(values);
    for (const std::string& subject : table.find_unique(lookup.which, row.view())) visit(table.find(subject), 1);
  }
}

}  // namespace

const char* Lookup::name() const noexcept {
  switch (by) {
    case By::primary_key:
      return "primary key";
    case By::unique_key:
      return "unique key";
    case By::order:
      return order.name;
    case By::events:
      break;
  }
  return positions.empty() ? "key" : "position";
}

std::optional<Lookup> find_lookup(const Engine& engine, const std::string& relation,
                                  const std::vector<sql::PlanColumn>& columns, const Wish& wish) {
  if (wish.domains.empty() && wish.order.empty()) return std::nullopt;
  if (relation == "events") return find_lookup_of_events(engine, wish);
  const auto is_few = [&](const Lookup& lookup) {
    std::size_t rows = 0;
    visit_lookup(engine, relation, lookup, [&](ivm::RowView, std::int64_t) { return ++rows <= few_rows; });
    return rows <= few_rows;
  };
  if (const triples::Table* table = engine.store().table(relation)) {
    if (auto lookup = lookup_of_key(*table, columns, wish.domains)) return lookup;
    auto lookup = lookup_in_orders(engine.orders_of(*table, relation), columns, wish, is_few);
    const auto nothing = [](ivm::RowView) { return false; };
    if (lookup && !table->read(lookup->order.order, {}, false, nothing)) return std::nullopt;
    return lookup;
  }
  const View* view = engine.current_view(relation);
  return view == nullptr ? std::nullopt : lookup_in_orders(Engine::orders_of(*view), columns, wish, is_few);
}

void visit_lookup(const Engine& engine, const std::string& relation, const Lookup& lookup,
                  const ivm::RowVisitor& visit) {
  if (lookup.by == Lookup::By::events) return visit_events(engine, lookup, visit);
  const triples::Table* table = engine.store().table(relation);
  if (lookup.by != Lookup::By::order) return visit_points(*table, lookup, visit);
  for (const ivm::Range& range : lookup.ranges) {
    if (table == nullptr)
      engine.current_view(relation)->running->rows().read(lookup.order.number, range, lookup.backwards, visit);
    else
      table->read(lookup.order.order, range, lookup.backwards, [&](ivm::RowView row) { return visit(row, 1); });
  }
}

bool visit_kept(const Engine& engine, const std::string& relation, const ivm::RowVisitor& visit) {
  if (const triples::Table* table = engine.store().table(relation)) {
    table->scan([&](ivm::RowView row) { visit(row, 1); });
    return true;
  }
  if (relation == "events" && engine.log().knows_keys()) {
    visit_events(engine, all_events(), visit);
    return true;
  }
  const View* view = engine.current_view(relation);
  if (view == nullptr) return false;
  view->running->rows().scan(visit);
  return true;
}

}  // namespace laterbase::views
