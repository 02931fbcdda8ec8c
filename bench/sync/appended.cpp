#include "bench/sync/appended.h"

#include <time.h>

#include <memory>

#include "engine/base/random.h"
#include "engine/events/log.h"
#include "engine/events/tables.h"
#include "engine/storage/memory_disk.h"
#include "engine/storage/memory_storage.h"
#include "sync/index.h"

namespace laterbase::bench {
namespace {

using namespace laterbase::sync;

constexpr std::size_t value_bytes = 200, batch_events = 1000;
constexpr Index::Tables tables{kBlocksTable, kSyncTable};

double processor_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

class FixedClock final : public Clock {
 public:
  std::int64_t wall_ms() noexcept override { return 1'800'000'000'000; }
  std::int64_t monotonic_us() noexcept override { return 0; }
};

class Request final : public AppendRequest {
 public:
  void completed() noexcept override {}
};

// A log in memory, with events of ascending or of any keys.
class Filled {
 public:
  explicit Filled(bool ascending) : ascending_(ascending) {
    disk_->make_directories("/root");
    log =
        std::make_unique<Log>(LogPlace{storage.get(), disk_.get(), "/root", {1, 1}, {2, 2}, 1}, LogLimits{}, clock_, 1);
  }

  void fill(std::uint64_t events) {
    for (const std::uint64_t until = count_ + events; count_ < until; count_ += batch_events) append();
    log->flush();
  }

  std::unique_ptr<Storage> storage = open_memory_storage(tree_tables().size());
  std::unique_ptr<Log> log;

 private:
  void append() {
    Request request;
    for (std::uint64_t i = count_; i < count_ + batch_events; ++i) {
      const auto ms = 1'750'000'000'000 + static_cast<std::int64_t>(ascending_ ? i * 40 : random_.below(40'000'000));
      NewEvent event;
      event.key = Ulid{Ulid::first_of(ms).high | (random_() & 0xffff), random_()};
      event.offset = static_cast<std::uint32_t>(request.batch.payload.size());
      event.size = value_bytes;
      while (request.batch.payload.size() < event.offset + value_bytes) append_le(request.batch.payload, random_());
      request.batch.events.push_back(event);
    }
    AppendRequest* group[] = {&request};
    log->apply(group);
    log->sync();
    log->publish();
    if (log->tail_full()) log->flush();
  }

  std::unique_ptr<MemoryDisk> disk_ = make_memory_disk();
  FixedClock clock_;
  Random random_{7};
  bool ascending_;
  std::uint64_t count_ = 0;
};

double read_ns(Log& log) {
  Snapshot snapshot = log.snapshot();
  const double start = processor_ns();
  const auto scan = snapshot.log(0, snapshot.head());
  while (scan->next()) {
  }
  return (processor_ns() - start) / static_cast<double>(snapshot.head());
}

// As a server does it: a page of the log at a time, and a snapshot each.
double follow_ns(Log& log, Index& index) {
  const Lc before = index.lc();
  const double start = processor_ns();
  while (true) {
    Snapshot snapshot = log.snapshot();
    if (index.catch_up(snapshot, 10'000)) break;
  }
  return (processor_ns() - start) / static_cast<double>(index.lc() - before);
}

void keep_cells(Log& log, Index& index) {
  Snapshot snapshot = log.snapshot();
  index.catch_up(snapshot);
  index.cells(snapshot, {}, {0, 1});
}

double saved_bytes(Storage& storage) {
  double bytes = 0;
  const auto txn = storage.read();
  for (const TableId table : {kBlocksTable, kSyncTable}) {
    const auto cursor = txn->cursor(table);
    for (bool there = cursor->first(); there; there = cursor->next())
      bytes += static_cast<double>(cursor->key().size() + cursor->value().size());
  }
  return bytes;
}

}  // namespace

Appended measure_appended(std::uint64_t events) {
  Appended measured;
  Filled filled(true);
  Log& log = *filled.log;
  filled.fill(batch_events);
  Index with_cells({.keep_cells_above = 0});
  keep_cells(log, with_cells);
  filled.fill(events - batch_events);
  measured.read_ns = read_ns(log);
  measured.index_cells_ns = follow_ns(log, with_cells) - measured.read_ns;
  Index index;
  measured.index_ns = follow_ns(log, index) - measured.read_ns;

  Snapshot snapshot = log.snapshot();
  const Hash128 chain = snapshot.chain_at(index.lc()).value();
  log.checkpoint(index.lc(), [&](WriteTxn& txn) { index.save(txn, tables, chain); });
  measured.saved_share = saved_bytes(*filled.storage) / static_cast<double>(events * (value_bytes + 90));
  const double start = processor_ns();
  log.read_tables([&](ReadTxn& txn) { index.load(txn, tables, snapshot); });
  measured.load_ms = (processor_ns() - start) / 1e6;

  Filled shuffled(false);
  shuffled.fill(events / 4);
  Index backdated;
  measured.backdated_ns = follow_ns(*shuffled.log, backdated) - read_ns(*shuffled.log);
  return measured;
}

}  // namespace laterbase::bench
