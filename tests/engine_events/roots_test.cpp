#include "engine/events/roots.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "engine/base/log.h"
#include "engine/base/random.h"
#include "engine/events/backup.h"
#include "engine/events/stored_root.h"
#include "tests/engine_events/model.h"
#include "tests/support/seed.h"

using namespace laterbase;
namespace fs = std::filesystem;

namespace {

class Place {
 public:
  // Memory where there is some: these tests sync thousands of times and never lose power.
  Place()
      : path_(fs::path(fs::is_directory("/dev/shm") ? "/dev/shm" : fs::temp_directory_path().string()) /
              ("laterbase-roots-" + std::to_string(random_seed()))) {}
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
  CHECK_FALSE(roots->answers_at_once("trucks"));
  CHECK(roots->answers_at_once("ships"));
  {
    const auto root = roots->find("trucks").value();
    CHECK(roots->answers_at_once("trucks"));
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

TEST_CASE("that a root was dropped is remembered until it is made again") {
  const Place place;
  {
    const auto roots = open_roots(place.path(), small(), system_clock());
    (void)roots->create("trucks").value();
    CHECK_FALSE(roots->was_dropped("trucks"));
    REQUIRE(roots->drop("trucks").has_value());
    CHECK(roots->was_dropped("trucks"));
  }
  const auto roots = open_roots(place.path(), small(), system_clock());
  CHECK(roots->was_dropped("trucks"));
  CHECK_FALSE(roots->was_dropped("ships"));
  CHECK_FALSE(roots->was_dropped("../node"));
  (void)roots->create("trucks").value();
  CHECK_FALSE(roots->was_dropped("trucks"));
}

TEST_CASE("a second process, or a second opening, is told who has the directory") {
  const Place place;
  const auto roots = open_roots(place.path(), small(), system_clock());
  CHECK_THROWS_AS(open_roots(place.path(), small(), system_clock()), Failure);
}

namespace {

// A root's writer may hold it for a moment after it has answered.
template <typename Open>
auto once_there_is_room(Open open) {
  for (int i = 0;; ++i) {
    auto opened = open();
    if (opened || opened.error().code != ErrorCode::unavailable || i == 1'000) return opened;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

}  // namespace

TEST_CASE("the least recently used environment is closed where too many are open") {
  const Place place;
  RootsOptions options = small();
  options.max_open = 3;
  const auto roots = open_roots(place.path(), options, system_clock());
  for (int i = 0; i < 10; ++i) {
    const std::string name = "db" + std::to_string(i);
    const auto created = once_there_is_room([&] { return roots->create(name); });
    REQUIRE(created.value().root->append(one(name)).has_value());
    CHECK(roots->open_roots().size() <= 3);
  }
  for (int i = 0; i < 10; ++i) {
    const std::string name = "db" + std::to_string(i);
    CHECK(once_there_is_room([&] { return roots->find(name); }).value()->snapshot().at(1)->value == name);
  }
  const auto held = [&](const char* name) { return once_there_is_room([&] { return roots->find(name); }).value(); };
  const auto a = held("db1"), b = held("db2"), c = held("db3");
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

namespace {

constexpr int kKept = 200;

std::string kept_value(int i) { return std::string(200, static_cast<char>('a' + i % 26)); }

// Two databases, "good" and "bad", closed cleanly or as a kill -9 leaves them.
void make_databases(const std::string& path, bool cleanly) {
  const std::string made = cleanly ? path : path + ".running";
  {
    const auto roots = open_roots(made, small(), system_clock());
    for (const char* name : {"good", "bad"}) {
      const auto root = roots->create(name).value().root;
      for (int i = 0; i < kKept; ++i) {
        if (i == kKept / 2) root->backup([](BytesView) {});  // half in the tree, half in the write-ahead file
        REQUIRE(root->append(one(kept_value(i))).has_value());
      }
    }
    if (!cleanly) fs::copy(made, path, fs::copy_options::recursive);
  }
  if (!cleanly) fs::remove_all(made);
}

// Empty where damage was told or everything reads as written; `told` says which.
std::string read_damaged(Roots& roots, bool& told) {
  try {
    const auto root = roots.find("bad").value();
    Snapshot snapshot = root->snapshot();
    // The last frame of a write-ahead file has nothing behind it that proves that it was whole.
    if (snapshot.head() < kKept - 1) return "events are silently missing";
    const auto scan = snapshot.log(0, snapshot.head());
    for (Lc lc = 1; lc <= snapshot.head(); ++lc) {
      const auto event = scan->next();
      if (event->value != kept_value(static_cast<int>(lc) - 1)) return "a wrong value";
      if (snapshot.find(event->key)->lc != lc) return "a key leads elsewhere";
    }
    const auto range = snapshot.range({}, Ulid::greatest());
    for (Lc lc = 1; lc <= snapshot.head(); ++lc)
      if (range->next()->lc != lc) return "a range in another order";
    told = false;
  } catch (const Failure& failure) {
    told = true;
    if (failure.code() != FailureCode::damaged) return failure.what();
    if (std::string(failure.what()).find("bad") == std::string::npos) return "it is not said which database";
  }
  return {};
}

}  // namespace

TEST_CASE("damage is told at open or on read, in words, and the other databases go on") {
  const std::uint64_t seed = test_seed();
  INFO("LATERBASE_SEED=" << seed);
  Random random(seed);
  log::set_level(log::Level::off);
  int told_of_truncation = 0, told_of_flips = 0;
  for (const bool cleanly : {true, false}) {
    const Place place, work;
    make_databases(place.path(), cleanly);
    std::vector<std::string> files;
    for (const auto& entry : fs::directory_iterator(place.path() + "/db/bad"))
      if (entry.path().filename() != "lock.mdb" && entry.path().filename() != "lock")
        files.push_back(entry.path().filename());
    for (std::uint64_t round = 0; round < test_size(250, 5'250); ++round) {
      const bool truncate = round % 5 == 0;
      const std::string& name = files[random.below(files.size())];
      fs::remove_all(work.path());
      fs::copy(place.path(), work.path(), fs::copy_options::recursive);
      const std::string path = work.file("bad", name);
      const std::uint64_t at = random.below(fs::file_size(path));
      INFO((cleanly ? "closed cleanly, " : "as after kill -9, ")
           << (truncate ? "cut " : "flipped ") << name << " at " << at);
      if (truncate)
        fs::resize_file(path, at);
      else
        flip_byte(path, at);
      const auto roots = open_roots(work.path(), small(), system_clock());
      bool told = false;
      const bool wal_cut = truncate && name.starts_with("wal");  // what is cut off leaves no trace of having been there
      const std::string wrong = read_damaged(*roots, told);
      if (!wal_cut) REQUIRE(wrong == "");
      (truncate ? told_of_truncation : told_of_flips) += told ? 1 : 0;
      REQUIRE(roots->find("good").value()->snapshot().at(kKept)->value == kept_value(kKept - 1));
    }
  }
  CHECK(told_of_truncation > 0);
  CHECK(told_of_flips > 0);
  log::set_level(log::Level::info);
}

TEST_CASE("the scrub finds damage in a database that is open, and its health says so") {
  const Place place;
  const auto roots = open_roots(place.path(), small(), system_clock());
  const auto root = std::dynamic_pointer_cast<StoredRoot>(roots->create("trucks").value().root);
  REQUIRE(root);
  for (int i = 0; i < 50; ++i) REQUIRE(root->append(one("needle " + std::to_string(i))).has_value());
  root->backup([](BytesView) {});  // everything is in the tree now
  root->scrub();
  root->scrub();
  REQUIRE(root->health().empty());

  std::ifstream in(place.file("trucks", "data.mdb"), std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  const auto at = bytes.find("needle 25");
  REQUIRE(at != std::string::npos);
  flip_byte(place.file("trucks", "data.mdb"), at + 3);
  root->scrub();
  root->scrub();
  CHECK(root->health().find("position 26") != std::string::npos);
  CHECK_THROWS_AS(root->snapshot().at(26), Failure);
  CHECK(root->snapshot().at(27)->value == "needle 26");
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
