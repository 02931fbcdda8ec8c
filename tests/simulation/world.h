#pragma once

#include <deque>
#include <functional>
#include <iosfwd>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "sync/exchange.h"
#include "tests/simulation/process.h"
#include "tests/simulation/wire.h"

// A cluster in one thread, out of one seed: the real log and the real conversation, on simulated machines, clocks and a
// network that does its worst. First a time of troubles, then healing, in which everything must become equal.
namespace laterbase::simulation {

struct WorldOptions {
  PlanOptions plan;
  std::optional<Form> form;       // otherwise as the seed has it
  std::ostream* trace = nullptr;  // message by message
  std::function<std::unique_ptr<Onlooker>()> onlooker = {};
};

struct Outcome {
  std::string wrong;  // empty where every promise was kept
  std::uint64_t next_random = 0;
  std::uint64_t digest = 0;  // of all that the nodes hold at the end
  std::uint64_t steps = 0, messages = 0, events = 0, bytes = 0;
  // Of exchanges while healing, limits not cut.
  std::uint64_t exchanges = 0, within_two = 0, most_round_trips = 0;
  FaultCount faults;
};

class World {
 public:
  World(std::uint64_t seed, Design& design, const WorldOptions& options);
  Outcome run();

 private:
  // One computer, and where it stands in the network.
  struct Slot {
    NodeRecord record;
    std::unique_ptr<Machine> machine;
    std::unique_ptr<Process> process;  // none while it is down
    bool crash_at_failure = false;     // the storage operation that fails is the last
    struct Backup {
      DiskCopy disk;
      Place place = 0;
      Ulid epoch;
      std::map<std::string, std::string> early_notes;
    };
    std::vector<Backup> backups;
    std::set<std::size_t> cannot_reach;  // slots that nothing sent from here gets to
  };
  struct Conversation {
    std::uint64_t id = 0;
    std::size_t link = 0;
    std::unique_ptr<sync::Exchange> exchange;
    sync::Message asked;
    std::vector<Ulid> asked_ids;  // as they were sent
    std::uint64_t number = 0;     // of the request
    std::uint64_t round_trips = 0;
    std::optional<sync::Message> ahead;  // what was asked for before the answer to `asked` was taken
  };
  struct Packet {
    bool is_answer = false;
    bool damaged = false;
    bool failed = false;  // an answer that says only that it went wrong
    std::size_t from = 0, to = 0;
    std::uint64_t conversation = 0, number = 0;
    std::shared_ptr<const std::string> body;
  };

  // world.cpp: what happens next
  void step();
  void write(Slot& slot);
  Batch batch_for(Slot& slot);
  Ulid some_known_key(Slot& slot);
  void tick();
  bool attempt(Slot& slot, const std::function<void()>& work);
  void failed(Slot& slot, const Failure& failure);
  void start(Slot& slot);
  void say(const std::string& text);
  void complain(const std::string& what);

  // troubles.cpp
  void trouble(std::uint64_t kind);
  void kill(Slot& slot);
  void lose_power(Slot& slot);
  void power_trouble(Slot& slot);
  void arm_storage(Slot& slot);
  void toggle_full(Slot& slot);
  void back_up(Slot& slot);
  void restore(Slot& slot, const Slot::Backup& backup);
  void restore_trouble(Slot& slot);
  void clone(Slot& slot);
  void wipe(Slot& slot);
  void swap(Slot& slot);
  void move_clock(Slot& slot);
  void partition();

  // talking.cpp
  void begin_exchange(std::size_t link);
  void send_next(Conversation& conversation);
  void count_round_trips(std::uint64_t round_trips);
  void ask_ahead(Conversation& conversation, const sync::Message& answer);
  void send_request(Conversation& conversation, sync::Message message);
  void post(Packet packet, std::string body);
  void deliver(std::size_t which);
  void deliver_request(const Packet& packet);
  void deliver_answer(const Packet& packet);
  std::optional<sync::Message> answer_in(Slot& slot, const Packet& packet, std::vector<Ulid>& asked_ids);
  void end(std::uint64_t conversation);
  void give_up();
  Conversation* find(std::uint64_t id);
  void lie(Slot& slot, sync::Message& message);
  void check_bounds(const sync::Message& message);

  // healing.cpp
  void heal();
  void restart_all();
  void round();
  void converse(std::size_t link);
  std::map<Ulid, Value> everything();
  bool all_equal(const std::map<Ulid, Value>& expected);
  std::string difference(Slot& slot, const std::map<Ulid, Value>& expected);
  void ask_onlooker();
  void check_losers(Slot& slot, const std::map<Ulid, Value>& expected);
  void replay_trace(const std::map<Ulid, Value>& expected);

  Slot& any_slot() { return slots_[random_.below(slots_.size())]; }
  Slot* any_running();

  Random random_;
  Plan plan_;
  WorldOptions options_;
  Form form_;
  History history_;
  Outcome outcome_;
  std::unique_ptr<Onlooker> onlooker_;
  Shared shared_;
  std::vector<Slot> slots_;
  std::vector<Conversation> conversations_;
  std::vector<Packet> packets_;  // on their way, in the order in which they were sent
  std::deque<Packet> trace_;     // requests that came through, for replaying
  std::uint64_t made_ = 0;       // values, conversations
  bool healing_ = false;
  bool lossy_ = false;  // a disk has lost what it had
};

}  // namespace laterbase::simulation
