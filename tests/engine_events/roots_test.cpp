#include "engine/events/roots.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "engine/base/random.h"
#include "engine/events/backup.h"
#include "tests/engine_events/model.h"

using namespace laterbase;
namespace fs = std::filesystem;

namespace {

class Place {
 public:
  Place() : path_(fs::temp_directory_path() / ("laterbase-roots-" + std::to_string(random_seed()))) {}
  ~Place() { fs::remove_all(path_); }
  std::string path() const { return path_.string(); }
  std::string file(const std::string& root, const std::string& name) const {
    return path() + "/db/" + root + "/" + name;
  }

 private:
  fs::path path_;
};

RootsOptions small() {
  RootsOptions options;
  options.root.min_free_bytes = 0;
  options.root.map_bytes = 64 << 20;
  return options;
}

Batch one(const std::string& value) {
  Batch batch;
  batch.payload = value;
  NewEvent event;
  event.size = static_cast<std::uint32_t>(value.size());
  batch.events.push_back(event);
  return batch;
}

void flip_byte(const std::string& path, std::uint64_t at) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(at));
  const char byte = static_cast<char>(file.get() ^ 0x40);
  file.seekp(static_cast<std::streamoff>(at));
  file.put(byte);
}

}  // namespace

TEST_CASE("names of databases") {
  for (const char* good : {"a", "trucks", "a-b_c9"}) CHECK(valid_root_name(good));
  for (const char* bad : {"", "A", "9a", "_a", "db", "health", "ui", "peers", "metrics", "a.b", "a/b", "..", "a b"})
    CHECK_FALSE(valid_root_name(bad));
  CHECK(valid_root_name(std::string(63, 'a')));
  CHECK_FALSE(valid_root_name(std::string(64, 'a')));
}

TEST_CASE("a root is made once, found again after a restart with its events and epoch, and dropped") {
  const Place place;
  Ulid node, epoch;
  {
    const auto roots = open_roots(place.path(), small(), system_clock());
    node = roots->node();
    const auto made = roots->create("trucks").value();
    CHECK(made.is_new);
    CHECK_FALSE(roots->create("trucks").value().is_new);
    epoch = made.root->epoch();
    REQUIRE(made.root->append(one("hello")).has_value());
  }
  CHECK_FALSE(fs::exists(place.file("trucks", "wal-a")));
  const auto roots = open_roots(place.path(), small(), system_clock());
  CHECK(roots->node() == node);
  CHECK(roots->names() == std::vector<std::string>{"trucks"});
  {
    const auto root = roots->find("trucks").value();
    CHECK(root->epoch() == epoch);
    CHECK(root->snapshot().at(1)->value == "hello");
  }
  CHECK(roots->find("ships").error().code == ErrorCode::not_found);
  CHECK(roots->create("Ships").error().code == ErrorCode::invalid);
  REQUIRE(roots->drop("trucks").has_value());
  CHECK(roots->names().empty());
  CHECK(roots->find("trucks").error().code == ErrorCode::not_found);
  CHECK(roots->create("trucks").value().root->head() == 0);
}

TEST_CASE("a second process, or a second opening, is told who has the directory") {
  const Place place;
  const auto roots = open_roots(place.path(), small(), system_clock());
  CHECK_THROWS_AS(open_roots(place.path(), small(), system_clock()), Failure);
}

TEST_CASE("the least recently used environment is closed where too many are open") {
  const Place place;
  RootsOptions options = small();
  options.max_open = 3;
  const auto roots = open_roots(place.path(), options, system_clock());
  for (int i = 0; i < 10; ++i) {
    const std::string name = "db" + std::to_string(i);
    REQUIRE(roots->create(name).value().root->append(one(name)).has_value());
    CHECK(roots->open_roots().size() <= 3);
  }
  for (int i = 0; i < 10; ++i) {
    const std::string name = "db" + std::to_string(i);
    CHECK(roots->find(name).value()->snapshot().at(1)->value == name);
  }
  const auto a = roots->find("db1").value(), b = roots->find("db2").value(), c = roots->find("db3").value();
  CHECK(roots->find("db4").error().code == ErrorCode::unavailable);
}

TEST_CASE("a copy of a database is another epoch; one that stayed is not") {
  const Place place;
  Ulid epoch;
  {
    const auto roots = open_roots(place.path(), small(), system_clock());
    const auto root = roots->create("trucks").value().root;
    epoch = root->epoch();
    REQUIRE(root->append(one("x")).has_value());
  }
  fs::copy(place.path() + "/db/trucks", place.path() + "/db/copy");
  const auto roots = open_roots(place.path(), small(), system_clock());
  CHECK(roots->find("trucks").value()->epoch() == epoch);
  const auto copy = roots->find("copy").value();
  CHECK(copy->epoch() != epoch);
  CHECK(copy->head() == 1);
  CHECK(copy->snapshot().at(1)->value == "x");
}

TEST_CASE("damage is told at open or on read, in words, and the other databases go on") {
  const Place place;
  {
    const auto roots = open_roots(place.path(), small(), system_clock());
    for (const char* name : {"good", "bad"}) {
      const auto root = roots->create(name).value().root;
      for (int i = 0; i < 200; ++i)
        REQUIRE(root->append(one(std::string(200, static_cast<char>('a' + i % 26)))).has_value());
    }
  }
  const std::string path = place.file("bad", "data.mdb");
  const auto size = fs::file_size(path);
  int told = 0;
  Random random(random_seed());
  for (int round = 0; round < 30; ++round) {
    fs::copy_file(path, path + ".kept", fs::copy_options::overwrite_existing);
    if (round % 3 == 0)
      fs::resize_file(path, random.below(size));
    else
      flip_byte(path, random.below(size));
    const auto roots = open_roots(place.path(), small(), system_clock());
    try {
      const auto root = roots->find("bad").value();
      Snapshot snapshot = root->snapshot();
      REQUIRE(snapshot.head() == 200);
      const auto scan = snapshot.log(0, 200);
      for (int i = 0; i < 200; ++i) REQUIRE(scan->next()->value == std::string(200, static_cast<char>('a' + i % 26)));
    } catch (const Failure& failure) {
      ++told;
      CHECK(failure.code() == FailureCode::damaged);
      CHECK(std::string(failure.what()).find("bad") != std::string::npos);
    }
    CHECK(roots->find("good").value()->snapshot().at(200)->value.size() == 200);
    roots->close();
    fs::copy_file(path + ".kept", path, fs::copy_options::overwrite_existing);
  }
  CHECK(told >= 10);
}

TEST_CASE("a backup taken under writes is restored under another name, as another epoch; a cut one is refused") {
  const Place place;
  const std::string backup = place.path() + ".backup";
  Ulid epoch;
  {
    const auto roots = open_roots(place.path(), small(), system_clock());
    const auto root = roots->create("trucks").value().root;
    epoch = root->epoch();
    for (int i = 0; i < 500; ++i) REQUIRE(root->append(one("event " + std::to_string(i))).has_value());
    std::ofstream file(backup, std::ios::binary);
    root->backup([&](BytesView bytes) {
      file << bytes;
      REQUIRE(root->append(one("later")).has_value());
    });
    CHECK_THROWS_AS(restore_root(place.path(), "again", backup), Failure);  // the daemon has the directory
  }
  REQUIRE(restore_root(place.path(), "again", backup).value().events == 500);
  CHECK(restore_root(place.path(), "again", backup).error().code == ErrorCode::conflict);
  fs::resize_file(backup, fs::file_size(backup) / 2);
  CHECK(restore_root(place.path(), "cut", backup).error().code == ErrorCode::invalid);
  const auto roots = open_roots(place.path(), small(), system_clock());
  CHECK(roots->names() == std::vector<std::string>{"again", "trucks"});
  const auto again = roots->find("again").value();
  CHECK(again->epoch() != epoch);
  CHECK(again->head() == 500);
  CHECK(again->snapshot().at(500)->value == "event 499");
  fs::remove(backup);
}
