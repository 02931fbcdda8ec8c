#include "engine/storage/faults.h"

#include "engine/storage/memory_disk.h"
#include "engine/storage/memory_storage.h"
#include "tests/engine_storage/storage_kinds.h"
#include "tests/engine_storage/test_support.h"

using namespace laterbase;
using namespace laterbase::test;

namespace {

// Something of everything that a storage does; the value that it puts tells what came of it.
void use(Storage& storage) {
  {
    const auto txn = storage.read();
    txn->get(table_a, "k");
    const auto cursor = txn->cursor(table_a);
    if (cursor->first()) cursor->next();
    txn->count(table_a);
  }
  storage.update([](WriteTxn& txn) {
    txn.put(table_a, "k", "v");
    txn.insert(table_a, "l", "w");
    txn.append(table_a, "z", "");
    txn.erase(table_a, "z");
  });
  storage.backup([](BytesView) {});
}

}  // namespace

TEST_CASE("every operation of a storage can be the one that fails, once or from then on") {
  const bool lasting = GENERATE(false, true);
  const FailureCode code = GENERATE(FailureCode::io, FailureCode::disk_full);
  FaultPlan plan;
  std::uint64_t committed_and_failed = 0;
  std::uint64_t nth = 1;
  for (bool failed = true; failed; ++nth) {
    const auto storage = with_faults(open_memory_storage(3), plan, nth);
    plan.fail_at(nth, code, lasting);
    failed = false;
    try {
      use(*storage);
    } catch (const Failure& failure) {
      failed = true;
      REQUIRE(failure.code() == code);
      REQUIRE(plan.steps() == nth);
    }
    REQUIRE(plan.fired() == (failed ? 1 : 0));
    if (lasting && failed) REQUIRE(failure_of([&] { storage->read(); }).code() == code);
    plan.fail_at(0, code, false);
    // Whole or not at all.
    const auto txn = storage->read();
    REQUIRE(txn->get(table_a, "k").has_value() == txn->get(table_a, "l").has_value());
    if (failed && txn->get(table_a, "k")) ++committed_and_failed;
  }
  REQUIRE(nth == 15);  // each of the 13 steps has failed, then none
  REQUIRE(committed_and_failed >= 2);
}

TEST_CASE("a commit that fails as io may have happened, one that fails as disk_full has not") {
  const FailureCode code = GENERATE(FailureCode::io, FailureCode::disk_full);
  FaultPlan plan;
  int happened = 0;
  for (std::uint64_t i = 0; i < 40; ++i) {
    const auto storage = with_faults(open_memory_storage(3), plan, i);
    plan.fail_at(3, code, false);
    REQUIRE(failure_of([&] { storage->update([](WriteTxn& txn) { txn.put(table_a, "k", "v"); }); }).code() == code);
    if (storage->read()->get(table_a, "k")) ++happened;
  }
  if (code == FailureCode::io)
    REQUIRE((happened > 5 && happened < 35));
  else
    REQUIRE(happened == 0);
}

TEST_CASE("a transaction that goes on after a failure is not committed") {
  FaultPlan plan;
  const auto storage = with_faults(open_memory_storage(3), plan, 1);
  plan.fail_at(2, FailureCode::io, false);
  failure_of([&] {
    storage->update([](WriteTxn& txn) {
      REQUIRE_THROWS_AS(txn.put(table_a, "k", "v"), Failure);
      txn.put(table_a, "l", "w");
    });
  });
  REQUIRE(storage->read()->count(table_a) == 0);
}

TEST_CASE("a write to a disk that fails leaves nothing, a beginning or all") {
  FaultPlan plan;
  std::vector<bool> seen(5);
  for (std::uint64_t i = 0; i < 100; ++i) {
    const auto memory = make_memory_disk();
    const auto disk = with_faults(*memory, plan, i);
    const auto file = disk->open("f", true);
    plan.fail_at(1, FailureCode::io, false);
    REQUIRE(failure_of([&] { file->write_at(0, "1234"); }).code() == FailureCode::io);
    seen[file->size()] = true;
  }
  REQUIRE(seen == std::vector<bool>(5, true));
}

TEST_CASE("every operation of a disk can fail") {
  FaultPlan plan;
  const auto memory = make_memory_disk();
  const auto disk = with_faults(*memory, plan, 1);
  plan.fail_at(0, FailureCode::io, false);
  const auto file = disk->open("f", true);
  plan.fail_at(1, FailureCode::io, true);
  char byte = 0;
  REQUIRE_THROWS_AS(file->size(), Failure);
  REQUIRE_THROWS_AS(file->read_at(0, &byte, 1), Failure);
  REQUIRE_THROWS_AS(file->sync(), Failure);
  REQUIRE_THROWS_AS(file->truncate(0), Failure);
  REQUIRE_THROWS_AS(disk->open("f", false), Failure);
  REQUIRE_THROWS_AS(disk->exists("f"), Failure);
  REQUIRE_THROWS_AS(disk->rename("f", "g"), Failure);
  REQUIRE_THROWS_AS(disk->remove("f"), Failure);
  REQUIRE_THROWS_AS(disk->make_directories("d"), Failure);
  REQUIRE_THROWS_AS(disk->sync_directory("."), Failure);
  REQUIRE_THROWS_AS(disk->list("."), Failure);
  REQUIRE_THROWS_AS(disk->free_bytes("."), Failure);
  REQUIRE(plan.fired() == 12);
}
