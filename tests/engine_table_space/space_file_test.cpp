#include <catch2/catch.hpp>

#include "engine/storage/memory_disk.h"
#include "tests/engine_table_space/rows.h"
#include "tests/support/seed.h"

using namespace laterbase;
using namespace laterbase::worktable;
using namespace laterbase::worktable::test;

TEST_CASE("a space file gives back what was committed, after any number of commits", "[space]") {
  const auto seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  const auto disk = make_memory_disk();
  SpaceOptions options;
  options.page_bytes = GENERATE(4096U, 16384U);
  Items items;
  auto file = open_items(*disk, "t.space", options);
  for (int commit = 0; commit < 60; ++commit) {
    for (auto changes = random.below(400); changes > 0; --changes) change(items, random, 4000);
    if (random.one_in(20)) items.clear();
    const auto report = file->commit(ItemSource(items));
    REQUIRE(report.rows == items.size());
    if (random.one_in(2)) file = open_items(*disk, "t.space");
    REQUIRE(file->rows() == items.size());
    REQUIRE(loaded(*file) == items);
  }
}

TEST_CASE("a commit writes the pages that changed, and page 0", "[space]") {
  const auto disk = make_memory_disk();
  Items items;
  for (std::uint64_t id = 0; id < 4000; ++id) items[id] = {id, "same"};
  auto file = open_items(*disk, "t.space");
  REQUIRE(file->commit(ItemSource(items)).pages_written > 100);
  CHECK(file->commit(ItemSource(items)).pages_written == 1);
  items[77].stamp = 0;
  CHECK(file->commit(ItemSource(items)).pages_written == 2);  // the index keeps hash and place only
  file = open_items(*disk, "t.space");
  CHECK(file->commit(ItemSource(items)).pages_written == 1);
}

TEST_CASE("pages of rows that went are used again", "[space]") {
  const auto disk = make_memory_disk();
  auto file = open_items(*disk, "t.space");
  std::uint64_t most = 0;
  for (std::uint64_t round = 0; round < 20; ++round) {
    Items items;
    for (std::uint64_t id = 0; id < 4000; ++id) items[round * 1000 + id] = {id, "churn"};
    file->commit(ItemSource(items));
    const auto size = disk->open("t.space", false)->size();
    if (round == 3) most = size;
    if (round > 3) CHECK(size <= most);
  }
}

TEST_CASE("another table's file is refused in words", "[space]") {
  const auto disk = make_memory_disk();
  open_items(*disk, "t.space");
  auto other = items();
  const auto refusal = [&] {
    const auto opened = SpaceFile::open(*disk, "t.space", other, {});
    return opened.has_error() ? opened.error().detail : std::string();
  };
  CHECK(refusal().empty());
  other.columns[1].kind = space::Kind::f64;
  CHECK(refusal() == "t.space holds another table: column stamp is u64, not f64");
  other = items();
  other.columns[2].name = "remark";
  CHECK(refusal() == "t.space holds another table: column 3 is called note, not remark");
  other = items();
  other.key = {1};
  CHECK(refusal() == "t.space holds another table: it has another primary key");
  disk->open("t.space", false)->write_at(0, std::string(16384, 'x'));
  CHECK(refusal() == "t.space is not a space file");
}

TEST_CASE("a damaged space file is never loaded as something else", "[space]") {
  const auto seed = test_seed();
  CAPTURE(seed);
  Random random(seed);
  const auto disk = make_memory_disk();
  Items items;
  for (std::uint64_t id = 0; id < 500; ++id) items[id] = {random(), "note"};
  SpaceOptions options;
  options.page_bytes = 4096;
  auto file = open_items(*disk, "t.space", options);
  file->commit(ItemSource(items));
  const auto size = disk->open("t.space", false)->size();
  int told = 0;
  for (int i = 0; i < 3000; ++i) {
    const auto bytes = disk->open("t.space", false);
    const auto at = random.below(2) == 0 ? random.below(size) : random.below(20) * 4096 + random.below(4096);
    char was = 0;
    bytes->read_at(at, &was, 1);
    const char is = static_cast<char>(was ^ (1 << random.below(8)));
    bytes->write_at(at, BytesView(&is, 1));
    try {
      const auto opened = open_items(*disk, "t.space");
      // Page 0 has an older twin, of before the first commit: a newer one that is damaged is as if never written.
      const auto now = loaded(*opened);
      const bool harmless = now == items || (now.empty() && opened->generation() == 1);
      REQUIRE(harmless);
    } catch (const Failure&) {
      ++told;
    }
    bytes->write_at(at, BytesView(&was, 1));
  }
  CHECK(told > 100);
}
