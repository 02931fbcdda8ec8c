#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/workers.h"
#include "engine/events/roots.h"
#include "tests/support/log_entries.h"
#include "tests/support/temp_dir.h"
#include "tests/views/faulty_root.h"
#include "views/database.h"

// A database as a node has it (log, tables, views, live), in memory where there is such a place, with each view
// followed live.
namespace laterbase::sql {

class TestedDatabase {
 public:
  TestedDatabase();
  ~TestedDatabase();
  TestedDatabase(const TestedDatabase&) = delete;
  TestedDatabase& operator=(const TestedDatabase&) = delete;

  // All statements or none.
  std::optional<SqlError> run(const std::string& text);
  // An event of so many milliseconds ago.
  void post(const std::string& json, std::int64_t ago_ms);

  struct Table {
    ivm::Schema columns;
    std::vector<ivm::Row> rows;
    std::string json;
    std::string trouble;   // why there are none
    std::string sqlstate;  // of it, where it has one
  };
  Table read(const std::string& relation);
  Table select(const std::string& query);  // only `json` and `trouble`

  // Stops, and starts again.
  void restart();
  // Ends as a crash ends it, without a save or within one, at its `nth` operation where it is that long; and starts
  // again.
  void crash(std::uint64_t nth);

  // Follows a relation from now on; follows it again where that had ended.
  void follow(const std::string& relation);
  // What a subscriber has by now, as JSON rows in any order, or why he has nothing.
  struct Followed {
    bool serving = false;
    std::vector<std::string> rows;
    std::string wrong;  // a message that can't be right
  };
  Followed followed(const std::string& relation);

  using Entry = laterbase::tests::LogEntry;
  std::vector<Entry> events();
  void merge(const std::vector<Entry>& events);

 private:
  struct Follower;

  void open();
  void close();
  void begin_again();
  views::Database& database() { return *database_; }

  std::unique_ptr<laterbase::tests::TempDir> directory_;
  std::unique_ptr<Roots> roots_;
  std::shared_ptr<views::tests::FaultyRoot> root_;
  std::unique_ptr<Workers> workers_;
  std::shared_ptr<views::Database> database_;
  std::map<std::string, std::unique_ptr<Follower>> followers_;
};

// JSON rows, each as its text, sorted.
std::vector<std::string> sorted_rows(const std::string& json);

}  // namespace laterbase::sql
