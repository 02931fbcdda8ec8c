#include <fmt/format.h>

#include "engine/base/hash.h"
#include "views/database.h"
#include "views/trees.h"

// Tree queries that nobody has named: answered once, or kept for those who follow them.
namespace laterbase::views {

Outcome<Page> Database::tree(const std::string& text, const std::string& parameters) {
  const Alone alone(*this);
  engine().forget_relations();
  const auto running = engine().evaluate(ViewDefinition{text, {}, Language::treeql, parameters});
  if (!running) return Refusal::of(running.error());
  auto json = tree_json(**running);
  if (!json) return Refusal::of(json.error());
  Page page{{}, {}, std::move(*json), root_->epoch(), engine().position(), engine().position(), {}};
  return page;
}

// Whoever follows the same tree follows the same circuit.
Outcome<std::string> Database::open_tree(const std::string& text, const std::string& parameters) {
  Alone alone(*this);
  drop_idle_trees();
  const ViewDefinition definition{text, {}, Language::treeql, parameters};
  std::string name = fmt::format("{}{:016x}", live_tree_prefix, hash64(text + '\0' + parameters));
  for (const View* there = engine().view(name); there != nullptr; there = engine().view(name += '~'))
    if (there->definition == definition) break;
  if (engine().view(name) == nullptr) {
    engine().forget_relations();
    const auto circuit = engine().make_running(definition, true);
    if (!circuit) return Refusal::of(circuit.error());
    engine().define_local(name, definition);
    live_trees_[name].definition = definition;
    start_jobs();
    wait_for_builds(alone.lock());
  }
  ++live_trees_[name].followers;
  return name;
}

void Database::close_tree(const std::string& name) noexcept {
  const std::lock_guard lock(mutex_);
  const auto found = live_trees_.find(name);
  if (found == live_trees_.end()) return;
  --found->second.followers;
  found->second.idle_since_us = clock_.monotonic_us();
}

// One that was followed is kept for a moment, for those who come back with Last-Event-ID.
void Database::drop_idle_trees() {
  const std::int64_t long_ago_us = clock_.monotonic_us() - options_.tree_patience_ms * 1000;
  std::size_t idle = 0;
  for (auto at = live_trees_.begin(); at != live_trees_.end();) {
    const bool is_idle = at->second.followers == 0;
    idle += is_idle ? 1 : 0;
    if (!is_idle || (at->second.idle_since_us > long_ago_us && idle <= most_idle_trees)) {
      ++at;
      continue;
    }
    engine().drop_local(at->first);
    at = live_trees_.erase(at);
  }
}

}  // namespace laterbase::views
