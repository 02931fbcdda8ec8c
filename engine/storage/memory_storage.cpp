#include "engine/storage/memory_storage.h"

#include <atomic>
#include <limits>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "engine/base/clock.h"
#include "engine/base/invariant.h"
#include "engine/storage/keys.h"
#include "engine/storage/memory_table.h"

namespace laterbase {
namespace {

using Tables = std::vector<std::shared_ptr<const MemoryTable>>;

// What is published, and who reads it.
struct State {
  std::mutex mutex;
  std::shared_ptr<const Tables> tables;
  std::multiset<std::int64_t> reader_starts_us;
};

std::size_t index_of(const Tables& tables, TableId table) {
  const auto index = static_cast<std::size_t>(table);
  LATERBASE_INVARIANT(index < tables.size(), "a table that the storage was not opened with");
  return index;
}

std::optional<BytesView> get_from(const MemoryTable& table, BytesView key) {
  const auto place = table.lower_bound(key);
  if (!table.holds(place, key)) return std::nullopt;
  return BytesView((*table.at(place))->value);
}

class MemoryReadTxn : public ReadTxn {
 public:
  explicit MemoryReadTxn(State& state) : state_(state) {
    const std::lock_guard lock(state_.mutex);
    tables_ = state_.tables;
    start_ = state_.reader_starts_us.insert(system_clock().monotonic_us());
  }

  ~MemoryReadTxn() override {
    const std::lock_guard lock(state_.mutex);
    state_.reader_starts_us.erase(start_);
  }

  std::optional<BytesView> get(TableId table, BytesView key) override { return get_from(*of(table), key); }
  std::unique_ptr<Cursor> cursor(TableId table) override { return make_memory_cursor(of(table)); }
  std::uint64_t count(TableId table) override { return of(table)->entries; }

 private:
  const std::shared_ptr<const MemoryTable>& of(TableId table) const { return (*tables_)[index_of(*tables_, table)]; }

  State& state_;
  std::shared_ptr<const Tables> tables_;
  std::multiset<std::int64_t>::iterator start_;
};

// Keeps the published tables until it ends, so that MemoryTable can tell its own chunks from theirs.
class MemoryWriteTxn : public WriteTxn {
 public:
  explicit MemoryWriteTxn(std::shared_ptr<const Tables> published)
      : published_(std::move(published)), now_(*published_), own_(now_.size()) {}

  std::optional<BytesView> get(TableId table, BytesView key) override {
    return get_from(*now_[index_of(now_, table)], key);
  }
  std::unique_ptr<Cursor> cursor(TableId table) override { return make_memory_cursor(now_[index_of(now_, table)]); }
  std::uint64_t count(TableId table) override { return now_[index_of(now_, table)]->entries; }

  void put(TableId table, BytesView key, BytesView value) override {
    require_key(key);
    MemoryTable& target = own(table);
    target.put(target.lower_bound(key), key, value);
  }

  bool insert(TableId table, BytesView key, BytesView value) override {
    require_key(key);
    MemoryTable& target = own(table);
    const auto place = target.lower_bound(key);
    if (target.holds(place, key)) return false;
    target.put(place, key, value);
    return true;
  }

  void append(TableId table, BytesView key, BytesView value) override {
    require_key(key);
    MemoryTable& target = own(table);
    LATERBASE_INVARIANT(target.chunks.empty() || target.chunks.back()->back()->key < key,
                        "append() of a key that is not the greatest");
    target.put(target.end(), key, value);
  }

  bool erase(TableId table, BytesView key) override {
    MemoryTable& target = own(table);
    const auto place = target.lower_bound(key);
    if (!target.holds(place, key)) return false;
    target.erase(place);
    return true;
  }

  Tables take() { return std::move(now_); }

 private:
  MemoryTable& own(TableId table) {
    const auto index = index_of(now_, table);
    if (own_[index] == nullptr) {
      own_[index] = std::make_shared<MemoryTable>(*now_[index]);
      now_[index] = own_[index];
    }
    return *own_[index];
  }

  std::shared_ptr<const Tables> published_;
  Tables now_;
  std::vector<std::shared_ptr<MemoryTable>> own_;
};

class MemoryStorage : public Storage {
 public:
  explicit MemoryStorage(std::size_t tables) {
    state_.tables = std::make_shared<const Tables>(tables, std::make_shared<const MemoryTable>());
  }

  std::unique_ptr<ReadTxn> read() override { return std::make_unique<MemoryReadTxn>(state_); }

  void update(const Change& change) override {
    LATERBASE_INVARIANT(writer_ != std::this_thread::get_id(), "update() within update()");
    const std::lock_guard lock(writing_);
    writer_ = std::this_thread::get_id();
    struct Leave {
      std::atomic<std::thread::id>& writer;
      ~Leave() { writer = std::thread::id(); }
    } leave{writer_};
    MemoryWriteTxn txn(published());
    change(txn);
    auto changed = std::make_shared<const Tables>(txn.take());
    const std::lock_guard publish(state_.mutex);
    state_.tables.swap(changed);
  }

  void backup(const Sink& sink) override {
    const auto tables = published();
    for (std::size_t table = 0; table < tables->size(); ++table)
      for (const auto& chunk : (*tables)[table]->chunks) sink(dump(table, *chunk));
  }

  StorageStats stats() override {
    const std::lock_guard lock(state_.mutex);
    StorageStats stats;
    for (const auto& table : *state_.tables) stats.bytes_on_disk += table->bytes;
    stats.bytes_map = std::numeric_limits<std::uint64_t>::max();
    stats.readers = state_.reader_starts_us.size();
    if (stats.readers > 0)
      stats.oldest_reader_ms = (system_clock().monotonic_us() - *state_.reader_starts_us.begin()) / 1000;
    return stats;
  }

 private:
  std::shared_ptr<const Tables> published() {
    const std::lock_guard lock(state_.mutex);
    return state_.tables;
  }

  static std::string dump(std::size_t table, const MemoryChunk& chunk) {
    std::string bytes;
    for (const auto& entry : chunk) {
      bytes.push_back(static_cast<char>(table));
      append_le(bytes, static_cast<std::uint32_t>(entry->key.size()));
      append_le(bytes, static_cast<std::uint32_t>(entry->value.size()));
      bytes.append(entry->key).append(entry->value);
    }
    return bytes;
  }

  State state_;
  std::mutex writing_;
  std::atomic<std::thread::id> writer_;
};

}  // namespace

std::unique_ptr<Storage> open_memory_storage(std::size_t tables) { return std::make_unique<MemoryStorage>(tables); }

}  // namespace laterbase
