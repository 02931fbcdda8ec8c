#include "views/engine_reads.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/hash.h"
#include "engine/ivm/row_order.h"
#include "views/lookup.h"
#include "views/shapes.h"
#include "views/sql/catalog.h"
#include "views/trees.h"

namespace laterbase::views {
namespace {

ivm::Schema schema_of(const std::vector<sql::PlanColumn>& columns) {
  ivm::Schema schema;
  for (const sql::PlanColumn& column : columns) schema.push_back({column.name, column.type});
  return schema;
}

// Then by all columns: nodes with the same rows give the same answer.
std::vector<ivm::Order> total(std::vector<ivm::Order> order, const ivm::Schema& schema) {
  for (std::size_t i = 0; i < schema.size(); ++i) order.push_back({i, false, false});
  return order;
}

std::vector<ivm::Order> first(std::vector<ivm::Order> order, std::size_t columns) {
  order.resize(columns);
  return order;
}

// How rows are found, and whether they come as they are to be shown.
struct Access {
  std::optional<Lookup> lookup;
  bool in_order = false;
  std::size_t grouped = 0;  // by so many columns of the order: only their peers come in any order
};

// Collects what a reading wants. Where rows come in any order and a page of them is asked for, what can't be in it any
// more is let go on the way: a page of many rows costs a look at each, not a copy.
class Collector {
 public:
  Collector(const Reading& reading, const ivm::Schema& schema, const Access& access)
      : reading_(reading),
        schema_(schema),
        in_order_(access.in_order),
        grouped_(access.grouped != 0),
        order_(total(reading.order, schema), schema),
        groups_(first(total(reading.order, schema), access.grouped), schema) {
    if (reading.limit) most_ = reading.offset + std::min(*reading.limit, UINT64_MAX - reading.offset);
  }

  bool operator()(ivm::RowView row, std::int64_t weight) {
    if (most_ == 0) return false;
    if (!reading_.accepts(row, schema_)) return true;
    if (in_order_) return add_all(row, weight);
    const std::uint64_t prefix = order_.prefix(row);
    if (prefix > last_prefix_) return true;
    if (rows_.size() >= most_ && grouped_ && groups_.compare_columns(row, rows_.back().row.view()) != 0) return false;
    for (; weight > 0; --weight) {
      if (last_ && !ivm::EntryBefore{&order_}({prefix, row}, {last_prefix_, last_->view()})) break;
      rows_.push_back({prefix, ivm::Row(row)});
      if (rows_.size() / 2 > most_ && rows_.size() > least_to_sort) let_go();
    }
    return true;
  }

  std::vector<ivm::Row> page() {
    if (!in_order_) std::sort(rows_.begin(), rows_.end(), Before{&order_});
    const std::size_t begin = std::min<std::uint64_t>(reading_.offset, rows_.size());
    const std::size_t end = std::min<std::uint64_t>(most_, rows_.size());
    std::vector<ivm::Row> page;
    for (std::size_t i = begin; i < end; ++i) page.push_back(shown(rows_[i].row.view(), reading_, schema_));
    return page;
  }

 private:
  static constexpr std::size_t least_to_sort = 64;

  struct Found {
    std::uint64_t prefix;  // of the order; 0 where nobody asks for it
    ivm::Row row;
  };

  struct Before {
    const ivm::RowOrder* order;
    bool operator()(const Found& a, const Found& b) const noexcept {
      return ivm::EntryBefore{order}({a.prefix, a.row.view()}, {b.prefix, b.row.view()});
    }
  };

  bool add_all(ivm::RowView row, std::int64_t weight) {
    for (; weight > 0 && rows_.size() < most_; --weight) rows_.push_back({0, ivm::Row(row)});
    return rows_.size() < most_;
  }

  // Of twice as many as may be shown, the later half.
  void let_go() {
    const auto end = rows_.begin() + static_cast<std::ptrdiff_t>(most_);
    std::nth_element(rows_.begin(), end - 1, rows_.end(), Before{&order_});
    rows_.erase(end, rows_.end());
    last_ = rows_.back().row;
    last_prefix_ = rows_.back().prefix;
  }

  const Reading& reading_;
  const ivm::Schema& schema_;
  const bool in_order_, grouped_;
  const ivm::RowOrder order_, groups_;
  std::uint64_t most_ = UINT64_MAX;  // rows that are looked for
  std::vector<Found> rows_;
  std::optional<ivm::Row> last_;  // what isn't before it isn't in the page
  std::uint64_t last_prefix_ = UINT64_MAX;
};

void narrow_by(Domain& domain, const Condition& condition) {
  const auto end = [&](bool inclusive) { return Domain::End{condition.values.front(), inclusive}; };
  switch (condition.what) {
    case Operator::equal:
    case Operator::in:
      return narrow_to(domain, condition.values);
    case Operator::less:
    case Operator::less_or_equal:
      domain.upper = end(condition.what == Operator::less_or_equal);
      break;
    case Operator::greater:
    case Operator::greater_or_equal:
      domain.lower = end(condition.what == Operator::greater_or_equal);
      break;
    case Operator::like:
      return narrow_by_pattern(domain, condition.pattern);
    default:
      return;
  }
  domain.not_null = true;
}

Domains domains_of(const Reading& reading) {
  Domains domains;
  for (const Condition& one : reading.conditions)
    if (!one.negated) narrow_by(domains[one.column], one);
  return domains;
}

Access access_to(const Engine& engine, const std::string& relation, const Running* running, const Reading& reading,
                 const std::vector<sql::PlanColumn>& columns) {
  const bool own_order = running != nullptr && running->is_ordered() && reading.order.empty();
  std::vector<ivm::Order> order = own_order ? running->order() : reading.order;
  if (order.empty()) order = total({}, schema_of(columns));
  const Domains domains = domains_of(reading);
  Access access{find_lookup(engine, relation, columns, Wish{domains, order, reading.limit.has_value(), own_order})};
  if (!access.lookup || access.lookup->pieces() > 1) return access;
  access.in_order = access.lookup->in_order >= order.size();
  if (!own_order) access.grouped = std::min(access.lookup->in_order, order.size());
  return access;
}

ivm::Schema shown_schema(const Reading& reading, const ivm::Schema& schema) {
  ivm::Schema out;
  for (std::size_t i = 0; i < reading.columns.size(); ++i)
    out.push_back({reading.names[i], schema[reading.columns[i]].type});
  return out;
}

Refusal building(const View& view) {
  Refusal refusal = Refusal::of(Refusal::Kind::building, fmt::format("View \"{}\" is being built.", view.name));
  if (view.build) {
    refusal.done = view.build->done;
    refusal.total = view.build->total;
  }
  return refusal;
}

Outcome<const Running*> serving(const Engine& engine, const std::string& relation) {
  const View* view = engine.view(relation);
  if (view == nullptr)
    return Refusal::of(Refusal::Kind::not_found, fmt::format("There is no table or view \"{}\".", relation));
  if (view->running) return view->running.get();
  if (!view->broken.empty())
    return Refusal::of(Refusal::Kind::broken, fmt::format("View \"{}\" is broken: {}.", relation, view->broken));
  return building(*view);
}

Outcome<void> visit_all(const Engine& engine, const std::string& relation, const ivm::RowVisitor& visit) {
  if (visit_kept(engine, relation, visit)) return {};
  const auto done = engine.scan(relation, false, [&](ivm::RowView row, std::int64_t weight) { visit(row, weight); });
  if (!done) return Refusal::of(done.error());
  return {};
}

std::string tag_of(const Page& page, const View* view) {
  return fmt::format("{}-{}-{:x}", page.epoch.text(), page.changed,
                     view == nullptr ? 0 : hash64(to_json(view->definition)) & 0xffff'ffff);
}

Outcome<Page> tree_page(const View& view, const ReadRequest& request, Page page) {
  if (!request.filters.empty() || request.select || request.order || request.limit || request.offset != 0)
    return Refusal::of(
        Refusal::Kind::parameter,
        fmt::format("\"{}\" is a tree, which is read as a whole: what is shown is its query's.", view.name));
  auto json = tree_json(*view.running);
  if (!json) return Refusal::of(json.error());
  page.tree = std::move(*json);
  page.tag = tag_of(page, &view);
  return page;
}

}  // namespace

Outcome<Page> read_page(const Engine& engine, const Ulid& epoch, const std::string& relation,
                        const ReadRequest& request) {
  Page page{{}, {}, {}, epoch, engine.position(), engine.position(), {}};
  // Not through the engine's own list, which belongs to statements: readers are beside each other.
  std::optional<sql::Relation> local;
  const Running* running = nullptr;
  if (const RelationSource* made = engine.source(relation)) {
    local = made->relation();
    if (const std::string trouble = made->trouble(); !trouble.empty())
      return Refusal::of(Refusal::Kind::broken_fold, fmt::format("\"{}\" is broken {}.", relation, trouble));
  } else if (const triples::Table* table = engine.store().table(relation); relation == "events" || table != nullptr) {
    local = table == nullptr ? sql::events_relation() : relation_of(relation, table->shape());
  } else {
    const auto served = serving(engine, relation);
    if (!served) return served.error();
    running = *served;
    page.changed = engine.view(relation)->changed;
    if (running->tree() != nullptr) return tree_page(*engine.view(relation), request, std::move(page));
  }
  std::vector<sql::PlanColumn> columns;
  if (running != nullptr)
    columns = running->columns();
  else
    for (const sql::Column& column : local->columns) columns.push_back({column.name, column.type});
  const ivm::Schema schema = schema_of(columns);
  const auto reading = understand(request, schema);
  if (!reading) return reading.error();
  const Access access = access_to(engine, relation, running, *reading, columns);
  Collector collector(*reading, schema, access);
  if (access.lookup)
    visit_lookup(engine, relation, *access.lookup, std::ref(collector));
  else if (const auto visited = visit_all(engine, relation, std::ref(collector)); !visited)
    return visited.error();
  page.rows = collector.page();
  page.schema = shown_schema(*reading, schema);
  const View* view = engine.view(relation);
  page.tag = tag_of(page, view);
  return page;
}

std::optional<Outcome<Page>> read_source_page(const Engine& engine, const Ulid& epoch, const std::string& relation,
                                              const ReadRequest& request, const Ulid& until) {
  const RelationSource* source = engine.source(relation);
  if (source == nullptr) return std::nullopt;
  ivm::Schema schema;
  for (const sql::Column& column : source->relation().columns) schema.push_back({column.name, column.type});
  const auto reading = understand(request, schema);
  if (!reading) return reading.error();
  Collector collector(*reading, schema, Access{});
  if (!source->scan_at(until, nullptr, [&](ivm::RowView row) { collector(row, 1); })) return std::nullopt;
  Page page{shown_schema(*reading, schema), collector.page(), {}, epoch, engine.position(), engine.position(), {}};
  page.tag = tag_of(page, nullptr) + "-" + until.text();
  return page;
}

}  // namespace laterbase::views
