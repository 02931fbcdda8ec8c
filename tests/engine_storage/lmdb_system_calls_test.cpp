#include <cerrno>

#include "engine/storage/lmdb_check.h"
#include "tests/engine_storage/failing_system_calls.h"
#include "tests/engine_storage/lmdb_support.h"

// The Nth write or sync of LMDB fails, for every N, once or from then on: nothing that was committed is lost, nothing
// is half there, and the same handle goes on once the disk does.

using namespace laterbase;
using namespace laterbase::test;

namespace {

// Ends the faults with it, so that a failed assertion doesn't take them along.
struct Faults {
  explicit Faults(const SystemCallFaults& faults) { system_call_faults() = faults; }
  Faults(const Faults&) = delete;
  Faults& operator=(const Faults&) = delete;
  ~Faults() { system_call_faults() = {}; }
  std::uint64_t fired() const { return system_call_faults().fired; }
};

// Small entries all over, and a value of its own pages.
void change(WriteTxn& txn, int number) {
  for (int i = 0; i < 20; ++i) txn.put(table_a, std::to_string((number * 37 + i * 101) % 900), std::to_string(number));
  txn.put(table_b, "large", std::string(30'000, static_cast<char>('a' + number % 26)));
  txn.put(table_c, "number", std::to_string(number));
}

struct State {
  Contents a, b, c;
  bool operator==(const State&) const = default;
};

State state_of(Storage& storage) {
  return {contents_of(storage, table_a), contents_of(storage, table_b), contents_of(storage, table_c)};
}

}  // namespace

TEST_CASE("a commit whose Nth system call fails leaves the state before or after it") {
  const bool lasting = GENERATE(false, true);
  const bool short_writes = GENERATE(false, true);
  const int error = GENERATE(ENOSPC, EIO);
  CAPTURE(lasting, short_writes, error);
  const TemporaryDirectory directory(TemporaryDirectory::in_memory);
  auto storage = open_lmdb(directory.path());
  for (int i = 0; i < 20; ++i) storage->update([&](WriteTxn& txn) { change(txn, i); });
  int number = 100;
  std::uint64_t nth = 1;
  for (bool failed = true; failed; ++nth, ++number) {
    CAPTURE(nth);
    const State before = state_of(*storage);
    State after;
    failed = false;
    {
      const Faults faults({nth, lasting, error, short_writes});
      try {
        storage->update([&](WriteTxn& txn) {
          change(txn, number);
          after = {contents_of(txn, table_a), contents_of(txn, table_b), contents_of(txn, table_c)};
        });
      } catch (const Failure& failure) {
        failed = true;
        INFO(failure.what());
        const bool in_its_words = failure.code() == FailureCode::disk_full || failure.code() == FailureCode::io;
        REQUIRE(in_its_words);
        if (failure.code() == FailureCode::disk_full) REQUIRE(state_of(*storage) == before);
      }
      REQUIRE((faults.fired() > 0) == failed);
    }
    const State now = state_of(*storage);
    REQUIRE((now == after || (failed && now == before)));
    storage->update([&](WriteTxn& txn) { change(txn, ++number); });
    REQUIRE(*storage->read()->get(table_c, "number") == std::to_string(number));
  }
  REQUIRE(nth > 4);
  const State at_last = state_of(*storage);
  storage.reset();
  REQUIRE(verify_lmdb_file(directory.path()).has_value());
  REQUIRE(state_of(*open_lmdb(directory.path(), expected())) == at_last);
}

TEST_CASE("a meta page that can't be written: reads go on, the commit is told as unknown, and writes resume") {
  const TemporaryDirectory directory(TemporaryDirectory::in_memory);
  auto storage = open_lmdb(directory.path());
  storage->update([](WriteTxn& txn) { change(txn, 1); });
  const State before = state_of(*storage);
  {
    SystemCallFaults meta{1, true, EIO};
    meta.only_meta_pages = true;
    const Faults faults(meta);
    const Failure failure = failure_of([&] { storage->update([](WriteTxn& txn) { change(txn, 2); }); });
    REQUIRE(failure.code() == FailureCode::io);
    REQUIRE(std::string(failure.what()).find("unknown") != std::string::npos);
    REQUIRE(faults.fired() > 0);
    REQUIRE(state_of(*storage) == before);
    REQUIRE(failure_of([&] { storage->update([](WriteTxn& txn) { change(txn, 3); }); }).code() == FailureCode::io);
  }
  REQUIRE(state_of(*storage) == before);
  storage->update([](WriteTxn& txn) { change(txn, 4); });
  REQUIRE(*storage->read()->get(table_c, "number") == "4");
}

TEST_CASE("a meta page that can't be written while a reader stays: its reads go on, and the next ones open it again") {
  const TemporaryDirectory directory(TemporaryDirectory::in_memory);
  LmdbOptions options;
  options.growth_patience = std::chrono::milliseconds(20);
  auto storage = open_lmdb(directory.path(), options);
  storage->update([](WriteTxn& txn) { change(txn, 1); });
  auto stays = storage->read();
  {
    SystemCallFaults meta{1, true, EIO};
    meta.only_meta_pages = true;
    const Faults faults(meta);
    failure_of([&] { storage->update([](WriteTxn& txn) { change(txn, 2); }); });
  }
  REQUIRE(*stays->get(table_c, "number") == "1");
  REQUIRE(failure_of([&] { storage->read(); }).code() == FailureCode::closed);
  REQUIRE(failure_of([&] { storage->update([](WriteTxn&) {}); }).code() == FailureCode::closed);
  REQUIRE(*stays->get(table_c, "number") == "1");
  stays.reset();
  REQUIRE(*storage->read()->get(table_c, "number") == "1");
  storage->update([](WriteTxn& txn) { change(txn, 3); });
  REQUIRE(*storage->read()->get(table_c, "number") == "3");
}
