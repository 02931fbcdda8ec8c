#include <catch2/catch.hpp>
#include <thread>

#include "engine/table/key_array.h"
#include "engine/table/table.h"
#include "tests/support/seed.h"

using namespace laterbase::worktable;

namespace {

Verdict taken(Spot) { return Verdict::same; }

using Notes = Table<"note", column<"id", std::uint64_t, primary_key, autoincrement>, column<"sum", std::int64_t>>;

}  // namespace

TEST_CASE("a number leads to its spot, once, until it is erased") {
  KeyArray keys(8);
  REQUIRE(keys.holds(0));
  REQUIRE(keys.holds(0xffffffff));
  REQUIRE_FALSE(keys.holds(std::uint64_t{1} << 32));
  REQUIRE(keys.find(5) == no_spot);
  REQUIRE(keys.insert(5, 100, false, taken) == Placed::done);
  REQUIRE(keys.insert(5, 101, true, taken) == Placed::conflict);
  REQUIRE(keys.find(5) == 100);
  REQUIRE(keys.insert(5, 102, false, [](Spot) { return Verdict::replace; }) == Placed::undecided);
  keys.move(5, 103);
  REQUIRE(keys.find(5) == 103);
  keys.erase(5);
  REQUIRE(keys.find(5) == no_spot);
}

TEST_CASE("keys of fewer bytes are the first ones of an exact key") {
  KeyArray keys(1);
  const auto key = std::uint64_t{255} << 56;
  REQUIRE(keys.holds(key));
  REQUIRE(keys.insert(key, 7, true, taken) == Placed::done);
  REQUIRE(keys.find(key) == 7);
  REQUIRE_FALSE(KeyArray(0).holds(0));
}

TEST_CASE("memory comes with rows and goes with them") {
  KeyArray keys(8);
  for (std::uint64_t key = 0; key < 100'000; ++key) REQUIRE(keys.insert(key, 1, key % 2 == 0, taken) == Placed::done);
  REQUIRE(keys.insert(4'000'000'000, 1, false, taken) == Placed::done);
  REQUIRE(keys.bytes() >= 101 * 4096 / 2);
  REQUIRE(keys.bytes() <= 100 * 4096);
  for (std::uint64_t key = 1; key < 100'000; ++key) keys.erase(key);
  keys.release_empty();
  REQUIRE(keys.bytes() == 2 * 4096);
  REQUIRE(keys.find(0) == 1);
  REQUIRE(keys.find(50'000) == no_spot);
  REQUIRE(keys.find(4'000'000'000) == 1);
}

TEST_CASE("no row is lost that comes while its memory is being given back") {
  Notes notes;
  std::atomic<bool> done{false};
  std::thread giving([&] {
    while (!done) notes.vacuum(), std::this_thread::yield();
  });
  std::vector<std::thread> threads;
  std::atomic<int> lost{0};
  const auto turns = laterbase::test_size(100'000, 5'000'000);
  for (std::uint64_t thread = 0; thread < 2; ++thread)
    threads.emplace_back([&, thread] {
      for (std::uint64_t i = 0; i < turns; ++i) {
        const auto id = 1 + thread + 2 * (i % 3000);
        if (!notes.insert(id, std::int64_t(i)) || notes.get<"sum">(id) != std::int64_t(i)) ++lost;
        if (!notes.erase(id).value() || notes.contains(id)) ++lost;
      }
    });
  for (auto& thread : threads) thread.join();
  done = true;
  giving.join();
  REQUIRE(lost == 0);
  REQUIRE(notes.size() == 0);
}

TEST_CASE("a counted key may be any number") {
  Notes notes;
  const auto far = std::uint64_t{1} << 40;
  REQUIRE(notes.insert(far, 1).value() == far);
  REQUIRE(notes.insert(2).value() == far + 1);
  REQUIRE(notes.insert(std::uint64_t{3}, 3).value() == 3);
  REQUIRE(notes.insert(far, 4).error().code == laterbase::ErrorCode::conflict);
  REQUIRE(notes.insert(std::uint64_t{3}, 4).error().code == laterbase::ErrorCode::conflict);
  REQUIRE(notes.get<"sum">(far) == 1);
  REQUIRE(notes.get<"sum">(3) == 3);
  REQUIRE(notes.erase(far).value());
  REQUIRE_FALSE(notes.contains(far));
}
