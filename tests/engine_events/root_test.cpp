#include <atomic>
#include <catch2/catch.hpp>
#include <map>
#include <mutex>
#include <thread>

#include "engine/events/check.h"
#include "engine/events/stored_root.h"
#include "tests/engine_events/model.h"
#include "tests/support/seed.h"

using namespace laterbase;
using namespace laterbase::model;

namespace {

struct Bench {
  std::unique_ptr<MemoryDisk> disk = make_memory_disk();
  Workers workers{4};
  RootOptions options;

  Bench() {
    disk->make_directories("/root");
    disk->sync_directory("/");
    options.min_free_bytes = 0;
    options.tail_bytes = 20'000;
    options.relaxed_flush_ms = 5;
  }

  std::shared_ptr<StoredRoot> open(std::unique_ptr<Storage> storage) {
    RootParts parts;
    parts.name = "trucks";
    parts.storage = std::move(storage);
    parts.place = {nullptr, disk.get(), "/root", Ulid{1, 1}, Hash128{2, 2}, 1};
    parts.options = options;
    parts.seed = 7;
    return std::make_shared<StoredRoot>(std::move(parts), workers, system_clock());
  }
  std::shared_ptr<StoredRoot> open() { return open(open_memory_storage(tree_tables().size())); }
};

Batch batch_of(const std::vector<std::string>& values, Durability durability = Durability::strong) {
  Batch batch;
  batch.durability = durability;
  for (const std::string& value : values) {
    NewEvent event;
    event.offset = static_cast<std::uint32_t>(batch.payload.size());
    event.size = static_cast<std::uint32_t>(value.size());
    batch.payload += value;
    batch.events.push_back(event);
  }
  return batch;
}

class Counter final : public LogListener {
 public:
  void log_advanced(Lc head) noexcept override {
    if (head < last) backwards = true;
    last = head;
    ++calls;
  }
  std::atomic<Lc> last{0};
  std::atomic<int> calls{0};
  std::atomic<bool> backwards{false};
};

}  // namespace

TEST_CASE("many writers: every batch is there once, whole, in order, and readers see dense positions") {
  Bench bench;
  const auto root = bench.open();
  Counter listener;
  root->listen(listener);
  constexpr int kWriters = 4, kBatches = 200;
  std::atomic<bool> done{false};
  std::atomic<bool> torn{false};
  std::thread reader([&] {
    Lc seen = 0;
    while (!done) {
      Snapshot snapshot = root->snapshot();
      const auto scan = snapshot.log(seen, snapshot.head());
      while (const auto event = scan->next())
        if (event->lc != ++seen) torn = true;
      if (seen != snapshot.head()) torn = true;
      if (seen > 0 && snapshot.find(*snapshot.key_at(1 + seen / 2))->lc != 1 + seen / 2) torn = true;
    }
  });
  std::vector<std::thread> writers;
  std::vector<std::map<Ulid, std::string>> written(kWriters);
  std::atomic<int> refused{0};
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([&, w] {
      for (int b = 0; b < kBatches; ++b) {
        const std::vector<std::string> values{std::to_string(w), std::to_string(b), std::string(b, 'x')};
        const auto result = root->append(batch_of(values, b % 3 ? Durability::strong : Durability::relaxed));
        if (!result || result->keys.size() != values.size()) {
          ++refused;
          continue;
        }
        for (std::size_t i = 0; i < values.size(); ++i) written[w].emplace(result->keys[i], values[i]);
      }
    });
  }
  for (auto& writer : writers) writer.join();
  done = true;
  reader.join();
  CHECK(refused == 0);
  CHECK_FALSE(torn);
  CHECK_FALSE(listener.backwards);
  CHECK(listener.last == root->head());
  root->unlisten(listener);
  REQUIRE(root->head() == kWriters * kBatches * 3);
  REQUIRE(root->info().events == kWriters * kBatches * 3);
  CHECK(root->counters().tree_commits > 0);
  CHECK(root->counters().groups <= kWriters * kBatches);
  Snapshot snapshot = root->snapshot();
  for (const auto& one : written)
    for (const auto& [key, value] : one) REQUIRE(snapshot.find(key)->value == value);
}

TEST_CASE("keys that the root makes ascend in log order") {
  Bench bench;
  const auto root = bench.open();
  for (int i = 0; i < 300; ++i) REQUIRE(root->append(batch_of({"a", "b"})).has_value());
  Snapshot snapshot = root->snapshot();
  for (Lc lc = 2; lc <= snapshot.head(); ++lc) REQUIRE(*snapshot.key_at(lc - 1) < *snapshot.key_at(lc));
}

TEST_CASE("a full queue, an event too large and a time out of range are refused at once") {
  Bench bench;
  bench.options.max_event_bytes = 10;
  const auto root = bench.open();
  const auto large = root->append(batch_of({"ok", "this is too large"}));
  REQUIRE_FALSE(large.has_value());
  CHECK(std::get<ErrorCode>(large.error().code) == ErrorCode::too_large);
  CHECK(large.error().index == 1U);
  Batch ahead = batch_of({"x"});
  ahead.events[0].at_ms = system_clock().wall_ms() + 60'000;
  CHECK(std::get<ErrorCode>(root->append(ahead).error().code) == ErrorCode::invalid);
  Batch early = batch_of({"x"});
  early.events[0].at_ms = -1;
  CHECK(std::get<ErrorCode>(root->append(early).error().code) == ErrorCode::invalid);
  Batch key_ahead = batch_of({"x"});
  key_ahead.events[0].key = Ulid::first_of(system_clock().wall_ms() + 60'000);
  CHECK(std::get<ErrorCode>(root->append(key_ahead).error().code) == ErrorCode::invalid);
  CHECK(root->head() == 0);
}

TEST_CASE("a closed root leaves nothing but its tree, and refuses") {
  Bench bench;
  const auto root = bench.open();
  REQUIRE(root->append(batch_of({"a", "b", "c"}, Durability::relaxed)).has_value());
  root->close();
  CHECK(bench.disk->list("/root").empty());
  CHECK(root->snapshot().head() == 3);
  const auto refused = root->append(batch_of({"d"}));
  REQUIRE_FALSE(refused.has_value());
  CHECK(std::get<FailureCode>(refused.error().code) == FailureCode::closed);
}

TEST_CASE("relaxed writes are durable soon after, without another write") {
  Bench bench;
  const auto root = bench.open();
  REQUIRE(root->append(batch_of({"a"}, Durability::relaxed)).has_value());
  for (int i = 0; i < 1000 && root->counters().wal_syncs == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  CHECK(root->counters().wal_syncs > 0);
}

TEST_CASE("a full disk refuses writes, reads go on, and writes resume once there is room") {
  Bench bench;
  const auto root = bench.open();
  REQUIRE(root->append(batch_of({"before"})).has_value());
  bench.disk->set_free_bytes(0);
  bool refused = false;
  std::uint64_t kept = 1;
  for (int i = 0; i < 400 && !refused; ++i) {
    const auto result = root->append(batch_of({std::string(1000, 'x')}));
    refused = !result;
    if (result) ++kept;
    if (refused) CHECK(std::get<FailureCode>(result.error().code) == FailureCode::disk_full);
  }
  REQUIRE(refused);
  CHECK(root->head() == kept);
  CHECK(root->snapshot().at(1)->value == "before");
  bench.disk->set_free_bytes(1 << 30);
  REQUIRE(root->append(batch_of({"after"})).has_value());
  CHECK(root->head() == kept + 1);
  CHECK(root->snapshot().at(kept + 1)->value == "after");
}

TEST_CASE("merges, local writes, notes, checkpoints, new epochs and what is due, all at once") {
  Bench bench;
  bench.options.max_future_ms = 20;
  const auto root = bench.open();
  constexpr int kThreads = 3, kRounds = 60;
  std::atomic<int> wrong{0};
  std::atomic<bool> done{false};
  std::vector<std::thread> threads;
  std::mutex mutex;
  std::map<Ulid, std::string> oracle;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      Random random(static_cast<std::uint64_t>(t));
      for (int round = 0; round < kRounds; ++round) {
        Batch batch = batch_of({std::to_string(random.below(50)), std::string(300, static_cast<char>('a' + t))});
        const std::int64_t ahead_ms = system_clock().wall_ms() + 50;
        batch.events[0].key = Ulid{std::uint64_t{1} << 16, random.below(20)};
        batch.events[1].key = Ulid{static_cast<std::uint64_t>(ahead_ms) << 16, random()};
        batch.events[0].origin = Origin{Ulid{9, random.below(10)}, Ulid{9, 9}, 1};
        {
          const std::lock_guard lock(mutex);
          for (const NewEvent& event : batch.events) {
            const std::string value = batch.payload.substr(event.offset, event.size);
            const auto [at, is_new] = oracle.emplace(*event.key, value);
            if (!is_new && value_wins(value, at->second)) at->second = value;
          }
        }
        if (!root->merge(batch)) ++wrong;
        const Lc head = root->head();
        if (!root->remember("head/" + std::to_string(t), std::to_string(head))) ++wrong;
        if (!root->append(batch_of({"local"}))) ++wrong;
        if (round % 10 == t && !root->checkpoint(head, [](WriteTxn& txn) { txn.put(kBlocksTable, "a", "b"); })) ++wrong;
        if (round % 20 == 5 * t) root->begin_new_epoch();
      }
    });
  }
  std::thread tidier([&] {
    while (!done) root->take_due();
  });
  std::thread reader([&] {
    while (!done) {
      Snapshot snapshot = root->snapshot();
      if (snapshot.epochs().back().epoch != snapshot.epoch() || snapshot.epochs().back().last != snapshot.head())
        ++wrong;
      const auto scan = snapshot.conflicts();
      while (const auto conflict = scan->next())
        if (conflict->reason == AsideReason::lost && conflict->winner == conflict->event.lc) ++wrong;
      std::optional<Ulid> last;
      const auto range = snapshot.range({}, Ulid::greatest());
      while (const auto event = range->next()) {
        if (event->aside || (last && !(*last < event->key))) ++wrong;
        last = event->key;
      }
      root->epoch();
    }
  });
  for (auto& thread : threads) thread.join();
  std::this_thread::sleep_for(std::chrono::milliseconds(80));
  done = true;
  tidier.join();
  reader.join();
  root->take_due();
  CHECK(wrong == 0);
  Snapshot snapshot = root->snapshot();
  CHECK(snapshot.epochs().size() == 1 + kThreads * kRounds / 20);
  for (const auto& [key, value] : oracle) REQUIRE(snapshot.find(key)->value == value);
  CHECK(root->info().events == oracle.size() + kThreads * kRounds);
  for (int t = 0; t < kThreads; ++t) CHECK(root->recall("head/" + std::to_string(t)));
  root->read_tables([](ReadTxn& txn) { CHECK(txn.get(kBlocksTable, "a") == "b"); });
  root->backup([](BytesView) {});
  root->read_tables([](ReadTxn& txn) { check_tree(txn, [](Lc) { return true; }); });
}
