#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/events/roots.h"
#include "tests/support/log_entries.h"
#include "tests/support/temp_dir.h"
#include "views/views.h"

// A database of its own, with its tables and views, in a directory of its own.
namespace laterbase::views::tests {

class Replica {
 public:
  explicit Replica(const DatabaseOptions& options = {});

  Root& root() { return *root_; }
  std::shared_ptr<Root> root_ptr() { return root_; }
  Database& database() { return *views_->of(root_); }

  // What the statements answer, as JSON rows of the last; "!23505" where they are refused.
  std::string sql(const std::string& text);
  // All rows of a relation, in JSON; "!" and the trouble where there are none to be had.
  std::string rows(const std::string& relation);
  // What is in memory is lost; what was saved is there, and without any the log is folded from its beginning.
  void forget();
  // A clean end, and a new start.
  void restart();

  using Entry = laterbase::tests::LogEntry;
  std::vector<Entry> events();
  // All entries of its log up to a position, those that stand aside too.
  std::vector<Entry> entries(Lc until);
  // What another node has, as sync brings it.
  void merge(const std::vector<Entry>& events);

 private:
  laterbase::tests::TempDir directory_;
  std::unique_ptr<Roots> roots_;
  std::shared_ptr<Root> root_;
  DatabaseOptions options_;
  std::unique_ptr<Views> views_;
};

}  // namespace laterbase::views::tests
