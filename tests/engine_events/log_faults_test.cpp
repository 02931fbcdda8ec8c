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
      if (log_ && step % 5 == 4) log_->remember("head", std::to_string(log_->head())).value();
      if (log_ && step % 7 == 6) attempt([&] { flush(); });
      if (log_ && step % 9 == 8) take_due();
      if (log_ && step == 17) attempt([&] { log_->begin_new_epoch(); });
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
      if (!event && !waits(snapshot, key, value)) return "an acknowledged event is lost";
      if (event && event->value != value && value_wins(value, event->value))
        return "an acknowledged event has a value that loses against it";
    }
    const std::string note = log_->notes().recall("head").value_or("0");
    if (std::stoull(note) > snapshot.head()) return "a note knows more than its log";
    const auto scan = snapshot.log(0, snapshot.head());
    std::size_t found = 0;
    while (const auto event = scan->next()) {
      ++found;
      if (!made_.contains(std::string(event->value))) return "an event is invented";
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
    request.batch.merge = random_.one_in(2);
    for (std::uint64_t i = 0, count = 1 + random_.below(4); i < count; ++i) {
      const std::string value = fmt::format("{}:{}", made_.size(), std::string(random_.below(300), 'x'));
      made_.insert(value);
      NewEvent event;
      event.offset = static_cast<std::uint32_t>(request.batch.payload.size());
      event.size = static_cast<std::uint32_t>(value.size());
      if (request.batch.merge) {
        event.key = random_.one_in(4) ? Ulid::first_of(clock_.wall + 6'000) : Ulid{5 << 16, random_.below(3)};
        event.origin = Origin{Ulid{3, random_.below(5)}, Ulid{4, 4}, random_.below(1000)};
      } else if (random_.one_in(2)) {
        event.at_ms = static_cast<std::int64_t>(random_.below(1'000'000));
      }
      request.batch.payload += value;
      request.batch.events.push_back(event);
    }
    apply(request);
  }

  void apply(Request& request) {
    AppendRequest* group[] = {&request};
    const bool applied = attempt([&] { log_->apply(group); });
    const bool synced = applied && attempt([&] { log_->sync(); });
    for (std::size_t i = 0; synced && i < request.batch.events.size(); ++i) {
      const NewEvent& event = request.batch.events[i];
      answered_.emplace(request.result->keys[i], request.batch.payload.substr(event.offset, event.size));
    }
    if (synced)
      log_->publish();
    else if (applied)
      log_.reset();  // what is durable is not known: the log is opened again
  }

  void take_due() {
    clock_.wall += 4'000;
    Request request;
    if (attempt([&] { request.batch = log_->due(100).batch; }) && !request.batch.events.empty()) apply(request);
  }

  bool waits(Snapshot& snapshot, const Ulid& key, const std::string& value) {
    const auto scan = snapshot.conflicts({key, 0}, key);
    while (const auto conflict = scan->next())
      if (conflict->reason == AsideReason::waiting && conflict->event.value == value) return true;
    return false;
  }

  Random random_;
  TestClock clock_;
  FaultPlan plan_;
  std::unique_ptr<MemoryDisk> memory_;
  std::unique_ptr<Disk> disk_;
  std::unique_ptr<Storage> storage_;
  LogLimits limits_;
  std::unique_ptr<Log> log_;
  std::multimap<Ulid, std::string> answered_;
  std::set<std::string> made_;
};

// A log on a disk in memory that fails where it is told to.
struct LogOnFaultyDisk {
  explicit LogOnFaultyDisk(std::uint64_t seed) : disk(with_faults(*memory, plan, seed)) {
    memory->make_directories("/root");
    memory->sync_directory("/");
    open(1);
  }
  void open(std::uint64_t seed, std::uint64_t boot = 1) {
    const LogPlace place{storage.get(), disk.get(), "/root", Ulid{1, 1}, Hash128{2, 2}, boot};
    log = std::make_unique<Log>(place, LogLimits{}, clock, seed);
  }
  void write(const std::string& value) {
    Request request;
    request.batch.payload = value;
    request.batch.events.push_back({{}, {}, 0, static_cast<std::uint32_t>(value.size()), false, {}});
    AppendRequest* group[] = {&request};
    log->apply(group);
    log->sync();
    log->publish();
  }

  FaultPlan plan;
  decltype(make_memory_disk()) memory = make_memory_disk();
  decltype(with_faults(*memory, plan, 1)) disk;
  decltype(open_memory_storage(1)) storage = open_memory_storage(tree_tables().size());
  TestClock clock;
  std::unique_ptr<Log> log;
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

TEST_CASE("a log takes events again whose file could neither be written nor taken away") {
  const bool second_file = GENERATE(false, true);
  LogOnFaultyDisk on(1);
  on.write("first");
  on.log->flush();  // the other file is next
  if (second_file) {
    on.write("second");
    on.log->flush();
  }
  on.plan.fail_at(1, FailureCode::io, true);
  REQUIRE_THROWS_AS(on.write("never there"), Failure);
  REQUIRE_THROWS_AS(on.log->finish(), Failure);
  on.plan.fail_at(0, FailureCode::io, false);
  on.write("last");
  const Lc head = on.log->head();
  on.open(2);
  REQUIRE(on.log->head() == head);
  REQUIRE(on.log->snapshot().at(head)->value == "last");
}

TEST_CASE("what a failed write left in one file is not taken for what the next one begins with") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {  // whether it left anything, and how much
    INFO("seed " << seed);
    LogOnFaultyDisk on(seed);
    on.write("first");
    on.plan.fail_at(1, FailureCode::io, false);
    REQUIRE_THROWS_AS(on.write("failed"), Failure);
    on.log->flush();
    on.write("last");
    on.open(2);
    REQUIRE(on.log->head() == 2);
    REQUIRE(on.log->snapshot().at(2)->value == "last");
  }
}

TEST_CASE("an epoch whose last positions may be lost ends, also where its file was begun in the one before") {
  LogOnFaultyDisk on(1);
  on.plan.fail_at(1, FailureCode::disk_full, true);
  REQUIRE_THROWS_AS(on.write("no room"), Failure);
  on.plan.fail_at(0, FailureCode::io, false);
  on.log->begin_new_epoch();
  on.write("durable");
  Request shown;
  shown.batch.payload = "shown before it is durable";
  shown.batch.durability = Durability::relaxed;
  shown.batch.events.push_back({{}, {}, 0, static_cast<std::uint32_t>(shown.batch.payload.size()), false, {}});
  AppendRequest* group[] = {&shown};
  on.log->apply(group);
  on.log->publish();
  const Ulid epoch = on.log->snapshot().epoch();
  on.open(2, 2);  // on a machine that went down meanwhile
  REQUIRE(on.log->snapshot().epoch() != epoch);
}
