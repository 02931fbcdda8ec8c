#include <catch2/catch.hpp>

#include "engine/storage/faults.h"
#include "engine/storage/memory_disk.h"
#include "tests/engine_table_space/rows.h"
#include "tests/support/seed.h"

// Power is lost at every operation on the disk in turn: what opens afterwards is the last complete generation, or the
// one that was just being completed.
using namespace laterbase;
using namespace laterbase::worktable;
using namespace laterbase::worktable::test;

namespace {

struct Run {
  Run(MemoryDisk& its_disk, Random& its_random) : disk(its_disk), random(its_random) {}

  MemoryDisk& disk;
  Random& random;
  FaultPlan plan;
  std::unique_ptr<Disk> failing = with_faults(disk, plan, random());
  Items committed, in_doubt;

  // Some commits; the disk fails at its nth operation after opening. True: that came before their end.
  bool commit_until(std::uint64_t nth, FailureCode code, int commits) {
    plan.fail_at(0, code, false);
    auto file = open_items(*failing, "t.space", {4096, 7, false});
    plan.fail_at(nth, code, true);
    try {
      for (; commits > 0; --commits) {
        in_doubt = committed;
        for (auto changes = random.below(150); changes > 0; --changes) change(in_doubt, random, 600);
        file->commit(ItemSource(in_doubt));
        committed = in_doubt;
      }
    } catch (const Failure&) {
      return true;
    }
    return false;
  }

  void check_after_crash() {
    disk.crash(random);
    auto file = open_items(disk, "t.space", {4096, 7, false});
    const auto now = loaded(*file);
    const bool whole = now == committed || now == in_doubt;
    REQUIRE(whole);
    committed = in_doubt = now;
  }
};

}  // namespace

TEST_CASE("a crash at any operation leaves the last complete generation", "[space]") {
  const auto seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  const auto disk = make_memory_disk();
  Run run(*disk, random);
  for (auto round = test_size(30, 3000); round > 0; --round) {
    bool failed = true;
    for (std::uint64_t nth = 1; failed; ++nth) {
      CAPTURE(round, nth);
      failed = run.commit_until(nth, FailureCode::io, 2);
      run.check_after_crash();
    }
  }
}

TEST_CASE("failures of many lives, few of which lose power", "[space]") {
  const auto seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  const auto disk = make_memory_disk();
  Run run(*disk, random);
  for (auto life = test_size(1500, 150000); life > 0; --life) {
    CAPTURE(life);
    run.commit_until(1 + random.below(40), random.one_in(2) ? FailureCode::io : FailureCode::disk_full, 3);
    if (random.one_in(4)) {
      run.check_after_crash();
    } else {
      auto file = open_items(*disk, "t.space");
      const auto now = loaded(*file);
      const bool whole = now == run.committed || now == run.in_doubt;
      REQUIRE(whole);
      run.committed = run.in_doubt = now;
    }
  }
}

TEST_CASE("a crash while the file is made leaves none, or one without rows", "[space]") {
  const auto seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  for (std::uint64_t nth = 1; nth <= 12; ++nth) {
    const auto disk = make_memory_disk();
    FaultPlan plan;
    const auto failing = with_faults(*disk, plan, random());
    plan.fail_at(nth, FailureCode::io, true);
    try {
      open_items(*failing, "t.space");
    } catch (const Failure&) {
    }
    disk->crash(random);
    CHECK(loaded(*open_items(*disk, "t.space")).empty());
  }
}

TEST_CASE("after a failed commit a space file refuses until it is opened again", "[space]") {
  const auto disk = make_memory_disk();
  auto file = open_items(*disk, "t.space");
  Items items{{1, {2, "three"}}};
  file->commit(ItemSource(items));
  disk->set_free_bytes(0);
  auto more = items;
  for (std::uint64_t id = 0; id < 100000; ++id) more[id] = {id, "x"};
  CHECK_THROWS_AS(file->commit(ItemSource(more)), Failure);
  disk->set_free_bytes(std::uint64_t{1} << 30);
  CHECK_THROWS_AS(file->commit(ItemSource(items)), Failure);
  file = open_items(*disk, "t.space");
  CHECK(loaded(*file) == items);
  file->commit(ItemSource(more));
  CHECK(loaded(*file) == more);
}
