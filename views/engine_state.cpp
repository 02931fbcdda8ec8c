#include "views/engine_state.h"

#include <algorithm>

#include "engine/base/hash.h"
#include "engine/base/log.h"
#include "views/engine.h"

// An engine to bytes and back.
namespace laterbase::views {

// A circuit stands at the engine's position only where all that it reads does.
bool Engine::can_be_saved(const View& view) const {
  if (view.name.starts_with(live_tree_prefix)) return false;
  if (!view.running || view.frozen || view.build || !view.broken.empty() || wanted_.contains(view.name)) return false;
  const auto& inputs = view.running->inputs();
  return std::all_of(inputs.begin(), inputs.end(), [this](const Running::Input& input) {
    const View* other = this->view(input.relation);
    const RelationSource* made = source(input.relation);
    if (made != nullptr) return made->trouble().empty();
    return other == nullptr || store_.table(input.relation) != nullptr || can_be_saved(*other);
  });
}

EngineState Engine::save() {
  EngineState state{position_, greatest_key_, store_.save(), {}, {}, unsaved_work_};
  for (auto& [name, view] : views_) {
    if (!can_be_saved(view)) continue;
    SavedView saved{name, to_json(view.definition), view.local, view.changed, view.stored, {}, view.unsaved};
    if (view.unsaved) {
      saved.circuit = view.running->save();
      saved.stored = {0, saved.circuit.size(), hash64(saved.circuit)};
      view.unsaved = false;
    }
    state.views.push_back(std::move(saved));
  }
  for (const auto& [name, source] : sources_) {
    std::string bytes = source->save();
    if (bytes.empty()) continue;
    SavedView& saved = state.sources.emplace_back();
    saved.name = name;
    saved.stored = {0, bytes.size(), hash64(bytes)};
    saved.circuit = std::move(bytes);
    saved.is_new = true;
  }
  return state;
}

void Engine::saved(const EngineState& state, bool durable) {
  store_.saved(durable);
  if (durable) unsaved_work_ -= std::min(unsaved_work_, state.work);
  for (const SavedView& saved : state.views) {
    const auto found = views_.find(saved.name);
    if (found == views_.end() || !saved.is_new) continue;
    if (durable) {
      found->second.stored = saved.stored;
      found->second.save_bytes = saved.stored.bytes;
    } else {
      found->second.unsaved = true;
    }
  }
}

bool Engine::has_unsaved() const { return unsaved_work_ != 0 || store_.has_unsaved(); }

std::uint64_t Engine::save_cost() const {
  std::uint64_t bytes = 0;
  for (const auto& [name, view] : views_)
    if (view.running && view.unsaved) bytes += view.save_bytes;
  for (const auto& [name, source] : sources_) bytes += source->bytes();
  return bytes;
}

bool Engine::load(ReadTxn& txn, const EngineState& state, const ReadCircuit& read) {
  if (!store_.load(txn)) return false;
  position_ = state.position;
  greatest_key_ = state.greatest_key;
  load_views(state, load_sources(state, read), read);
  return true;
}

// Whose rows are those of then; others are made again of the log, maybe by other code, and views over them as well.
std::set<std::string> Engine::load_sources(const EngineState& state, const ReadCircuit& read) {
  std::set<std::string> loaded;
  for (auto& [name, source] : sources_) {
    const auto saved = std::find_if(state.sources.begin(), state.sources.end(),
                                    [&, wanted = name](const SavedView& one) { return one.name == wanted; });
    const auto bytes = saved == state.sources.end() ? std::nullopt : read(saved->stored);
    if (bytes && source->load(*bytes))
      loaded.insert(name);
    else
      log_.read(0, position_, [&, made = source.get()](const Event& event) { return made->apply(event), true; });
    ivm::Batch nobody_reads;
    source->flush(nobody_reads);
  }
  return loaded;
}

void Engine::load_views(const EngineState& state, const std::set<std::string>& sources, const ReadCircuit& read) {
  for (const auto& [name, definition] : wanted_definitions()) {
    View& view = views_[name];
    view.name = name;
    view.definition = definition.first;
    view.local = definition.second;
    wanted_.insert(name);
  }
  // Each after those that it reads.
  std::set<const SavedView*> left;
  for (const SavedView& saved : state.views)
    if (views_.contains(saved.name)) left.insert(&saved);
  for (bool progress = true; progress;) {
    progress = false;
    for (auto at = left.begin(); at != left.end();) {
      const bool loaded = load_view(views_.at((*at)->name), **at, sources, read);
      progress |= loaded;
      at = loaded ? left.erase(at) : std::next(at);
    }
  }
  for (const SavedView* saved : left) log::info("a view is built again", {{"view", saved->name}});
  sort_views();
}

bool Engine::load_view(View& view, const SavedView& saved, const std::set<std::string>& sources,
                       const ReadCircuit& read) {
  if (to_json(view.definition) != saved.definition || view.local != saved.local) return false;
  auto running = circuit_of(view);
  std::string broken;
  if (!running || waits_for_another(**running, &broken) || !broken.empty()) return false;
  for (const auto& input : (*running)->inputs())
    if (source(input.relation) != nullptr && !sources.contains(input.relation)) return false;
  try {
    const auto bytes = read(saved.stored);
    if (!bytes || !(*running)->load(*bytes)) return false;
  } catch (const Failure&) {  // it can't be read: that is as if it were not there
    return false;
  }
  view.running = std::move(*running);
  view.changed = saved.changed;
  view.stored = saved.stored;
  view.save_bytes = saved.stored.bytes;
  view.unsaved = false;
  wanted_.erase(view.name);
  return true;
}

}  // namespace laterbase::views
