#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/events/log.h"
#include "sync/index.h"
#include "sync/peer_view.h"
#include "sync/replica.h"
#include "tests/simulation/claims.h"
#include "tests/simulation/design.h"
#include "tests/simulation/fault_count.h"
#include "tests/simulation/history.h"
#include "tests/simulation/machine.h"
#include "tests/simulation/onlooker.h"
#include "tests/simulation/plan.h"

// A running node: the real log and index on a machine's disk, as a replica for conversations, and the checker's eye on
// everything that it does. It ends with the process; what is meant to survive stands in NodeRecord.
namespace laterbase::simulation {

class SimClock final : public Clock {
 public:
  std::int64_t wall_ms() noexcept override { return wall; }
  std::int64_t monotonic_us() noexcept override { return monotonic; }
  std::int64_t wall = 1'700'000'000'000;
  std::int64_t monotonic = 0;
};

// What the world knows of one node, whether it runs or not.
struct NodeRecord {
  std::size_t slot = 0;
  SimClock clock;
  Place durable = 0;                               // acknowledged up to here
  Place shown = 0;                                 // somebody may have seen up to here
  Ulid epoch;                                      // when that was
  bool power_lost = false;                         // since it ran: only what is durable must be there
  std::map<std::string, std::string> early_notes;  // of a design whose notes don't ride with the events
};

// What all processes of a world share.
struct Shared {
  const Plan& plan;
  Design& design;
  History& history;
  FaultCount& faults;
  std::string wrong;  // the first thing that is
  bool lies = false;  // somebody has lied: claims prove nothing
  Onlooker* onlooker = nullptr;
};

class Process final : public sync::Replica {
 public:
  // Opens the machine's log. Throws Failure.
  Process(Machine& machine, NodeRecord& record, Shared& shared, std::uint64_t seed);

  const std::string& name() const noexcept override { return name_; }
  Ulid node() const noexcept override { return place_.node; }
  Snapshot snapshot() override { return log_->snapshot(); }
  AppendResult merge(Batch batch) override;
  void begin_new_epoch() override;
  void remember(const std::string& key, std::string value) override;
  std::optional<std::string> recall(const std::string& key) override;
  void forget(const std::string& key) override;
  std::vector<std::pair<std::string, std::string>> notes(std::string_view prefix) override;
  Snapshot with_index(const IndexWork& work) override;

  // A client's batch. Nothing where it was refused.
  std::optional<Appended> write(Batch batch);
  void release_due();  // what waited aside
  void flush() { log_->flush(); }
  void stop_cleanly();

  void check_index();  // that it is what the events say
  void follow();       // the checker reads along what the log has got

  std::size_t slot() const noexcept { return record_.slot; }
  std::int64_t now_ms() const noexcept { return record_.clock.wall; }
  Log& log() noexcept { return *log_; }
  // A sync failed: what is durable is known only when the log is opened again.
  bool must_reopen() const noexcept { return must_reopen_; }

  std::map<std::size_t, sync::PeerView> views;  // by link

 private:
  AppendResult append(Batch batch, bool by_client);
  void note_written(const AppendRequest& request);
  void sync_log(bool by_client);
  void make_room();
  void find_again();
  void check_merged(const Batch& batch);
  void check_note(const std::string& name, const std::string& value);
  void complain(const std::string& what);

  NodeRecord& record_;
  Shared& shared_;
  std::string name_ = "world";
  LogPlace place_;
  std::unique_ptr<Log> log_;
  std::unique_ptr<sync::Index> index_;
  Claims claims_;
  bool must_reopen_ = false;
};

}  // namespace laterbase::simulation
