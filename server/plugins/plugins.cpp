#include "server/plugins/plugins.h"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <set>

#include "engine/base/log.h"
#include "views/fold_relation.h"

namespace laterbase::plugins {
namespace {

constexpr Lc most_trial_events = 10'000;
constexpr std::uint64_t most_trial_bytes = 16 << 20;  // of a database

views::SourceMaker maker_of(std::shared_ptr<Module> module, const laterbase_fold& fold) {
  return [module = std::move(module), &fold](views::LogReader& log) {
    return std::make_unique<views::FoldRelation>(fold.name, reducer_of(module, fold), log);
  };
}

std::span<const laterbase_fold> folds_of(const laterbase_plugin* plugin) {
  return plugin == nullptr ? std::span<const laterbase_fold>{} : std::span(plugin->folds, plugin->fold_count);
}

std::span<const laterbase_view> views_of(const laterbase_plugin* plugin) {
  return plugin == nullptr ? std::span<const laterbase_view>{} : std::span(plugin->views, plugin->view_count);
}

template <typename Thing>
std::set<std::string> names_in(std::span<const Thing> things) {
  std::set<std::string> names;
  for (const Thing& one : things) names.insert(fmt::format("{}/{}", one.database, one.name));
  return names;
}

}  // namespace

std::map<std::string, Plugins::Stamp> Plugins::files() const {
  std::map<std::string, Stamp> found;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir(directory_.c_str()), closedir);
  while (const dirent* entry = directory ? readdir(directory.get()) : nullptr) {
    const std::string name = entry->d_name;
    struct stat about {};
    if (name.starts_with('.') || !name.ends_with(".so") || stat((directory_ + "/" + name).c_str(), &about) != 0)
      continue;
    found[name] = {about.st_ino, static_cast<std::uint64_t>(about.st_size),
                   about.st_mtim.tv_sec * 1'000'000'000 + about.st_mtim.tv_nsec};
  }
  return found;
}

void Plugins::look() noexcept {
  if (directory_.empty()) return;
  try {
    const std::lock_guard one_at_a_time(looking_);
    const auto now = files();
    std::vector<std::string> gone;
    std::map<std::string, Stamp> changed;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [file, slot] : slots_)
        if (!now.contains(file)) gone.push_back(file);
      for (const auto& [file, stamp] : now)
        if (const auto slot = slots_.find(file); slot == slots_.end() || !(slot->second.seen == stamp))
          changed[file] = stamp;
    }
    for (const std::string& file : gone) drop(file);
    for (const auto& [file, stamp] : changed) take_up(file, stamp);
  } catch (const std::exception& trouble) {
    log::error("plug-ins can't be looked at", {{"directory", directory_}, {"reason", trouble.what()}});
  }
}

Result<std::shared_ptr<Module>> Plugins::load(const std::string& file) {
  auto image = Image::of(directory_ + "/" + file);
  if (!image) return image.error();
  const auto databases = try_out(*image);
  if (!databases) return databases.error();
  std::map<std::string, TrialEvents> events;
  for (const std::string& database : *databases) events[database] = last_events(database);
  if (const auto tried = try_with_events(*image, events); !tried) return tried.error();
  auto module = Module::load(std::move(*image));
  if (!module) return module;
  if (const std::string taken = taken_by_another(file, (*module)->plugin()); !taken.empty())
    return Error{ErrorCode::conflict, taken};
  return module;
}

// What is tried out with them; the whole log would take its time.
TrialEvents Plugins::last_events(const std::string& database) const {
  TrialEvents last;
  const auto root = find_root_(database);
  if (!root) return last;
  Snapshot snapshot = root->snapshot();
  const Lc head = snapshot.head();
  std::uint64_t bytes = 0;
  const auto scan = snapshot.log(head - std::min<Lc>(head, most_trial_events), head);
  for (auto event = scan->next(); event && bytes < most_trial_bytes; event = scan->next()) {
    if (event->aside) continue;
    bytes += event->value.size();
    last.events.push_back({event->key, event->is_json, std::string(event->value)});
  }
  return last;
}

std::string Plugins::taken_by_another(const std::string& file, const laterbase_plugin& plugin) {
  auto wanted = names_in(folds_of(&plugin));
  wanted.merge(names_in(views_of(&plugin)));
  const std::lock_guard lock(mutex_);
  for (const auto& [other, slot] : slots_) {
    if (other == file || !slot.module) continue;
    auto names = names_in(folds_of(&slot.module->plugin()));
    names.merge(names_in(views_of(&slot.module->plugin())));
    for (const std::string& name : names)
      if (wanted.contains(name)) return fmt::format("{} has {} already", other, name);
  }
  return {};
}

// One version after the other of a file.
void Plugins::take_up(const std::string& file, const Stamp& stamp) {
  auto loaded = load(file);
  std::shared_ptr<Module> before;
  {
    const std::lock_guard lock(mutex_);
    Slot& slot = slots_[file];
    slot.seen = stamp;
    slot.trouble = loaded ? "" : loaded.error().detail;
    before = slot.module;
    if (loaded) slot.module = *loaded;
  }
  if (!loaded) {
    log::warn("a plug-in is refused", {{"file", file}, {"reason", loaded.error().detail}});
    return;
  }
  put_in_place(before ? &before->plugin() : nullptr, *loaded);
  log::info("a plug-in is loaded",
            {{"file", file}, {"name", (*loaded)->plugin().name}, {"version", (*loaded)->plugin().version}});
}

// In all databases that are open; those that are opened later ask by themselves.
void Plugins::put_in_place(const laterbase_plugin* before, const std::shared_ptr<Module>& after) {
  const laterbase_plugin* plugin = after ? &after->plugin() : nullptr;
  const auto folds = names_in(folds_of(plugin)), shown = names_in(views_of(plugin));
  for (const auto& database : views_.open()) {
    const std::string name = database->root().name();
    try {
      for (const laterbase_fold& fold : folds_of(plugin))
        if (name == fold.database) database->add_source(maker_of(after, fold));
      for (const laterbase_view& view : views_of(plugin))
        if (name == view.database) database->show_view(view.name, view.select);
      for (const laterbase_view& view : views_of(before))
        if (name == view.database && !shown.contains(name + "/" + view.name)) database->hide_view(view.name);
      for (const laterbase_fold& fold : folds_of(before))
        if (name == fold.database && !folds.contains(name + "/" + fold.name)) database->drop_source(fold.name);
    } catch (const std::exception& trouble) {
      log::error("a plug-in can't be put in place", {{"database", name}, {"reason", trouble.what()}});
    }
  }
}

void Plugins::drop(const std::string& file) {
  std::shared_ptr<Module> before;
  {
    const std::lock_guard lock(mutex_);
    before = std::move(slots_[file].module);
    slots_.erase(file);
  }
  if (before) put_in_place(&before->plugin(), nullptr);
  log::info("a plug-in is gone", {{"file", file}});
}

std::vector<PluginInfo> Plugins::list() {
  const std::lock_guard lock(mutex_);
  std::vector<PluginInfo> all;
  for (const auto& [file, slot] : slots_) {
    PluginInfo info{file, "", "", slot.trouble, {}, {}};
    if (slot.module) {
      const laterbase_plugin& plugin = slot.module->plugin();
      const auto folds = names_in(folds_of(&plugin)), shown = names_in(views_of(&plugin));
      info = {
          file, plugin.name, plugin.version, slot.trouble, {folds.begin(), folds.end()}, {shown.begin(), shown.end()}};
    }
    all.push_back(std::move(info));
  }
  return all;
}

std::vector<views::SourceMaker> Plugins::sources(const std::string& database) {
  const std::lock_guard lock(mutex_);
  std::vector<views::SourceMaker> makers;
  for (const auto& [file, slot] : slots_)
    for (const laterbase_fold& fold : folds_of(slot.module ? &slot.module->plugin() : nullptr))
      if (database == fold.database) makers.push_back(maker_of(slot.module, fold));
  return makers;
}

std::vector<std::pair<std::string, std::string>> Plugins::views(const std::string& database) {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<std::string, std::string>> all;
  for (const auto& [file, slot] : slots_)
    for (const laterbase_view& view : views_of(slot.module ? &slot.module->plugin() : nullptr))
      if (database == view.database) all.emplace_back(view.name, view.select);
  return all;
}

}  // namespace laterbase::plugins
