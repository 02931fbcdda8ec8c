#include "engine/storage/disk.h"
#include "engine/storage/lmdb_place.h"
#include "tests/engine_storage/lmdb_support.h"
#include "tests/engine_storage/mounts.h"

using namespace laterbase;
using namespace laterbase::test;

namespace {

// Puts until the disk is full. How many there are then.
int fill(Storage& storage, int from) {
  const std::string value(10'000, 'v');
  for (int i = from;; ++i) {
    try {
      storage.update([&](WriteTxn& txn) {
        for (int j = 0; j < 10; ++j) txn.put(table_a, fmt::format("{:08}", i * 10 + j), value);
      });
    } catch (const Failure& failure) {
      INFO(failure.what());
      REQUIRE(failure.code() == FailureCode::disk_full);
      REQUIRE(std::string(failure.what()).find("o space left") != std::string::npos);
      return i * 10;
    }
  }
}

void write_to_the_brim(const std::string& path, std::size_t most) {
  const auto file = real_disk().open(path, true);
  try {
    for (std::size_t at = 0; at < most; at += 512) file->write_at(at, std::string(512, 'b'));
  } catch (const Failure& failure) {
    REQUIRE(failure.code() == FailureCode::disk_full);
  }
}

void skip(const char* what) { WARN("skipped, because this process may not mount " << what); }

}  // namespace

TEST_CASE("a full disk refuses writes, goes on reading, and takes writes again once there is room") {
  const auto kind = GENERATE(SmallFileSystem::tmpfs, SmallFileSystem::ext4);
  const SmallFileSystem small(kind, 8);
  if (!small.mounted()) return skip(kind == SmallFileSystem::tmpfs ? "a tmpfs" : "a loop device");
  const std::string directory = small.path() + "/db";
  const std::string ballast = small.path() + "/ballast";
  int entries = 0;
  {
    const auto storage = open_lmdb(directory);
    for (std::uint64_t round = 0; round < test_size(3, 50); ++round) {
      write_to_the_brim(ballast, 1 << 20);
      entries = fill(*storage, 0);
      REQUIRE(storage->read()->count(table_a) == static_cast<std::uint64_t>(entries));
      REQUIRE(fill(*storage, entries / 10) == entries);
      REQUIRE(contents_of(*storage, table_a).size() == static_cast<std::uint64_t>(entries));
      real_disk().remove(ballast);
      storage->update([&](WriteTxn& txn) {
        for (int i = 0; i < entries; ++i) REQUIRE(txn.erase(table_a, fmt::format("{:08}", i)));
      });
    }
    entries = fill(*storage, 0);
    write_to_the_brim(ballast, 8 << 20);
  }
  // Opening takes no room where there is none.
  REQUIRE(open_lmdb(directory, expected())->read()->count(table_a) == static_cast<std::uint64_t>(entries));
  REQUIRE(failure_of([&] { open_lmdb(small.path() + "/another"); }).code() == FailureCode::disk_full);
}

TEST_CASE("file systems of other machines are not trusted with a database") {
  REQUIRE(untrusted_file_system(0x6969) == std::string("NFS"));
  REQUIRE(untrusted_file_system(static_cast<int>(0xff534d42)) == std::string("SMB"));
  for (const long local : {0xEF53L, 0x01021994L, 0x9123683EL, 0x58465342L, 0x794c7630L, 0x65735546L})
    REQUIRE(untrusted_file_system(local) == nullptr);  // ext4, tmpfs, Btrfs, XFS, overlayfs, FUSE
}

TEST_CASE("a file system that takes no writes is read, and written once it takes them") {
  const SmallFileSystem small(SmallFileSystem::tmpfs, 8);
  if (!small.mounted()) return skip("a tmpfs");
  const auto remount = [&](unsigned long flags) {
    REQUIRE(::mount("laterbase-test", small.path().c_str(), "tmpfs", MS_REMOUNT | flags, nullptr) == 0);
  };
  open_lmdb(small.path() + "/db")->update([](WriteTxn& txn) { txn.put(table_a, "k", "v"); });
  remount(MS_RDONLY);
  const auto storage = open_lmdb(small.path() + "/db", expected());
  REQUIRE(*storage->read()->get(table_a, "k") == "v");
  const Failure failure = failure_of([&] { storage->update([](WriteTxn& txn) { txn.put(table_a, "k", "w"); }); });
  REQUIRE(failure.code() == FailureCode::read_only);
  REQUIRE(*storage->read()->get(table_a, "k") == "v");
  REQUIRE(failure_of([&] { open_lmdb(small.path() + "/another"); }).code() == FailureCode::read_only);
  REQUIRE(failure_of([&] { real_disk().open(small.path() + "/f", true); }).code() == FailureCode::read_only);
  const auto file = real_disk().open(small.path() + "/db/data.mdb", false);
  REQUIRE(failure_of([&] { file->write_at(0, "x"); }).code() == FailureCode::read_only);
  remount(0);
  storage->update([](WriteTxn& txn) { txn.put(table_a, "k", "w"); });
  REQUIRE(*storage->read()->get(table_a, "k") == "w");
}

TEST_CASE("a database in a lower layer of overlayfs is copied up before it is mapped") {
  const SmallFileSystem small(SmallFileSystem::tmpfs, 16);
  if (!small.mounted()) return skip("a tmpfs");
  const auto under = [&](const char* name) { return small.path() + "/" + name; };
  for (const char* name : {"upper", "work", "merged"}) real_disk().make_directories(under(name));
  open_lmdb(under("lower"))->update([](WriteTxn& txn) { txn.put(table_a, "k", "lower"); });
  const std::string bytes_below = file_bytes(under("lower") + "/data.mdb");
  const std::string layers =
      fmt::format("lowerdir={},upperdir={},workdir={}", under("lower"), under("upper"), under("work"));
  if (::mount("laterbase-test", under("merged").c_str(), "overlay", 0, layers.c_str()) != 0) return skip("an overlay");
  {
    const auto storage = open_lmdb(under("merged"), expected());
    storage->update([](WriteTxn& txn) { txn.put(table_a, "k", "upper"); });
    REQUIRE(*storage->read()->get(table_a, "k") == "upper");
    REQUIRE(failure_of([&] { open_lmdb(under("merged")); }).code() == FailureCode::closed);
  }
  REQUIRE(*open_lmdb(under("merged"), expected())->read()->get(table_a, "k") == "upper");
  REQUIRE(file_bytes(under("lower") + "/data.mdb") == bytes_below);
  REQUIRE(::umount2(under("merged").c_str(), MNT_DETACH) == 0);
}
