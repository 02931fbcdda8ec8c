#include <catch2/catch.hpp>

#include "engine/events/check.h"
#include "tests/engine_events/model.h"
#include "tests/support/seed.h"

using namespace laterbase;
using namespace laterbase::model;

namespace {

// One machine that writes, is killed, loses power, and comes back; after each step the log must be the model's.
class Machine {
 public:
  explicit Machine(std::uint64_t seed)
      : random_(seed), disk_(make_memory_disk()), storage_(open_memory_storage(tree_tables().size())) {
    disk_->make_directories("/root");
    disk_->sync_directory("/");
    limits_.tail_bytes = 600 + random_.below(20'000);
    start();
    expected_.epoch = log_->epoch();
  }

  // Empty while all is well.
  std::string step() {
    clock_.wall += static_cast<std::int64_t>(random_.below(20)) - 5;
    std::string wrong;
    switch (random_.below(30)) {
      case 0:
        wrong = kill();
        break;
      case 1:
        wrong = lose_power();
        break;
      case 2:
        flush();
        break;
      case 3:
        stop_cleanly();
        break;
      default:
        wrong = write();
        break;
    }
    if (wrong.empty() && random_.one_in(4)) wrong = compare(*log_, expected_, random_);
    return wrong;
  }

  std::uint64_t next_random() { return random_(); }
  std::uint64_t lost() const { return lost_; }

 private:
  void start() {
    const LogPlace place{storage_.get(), disk_.get(), "/root", Ulid{1, 1}, Hash128{2, 2}, boot_};
    log_ = std::make_unique<Log>(place, limits_, clock_, random_());
  }

  std::string write() {
    std::vector<Request> requests(1 + random_.below(3));
    std::vector<AppendRequest*> group;
    bool strong = false;
    for (Request& request : requests) {
      request.batch = random_batch(random_, expected_, clock_.wall);
      strong = strong || request.batch.durability == Durability::strong;
      if (!log_->refusal(request.batch)) group.push_back(&request);
    }
    if (log_->tail_full()) {
      if (!log_->can_seal()) log_->write_tree();
      log_->seal();
      if (random_.one_in(2)) log_->write_tree();
    }
    log_->apply(group);
    for (const AppendRequest* request : group)
      if (auto wrong = account(static_cast<const Request&>(*request), expected_); !wrong.empty()) return wrong;
    if (strong || random_.one_in(5)) {
      log_->sync();
      expected_.durable = expected_.log.size();
    }
    log_->publish();
    return {};
  }

  void flush() {
    if (log_->has_sealed()) log_->write_tree();
    log_->seal();
    log_->write_tree();
    expected_.durable = expected_.log.size();
  }

  void stop_cleanly() {
    flush();
    log_->finish();
    log_.reset();
    start();
  }

  // The process dies: what was answered at all is there, and so is the epoch.
  std::string kill() {
    log_.reset();
    start();
    if (log_->epoch() != expected_.epoch) return "the epoch changed though nothing can have been lost";
    return compare(*log_, expected_, random_);
  }

  // The machine goes down: what was durable is there; where more was shown, its positions are of another epoch now.
  std::string lose_power() {
    log_.reset();
    disk_->crash(random_);
    ++boot_;
    start();
    const std::size_t head = log_->head();
    if (head < expected_.durable) return "acknowledged events are lost";
    if (head > expected_.log.size()) return "events were invented";
    if (head < expected_.log.size() && log_->epoch() == expected_.epoch) return "a lost position in the same epoch";
    lost_ += expected_.log.size() - head;
    expected_.cut(head);
    expected_.durable = head;
    expected_.epoch = log_->epoch();
    if (auto wrong = compare(*log_, expected_, random_); !wrong.empty()) return wrong;
    flush();
    check_tree(*storage_->read(), [](Lc) { return true; });
    return {};
  }

  Random random_;
  TestClock clock_;
  std::unique_ptr<MemoryDisk> disk_;
  std::unique_ptr<Storage> storage_;
  LogLimits limits_;
  std::uint64_t boot_ = 1;
  std::unique_ptr<Log> log_;
  Expected expected_;
  std::uint64_t lost_ = 0;
};

}  // namespace

TEST_CASE("a log is its model through writes, kills, power losses and clean stops") {
  Random seeds(test_seed());
  std::uint64_t lost = 0;
  for (std::uint64_t run = 0; run < test_size(500, 5000); ++run) {
    const std::uint64_t seed = std::getenv("LATERBASE_SEED") && run == 0 ? test_seed() : seeds();
    INFO("LATERBASE_SEED=" << seed);
    Machine machine(seed);
    for (int step = 0; step < 300; ++step) {
      INFO("step " << step);
      std::string wrong;
      try {
        wrong = machine.step();
      } catch (const Failure& failure) {
        wrong = failure.what();
      }
      REQUIRE(wrong == "");
    }
    lost += machine.lost();
  }
  REQUIRE(lost > 0);  // otherwise the power losses tested nothing
}

TEST_CASE("the same seed ends with the same next random number") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  std::uint64_t ends[2];
  for (std::uint64_t& end : ends) {
    Machine machine(seed);
    for (int step = 0; step < 200; ++step) REQUIRE(machine.step() == "");
    end = machine.next_random();
  }
  REQUIRE(ends[0] == ends[1]);
}
