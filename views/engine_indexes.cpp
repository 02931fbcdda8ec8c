#include <algorithm>

#include "views/engine.h"

// The orders in which tables and views can be read.
namespace laterbase::views {
namespace {

// As PostgreSQL has it of an index: ascending, NULLs last.
std::vector<ivm::Order> ascending(const std::vector<std::size_t>& columns) {
  std::vector<ivm::Order> order;
  for (const std::size_t column : columns) order.push_back({column, false, false});
  return order;
}

// Nothing where some column is not there. `place_of`: where a column of that name is.
template <typename Find>
std::vector<ivm::Order> order_of(const IndexDefinition& index, Find place_of) {
  std::vector<ivm::Order> order;
  for (const auto& key : index.keys) {
    const std::optional<std::size_t> place = place_of(key.column);
    if (!place) return {};
    order.push_back({*place, key.descending, key.nulls_first});
  }
  return order;
}

}  // namespace

void Engine::read_indexes() {
  indexes_.clear();
  for (const std::string& name : store_.definitions().names(triples::index_type)) {
    const auto definition = store_.definitions().find(triples::index_type, name);
    auto parsed = parse_index(definition->json);
    if (!parsed || parsed->keys.empty()) continue;
    std::string on = parsed->relation;
    indexes_.emplace(std::move(on), Index{definition->version, std::move(*parsed)});
  }
}

void Engine::sync_indexes() {
  for (auto& [name, view] : views_)
    if (view.running) sync_indexes(view);
  store_.keep_orders([this](const std::string& name, const triples::Table& table) {
    std::vector<std::vector<ivm::Order>> orders;
    for (KeptOrder& kept : orders_of(table, name)) orders.push_back(std::move(kept.order));
    return orders;
  });
}

void Engine::sync_indexes(View& view) {
  std::vector<std::vector<ivm::Order>> wanted;
  const auto& columns = view.running->columns();
  const auto [begin, end] = indexes_.equal_range(view.name);
  for (auto index = begin; index != end; ++index) {
    auto order = order_of(index->second.definition, [&](const std::string& name) {
      const auto at = std::find_if(columns.begin(), columns.end(), [&](const auto& c) { return c.name == name; });
      return at == columns.end() ? std::nullopt : std::optional(static_cast<std::size_t>(at - columns.begin()));
    });
    if (!order.empty() && std::find(wanted.begin(), wanted.end(), order) == wanted.end())
      wanted.push_back(std::move(order));
  }
  const std::size_t own = view.running->is_ordered() ? 1 : 0;
  for (std::size_t i = 0; i < view.indexes.size(); ++i) {
    std::vector<ivm::Order>& there = view.indexes[i];
    if (there.empty() || std::erase(wanted, there) != 0) continue;
    view.running->rows().drop_index(own + i);
    there.clear();
  }
  try {
    for (std::vector<ivm::Order>& order : wanted) {
      view.running->rows().add_index(order);
      view.indexes.push_back(std::move(order));
    }
  } catch (const Failure& trouble) {
    break_view(view, trouble.what(), true);
  }
}

std::vector<KeptOrder> Engine::orders_of(const triples::Table& table, const std::string& name) const {
  std::vector<KeptOrder> orders;
  const triples::Shape& shape = table.shape();
  if (!shape.key.empty()) orders.push_back({"primary key", ascending(shape.key), 0, true});
  const auto add = [&](const char* what, std::vector<ivm::Order> order) {
    const auto same = [&](const KeptOrder& one) { return one.order == order; };
    if (order.empty() || std::any_of(orders.begin(), orders.end(), same)) return;
    orders.push_back({what, std::move(order), 0, false});
  };
  for (const auto& columns : shape.unique) add("unique key", ascending(columns));
  const auto [begin, end] = indexes_.equal_range(name);
  for (auto index = begin; index != end; ++index) {
    const auto place_of = [&](const std::string& column) { return table.column_of(index->second.version, column); };
    add("index", order_of(index->second.definition, place_of));
  }
  return orders;
}

std::vector<KeptOrder> Engine::orders_of(const View& view) {
  std::vector<KeptOrder> orders;
  if (view.running->is_ordered()) orders.push_back({"index", view.running->order(), 0, false});
  const std::size_t own = orders.size();
  for (std::size_t i = 0; i < view.indexes.size(); ++i)
    if (!view.indexes[i].empty()) orders.push_back({"index", view.indexes[i], own + i, false});
  return orders;
}

}  // namespace laterbase::views
