#include "sync/index.h"

#include <catch2/catch.hpp>
#include <set>

#include "engine/events/tables.h"
#include "tests/engine_events/machine.h"
#include "tests/support/seed.h"

using namespace laterbase;
using namespace laterbase::sync;

namespace {

constexpr Index::Tables tables{kBlocksTable, kSyncTable};

std::vector<Element> elements_of(Snapshot& snapshot, const Window& window) {
  std::vector<Element> elements;
  const auto scan = snapshot.range(window.from, window.to);
  while (const auto event = scan->next()) elements.push_back(element_of(event->key, event->value));
  return elements;
}

Fingerprint print_of(const std::vector<Element>& elements) {
  Fingerprint print;
  for (const Element& element : elements) print += fingerprint_of(element);
  return print;
}

std::vector<Cell> cells_of(const std::vector<Element>& elements, std::size_t count, const SketchOptions& options) {
  CellSet set(count, options);
  for (const Element& element : elements) set.add(element);
  return {set.cells().begin(), set.cells().end()};
}

std::vector<std::int8_t> counters_of(const std::vector<Element>& elements, std::size_t count) {
  Counters counters(count);
  for (const Element& element : elements) counters.add(element_hash(element));
  return counters.values();
}

// A log with merges, losers and winners, and an index that follows it.
class Follower {
 public:
  explicit Follower(std::uint64_t seed) : random_(seed) {
    options_.block_elements = 1 + random_.below(8);
    options_.gathered = 1 + random_.below(100);
    options_.counters = 1 + random_.below(40);
    options_.keep_cells_above = random_.below(60);
    options_.save_cells_above = random_.below(60);
    options_.most_cells = 1 + random_.below(100);
    options_.sketch = {static_cast<unsigned>(random_.below(9)), static_cast<unsigned>(random_.below(29))};
    index_ = Index(options_);
  }

  void step() {
    switch (random_.below(6)) {
      case 0:
        return save();
      case 1:
        return reload();
      case 2:
        return compare();
      default:
        return write();
    }
  }

  void compare() {
    Snapshot snapshot = catch_up();
    const auto all = elements_of(snapshot, {});
    REQUIRE(index_.whole() == print_of(all));
    compare_range(snapshot);
    compare_split(snapshot);
    compare_summary(snapshot, all);
    compare_cells(snapshot);
    for (const Block& block : blocks()) REQUIRE(block.print.count <= options_.block_elements);
  }

  std::uint64_t replaced() const { return replaced_; }
  std::uint64_t aside() const { return aside_; }
  std::uint64_t reloaded() const { return reloaded_; }

 private:
  Ulid random_key() { return {random_.below(3) << 16 | 5, random_.below(200)}; }

  Window random_window() {
    const Ulid one = random_key(), other = random_.one_in(3) ? Ulid::greatest() : random_key();
    return {std::min(one, other), std::max(one, other)};
  }

  void write() {
    std::vector<model::Said> events;
    for (std::uint64_t i = random_.below(12); i > 0; --i) {
      const Ulid key = random_.one_in(3) ? Ulid{9, next_++} : random_key();
      events.push_back({key, std::to_string(random_.below(4)), {}});
    }
    const Appended done = machine_.merge(events);
    aside_ += done.aside;
    if (random_.one_in(5)) machine_.log->flush();
  }

  Snapshot catch_up() {
    for (;;) {
      Snapshot snapshot = machine_.log->snapshot();
      if (index_.catch_up(snapshot, 1 + random_.below(20))) return snapshot;
    }
  }

  void save() {
    Snapshot snapshot = catch_up();
    const Hash128 chain = snapshot.chain_at(index_.lc()).value();
    REQUIRE(machine_.log->checkpoint(index_.lc(), [&](WriteTxn& txn) { index_.save(txn, tables, chain); }));
    index_.saved();
    saved_ = index_.lc();
  }

  void reload() {
    Snapshot snapshot = machine_.log->snapshot();
    machine_.log->read_tables([&](ReadTxn& txn) {
      REQUIRE(index_.load(txn, tables, snapshot) == saved_.has_value());
      REQUIRE(index_.lc() == saved_.value_or(0));
    });
    ++reloaded_;
    count_replaced(snapshot);
  }

  void count_replaced(Snapshot& snapshot) {
    replaced_ = 0;
    const auto scan = snapshot.log(0, snapshot.head());
    while (const auto event = scan->next()) replaced_ += event->replaces != 0;
  }

  void compare_range(Snapshot& snapshot) {
    const Window window = random_window();
    REQUIRE(index_.range(snapshot, window) == print_of(elements_of(snapshot, window)));
  }

  void compare_split(Snapshot& snapshot) {
    const Window window = random_window();
    const std::size_t pieces = 1 + random_.below(9);
    const auto ranges = index_.split(snapshot, window, pieces);
    REQUIRE(ranges.size() <= pieces);
    REQUIRE((ranges.front().keys.from == window.from && ranges.back().keys.to == window.to));
    for (std::size_t i = 0; i < ranges.size(); ++i) {
      if (i > 0) REQUIRE(ranges[i].keys.from == ranges[i - 1].keys.to.next());
      REQUIRE(ranges[i].print == print_of(elements_of(snapshot, ranges[i].keys)));
    }
    // As long as there is anything to part, it gets smaller.
    const std::uint64_t count = print_of(elements_of(snapshot, window)).count;
    if (pieces > 1 && count > 1)
      for (const Range& range : ranges) REQUIRE(range.print.count < count);
  }

  void compare_summary(Snapshot& snapshot, const std::vector<Element>& all) {
    const Summary whole = index_.summary(snapshot);
    REQUIRE(whole.counters == counters_of(all, options_.counters));
    for (const Range& range : whole.newest) REQUIRE(range.print == print_of(elements_of(snapshot, range.keys)));
    const Window window = random_window();
    const auto some = elements_of(snapshot, window);
    const Summary part = index_.summary(snapshot, window);
    REQUIRE(part.whole == print_of(some));
    if (!part.counters.empty()) REQUIRE(part.counters == counters_of(some, options_.counters));
    for (const Range& range : part.newest) {
      REQUIRE((range.keys.from > window.from && range.keys.to == window.to));
      REQUIRE(range.print == print_of(elements_of(snapshot, range.keys)));
    }
  }

  void compare_cells(Snapshot& snapshot) {
    std::optional<Window> window;
    if (random_.one_in(2)) window = random_window();
    const auto row = cells_of(elements_of(snapshot, window.value_or(Window{})), options_.most_cells, options_.sketch);
    const CellsWanted wanted{random_.below(row.size() + 2),
                             random_.one_in(9) ? UINT64_MAX : random_.below(row.size() + 2)};
    const Cells cells = index_.cells(snapshot, window, wanted);
    const std::size_t first = std::min<std::size_t>(wanted.first, row.size());
    const std::size_t count = std::min<std::uint64_t>(wanted.count, row.size() - first);
    REQUIRE(cells.cells == std::vector<Cell>(row.begin() + static_cast<std::ptrdiff_t>(first),
                                             row.begin() + static_cast<std::ptrdiff_t>(first + count)));
  }

  const std::vector<Block>& blocks() const { return index_.blocks(); }

  Random random_;
  model::PlainMachine machine_;
  IndexOptions options_;
  Index index_;
  std::optional<Lc> saved_;
  std::uint64_t next_ = 0, replaced_ = 0, aside_ = 0, reloaded_ = 0;
};

TEST_CASE("an index answers as recomputation does, through merges, losers, winners, checkpoints and restarts") {
  Random seeds(test_seed());
  std::uint64_t replaced = 0, aside = 0, reloaded = 0;
  for (std::uint64_t round = test_size(150, 5000); round > 0; --round) {
    const std::uint64_t seed = seeds();
    CAPTURE(seed);
    Follower follower(seed);
    for (int i = 0; i < 60; ++i) follower.step();
    follower.compare();
    replaced += follower.replaced();
    aside += follower.aside();
    reloaded += follower.reloaded();
  }
  CHECK((replaced > 0 && aside > 0 && reloaded > 0));
}

TEST_CASE("a checkpoint that is damaged, of another log or of a lost future is not used") {
  Random random(test_seed());
  model::PlainMachine machine;
  const auto write = [&](std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) machine.merge({{Ulid{7, random()}, "x", {}}});
  };
  write(100);
  IndexOptions options;
  options.block_elements = 10;
  options.keep_cells_above = options.save_cells_above = 50;
  options.most_cells = 5000;
  Index index(options);
  Snapshot snapshot = machine.log->snapshot();
  REQUIRE(index.catch_up(snapshot));
  index.cells(snapshot, {}, {0, 1});
  const Hash128 chain = snapshot.chain_at(100).value();
  machine.log->checkpoint(100, [&](WriteTxn& txn) { index.save(txn, tables, chain); });

  const auto loads = [&] {
    Snapshot now = machine.log->snapshot();
    bool loaded = false;
    machine.log->read_tables([&](ReadTxn& txn) { loaded = index.load(txn, tables, now); });
    if (!loaded) CHECK((index.lc() == 0 && index.whole() == Fingerprint{}));
    return loaded;
  };
  const auto damage = [&](TableId table, const std::string& key) {
    std::string old;
    machine.storage->update([&](WriteTxn& txn) {
      old = txn.get(table, key).value();
      std::string bent = old;
      bent[random.below(bent.size())] ^= 4;
      txn.put(table, key, bent);
    });
    const bool loaded = loads();
    machine.storage->update([&](WriteTxn& txn) { txn.put(table, key, old); });
    return loaded;
  };

  REQUIRE(loads());
  CHECK(!damage(kSyncTable, "index"));
  CHECK(!damage(kBlocksTable, std::string(16, '\0')));
  REQUIRE(damage(kSyncTable, std::string("cells\0\0\1", 8)));  // without its cells, which are made again
  snapshot = machine.log->snapshot();
  REQUIRE(index.catch_up(snapshot));
  CHECK(index.cells(snapshot, {}, {0, 1}).cells.size() == 1);
  machine.storage->update([&](WriteTxn& txn) { txn.erase(kBlocksTable, std::string(16, '\0')); });
  CHECK(!loads());

  machine.log->checkpoint(100, [&](WriteTxn& txn) { Index(options).save(txn, tables, chain); });
  CHECK(!loads());  // of lc 0, with a chain that isn't zero
}

TEST_CASE("a summary of a million events fits 500 bytes' budget in ranges and counters") {
  model::PlainMachine machine;
  Random random(test_seed());
  IndexOptions options;
  options.block_elements = 4;
  Index index(options);
  for (int i = 0; i < 300; ++i) {
    std::vector<model::Said> events;
    for (int k = 0; k < 30; ++k)
      events.push_back({Ulid{std::uint64_t(1'600'000'000'000 + i) << 16, random()}, "v", {}});
    machine.merge(events);
  }
  Snapshot snapshot = machine.log->snapshot();
  REQUIRE(index.catch_up(snapshot));
  const Summary summary = index.summary(snapshot);
  REQUIRE(summary.newest.size() >= 4);
  for (std::size_t i = 1; i < summary.newest.size(); ++i)
    CHECK(summary.newest[i].print.count * 4 < summary.newest[i - 1].print.count);
  CHECK(summary.newest.front().print.count < 9000);
}

TEST_CASE("a block begins at the shortest bound between two keys") {
  CHECK(bound_between({5 << 16, 9}, {7 << 16 | 3, 1}) == Ulid{7 << 16, 0});
  CHECK(bound_between({7 << 16, 0}, {7 << 16 | 3, 1}) == Ulid{7 << 16 | 3, 1});
  CHECK(bound_between({7 << 16, 0}, {7 << 16, 1}) == Ulid{7 << 16, 1});
}

}  // namespace
