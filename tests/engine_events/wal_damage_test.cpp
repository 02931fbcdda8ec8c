#include <catch2/catch.hpp>

#include "tests/engine_events/model.h"
#include "tests/support/seed.h"

using namespace laterbase;
using namespace laterbase::model;

namespace {

// Forty acknowledged events that are nowhere but in the write-ahead file; then one byte of it changes.
struct Damaged {
  std::unique_ptr<MemoryDisk> disk = make_memory_disk();
  std::unique_ptr<Storage> storage = open_memory_storage(tree_tables().size());
  TestClock clock;
  std::uint64_t used = 0;

  Damaged() {
    disk->make_directories("/root");
    const auto log = open();
    for (int i = 0; i < 40; ++i) {
      Request request;
      request.batch.payload = std::string(30, static_cast<char>('a' + i % 26));
      NewEvent event;
      event.size = 30;
      request.batch.events.push_back(event);
      AppendRequest* group[] = {&request};
      log->apply(group);
      log->sync();
      log->publish();
    }
    used = log->wal_bytes();
  }

  std::unique_ptr<Log> open() {
    const LogPlace place{storage.get(), disk.get(), "/root", Ulid{1, 1}, Hash128{2, 2}, 1};
    return std::make_unique<Log>(place, LogLimits{}, clock, 3);
  }

  void flip(std::uint64_t at, int bit) {
    for (const char* name : {"/root/wal-a", "/root/wal-b"}) {
      if (!disk->exists(name)) continue;
      const auto file = disk->open(name, false);
      char byte = 0;
      file->read_at(at, &byte, 1);
      byte = static_cast<char>(byte ^ (1 << bit));
      file->write_at(at, {&byte, 1});
    }
  }
};

}  // namespace

TEST_CASE("a flipped bit in the write-ahead file is told, or touches only what stood last") {
  const std::uint64_t seed = test_seed();
  INFO("LATERBASE_SEED=" << seed);
  Random random(seed);
  int told = 0, last_lost = 0;
  for (std::uint64_t round = 0; round < test_size(300, 10'000); ++round) {
    Damaged machine;
    const std::uint64_t at = random.below(machine.used);
    INFO("byte " << at << " of " << machine.used);
    machine.flip(at, static_cast<int>(random.below(8)));
    try {
      const auto log = machine.open();
      // Of the last frame nothing proves that it was ever whole.
      REQUIRE(log->head() >= 39);
      if (log->head() < 40) ++last_lost;
      Snapshot snapshot = log->snapshot();
      for (Lc lc = 1; lc <= snapshot.head(); ++lc)
        REQUIRE(snapshot.at(lc)->value == std::string(30, static_cast<char>('a' + (lc - 1) % 26)));
    } catch (const Failure& failure) {
      REQUIRE(failure.code() == FailureCode::damaged);
      ++told;
    }
  }
  CHECK(told > 100);
}
