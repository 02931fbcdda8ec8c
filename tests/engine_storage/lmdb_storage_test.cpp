#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <thread>

#include "engine/storage/lmdb_check.h"
#include "tests/engine_storage/lmdb_support.h"

using namespace laterbase;
using namespace laterbase::test;

namespace {

std::string key_of(std::uint64_t number) {
  std::string key(8, '\0');
  store_be64(key.data(), number);
  return key;
}

// Keys from `first` on, each with as many bytes as `size`.
void append_keys(WriteTxn& txn, std::uint64_t first, std::uint64_t count, std::size_t size) {
  const std::string value(size, 'v');
  for (std::uint64_t i = first; i < first + count; ++i) txn.append(table_a, key_of(i), value);
}

// A child process that opens the database, tells so, and holds it until it is killed.
class Holder {
 public:
  explicit Holder(const std::string& directory) {
    std::array<int, 2> pipe{};
    REQUIRE(::pipe(pipe.data()) == 0);
    child_ = ::fork();
    REQUIRE(child_ >= 0);
    if (child_ == 0) hold(directory, pipe[1]);
    char byte = 0;
    const ssize_t got = ::read(pipe[0], &byte, 1);
    ::close(pipe[0]);
    ::close(pipe[1]);
    REQUIRE(got == 1);
    REQUIRE(byte == 'y');
  }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;
  ~Holder() {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  pid_t child() const { return child_; }

 private:
  [[noreturn]] static void hold(const std::string& directory, int tell) {
    char byte = 'n';
    try {
      const auto storage = open_lmdb(directory);
      storage->update([](WriteTxn& txn) { txn.put(table_b, "held", "yes"); });
      byte = 'y';
      if (::write(tell, &byte, 1) == 1) ::pause();
    } catch (...) {
      if (::write(tell, &byte, 1) != 1) ::_exit(2);
    }
    ::_exit(1);
  }

  pid_t child_ = -1;
};

}  // namespace

TEST_CASE("what was committed is there after closing and opening") {
  const TemporaryDirectory directory;
  open_lmdb(directory / "made/on/demand")->update([](WriteTxn& txn) { append_keys(txn, 0, 1000, 100); });
  REQUIRE(open_lmdb(directory / "made/on/demand", expected())->read()->count(table_a) == 1000);
}

TEST_CASE("the map grows while readers read") {
  const TemporaryDirectory directory;
  const auto storage = open_lmdb(directory.path(), with_map(1 << 20));
  const std::uint64_t map_at_first = storage->stats().bytes_map;
  std::atomic<bool> done = false;
  std::atomic<std::uint64_t> wrong = 0, reads = 0;
  const auto read = [&] {
    while (!done) {
      const auto txn = storage->read();
      const std::uint64_t count = txn->count(table_a);
      const auto cursor = txn->cursor(table_a);
      if (cursor->last() != (count > 0)) ++wrong;
      if (count > 0 && cursor->key() != key_of(count - 1)) ++wrong;
      if (count > 0 && txn->get(table_a, key_of(count / 2)).value_or("") != std::string(500, 'v')) ++wrong;
      ++reads;
    }
  };
  std::thread one(read), two(read);
  for (std::uint64_t i = 0; i < 40; ++i) storage->update([&](WriteTxn& txn) { append_keys(txn, i * 500, 500, 500); });
  done = true;
  one.join();
  two.join();
  REQUIRE(wrong == 0);
  REQUIRE(reads > 0);
  REQUIRE(storage->read()->count(table_a) == 20'000);
  REQUIRE(storage->stats().bytes_map >= 8 * map_at_first);
}

TEST_CASE("a transaction larger than the map is run again in a larger one") {
  const TemporaryDirectory directory;
  const auto storage = open_lmdb(directory.path(), with_map(1 << 20));
  int runs = 0;
  storage->update([&](WriteTxn& txn) {
    ++runs;
    append_keys(txn, 0, 10'000, 1000);
  });
  REQUIRE(runs > 1);
  REQUIRE(storage->read()->count(table_a) == 10'000);

  SECTION("also where it has swallowed what it was told") {
    storage->update([&](WriteTxn& txn) {
      try {
        append_keys(txn, 10'000, 20'000, 1000);
      } catch (const Failure&) {
      }
    });
    REQUIRE(storage->read()->count(table_a) == 30'000);
  }
}

TEST_CASE("a reader that stays is waited for, then the write is refused, and nobody is blocked for ever") {
  const TemporaryDirectory directory;
  LmdbOptions options = with_map(1 << 20);
  options.growth_patience = std::chrono::milliseconds(50);
  const auto storage = open_lmdb(directory.path(), options);
  const auto fill = [](WriteTxn& txn) { append_keys(txn, 0, 5'000, 1000); };
  auto stays = storage->read();
  const Failure failure = failure_of([&] { storage->update(fill); });
  REQUIRE(failure.code() == FailureCode::disk_full);
  REQUIRE(std::string(failure.what()).find("read transaction") != std::string::npos);
  REQUIRE(storage->read()->count(table_a) == 0);
  storage->update([](WriteTxn& txn) { txn.put(table_b, "small", "fits"); });
  REQUIRE(stays->count(table_b) == 0);
  stays.reset();
  storage->update(fill);
  REQUIRE(storage->read()->count(table_a) == 5'000);
}

TEST_CASE("a map that is full at its most refuses writes, goes on reading, and takes them again in a larger one") {
  const TemporaryDirectory directory;
  std::uint64_t written = 0;
  const auto write = [&](Storage& storage) {
    storage.update([&](WriteTxn& txn) { append_keys(txn, written, 100, 500); });
    written += 100;
  };
  {
    const auto storage = open_lmdb(directory.path(), with_map(1 << 20, 4 << 20));
    const Failure failure = failure_of([&] {
      for (;;) write(*storage);
    });
    REQUIRE(failure.code() == FailureCode::disk_full);
    REQUIRE(std::string(failure.what()).find("4194304") != std::string::npos);
    REQUIRE(written > 2'000);
    REQUIRE(storage->read()->count(table_a) == written);
    REQUIRE(failure_of([&] { write(*storage); }).code() == FailureCode::disk_full);
  }
  const auto storage = open_lmdb(directory.path(), with_map(1 << 20, 8 << 20));
  write(*storage);
  REQUIRE(storage->read()->count(table_a) == written);
}

TEST_CASE("a directory is opened once in a process, by whatever name") {
  const TemporaryDirectory directory;
  std::filesystem::create_directory_symlink(directory / "one", directory / "link");
  auto storage = open_lmdb(directory / "one");
  for (const char* name : {"one", "link", "one/../one"}) {
    const Failure failure = failure_of([&] { open_lmdb(directory / name); });
    REQUIRE(failure.code() == FailureCode::closed);
    REQUIRE(std::string(failure.what()).find("already") != std::string::npos);
  }
  storage->update([](WriteTxn& txn) { txn.put(table_a, "still", "works"); });
  storage.reset();
  REQUIRE(open_lmdb(directory / "link")->read()->count(table_a) == 1);
}

TEST_CASE("a second process is refused, and the database is taken over once the first is gone") {
  const TemporaryDirectory directory;
  {
    const Holder holder(directory.path());
    const Failure failure = failure_of([&] { open_lmdb(directory.path()); });
    REQUIRE(failure.code() == FailureCode::closed);
    REQUIRE(std::string(failure.what()).find(std::to_string(holder.child())) != std::string::npos);
    const auto verified = verify_lmdb_file(directory.path());
    REQUIRE(verified.has_error());
    REQUIRE(verified.error().code == ErrorCode::unavailable);
  }
  const auto storage = open_lmdb(directory.path(), expected());
  REQUIRE(*storage->read()->get(table_b, "held") == "yes");
}

TEST_CASE("after an unclean end a file is checked, however large; after a clean one only a small one") {
  const TemporaryDirectory directory;
  { const Holder holder(directory.path()); }
  const auto damage = [&] {
    std::string bytes = file_bytes(directory / "data.mdb");
    for (std::size_t page = 2; page < bytes.size() / 4096; ++page) bytes[page * 4096 + 10] ^= 0x40;  // its kind
    write_file(directory / "data.mdb", bytes);
  };
  LmdbOptions unchecked = expected();
  unchecked.check_bytes = 0;
  damage();
  const Failure failure = failure_of([&] { open_lmdb(directory.path(), unchecked); });
  REQUIRE(failure.code() == FailureCode::damaged);
  REQUIRE(std::string(failure.what()).find("is of another kind") != std::string::npos);
  damage();  // and mends it
  open_lmdb(directory.path(), unchecked);
  damage();
  REQUIRE(failure_of([&] { open_lmdb(directory.path(), expected()); }).code() == FailureCode::damaged);
}

TEST_CASE("a database that is expected and missing or empty is damage, not a new one") {
  const TemporaryDirectory directory;
  REQUIRE(failure_of([&] { open_lmdb(directory / "none", expected()); }).code() == FailureCode::damaged);
  REQUIRE_FALSE(std::filesystem::exists(directory / "none"));
  REQUIRE(failure_of([&] { open_lmdb(directory.path(), expected()); }).code() == FailureCode::damaged);
  for (const std::size_t size : {std::size_t{0}, std::size_t{8192}}) {
    write_file(directory / "data.mdb", std::string(size, '\0'));
    REQUIRE(failure_of([&] { open_lmdb(directory.path(), expected()); }).code() == FailureCode::damaged);
    REQUIRE(open_lmdb(directory.path())->read()->count(table_a) == 0);  // its making was cut short
    std::filesystem::remove(directory / "data.mdb");
  }
}

TEST_CASE("what is no LMDB file is left alone") {
  const TemporaryDirectory directory;
  const std::string text(20'000, 'x');
  write_file(directory / "data.mdb", text);
  REQUIRE(failure_of([&] { open_lmdb(directory.path()); }).code() == FailureCode::damaged);
  REQUIRE(file_bytes(directory / "data.mdb") == text);
}

TEST_CASE("a backup is one moment, while a writer goes on") {
  const TemporaryDirectory directory, copy;
  const auto storage = open_lmdb(directory.path());
  storage->update([](WriteTxn& txn) { append_keys(txn, 0, 20'000, 100); });
  std::atomic<bool> done = false;
  std::atomic<std::uint64_t> updates = 0;
  std::thread writer([&] {
    for (; !done; ++updates)
      storage->update([&](WriteTxn& txn) {
        append_keys(txn, 20'000 + updates, 1, 100);
        txn.put(table_b, "count", std::to_string(20'000 + updates + 1));
      });
  });
  while (updates == 0) std::this_thread::yield();
  std::ofstream file(copy / "data.mdb", std::ios::binary);
  storage->backup([&](BytesView bytes) {
    const std::uint64_t before = updates;
    while (updates == before) std::this_thread::yield();  // the writer isn't held up
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  });
  file.close();
  done = true;
  writer.join();
  const auto restored = open_lmdb(copy.path(), expected());
  const auto txn = restored->read();
  REQUIRE(txn->count(table_a) > 20'000);
  REQUIRE(*txn->get(table_b, "count") == std::to_string(txn->count(table_a)));
  const auto cursor = txn->cursor(table_a);
  REQUIRE(cursor->last());
  REQUIRE(cursor->key() == key_of(txn->count(table_a) - 1));
}

TEST_CASE("a sink that throws ends its backup, not the process") {
  const TemporaryDirectory directory;
  const auto storage = open_lmdb(directory.path());
  storage->update([](WriteTxn& txn) { append_keys(txn, 0, 20'000, 500); });
  struct Stop {};
  for (int i = 0; i < 5; ++i) {
    int pieces = 0;
    REQUIRE_THROWS_AS(storage->backup([&](BytesView) {
      if (++pieces > i) throw Stop();
    }),
                      Stop);
  }
  REQUIRE(storage->stats().readers == 0);
  std::uint64_t bytes = 0;
  storage->backup([&](BytesView piece) { bytes += piece.size(); });
  REQUIRE(bytes > 10'000'000);
}

TEST_CASE("hundreds of environments are open at once") {
  // Sanitizers leave less address space and descriptors than a release has.
  rlimit files{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &files) == 0);
  files.rlim_cur = files.rlim_max;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &files) == 0);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  const std::uint64_t wanted = 60;
#else
  const std::uint64_t wanted = 1500;
#endif
  const std::uint64_t count = std::min<std::uint64_t>(wanted, (files.rlim_cur - 100) / 4);
  if (count < wanted) WARN("only " << count << " environments: the limit of open files is " << files.rlim_cur);
  const TemporaryDirectory directory(TemporaryDirectory::in_memory);
  std::vector<std::unique_ptr<Storage>> storages;
  for (std::uint64_t i = 0; i < count; ++i) {
    storages.push_back(open_lmdb(directory / std::to_string(i)));
    storages.back()->update([&](WriteTxn& txn) { txn.put(table_a, "number", std::to_string(i)); });
  }
  std::vector<std::unique_ptr<ReadTxn>> txns;
  for (const auto& storage : storages) txns.push_back(storage->read());
  for (std::uint64_t i = 0; i < count; ++i) REQUIRE(*txns[i]->get(table_a, "number") == std::to_string(i));
}

TEST_CASE("as many read transactions as there are slots, then words, not a crash") {
  const TemporaryDirectory directory;
  const auto storage = open_lmdb(directory.path());
  std::vector<std::unique_ptr<ReadTxn>> txns;
  const Failure failure = failure_of([&] {
    for (;;) txns.push_back(storage->read());
  });
  INFO(failure.what());
  REQUIRE(txns.size() > 200);
  REQUIRE(storage->stats().readers == txns.size());
  txns.pop_back();
  REQUIRE(storage->read()->count(table_a) == 0);
}
