#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "server/plugins/module.h"
#include "views/views.h"

// The plug-ins of a node: each shared object (*.so) in one directory, with the folds and views that it brings.
//
// look() notices what is new, changed or gone. A new version is read into memory, tried out in a child process, there
// also with the databases' last events, loaded, folded from the logs beside the one that serves, and put in its place;
// the old one goes when nobody uses it. One that
// fails is refused and listed, and the one before it goes on. So that a file is never seen half written, write it under
// another name and rename it.
//
// Threads: any. Lifetime: the views outlive it. Errors: none are thrown; list() has them.
namespace laterbase::plugins {

struct PluginInfo {
  std::string file, name, version;        // what is loaded; empty where nothing is
  std::string trouble;                    // why the file as it is now was refused
  std::vector<std::string> folds, views;  // DATABASE/NAME
};

class Plugins {
 public:
  // The database of that name; null where there is none.
  using FindRoot = std::function<std::shared_ptr<Root>(const std::string& name)>;

  // No directory, no plug-ins.
  Plugins(std::string directory, views::Views& views, FindRoot find_root)
      : directory_(std::move(directory)), views_(views), find_root_(std::move(find_root)) {}

  const std::string& directory() const noexcept { return directory_; }
  void look() noexcept;
  std::vector<PluginInfo> list();

  // What there is for the database of that name.
  std::vector<views::SourceMaker> sources(const std::string& database);
  std::vector<std::pair<std::string, std::string>> views(const std::string& database);

 private:
  struct Stamp {
    std::uint64_t inode = 0, size = 0;
    std::int64_t changed_ns = 0;
    bool operator==(const Stamp&) const = default;
  };
  struct Slot {
    Stamp seen;
    std::shared_ptr<Module> module;
    std::string trouble;
  };

  std::map<std::string, Stamp> files() const;
  void take_up(const std::string& file, const Stamp& stamp);
  Result<std::shared_ptr<Module>> load(const std::string& file);
  TrialEvents last_events(const std::string& database) const;
  std::string taken_by_another(const std::string& file, const laterbase_plugin& plugin);
  void put_in_place(const laterbase_plugin* before, const std::shared_ptr<Module>& after);
  void drop(const std::string& file);

  const std::string directory_;
  views::Views& views_;
  FindRoot find_root_;
  std::mutex looking_;  // one look at a time
  std::mutex mutex_;    // guards slots_
  std::map<std::string, Slot> slots_;
};

}  // namespace laterbase::plugins
