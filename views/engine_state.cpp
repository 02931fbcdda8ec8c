#include "views/engine_state.h"

#include <algorithm>

#include "engine/base/hash.h"
#include "engine/base/log.h"
#include "views/engine.h"

// An engine to bytes and back.
namespace laterbase::views {

// A circuit stands at the engine's position only where all that it reads does.
bool Engine::can_be_saved(const View& view) const {
  if (!view.running || view.frozen || view.build || !view.broken.empty() || wanted_.contains(view.name)) return false;
  const auto& inputs = view.running->inputs();
  return std::all_of(inputs.begin(), inputs.end(), [this](const Running::Input& input) {
    const View* other = this->view(input.relation);
    return other == nullptr || store_.table(input.relation) != nullptr || can_be_saved(*other);
  });
}

EngineState Engine::save() {
  EngineState state{position_, greatest_key_, store_.save(), {}, unsaved_work_};
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
  return bytes;
}

bool Engine::load(ReadTxn& txn, const EngineState& state, const ReadCircuit& read) {
  if (!store_.load(txn)) return false;
  position_ = state.position;
  greatest_key_ = state.greatest_key;
  load_views(state, read);
  return true;
}

void Engine::load_views(const EngineState& state, const ReadCircuit& read) {
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
      const bool loaded = load_view(views_.at((*at)->name), **at, read);
      progress |= loaded;
      at = loaded ? left.erase(at) : std::next(at);
    }
  }
  for (const SavedView* saved : left) log::info("a view is built again", {{"view", saved->name}});
  sort_views();
}

bool Engine::load_view(View& view, const SavedView& saved, const ReadCircuit& read) {
  if (to_json(view.definition) != saved.definition || view.local != saved.local) return false;
  auto running = circuit_of(view);
  std::string broken;
  if (!running || waits_for_another(**running, &broken) || !broken.empty()) return false;
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
