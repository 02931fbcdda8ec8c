#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

#include "engine/events/snapshot.h"
#include "views/engine.h"

// An engine that goes on following its log, whatever happens to either. There is trouble that an engine can't go on
// from: whatever is thrown in the middle of a change leaves it with half of that change, and a log that is read again
// after a failure may not have what the engine has taken in. Then there is a new engine.
//
// Threads: one at a time; while nobody changes anything, any number may read. Errors: Failure where the log can't be
// read; what is thrown by a change. Cost: beginning anew costs what opening costs.
namespace laterbase::views {

class Follower {
 public:
  using Log = std::function<Snapshot()>;
  // An engine of that log, loaded or empty, that still is_loading().
  using Make = std::function<std::unique_ptr<Engine>()>;
  // Where the commit ends that begins after a position.
  using CommitEnd = std::function<Lc(Lc position, Lc head)>;

  // There is no engine before begin_anew().
  Follower(Log log, Make make, CommitEnd commit_end);

  Engine& engine() noexcept { return *engine_; }
  const Engine& engine() const noexcept { return *engine_; }

  // False: begin_anew(), and do nothing else with the engine before that.
  bool can_go_on();
  bool is_torn() const noexcept { return torn_; }
  // The new engine is at the log's head, and whoever follows the old one's relations starts anew. Errors: then nothing
  // has changed.
  void begin_anew();
  // How many engines there have been. Threads: any.
  std::uint64_t lives() const noexcept { return lives_; }

  void catch_up();

  // Held by whoever changes the engine: left by an exception, it leaves an engine that can't go on.
  class Change {
   public:
    explicit Change(Follower& follower);
    ~Change();
    Change(const Change&) = delete;
    Change& operator=(const Change&) = delete;

   private:
    Follower& follower_;
    int exceptions_;
  };

 private:
  // What the engine has taken in: a log that has another hash at its position is another one.
  struct Stand {
    Ulid epoch;
    Hash128 chain;
  };
  void take_in(Engine& engine, Stand& stand);

  Log log_;
  Make make_;
  CommitEnd commit_end_;
  std::unique_ptr<Engine> engine_;
  Stand stand_;
  bool torn_ = true;
  std::atomic<std::uint64_t> lives_{0};
};

}  // namespace laterbase::views
