#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "engine/events/check.h"
#include "tests/engine_events/model.h"
#include "tests/support/seed.h"

using namespace laterbase;
using namespace laterbase::model;

namespace {

// A fixed piece of work over a machine whose Nth operation fails. What was answered must be there afterwards; what was
// refused may be there or not, but whole; nothing else may.
class FaultyRun {
 public:
  FaultyRun(std::uint64_t seed, std::uint64_t nth, FailureCode code, bool lasting)
      : random_(seed), memory_(make_memory_disk()), disk_(with_faults(*memory_, plan_, seed)) {
    memory_->make_directories("/root");
    memory_->sync_directory("/");
    storage_ = with_faults(open_memory_storage(tree_tables().size()), plan_, seed + 1);
    limits_.tail_bytes = 3000;
    open_until_it_works();
    plan_.fail_at(nth, code, lasting);
  }

  void work() {
    for (int step = 0; step < 25; ++step) {
      write();
      if (step % 7 == 6 && log_) attempt([&] { flush(); });
    }
  }

  // With all faults gone and the process started anew. Empty where nothing is wrong.
  std::string verdict(bool power_loss) {
    plan_.fail_at(0, FailureCode::io, false);
    log_.reset();
    if (power_loss) memory_->crash(random_);
    try {
      open();
      flush();
      check_tree(*storage_->read(), [](Lc) { return true; });
    } catch (const Failure& failure) {
      return failure.what();
    }
    Snapshot snapshot = log_->snapshot();
    for (const auto& [key, value] : answered_) {
      const auto event = snapshot.find(key);
      if (!event) return "an acknowledged event is lost";
      if (event->value != value) return "an acknowledged event has another value";
    }
    const auto scan = snapshot.log(0, snapshot.head());
    std::size_t found = 0;
    while (const auto event = scan->next()) {
      ++found;
      if (!answered_.contains(event->key) && !refused_.contains(std::string(event->value)))
        return "an event is invented";
    }
    return found == snapshot.head() ? "" : "positions are missing";
  }

  bool fired() const { return plan_.fired() > 0; }

 private:
  void open() {
    const LogPlace place{storage_.get(), disk_.get(), "/root", Ulid{1, 1}, Hash128{2, 2}, 1};
    log_ = std::make_unique<Log>(place, limits_, clock_, random_());
  }
  void open_until_it_works() {
    while (!log_) attempt([&] { open(); });
  }

  template <typename Work>
  bool attempt(Work work) {
    try {
      work();
      return true;
    } catch (const Failure&) {
      return false;
    }
  }

  void flush() {
    if (log_->recovery_pending()) log_->apply({});
    if (log_->has_sealed()) log_->write_tree();
    log_->seal();
    log_->write_tree();
  }

  void write() {
    if (!log_ && !attempt([&] { open(); })) return;
    if (log_->tail_full() && !attempt([&] { flush(); })) return;
    Request request;
    for (std::uint64_t i = 0, count = 1 + random_.below(4); i < count; ++i) {
      const std::string value = fmt::format("{}:{}", ++made_, std::string(random_.below(300), 'x'));
      NewEvent event;
      event.offset = static_cast<std::uint32_t>(request.batch.payload.size());
      event.size = static_cast<std::uint32_t>(value.size());
      if (random_.one_in(2)) event.at_ms = static_cast<std::int64_t>(random_.below(1'000'000));
      request.batch.payload += value;
      request.batch.events.push_back(event);
    }
    AppendRequest* group[] = {&request};
    const bool applied = attempt([&] { log_->apply(group); });
    const bool synced = applied && attempt([&] { log_->sync(); });
    for (std::size_t i = 0; i < request.batch.events.size(); ++i) {
      const NewEvent& event = request.batch.events[i];
      std::string value = request.batch.payload.substr(event.offset, event.size);
      if (synced)
        answered_.emplace(request.result->keys[i], std::move(value));
      else
        refused_.emplace(std::move(value), true);
    }
    if (synced)
      log_->publish();
    else if (applied)
      log_.reset();  // what is durable is not known: the log is opened again
  }

  Random random_;
  TestClock clock_;
  FaultPlan plan_;
  std::unique_ptr<MemoryDisk> memory_;
  std::unique_ptr<Disk> disk_;
  std::unique_ptr<Storage> storage_;
  LogLimits limits_;
  std::unique_ptr<Log> log_;
  std::map<Ulid, std::string> answered_;
  std::map<std::string, bool> refused_;
  int made_ = 0;
};

}  // namespace

TEST_CASE("the Nth operation fails, for every N, once and from then on: no lie") {
  const std::uint64_t seed = test_seed();
  INFO("LATERBASE_SEED=" << seed);
  std::uint64_t points = 0;
  for (const FailureCode code : {FailureCode::disk_full, FailureCode::io}) {
    for (const bool lasting : {false, true}) {
      for (const bool power_loss : {false, true}) {
        for (std::uint64_t nth = 1;; ++nth) {
          INFO("operation " << nth << (lasting ? " and all later ones" : "")
                            << (power_loss ? ", then power loss" : ""));
          FaultyRun run(seed, nth, code, lasting);
          run.work();
          const bool fired = run.fired();
          REQUIRE(run.verdict(power_loss) == "");
          if (!fired) break;
          ++points;
        }
      }
    }
  }
  REQUIRE(points > 500);
}
