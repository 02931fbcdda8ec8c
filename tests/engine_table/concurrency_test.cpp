#include <catch2/catch.hpp>
#include <thread>

#include "tests/engine_table/model.h"
#include "tests/support/seed.h"

using namespace table_model;
using laterbase::BytesView;
using laterbase::Random;
using worktable::RowBuffer;
using worktable::RowTable;
using worktable::Spot;

namespace {

constexpr std::uint64_t accounts = 400;

// Every row says the same thing three times, so that a torn one shows.
Item account(std::uint64_t number, Random& random) {
  Item item;
  item.id = number;
  item.level = static_cast<std::uint16_t>(random.below(1000));
  item.bid = item.level;
  item.exchange = static_cast<std::uint8_t>(item.level % 7);
  item.name = std::string(random.one_in(8) ? item.level / 4 : 4, static_cast<char>('a' + item.level % 26)) +
              std::to_string(number);
  item.code = static_cast<std::int32_t>(number);
  return item;
}

bool whole(const Item& item) {
  return item.bid == item.level && item.exchange == item.level % 7 && item.name.ends_with(std::to_string(item.id)) &&
         item.code == static_cast<std::int32_t>(item.id) &&
         item.name.front() ==
             static_cast<char>(item.level < 4 && item.name.front() < 'a' ? item.name.front() : 'a' + item.level % 26);
}

struct Work {
  explicit Work(std::uint64_t seed) : seed_(seed), table(schema(), {4096}) {}

  void write(std::uint64_t thread, int steps) {
    Random random(seed_ + thread);
    for (int i = 0; i < steps; ++i) {
      const auto item = account(random.below(accounts), random);
      const auto bytes = pack(table.layout(), item);
      const auto key = table.key_plan().make(bytes);
      const auto what = random.below(4);
      if (what == 0) {
        (void)table.insert(bytes);
      } else if (what == 1) {
        (void)table.erase(key);
      } else {
        (void)table.update(key, [&](BytesView) -> laterbase::Result<BytesView> { return BytesView(bytes); });
      }
    }
  }
  void check(BytesView row) {
    if (!whole(unpack(table.layout(), row))) torn = true;
  }
  void read(std::uint64_t thread) {
    Random random(seed_ + 100 + thread);
    RowBuffer row;
    while (!done) {
      const auto like = pack(table.layout(), account(random.below(accounts), random));
      if (table.find(table.key_plan().make(like), row)) check(row.bytes());
      const auto each = [&](BytesView bytes, Spot) { return check(bytes), true; };
      table.each_equal(by_exchange, table.index_plan(by_exchange).make(like), each);
      const auto& plan = table.index_plan(by_name);
      table.each_between(by_name, plan.bound(like, 0, false), plan.make(like), random.one_in(2), each);
      if (random.one_in(20)) table.scan(each);
      if (random.one_in(20)) {
        const RowTable::Snapshot snapshot(table);
        std::set<std::uint64_t> first, second;
        snapshot.scan([&](BytesView b, Spot) {
          return check(b), twice = twice || !first.insert(unpack(table.layout(), b).id).second, true;
        });
        snapshot.scan([&](BytesView b, Spot) { return second.insert(unpack(table.layout(), b).id).second; });
        if (first != second) moved = true;
      }
      reads += 1;
    }
  }

  std::uint64_t seed_;
  RowTable table;
  std::atomic<bool> done{false}, torn{false}, twice{false}, moved{false};
  std::atomic<std::uint64_t> reads{0};
};

}  // namespace

TEST_CASE("readers see whole rows and snapshots stand still while writers, a vacuum and each other go on") {
  const auto seed = laterbase::test_seed();
  CAPTURE(seed);
  Work work(seed);
  std::vector<std::thread> readers, writers;
  for (std::uint64_t i = 0; i < 2; ++i) readers.emplace_back([&, i] { work.read(i); });
  for (std::uint64_t i = 0; i < 2; ++i)
    writers.emplace_back([&, i] { work.write(i, static_cast<int>(laterbase::test_size(60'000, 3'000'000))); });
  std::thread vacuum([&] {
    while (!work.done) work.table.vacuum(), std::this_thread::yield();
  });
  for (auto& thread : writers) thread.join();
  work.done = true;
  for (auto& thread : readers) thread.join();
  vacuum.join();
  REQUIRE_FALSE(work.torn);
  REQUIRE_FALSE(work.twice);
  REQUIRE_FALSE(work.moved);
  REQUIRE(work.reads > 0);

  std::set<std::uint64_t> by_scan, by_index;
  work.table.scan([&](BytesView row, Spot) { return by_scan.insert(unpack(work.table.layout(), row).id).second; });
  REQUIRE(by_scan.size() == work.table.rows());
  for (std::uint32_t exchange = 0; exchange < 7; ++exchange) {
    Item like;
    like.exchange = static_cast<std::uint8_t>(exchange);
    work.table.each_equal(
        by_exchange, work.table.index_plan(by_exchange).make(pack(work.table.layout(), like)),
        [&](BytesView row, Spot) { return by_index.insert(unpack(work.table.layout(), row).id).second; });
  }
  REQUIRE(by_index == by_scan);
}

TEST_CASE("rows that move and change unique keys at once all get there") {
  const auto seed = laterbase::test_seed();
  CAPTURE(seed);
  RowTable table(schema(), {4096});
  const auto row = [&](std::uint64_t number, std::size_t length) {
    Item item;
    item.id = number;
    item.level = static_cast<std::uint16_t>(length % 2);  // unique keys change, and their first 8 bytes are shared
    item.name = std::string(length, 'm');
    item.code = static_cast<std::int32_t>(number);
    return pack(table.layout(), item);
  };
  for (std::uint64_t number = 0; number < 8; ++number) REQUIRE(table.insert(row(number, 1)).has_value());
  std::vector<std::thread> movers;
  for (std::uint64_t thread = 0; thread < 3; ++thread)
    movers.emplace_back([&, thread] {
      Random random(seed + thread);
      for (int i = 0; i < 20'000; ++i) {
        const auto bytes = row(random.below(8), 1 + random.below(100));
        (void)table.update(table.key_plan().make(bytes),
                           [&](BytesView) -> laterbase::Result<BytesView> { return BytesView(bytes); });
      }
    });
  for (auto& mover : movers) mover.join();
  REQUIRE(table.rows() == 8);
}

TEST_CASE("scans go on while the pages under them are emptied and given back") {
  const auto seed = laterbase::test_seed();
  CAPTURE(seed);
  RowTable table(schema(), {4096});
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> scans{0};
  std::vector<std::thread> scanners;
  for (int i = 0; i < 2; ++i)
    scanners.emplace_back([&] {
      for (; !done; ++scans) table.scan([](BytesView, Spot) { return true; });
    });
  Random random(seed);
  std::uint64_t released = 0;
  const auto rounds = laterbase::test_size(60, 6000);
  for (std::uint64_t round = 0; round < rounds || scans < 20; ++round) {
    for (std::uint64_t number = 0; number < 1000; ++number)
      (void)table.insert(pack(table.layout(), account(number, random)));
    for (std::uint64_t number = 0; number < 1000; ++number)
      if (number % 16 != 0) table.erase(table.key_plan().make(pack(table.layout(), account(number, random))));
    released += table.vacuum().released_pages;
  }
  done = true;
  for (auto& scanner : scanners) scanner.join();
  REQUIRE(released > 0);
}
