#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/workers.h"
#include "engine/events/root.h"
#include "views/checkpoint.h"
#include "views/engine.h"
#include "views/engine_reads.h"
#include "views/follower.h"
#include "views/live.h"
#include "views/outcome.h"
#include "views/pasts.h"
#include "views/reading.h"
#include "views/session.h"

// The tables and views of one root: a follower of its log behind a lock. Whoever asks is answered as of the log's head:
// who comes before the worker has caught up does the step itself.
//
// Threads: any; who reads tables and views does so beside others, all else is one at a time. Lifetime: holds its root.
// Errors: Failure where the log can't be read; who comes next finds an engine that begins anew (follower.h).
// Cost: opening it loads what was saved of it, and folds the log after that.
namespace laterbase::views {

struct DatabaseOptions {
  SessionLimits session;
  PastLimits pasts;
  std::string scratch;                     // a directory for views' state; none: in memory
  std::int64_t build_patience_ms = 2'000;  // how long a definition's answer waits for its view
  std::int64_t tree_patience_ms = 30'000;  // how long a live tree that nobody follows any more is kept
  // Relations that code makes in the database of that name (relation_source.h); may be empty.
  std::function<std::vector<SourceMaker>(const std::string& name)> sources;
  // State is saved when so much of the log, in bytes, would have to be folded again: at least save_least_bytes, and at
  // least this share of what a save writes.
  std::uint64_t save_least_bytes = 4 << 20;
  std::uint64_t save_share_percent = 50;
  // Views of this node alone that code defines there: names and SELECTs; may be empty.
  std::function<std::vector<std::pair<std::string, std::string>>(const std::string& name)> views;
  // Why an event that statements would write there is refused; may be empty.
  std::function<std::optional<std::string>(const std::string& name, const Event& event)> validate;
};

// A view as its definition's reader sees it.
struct ViewInfo {
  std::string name, definition, state, trouble, plan;
  Language language = Language::sql;
  std::vector<sql::PlanColumn> columns;
  bool local = false;
  std::uint64_t done = 0, total = 0;  // of building
  std::uint64_t rows = 0, bytes = 0;
  Lc changed = 0;
};

struct FoldInfo {
  std::string name, trouble;
  std::uint64_t rows = 0, bytes = 0, undecodable = 0;
  std::vector<folds::PassedOver> passed_over;  // the first of them
};

// A fact, and what has become of it. Lifetime: of the call that gives it.
struct CellChange {
  Lc lc = 0;
  Ulid key;
  std::uint32_t index = 0;  // of the fact in its event, from 1
  triples::Fact fact;
  std::optional<bool> stands;  // whether it counts; nothing where it is in no cell of a table
  std::string column;          // as it is called now; "": the row itself
  std::string now;             // JSON: the cell's value, or the row; null where it is not there
};

struct ChangesWanted {
  bool all = false;  // also what has lost, and what is in no cell
  std::uint64_t most = 1'000;
  std::uint64_t most_entries = 100'000;  // of the log, that are looked at
};

class Database : private LogListener, private LogReader, public std::enable_shared_from_this<Database> {
 public:
  Database(std::shared_ptr<Root> root, Workers& workers, Clock& clock, const DatabaseOptions& options);
  ~Database() override;

  Root& root() noexcept { return *root_; }

  // Statements, as one atomic event. The writes are durable when it returns.
  Outcome<Answer> execute(std::string_view text, const std::vector<sql::Parameter>& parameters, bool may_write = true);
  // Whether strict tables take the facts of events that are about to be written.
  Outcome<void> check(const std::vector<std::string_view>& values);
  // PUT and DELETE of a view; `local`: only here, in no event. True where it is new.
  Outcome<bool> define_view(const std::string& name, const ViewDefinition& definition, bool local);
  Outcome<void> drop_view(const std::string& name);

  struct Names {
    std::vector<std::string> tables, views, folds;
  };
  Names names();
  std::vector<ViewInfo> views();
  Outcome<ViewInfo> view(const std::string& name);
  std::vector<triples::Reject> rejects();
  // What facts after a position have changed and still do, in the log's order; those of one event all or none. Gives
  // the position that is reached: the next call's `after`.
  // Cost: a look at each entry, and of each fact at its cell.
  Lc changes(Lc after, const ChangesWanted& wanted, const std::function<void(const CellChange&)>& visit);
  std::vector<FoldInfo> folds();

  // A relation that code makes, from the log's beginning: folded beside what is served, which it then takes the place
  // of. And away with it; what it was made of is not used any more when this returns.
  void add_source(const SourceMaker& make);
  void drop_source(const std::string& name);
  // A view that code defines, on this node and until it is closed.
  void show_view(const std::string& name, const std::string& select);
  void hide_view(const std::string& name);

  Outcome<Page> read(const std::string& relation, const ReadRequest& request);
  // One row as JSON, by its key: of a table with a key of one column, of a view by its first column. Of a fold, the
  // state. Nothing where there is none.
  Outcome<One> read_one(const std::string& relation, const std::string& key);
  // As it was: with the events valid up to key `as_of`, and as this node knew it at a position (past.h).
  // Errors: also gone, where the position is not one of this log's.
  // Cost: the events after the nearest past before it that is there (pasts.h) are read again; with nothing there, all
  // of then. A fold as of another valid time is made of the copies of its states.
  struct Known {
    Ulid epoch;
    Lc lc = 0;
  };
  Outcome<Page> read_past(const std::string& relation, const ReadRequest& request, const std::optional<Ulid>& as_of,
                          const std::optional<Known>& known_at);
  Outcome<One> read_past_one(const std::string& relation, const std::string& key, const std::optional<Ulid>& as_of,
                             const std::optional<Known>& known_at);
  Pasts& pasts() noexcept { return pasts_; }

  // A tree query, answered once; `parameters` in JSON, or "".
  Outcome<Page> tree(const std::string& text, const std::string& parameters);
  // … or kept for who follows it: the relation to subscribe to, until close_tree().
  Outcome<std::string> open_tree(const std::string& text, const std::string& parameters);
  void close_tree(const std::string& name) noexcept;

  // Live: see live.h.
  Outcome<void> subscribe(Subscription& subscription);
  void unsubscribe(Subscription& subscription) noexcept;
  // Nothing where there is no news; false where the stream ends with this.
  bool poll(Subscription& subscription, std::vector<LiveMessage>& messages);

  // Writes down what has changed, so that the next opening needn't fold it again. Quiet where that is not to be had.
  void save() noexcept;
  // How far what was saved reached when it was opened; 0 where there was nothing.
  Lc loaded_until() const noexcept { return loaded_until_; }
  std::uint64_t saves() const noexcept { return saves_; }
  // How often it has begun, the first time included.
  std::uint64_t lives() const noexcept { return follower_.lives(); }

  // The log has been dropped.
  void set_gone() noexcept;
  bool gone() const noexcept { return gone_; }
  bool is_idle() const noexcept { return subscribers_ == 0; }

 private:
  void log_advanced(Lc head) noexcept override;
  void read(Lc after, Lc until, const std::function<bool(const Event&)>& visit) override;
  void keys_at(std::span<const Lc> positions, const std::function<void(const Ulid&)>& visit) override;
  void entries_at(std::span<const Lc> positions, const std::function<bool(const Event&)>& visit) override;
  bool knows_keys() const noexcept override { return true; }
  void read_keys(const KeyRange& keys, Lc until, const std::function<bool(const Event&)>& visit) override;
  Engine& engine() noexcept { return follower_.engine(); }
  const Engine& engine() const noexcept { return follower_.engine(); }
  std::unique_ptr<Engine> make_engine();
  std::unique_ptr<Engine> empty_engine();
  void renew(std::unique_lock<std::shared_mutex>& lock);
  void catch_up();
  Lc next_commit(Lc position, Lc head);
  void work() noexcept;
  void finish(const std::shared_ptr<Build>& build) noexcept;
  void start_jobs();
  Outcome<Moment> moment_of(const std::optional<Ulid>& as_of, const std::optional<Known>& known_at) const;
  void in_the_past(const std::string& relation, const Moment& moment, const Pasts::Read& read);

  // Alone with an engine that can go on and is at the log's head; left by an exception, it can't any more.
  class Alone {
   public:
    explicit Alone(Database& database) : Alone(database, std::unique_lock(database.mutex_)) {}
    Alone(Database& database, std::unique_lock<std::shared_mutex> held);
    std::unique_lock<std::shared_mutex>& lock() noexcept { return lock_; }

   private:
    std::unique_lock<std::shared_mutex> lock_;
    std::optional<Follower::Change> change_;
  };
  void load_local_views(Engine& engine);
  bool load(Engine& engine);
  void save_if_due();
  std::set<std::uint64_t> save_now(EngineState& state);
  Outcome<Answer> commit(Session& session, std::vector<StatementResult> results);
  std::optional<std::string> refused(std::string_view value) const;
  void wait_for_builds(std::unique_lock<std::shared_mutex>& lock);
  std::shared_lock<std::shared_mutex> reading();
  ViewInfo info_of(const View& view) const;
  void drop_idle_trees();
  CellChange change_of(const Event& event, std::uint32_t index, const triples::Fact& fact, bool counts) const;
  bool begin_anew(Subscription& subscription, std::vector<LiveMessage>& messages);

  std::shared_ptr<Root> root_;
  Workers& workers_;
  Clock& clock_;
  DatabaseOptions options_;
  UlidGenerator keys_;

  // Guards the engine: who steps it or changes it otherwise is alone, who only reads is beside others.
  std::shared_mutex mutex_;
  std::condition_variable_any built_;
  Follower follower_;
  std::size_t jobs_running_ = 0;
  std::uint64_t save_above_ = 0;  // bytes of the log that were not saved, after a save that failed

  std::mutex save_mutex_;  // one save at a time, and no new engine meanwhile; taken before mutex_
  Checkpoint checkpoint_;
  bool can_save_ = true;
  std::atomic<bool> save_scheduled_{false};
  std::atomic<std::uint64_t> saves_{0};
  Lc loaded_until_ = 0;

  struct LiveTree {
    ViewDefinition definition;
    std::size_t followers = 0;
    std::int64_t idle_since_us = 0;
  };
  static constexpr std::size_t most_idle_trees = 64;
  std::map<std::string, LiveTree> live_trees_;

  Pasts pasts_;  // never asked under mutex_

  std::mutex commits_mutex_;
  std::deque<Lc> commits_;  // heads that were announced and not yet taken in
  std::atomic<bool> scheduled_{false};
  std::atomic<bool> gone_{false};
  std::atomic<std::size_t> subscribers_{0};
};

}  // namespace laterbase::views
