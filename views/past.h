#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/events/root.h"
#include "views/engine.h"
#include "views/outcome.h"
#include "views/reading.h"

// What a database showed: had only events existed that were valid until then, as this node knew them at a position of
// its log. What is shown is defined as it is now: tables and views of today over the events of then.
//
// A past holds one relation and what that reads, and goes forward in both times at the cost of what lies between.
// Threads: one at a time; none of the database's locks is needed. Lifetime: within its root's.
// Errors: Failure where the log can't be read. Memory: that of the relation and the tables and views that it reads;
// events are read as they are needed.
namespace laterbase::views {

struct Moment {
  Ulid until = Ulid::greatest();  // the last key that counts: valid time
  Lc known = 0;                   // the last position that counts: when this node learned of it
  bool operator==(const Moment&) const = default;
};

class Past : private LogReader {
 public:
  // Of the relation as these definitions have it (Engine::definitions_of), at that moment. `sources`: all that the
  // database has. `stop` is asked now and
  // then; once it says true the past is of no use.
  Past(Root& root, std::string relation, Definitions definitions, const std::vector<SourceMaker>& sources,
       const Moment& moment, std::function<bool()> stop);

  bool shows(const std::string& relation, const Definitions& definitions) const {
    return relation_ == relation && definitions_ == definitions;
  }
  bool can_go_to(const Moment& moment) const { return moment_.until <= moment.until && moment_.known <= moment.known; }
  void go_to(const Moment& moment);
  const Moment& moment() const noexcept { return moment_; }

  Outcome<Page> read(const ReadRequest& request) const;

 private:
  // Entries that count, in log order.
  void read(Lc after, Lc until, const Engine::Visit& visit) override;
  bool read_page_of_keys(Ulid& from, const Engine::Visit& visit);
  void learn(Lc until);
  void widen(const Ulid& until);
  void run_builds();

  Root& root_;
  std::string relation_;
  Definitions definitions_;
  Moment moment_;
  std::function<bool()> stop_;
  Engine engine_;
};

}  // namespace laterbase::views
