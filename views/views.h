#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "views/database.h"

// The tables and views of all databases: each is opened when it is first asked for, and let go when nobody has asked
// for a while, so that its root can be closed.
//
// Threads: any. Lifetime: outlives the databases that it gave out. Errors: Failure where a log can't be read.
namespace laterbase::views {

class Views {
 public:
  explicit Views(Clock& clock) : clock_(clock) {}

  // Cost: a new one is loaded first, and folds what its log has since then.
  std::shared_ptr<Database> of(const std::shared_ptr<Root>& root);
  // The one that is open already; null where there is none.
  std::shared_ptr<Database> if_open(const Root& root);
  // All that are open.
  std::vector<std::shared_ptr<Database>> open();
  void dropped(const Root& root);
  // `most_open`: more are let go at once when they are idle.
  void set_options(const DatabaseOptions& options, std::size_t most_open);
  // Lets go of what is idle; called about once a second.
  void tidy();
  // Saves everything and lets go of it. Nobody may ask afterwards.
  void close();

 private:
  struct Slot {
    std::mutex opening;
    std::shared_ptr<Database> database;
    std::int64_t used_us = 0;
  };
  static bool is_idle(const std::shared_ptr<Slot>& slot);
  void make_room(std::unique_lock<std::mutex>& lock, std::vector<std::shared_ptr<Slot>>& gone);
  std::shared_ptr<Slot> let_go(std::unique_lock<std::mutex>& lock, const Root* root);

  static constexpr std::int64_t idle_us = 60'000'000;

  Clock& clock_;
  std::mutex mutex_;
  DatabaseOptions options_;
  std::size_t most_open_ = 128;
  std::map<const Root*, std::shared_ptr<Slot>> slots_;
  Workers workers_{2};
};

}  // namespace laterbase::views
