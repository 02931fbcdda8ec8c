#include <algorithm>

#include "engine/base/log.h"
#include "engine/ivm/budget.h"
#include "engine/ivm/expression.h"
#include "views/engine.h"
#include "views/shapes.h"
#include "views/trees.h"

// How views come, are built, break and go.
namespace laterbase::views {
namespace {

constexpr std::uint64_t built_at_once = 20'000;  // rows to be read: a few milliseconds
constexpr std::size_t rows_a_step = 8'192;
constexpr std::size_t most_nested_views = 64;

// Errors: throws ivm::EvalError.
void feed_missed(Build& build) {
  for (const auto& [input, changes] : build.missed) {
    for (const ivm::Change& change : changes)
      build.running->feed(build.running->inputs()[input], change.row, change.weight);
  }
  build.running->step();
}

bool is_entry_shown(Build& build) { return !build.cancelled.load(std::memory_order_relaxed); }

}  // namespace

sql::SqlResult<sql::Query> Engine::bind_view(const ViewDefinition& definition, bool local) const {
  if (binding_.size() > most_nested_views)
    return sql::SqlError{"54001", "views are nested too deep or read themselves", "", 0};
  if (definition.language == Language::treeql)
    return sql::SqlError{"42809", "a tree has no rows that a statement could read", "", 0};
  auto query = sql::read_definition(definition.sql, *this, !local);
  if (!query) return query;
  auto plan = std::make_shared<sql::Plan>(*query->plan);
  std::set<std::string> seen;
  for (std::size_t i = 0; i < query->visible; ++i) {
    std::string& name = plan->columns[i].name;
    if (i < definition.columns.size()) name = definition.columns[i];
    const std::string wanted = name;
    for (int more = 2; !seen.insert(name).second; ++more) name = wanted + "_" + std::to_string(more);
  }
  query->plan = std::move(plan);
  return query;
}

sql::SqlResult<std::unique_ptr<Running>> Engine::make_running(const ViewDefinition& definition, bool local) const {
  if (definition.language == Language::treeql)
    return make_tree(definition, *this, local ? TreeUse::local : TreeUse::replicated, scratch_);
  const auto query = bind_view(definition, local);
  if (!query) return query.error();
  return Running::make(*query, scratch_);
}

std::map<std::string, std::pair<ViewDefinition, bool>> Engine::wanted_definitions() const {
  std::map<std::string, std::pair<ViewDefinition, bool>> all;
  for (const std::string& name : store_.definitions().names(triples::view_type)) {
    auto parsed = parse_view(store_.definitions().find(triples::view_type, name)->json);
    if (parsed) all[name] = {std::move(*parsed), false};
  }
  for (const auto& [name, definition] : local_) all[name] = {definition, true};
  return all;
}

void Engine::add_what_is_read(const std::string& relation, std::set<std::string, std::less<>>& names) const {
  if (!names.insert(relation).second || relation == "events" || store_.table(relation) != nullptr) return;
  const auto definitions = wanted_definitions();
  const auto found = definitions.find(relation);
  if (found == definitions.end()) return;
  const auto running = make_running(found->second.first, found->second.second);
  if (!running) return;
  for (const auto& input : (*running)->inputs()) add_what_is_read(input.relation, names);
}

Definitions Engine::definitions_of(const std::string& relation) const {
  std::set<std::string, std::less<>> names;
  add_what_is_read(relation, names);
  Definitions all{names, store_.definitions().only(names), local_};
  std::erase_if(all.local, [&](const auto& entry) { return !names.contains(entry.first); });
  return all;
}

void Engine::give_definitions(Definitions definitions) {
  store_.give_definitions(std::move(definitions.replicated));
  local_ = std::move(definitions.local);
}

void Engine::define_local(const std::string& name, const ViewDefinition& definition) {
  local_[name] = definition;
  if (!loading_) definitions_changed();
}

void Engine::drop_local(const std::string& name) {
  local_.erase(name);
  if (!loading_) definitions_changed();
}

void Engine::definitions_changed() {
  relations_.clear();
  read_indexes();
  const auto all = wanted_definitions();
  std::vector<std::string> gone;
  for (const auto& [name, view] : views_)
    if (!all.contains(name)) gone.push_back(name);
  for (const std::string& name : gone) drop_view(name);
  const std::size_t wanted_before = wanted_.size();
  for (const auto& [name, definition] : all) {
    View& view = views_[name];
    const bool is_new = view.name.empty();
    if (!is_new && view.definition == definition.first && view.local == definition.second) continue;
    view.name = name;
    view.definition = definition.first;
    view.local = definition.second;
    wanted_.insert(name);
  }
  // What is broken may have what it reads now, or another reason.
  if (wanted_.size() != wanted_before)
    for (const auto& [name, view] : views_)
      if (!view.broken.empty()) wanted_.insert(name);
  sort_views();
  start_builds();
  sync_indexes();
}

// Its history is of no use any more.
void Engine::renew_feed(const std::string& relation) {
  const auto feed = feeds_.find(relation);
  if (feed != feeds_.end()) feed->second.restart(position_), feed->second.wake();
}

const RelationSource* Engine::source(std::string_view name) const {
  const auto found = sources_.find(name);
  return found == sources_.end() ? nullptr : found->second.get();
}

void Engine::add_source(std::unique_ptr<RelationSource> source) {
  const std::string name = source->relation().name;
  sources_[name] = std::move(source);
  relations_.clear();
  if (loading_) return;
  renew_feed(name);
  want_readers_of(name);
  start_builds();
}

void Engine::drop_source(const std::string& name) {
  if (sources_.erase(name) == 0) return;
  relations_.clear();
  renew_feed(name);
  want_readers_of(name);
  start_builds();
}

void Engine::drop_view(const std::string& name) {
  View& view = views_.at(name);
  if (view.build) view.build->cancelled = true;
  want_readers_of(name);
  views_.erase(name);
  wanted_.erase(name);
  sort_views();
  renew_feed(name);
}

// Each view after those that it reads; of views that read each other, which are broken, in any order.
void Engine::sort_views() {
  order_.clear();
  std::set<std::string> seen;
  const std::function<void(View&)> visit = [&](View& view) {
    if (!seen.insert(view.name).second) return;
    const auto visit_inputs = [&](const std::unique_ptr<Running>& running) {
      if (!running) return;
      for (const auto& input : running->inputs())
        if (const auto found = views_.find(input.relation); found != views_.end()) visit(found->second);
    };
    visit_inputs(view.running);
    if (view.build) visit_inputs(view.build->running);
    order_.push_back(&view);
  };
  for (auto& [name, view] : views_) visit(view);
}

void Engine::want_readers_of(const std::string& relation) {
  for (auto& [name, view] : views_) {
    const bool names = (view.running && view.running->names(relation)) ||
                       (view.build && view.build->running && view.build->running->names(relation));
    if (names || !view.broken.empty()) wanted_.insert(name);
  }
}

// Until they are built anew: their circuits know the table as it was.
void Engine::freeze_readers_of(const std::string& table) {
  for (auto& [name, view] : views_) view.frozen |= view.running && view.running->reads(table);
}

// Views wait until those that they read are there, so this goes on as long as something comes of it.
void Engine::start_builds() {
  if (wanted_.empty()) return;
  relations_.clear();
  for (bool progress = true; progress;) {
    progress = false;
    for (const std::string& name : std::set<std::string>(wanted_)) progress |= start_build(name);
  }
  sort_views();
}

sql::SqlResult<std::unique_ptr<Running>> Engine::circuit_of(const View& view) const {
  binding_.insert(view.name);
  auto running = make_running(view.definition, view.local);
  binding_.erase(view.name);
  return running;
}

// True where the view is not wanted any more: it is built, on its way, or broken.
bool Engine::start_build(const std::string& name) {
  if (!wanted_.contains(name)) return false;  // what was begun before it has seen to it
  const auto found = views_.find(name);
  if (found == views_.end()) return wanted_.erase(name), true;
  View& view = found->second;
  auto running = circuit_of(view);
  if (!running) {
    wanted_.erase(name);
    break_view(view, running.error().message, false);
    return true;
  }
  std::string broken;
  if (waits_for_another(**running, &broken)) return false;
  wanted_.erase(name);
  if (!broken.empty())
    break_view(view, broken, true);
  else
    begin(view, std::move(*running));
  return true;
}

bool Engine::waits_for_another(const Running& running, std::string* broken) const {
  for (const auto& input : running.inputs()) {
    if (const RelationSource* made = source(input.relation); made != nullptr && !made->trouble().empty())
      *broken = "\"" + input.relation + "\", which it reads, is broken " + made->trouble();
    const View* other = view(input.relation);
    if (other == nullptr) continue;
    if (!other->broken.empty() && !wanted_.contains(other->name))
      *broken = "view \"" + other->name + "\", which it reads, is broken: " + other->broken;
    else if (!other->running || wanted_.contains(other->name))
      return true;
  }
  return false;
}

void Engine::begin(View& view, std::unique_ptr<Running> running) {
  if (view.build) view.build->cancelled = true;
  auto build = std::make_shared<Build>();
  build->view = view.name;
  build->running = std::move(running);
  const auto& inputs = build->running->inputs();
  build->rows.resize(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].relation == "events") {
      build->events_until = position_;
      build->total += position_;
      continue;
    }
    const auto copied = scan(inputs[i].relation, inputs[i].with_subject,
                             [&](ivm::RowView row, std::int64_t weight) { build->rows[i].add(row, weight); });
    if (!copied) return break_view(view, copied.error().message, true);
    build->total += build->rows[i].size();
  }
  view.build = build;
  view.may_heal = false;
  if (build->total > built_at_once) {
    jobs_.push_back(std::move(build));
    return;
  }
  run(*build, log_);
  finish(build);
}

void Engine::run(Build& build, LogReader& log) {
  Running& running = *build.running;
  std::size_t waiting = 0;
  const auto fed = [&] {
    build.done.fetch_add(1, std::memory_order_relaxed);
    if (++waiting < rows_a_step) return;
    waiting = 0;
    running.step();
  };
  try {
    const auto& inputs = running.inputs();
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      for (const ivm::Change& change : build.rows[i]) {
        if (!is_entry_shown(build)) return;
        running.feed(inputs[i], change.row, change.weight);
        fed();
      }
      build.rows[i].clear();
      if (inputs[i].relation != "events") continue;
      scan_events(log, build.events_until, [&](ivm::RowView row, std::int64_t weight) {
        running.feed(inputs[i], row, weight);
        fed();
        return is_entry_shown(build);
      });
    }
    running.step();
  } catch (const ivm::EvalError& trouble) {
    build.trouble = trouble.what();
  } catch (const std::bad_alloc&) {
    build.trouble = no_memory;
  }
}

void Engine::finish(const std::shared_ptr<Build>& build) {
  const auto found = views_.find(build->view);
  if (build->cancelled || found == views_.end() || found->second.build != build) return;
  View& view = found->second;
  view.build.reset();
  try {
    if (build->trouble.empty()) feed_missed(*build);
  } catch (const ivm::EvalError& trouble) {
    build->trouble = trouble.what();
  } catch (const std::bad_alloc&) {
    build->trouble = no_memory;
  }
  if (build->trouble.empty())
    install(view, std::move(build->running));
  else
    break_view(view, build->trouble, true);
  start_builds();  // of those that waited for it
}

void Engine::install(View& view, std::unique_ptr<Running> running) {
  const std::string name = view.name;
  view.running = std::move(running);
  view.frozen = false;
  view.unsaved = true;
  view.save_bytes = 0;
  for (const ivm::NodeState& node : view.running->state()) view.save_bytes += node.bytes;
  unsaved_work_ += view.save_bytes;
  view.indexes.clear();
  view.broken.clear();
  view.may_heal = false;
  view.changed = position_;
  want_readers_of(name);
  wanted_.erase(name);
  renew_feed(name);
  sort_views();
  sync_indexes();
}

void Engine::break_view(View& view, const std::string& why, bool may_heal) {
  if (view.broken != why) log::warn("a view is broken", {{"view", view.name}, {"reason", why}});
  const bool was_served = view.running != nullptr;
  if (view.build) view.build->cancelled = true;
  view.build.reset();
  view.broken = why;
  // What was too much is too much after the next change as well, and trying costs.
  view.may_heal = may_heal && why.find(ivm::Budget::spent) == std::string::npos;
  view.changed = position_;
  renew_feed(view.name);
  if (!was_served) return;
  want_readers_of(view.name);
  wanted_.erase(view.name);
  view.running.reset();
}

}  // namespace laterbase::views
