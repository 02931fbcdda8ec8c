#include "engine/table/space_reader.h"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <set>

#include "tests/engine_table_space/rows.h"
#include "tests/support/seed.h"
#include "tests/support/temp_dir.h"

using namespace laterbase;
using namespace laterbase::worktable;
using namespace laterbase::worktable::test;

namespace {

space::Key id_key(std::uint64_t id) { return space::Key().add(id); }

Items all_of(SpaceReader& reader) {
  return reader.read([](const SpaceView& view) {
    Items items;
    view.each([&](const space::Row& row) { items.insert(unpack(row.bytes())); });
    return items;
  });
}

// Every generation is `count` items of one stamp; their ids and notes vary with it.
Items generation_of_stamp(std::uint64_t stamp, std::uint64_t count) {
  Items items;
  for (std::uint64_t id = 0; id < count; ++id) items[id + stamp % 7] = {stamp, std::string((id * stamp) % 50, 'n')};
  return items;
}

// Writes generations until it is killed.
[[noreturn]] void own(const std::string& path) {
  auto file = open_items(real_disk(), path);
  for (std::uint64_t stamp = 1;; ++stamp) file->commit(ItemSource(generation_of_stamp(stamp, 3000)));
}

}  // namespace

TEST_CASE("a reader finds every row by key, and all of them", "[space_reader]") {
  const auto seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  const tests::TempDir directory;
  const auto path = directory.file("t.space");
  Items items;
  auto file = open_items(real_disk(), path);
  SpaceReader reader(path);
  CHECK(reader.schema() == test::items());
  CHECK(reader.column("note") == 2);
  CHECK_FALSE(reader.column("nothing"));
  const auto field_of_id = reader.field<std::uint64_t>("id");
  const auto stamp = reader.field<std::uint64_t>("stamp");
  CHECK_THROWS_WITH(reader.field<double>("stamp"), path + " has no column stamp of type f64");
  CHECK_THROWS_WITH(reader.field<double>("nothing"), path + " has no column nothing of type f64");
  for (int commit = 0; commit < 30; ++commit) {
    for (auto changes = random.below(900); changes > 0; --changes) change(items, random, 5000);
    const auto report = file->commit(ItemSource(items));
    REQUIRE(reader.generation() == report.generation);
    for (int probe = 0; probe < 300; ++probe) {
      const auto id = random.below(5000);
      const auto row = reader.find(id_key(id));
      REQUIRE(bool(row) == items.contains(id));
      if (row) REQUIRE(unpack(row.bytes()) == std::pair(id, items[id]));
      const auto by_number = reader.find(id);
      REQUIRE(bool(by_number) == items.contains(id));
      if (by_number) REQUIRE((by_number[field_of_id] == id && by_number[stamp] == items[id].stamp));
    }
    REQUIRE(all_of(reader) == items);
  }
}

// Pages are filled in the order of ids, however far apart those are.
class FilledPages : public RowSource {
 public:
  explicit FilledPages(const Items& items) : rows_(items.begin(), items.end()) {}
  std::uint32_t page_count() const override { return static_cast<std::uint32_t>((rows_.size() + most - 1) / most); }
  void each_row(std::uint32_t page, const std::function<void(BytesView)>& row) const override {
    for (auto i = page * most; i < std::min(rows_.size(), (page + 1) * most); ++i)
      row(pack(rows_[i].first, rows_[i].second));
  }

 private:
  static constexpr std::size_t most = 100;
  std::vector<std::pair<std::uint64_t, Item>> rows_;
};

TEST_CASE("rows are found by number wherever numbers lie: close, sliding on, far apart, beyond 32 bits",
          "[space_reader]") {
  const auto seed = laterbase::test_seed();
  CAPTURE(seed);
  Random random(seed);
  const tests::TempDir directory;
  const auto path = directory.file("t.space");
  auto file = open_items(real_disk(), path);
  file->commit(ItemSource({}));
  SpaceReader reader(path);
  std::set<bool> by_number;
  for (int commit = 0; commit < 60; ++commit) {
    CAPTURE(commit);
    const std::uint64_t from = random.one_in(4) ? 0xffffffff - random.below(5000) : random.below(50) * 3000;
    const std::uint64_t step = random.one_in(3) ? 1 + random.below(200) : 1 + random.below(3);
    Items items;
    for (auto left = random.below(4000); left > 0; --left) items[from + random.below(4000) * step] = {left, "here"};
    file->commit(FilledPages(items));
    if (random.one_in(4)) {
      file.reset();
      file = open_items(real_disk(), path);
      REQUIRE(loaded(*file) == items);
    }
    const bool all_found = reader.read([&](const SpaceView& view) {
      by_number.insert(view.is_by_number());
      for (int probe = 0; probe < 4000; ++probe) {
        const auto id = from + random.below(4000 * step + 3000) - random.below(3000);
        const auto row = view.find(id);
        if (bool(row) != items.contains(id) || bool(view.find(id_key(id))) != bool(row)) return false;
        if (row && unpack(row.bytes()) != std::pair(id, items[id])) return false;
      }
      return true;
    });
    REQUIRE(all_found);
    REQUIRE_FALSE(reader.find(-1));
    REQUIRE(bool(reader.find(static_cast<std::uint32_t>(from))) == items.contains(static_cast<std::uint32_t>(from)));
  }
  REQUIRE(by_number == std::set{false, true});  // both kinds of index were met
}

TEST_CASE("a reader in another process sees one generation while the owner writes", "[space_reader]") {
  const tests::TempDir directory;
  const auto path = directory.file("t.space");
  open_items(real_disk(), path)->commit(ItemSource(generation_of_stamp(0, 3000)));
  const pid_t owner = ::fork();
  if (owner == 0) own(path);
  REQUIRE(owner > 0);
  std::uint64_t last = 0, seen = 0;
  bool whole = true;
  try {
    SpaceReader reader(path);
    while (whole && seen < test_size(40, 4000)) {
      const auto items = all_of(reader);
      const auto stamp = items.begin()->second.stamp;
      whole = stamp >= last && items == generation_of_stamp(stamp, 3000);
      seen += stamp > last ? 1 : 0;
      last = stamp;
      const auto row = reader.find(id_key(100));
      whole = whole && row && row.get<std::uint64_t>(1) >= stamp;
    }
  } catch (const std::exception& problem) {
    UNSCOPED_INFO(problem.what());
    whole = false;
  }
  ::kill(owner, SIGKILL);
  ::waitpid(owner, nullptr, 0);
  CHECK(whole);
  // The owner was killed anywhere: what it left is a generation.
  const auto left = loaded(*open_items(real_disk(), path));
  CHECK(left == generation_of_stamp(left.begin()->second.stamp, 3000));
}

TEST_CASE("a reader refuses in words what is no space file, and what is damaged", "[space_reader]") {
  const tests::TempDir directory;
  const auto path = directory.file("t.space");
  const auto refusal = [&] {
    try {
      SpaceReader reader(path);
      all_of(reader);
    } catch (const std::runtime_error& refused) {
      return std::string(refused.what()).substr(path.size());
    }
    return std::string();
  };
  CHECK(refusal() == " cannot be opened");
  real_disk().open(path, true)->write_at(0, "too short");
  CHECK(refusal() == " is not a space file");
  real_disk().open(path, true)->write_at(0, std::string(5'000'000, 'x'));
  CHECK(refusal() == " is not a space file");
  real_disk().remove(path);
  open_items(real_disk(), path)->commit(ItemSource(generation_of_stamp(3, 3000)));
  CHECK(refusal().empty());
  const auto page_of_rows = space::slot_offset(5, 0, space::default_page_bytes);
  real_disk().open(path, false)->write_at(page_of_rows + 999, "damage");
  CHECK(refusal() == " is damaged: a page's checksum is wrong");
}
