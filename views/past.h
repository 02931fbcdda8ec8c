#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/events/root.h"
#include "views/engine.h"
#include "views/outcome.h"
#include "views/reading.h"

// What a database showed: had only events existed that were valid until then, as this node knew them at a position of
// its log. What is shown is defined as it is now: tables and views of today over the events of then.
//
// A past holds one relation and what that reads, and goes forward in both times at the cost of what lies between. On a
// long way it is written down where half of what is left is done, again and again, so that other moments near its end
// are begun from there.
// Threads: one at a time; none of the database's locks is needed. Lifetime: within its root's.
// Errors: Failure where the log can't be read.
// Memory: that of the relation and the tables and views that it reads; events are read as they are needed.
namespace laterbase::views {

struct Moment {
  Ulid until = Ulid::greatest();  // the last key that counts: valid time
  Lc known = 0;                   // the last position that counts: when this node learned of it
  bool operator==(const Moment&) const = default;
  bool is_before(const Moment& other) const { return until <= other.until && known <= other.known; }
};

// A past written down: enough to go on from there.
struct KeptPast {
  std::string relation;
  Definitions definitions;
  Moment moment;
  std::uint64_t taken = 0;  // events
  EngineState state;
  std::uint64_t bytes = 0;
};

// What the pasts of one database have in common.
struct PastSurroundings {
  Root& root;
  std::function<std::vector<SourceMaker>()> sources;  // all that the database has
  std::function<bool()> stop;                         // asked now and then; once it says true a past is of no use
  std::function<bool(const KeptPast&)> wants;         // whether it would be kept, before it is written down
  std::function<void(KeptPast)> keep;
  std::uint64_t least_distance = 4'096;  // events between two that are written down
  std::atomic<std::uint64_t> entries_read{0};
};

class Past : private LogReader {
 public:
  // Of the relation as these definitions have it (Engine::definitions_of), at the moment of a past that was written
  // down, or before everything. Nothing where what was written down can't be taken.
  static std::unique_ptr<Past> begin(PastSurroundings& around, std::string relation, Definitions definitions);
  static std::unique_ptr<Past> begin(PastSurroundings& around, const KeptPast& kept);

  bool shows(const std::string& relation, const Definitions& definitions) const {
    return relation_ == relation && definitions_ == definitions;
  }
  bool can_go_to(const Moment& moment) const { return moment_.is_before(moment); }
  void go_to(const Moment& moment);
  const Moment& moment() const noexcept { return moment_; }
  std::uint64_t taken() const noexcept { return taken_; }

  Outcome<Page> read(const ReadRequest& request) const;
  const Engine& engine() const noexcept { return engine_; }

 private:
  class Milestones;

  Past(PastSurroundings& around, std::string relation, Definitions definitions);
  bool load(const KeptPast& kept);
  // Entries that count, in log order.
  void read(Lc after, Lc until, const Engine::Visit& visit) override;
  bool knows_keys() const noexcept override { return true; }
  void read_keys(const KeyRange& keys, Lc until, const Engine::Visit& visit) override;
  bool read_page_of_keys(Ulid& from, const Ulid& until, std::uint64_t most, const Engine::Visit& visit);
  void learn(Lc until);
  void widen(const Ulid& until);
  std::uint64_t count_of_keys(const Ulid& after, const Ulid& until) const;
  void settle();
  void write_down();

  PastSurroundings& around_;
  std::string relation_;
  Definitions definitions_;
  Moment moment_;
  bool is_new_ = true;  // nothing has been taken, and its valid time is nothing yet
  std::uint64_t taken_ = 0;
  Engine engine_;
};

}  // namespace laterbase::views
