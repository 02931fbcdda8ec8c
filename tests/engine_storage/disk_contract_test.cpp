#include "engine/storage/disk.h"
#include "engine/storage/memory_disk.h"
#include "tests/engine_storage/test_support.h"

using namespace laterbase;
using namespace laterbase::test;

namespace {

std::string contents(File& file) {
  std::string bytes(file.size() + 10, '?');
  bytes.resize(file.read_at(0, bytes.data(), bytes.size()));
  return bytes;
}

}  // namespace

TEST_CASE("a disk does what its contract says") {
  const bool real = GENERATE(true, false);
  INFO((real ? "real disk" : "memory disk"));
  const TemporaryDirectory directory;
  const auto memory = make_memory_disk();
  Disk& disk = real ? real_disk() : *memory;
  disk.make_directories(directory / "a/b");
  const std::string path = directory / "a/b/file";

  SECTION("files are written, extended, cut and read") {
    const auto file = disk.open(path, true);
    REQUIRE(file->size() == 0);
    file->write_at(3, "defg");
    REQUIRE(file->size() == 7);
    REQUIRE(contents(*file) == std::string("\0\0\0defg", 7));
    file->write_at(0, "abc");
    file->sync();
    char two[2];
    REQUIRE(file->read_at(2, two, 2) == 2);
    REQUIRE(BytesView(two, 2) == "cd");
    REQUIRE(file->read_at(6, two, 2) == 1);
    REQUIRE(file->read_at(7, two, 2) == 0);
    REQUIRE(file->read_at(700, two, 2) == 0);
    file->truncate(2);
    file->truncate(4);
    REQUIRE(contents(*file) == std::string("ab\0\0", 4));
    REQUIRE(contents(*disk.open(path, true)) == std::string("ab\0\0", 4));
  }

  SECTION("names come and go") {
    REQUIRE_FALSE(disk.exists(path));
    REQUIRE(failure_of([&] { disk.open(path, false); }).code() == FailureCode::io);
    disk.open(path, true)->write_at(0, "one");
    disk.open(directory / "a/b/other", true)->write_at(0, "two");
    disk.sync_directory(directory / "a/b");
    REQUIRE(disk.exists(path));
    REQUIRE(disk.list(directory / "a/b") == std::vector<std::string>{"file", "other"});
    REQUIRE(disk.list(directory / "a") == std::vector<std::string>{"b"});
    disk.rename(directory / "a/b/other", path);
    REQUIRE(contents(*disk.open(path, false)) == "two");
    REQUIRE(disk.list(directory / "a/b") == std::vector<std::string>{"file"});
    disk.remove(path);
    disk.remove(path);
    REQUIRE_FALSE(disk.exists(path));
    disk.remove(directory / "a/b");
    REQUIRE_FALSE(disk.exists(directory / "a/b"));
    disk.make_directories(directory / "a");
  }

  SECTION("an open file outlives its name") {
    const auto file = disk.open(path, true);
    file->write_at(0, "x");
    disk.remove(path);
    REQUIRE(contents(*file) == "x");
  }

  SECTION("what can't be done is told with the path") {
    const auto told = [&](const Failure& failure) {
      return failure.code() == FailureCode::io && std::string(failure.what()).find(directory.path()) == 0;
    };
    REQUIRE(told(failure_of([&] { disk.open(directory / "none/file", true); })));
    REQUIRE(told(failure_of([&] { disk.open(directory / "a", true); })));
    REQUIRE(told(failure_of([&] { disk.rename(directory / "none", path); })));
    REQUIRE(told(failure_of([&] { disk.list(directory / "none"); })));
    REQUIRE(told(failure_of([&] { disk.sync_directory(directory / "none"); })));
    disk.open(path, true);
    REQUIRE(told(failure_of([&] { disk.remove(directory / "a/b"); })));
    REQUIRE(told(failure_of([&] { disk.make_directories(path); })));
  }

  SECTION("there is room") { REQUIRE(disk.free_bytes(directory.path()) > 0); }
}
