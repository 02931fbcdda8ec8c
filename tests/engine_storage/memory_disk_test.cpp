#include "engine/storage/memory_disk.h"

#include <set>

#include "tests/engine_storage/test_support.h"

using namespace laterbase;
using namespace laterbase::test;

namespace {

std::string read_all(Disk& disk, const std::string& path) {
  const auto file = disk.open(path, false);
  std::string bytes(file->size(), '\0');
  REQUIRE(file->read_at(0, bytes.data(), bytes.size()) == bytes.size());
  return bytes;
}

// A disk with one synced file "f" of `bytes`.
std::unique_ptr<MemoryDisk> disk_with(const std::string& bytes) {
  auto disk = make_memory_disk();
  const auto file = disk->open("f", true);
  file->write_at(0, bytes);
  file->sync();
  disk->sync_directory(".");
  return disk;
}

}  // namespace

TEST_CASE("what was synced outlives the loss of power") {
  Random random(test_seed());
  for (int i = 0; i < 50; ++i) {
    const auto disk = disk_with("kept");
    disk->crash(random);
    REQUIRE(read_all(*disk, "f") == "kept");
  }
}

TEST_CASE("each unsynced atom is one of the states that it was in, and every mixture occurs") {
  Random random(test_seed());
  std::set<std::string> seen;
  for (int i = 0; i < 400; ++i) {
    const auto disk = disk_with(std::string(1024, '0'));
    const auto file = disk->open("f", false);
    file->write_at(0, std::string(1024, '1'));
    file->write_at(512, std::string(512, '2'));
    disk->crash(random);
    const std::string bytes = read_all(*disk, "f");
    REQUIRE(bytes.size() == 1024);
    REQUIRE(bytes == std::string(512, bytes[0]) + std::string(512, bytes[512]));
    seen.insert({bytes[0], bytes[512]});
    REQUIRE(failure_of([&] { file->size(); }).code() == FailureCode::closed);
  }
  REQUIRE(seen == std::set<std::string>{"00", "01", "02", "10", "11", "12"});
}

TEST_CASE("an unsynced size may be there without its bytes, and a cut may not be there") {
  Random random(test_seed());
  std::set<std::string> grown, cut;
  for (int i = 0; i < 200; ++i) {
    auto disk = disk_with("");
    disk->open("f", false)->write_at(0, "x");
    disk->crash(random);
    grown.insert(read_all(*disk, "f"));
    disk = disk_with("ab");
    disk->open("f", false)->truncate(1);
    disk->crash(random);
    cut.insert(read_all(*disk, "f"));
  }
  REQUIRE(grown == std::set<std::string>{"", "x", std::string(1, '\0')});
  REQUIRE(cut == std::set<std::string>{"a", "ab", std::string("a\0", 2)});
}

TEST_CASE("unsynced names may be there or not; a rename has happened whole or not at all") {
  Random random(test_seed());
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) {
    const auto disk = disk_with("old");
    const auto next = disk->open("next", true);
    next->write_at(0, "new");
    next->sync();
    disk->rename("next", "f");
    disk->crash(random);
    const std::string bytes = read_all(*disk, "f");
    REQUIRE((bytes == "old" || (bytes == "new" && !disk->exists("next"))));
    seen.insert(bytes + (disk->exists("next") ? " next" : ""));
  }
  REQUIRE(seen == std::set<std::string>{"old", "old next", "new"});
}

TEST_CASE("a synced directory keeps its names, and loses them where its own name is lost") {
  Random random(test_seed());
  int lost = 0;
  for (int i = 0; i < 100; ++i) {
    const auto disk = make_memory_disk();
    disk->make_directories("d");
    disk->open("d/f", true);
    disk->sync_directory("d");
    if (i % 2 == 0) disk->sync_directory(".");
    disk->crash(random);
    if (i % 2 == 0) REQUIRE(disk->exists("d/f"));
    if (!disk->exists("d/f")) ++lost;
  }
  REQUIRE(lost > 0);
}

TEST_CASE("a full disk takes what fits, says so, and goes on once there is room") {
  const auto disk = disk_with("12345");
  disk->set_free_bytes(3);
  const auto file = disk->open("f", false);
  file->write_at(0, "abcde");
  const Failure failure = failure_of([&] { file->write_at(5, "fghij"); });
  REQUIRE(failure.code() == FailureCode::disk_full);
  REQUIRE(read_all(*disk, "f") == "abcdefgh");
  REQUIRE(disk->free_bytes(".") == 0);
  REQUIRE(failure_of([&] { file->truncate(9); }).code() == FailureCode::disk_full);
  disk->set_free_bytes(2);
  file->write_at(8, "ij");
  REQUIRE(read_all(*disk, "f") == "abcdefghij");
  file->truncate(0);
  REQUIRE(disk->free_bytes(".") == 10);
}
