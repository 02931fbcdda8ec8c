#include <fmt/format.h>

#include "views/database.h"
#include "views/engine_reads.h"

// Reading tables and views, once and live.
namespace laterbase::views {

Outcome<Page> Database::read(const std::string& relation, const ReadRequest& request) {
  const auto lock = reading();
  return read_page(engine(), root_->epoch(), relation, request);
}

Database::Names Database::names() {
  const auto lock = reading();
  Names names;
  for (const std::string& table : engine().store().tables())
    if (engine().store().table(table) != nullptr) names.tables.push_back(table);
  for (const auto& [name, view] : engine().views())
    if (!name.starts_with(live_tree_prefix)) names.views.push_back(name);
  for (const auto& [name, source] : engine().sources()) names.folds.push_back(name);
  return names;
}

ViewInfo Database::info_of(const View& view) const {
  ViewInfo info;
  info.name = view.name;
  info.definition = view.definition.sql;
  info.language = view.definition.language;
  info.local = view.local;
  info.changed = view.changed;
  info.trouble = view.broken;
  info.state = !view.broken.empty() && !view.running ? "broken" : view.running ? "ready" : "building";
  if (view.build) {
    info.done = view.build->done;
    info.total = view.build->total;
  }
  if (!view.running) return info;
  info.columns = view.running->columns();
  info.plan = view.running->explain();
  info.rows = view.running->rows().size();
  for (const ivm::NodeState& node : view.running->state()) info.bytes += node.bytes;
  return info;
}

std::vector<ViewInfo> Database::views() {
  const auto lock = reading();
  std::vector<ViewInfo> all;
  for (const auto& [name, view] : engine().views())
    if (!name.starts_with(live_tree_prefix)) all.push_back(info_of(view));
  return all;
}

Outcome<ViewInfo> Database::view(const std::string& name) {
  const auto lock = reading();
  const View* view = engine().view(name);
  if (view == nullptr) return Refusal::of(Refusal::Kind::not_found, fmt::format("There is no view \"{}\".", name));
  return info_of(*view);
}

std::vector<triples::Reject> Database::rejects() {
  const auto lock = reading();
  return engine().store().rejects();
}

Outcome<void> Database::subscribe(Subscription& subscription) {
  const Alone alone(*this);
  engine().forget_relations();
  const sql::Relation* relation = engine().find(subscription.relation);
  const bool is_view = engine().view(subscription.relation) != nullptr;
  if (relation == nullptr && !is_view)
    return Refusal::of(Refusal::Kind::not_found,
                       fmt::format("There is no table or view \"{}\".", subscription.relation));
  if (relation != nullptr) {
    for (const sql::Column& column : relation->columns) subscription.schema.push_back({column.name, column.type});
    auto reading = understand(subscription.request, subscription.schema);
    if (!reading) return reading.error();
    subscription.reading = std::move(*reading);
  }
  Feed& feed = engine().feed(subscription.relation);
  feed.add(subscription.listener);
  ++subscribers_;
  subscription.generation = feed.generation();
  subscription.at = subscription.resume_lc;
  return {};
}

void Database::unsubscribe(Subscription& subscription) noexcept {
  const std::lock_guard lock(mutex_);
  engine().feed(subscription.relation).remove(subscription.listener);
  --subscribers_;
}

}  // namespace laterbase::views
