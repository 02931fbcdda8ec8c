#include "engine/table/table_space.h"

#include <catch2/catch.hpp>
#include <map>
#include <thread>

#include "engine/storage/memory_disk.h"
#include "engine/table/space_reader.h"
#include "engine/table/table.h"
#include "tests/support/seed.h"
#include "tests/support/temp_dir.h"

using namespace laterbase;
using namespace laterbase::worktable;

namespace {

using Places =
    Table<"place", column<"id", std::uint64_t, primary_key, autoincrement>, column<"name", std::string, unique_index>>;
using Stock = Table<"stock", column<"place", std::uint64_t, primary_key, references<Places>>,
                    column<"part", std::string, primary_key>, column<"count", std::int64_t, ordered_index>,
                    column<"note", std::optional<std::string>>>;

}  // namespace

TEST_CASE("typed tables come back from their space files, numbers and links too", "[table_space]") {
  const auto disk = make_memory_disk();
  {
    Places places;
    Stock stock(places);
    const auto place_file = open_space(*disk, "place", places.rows());
    const auto stock_file = open_space(*disk, "stock", stock.rows());
    const auto here = *places.insert("here");
    const auto there = *places.insert("there");
    REQUIRE(stock.insert(here, "bolt", 7, std::nullopt).has_value());
    REQUIRE(stock.insert(there, "bolt", 9, "rusty").has_value());
    save(places.rows(), **place_file);
    save(stock.rows(), **stock_file);
  }
  Places places;
  const auto place_file = open_space(*disk, "place", places.rows());
  places.adopt();
  Stock stock(places);
  const auto stock_file = open_space(*disk, "stock", stock.rows());
  stock.adopt();
  REQUIRE(stock.size() == 2);
  const auto found = stock.select<"count", "note">().where<"count">(greater, 8).rows();
  REQUIRE(found.size() == 1);
  CHECK(std::get<1>(found[0]) == "rusty");
  const auto place = stock.follow<"place">(std::uint64_t{2}, std::string("bolt"));
  REQUIRE(place.has_value());
  CHECK(place->get<"name">() == "there");
  CHECK(*places.insert("elsewhere") == 3);
  Places another;
  const auto refused = open_space(*disk, "stock", another.rows());
  REQUIRE(refused.has_error());
  CHECK(refused.error().detail == "stock holds another table: it is called stock, not place");
}

TEST_CASE("a second owner of a space file is refused until the first is gone", "[table_space]") {
  const tests::TempDir directory;
  const auto path = directory.path() + "/places.space";
  Places places, others;
  {
    const auto first = open_space(real_disk(), path, places.rows());
    REQUIRE(first.has_value());
    const auto second = open_space(real_disk(), path, others.rows());
    REQUIRE(second.has_error());
    CHECK(second.error().code == ErrorCode::conflict);
    CHECK(second.error().detail == path + " has an owner already: one table at a time may have it open");
  }
  REQUIRE(open_space(real_disk(), path, others.rows()).has_value());
}

TEST_CASE("a table against a map, with saving, crashes and opening again in between", "[table_space]") {
  const auto seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  const auto disk = make_memory_disk();
  using Numbers = Table<"number", column<"id", std::uint64_t, primary_key>, column<"text", std::string>>;
  std::map<std::uint64_t, std::string> now, saved;
  auto table = std::make_unique<Numbers>();
  auto file = *open_space(*disk, "numbers", table->rows());
  for (auto round = test_size(300, 30000); round > 0; --round) {
    CAPTURE(round);
    for (auto change = random.below(1000); change > 0; --change) {
      const auto id = random.below(3000);
      if (random.one_in(2)) {
        const auto erased = table->erase(id);
        REQUIRE((erased.has_value() && *erased) == (now.erase(id) > 0));
        continue;
      }
      const std::string text(random.below(100), 'x');
      if (now.try_emplace(id, text).second) REQUIRE(table->insert(id, text).has_value());
    }
    if (random.one_in(20)) table->vacuum();
    if (!random.one_in(3)) {
      REQUIRE(save(table->rows(), *file).rows == now.size());
      saved = now;
    }
    if (!random.one_in(4)) continue;
    disk->crash(random);
    table = std::make_unique<Numbers>();
    file = *open_space(*disk, "numbers", table->rows());
    now = saved;
    std::map<std::uint64_t, std::string> found;
    table->select_all().for_each([&](const auto& row) { found.insert({std::get<0>(row), std::get<1>(row)}); });
    REQUIRE(found == now);
  }
}

TEST_CASE("what is saved while others write is one moment", "[table_space]") {
  const tests::TempDir directory;
  const auto path = directory.file("pairs.space");
  using Pairs = Table<"pair", column<"id", std::uint64_t, primary_key>, column<"value", std::uint64_t>>;
  constexpr std::uint64_t rows = 20000;
  Pairs pairs;
  for (std::uint64_t id = 0; id < rows; ++id) REQUIRE(pairs.insert(id, std::uint64_t{0}).has_value());
  auto source = std::make_unique<Pairs>();
  const auto file = *open_space(real_disk(), path, source->rows());
  std::atomic<bool> going{true};
  // Row after row goes to the next round: at every moment, rows are at most one round apart, in order.
  std::thread writer([&] {
    for (std::uint64_t round = 1; going; ++round)
      for (std::uint64_t id = 0; id < rows && going; ++id) (void)pairs.update<"value">(std::tuple(id), round);
  });
  SpaceReader reader(path);
  bool one_moment = true;
  for (int saves = 0; saves < 20; ++saves) {
    save(pairs.rows(), *file);
    one_moment = one_moment && reader.read([&](const SpaceView& view) {
      std::vector<std::uint64_t> values(rows);
      view.each([&](const space::Row& row) { values[row.get<std::uint64_t>(0) % rows] = row.get<std::uint64_t>(1); });
      return view.rows() == rows && values.front() - values.back() <= 1 &&
             std::is_sorted(values.rbegin(), values.rend());
    });
  }
  going = false;
  writer.join();
  CHECK(one_moment);
}
