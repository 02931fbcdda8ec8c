#include <fcntl.h>
#include <sys/stat.h>

#include <array>

#include "engine/storage/memory_file_body.h"
#include "tests/engine_storage/failing_system_calls.h"
#include "tests/engine_storage/lmdb_support.h"

// What LMDB writes and syncs is recorded as it happens, and the power is lost after some call: of what was not synced,
// a random subset of 512-byte atoms is on the disk. Whatever that gives is opened: it has all that was acknowledged, or
// the commit under way as well, whole.

using namespace laterbase;
using namespace laterbase::test;

namespace {

using State = std::array<Contents, 3>;

State state_of(ReadTxn& txn) {
  return {contents_of(txn, table_a), contents_of(txn, table_b), contents_of(txn, table_c)};
}

class PowerLoss : public SystemCallWatcher {
 public:
  PowerLoss(const std::string& data_path, Random& random) : random_(random) {
    struct stat about {};
    REQUIRE(::stat(data_path.c_str(), &about) == 0);
    inode_ = about.st_ino;
    body_.write(0, file_bytes(data_path));
    body_.sync();
  }
  PowerLoss(const PowerLoss&) = delete;
  PowerLoss& operator=(const PowerLoss&) = delete;
  ~PowerLoss() override { system_call_watcher() = nullptr; }

  void begin(const State& acknowledged) { acknowledged_ = acknowledged; }
  void under_way(const State& next) { next_ = next; }

  void wrote(int file, std::uint64_t offset, BytesView bytes) override {
    if (!is_data(file)) return;
    body_.write(offset, bytes);
    unsynced_ = true;
    maybe_lose_power();
    if ((::fcntl(file, F_GETFL) & O_DSYNC) != 0) synced(file);
  }

  void synced(int file) override {
    if (!is_data(file)) return;
    body_.sync();
    unsynced_ = false;
    maybe_lose_power();
  }

  // The commit under way has returned: from now on it has to be there.
  void acknowledge() {
    REQUIRE_FALSE(unsynced_);
    acknowledged_ = next_;
    maybe_lose_power();
  }

  std::uint64_t states() const { return states_; }
  std::uint64_t with_the_commit_under_way() const { return ahead_; }

 private:
  bool is_data(int file) const {
    struct stat about {};
    return ::fstat(file, &about) == 0 && about.st_ino == inode_;
  }

  void maybe_lose_power() {
    for (std::uint64_t i = random_.below(4); i > 0; --i) lose_power();
  }

  void lose_power() {
    MemoryFileBody lost = body_;
    lost.crash(random_);
    const TemporaryDirectory directory(TemporaryDirectory::in_memory);
    write_file(directory / "data.mdb", lost.now());
    const State found = state_of(*open_lmdb(directory.path(), expected())->read());
    const bool kept = found == acknowledged_;
    const bool ahead = found == next_;
    if (!kept && !ahead) REQUIRE((kept || ahead));
    if (!kept) ++ahead_;
    ++states_;
  }

  Random& random_;
  ino_t inode_ = 0;
  MemoryFileBody body_;
  bool unsynced_ = false;
  State acknowledged_, next_;
  std::uint64_t states_ = 0;
  std::uint64_t ahead_ = 0;
};

void change(WriteTxn& txn, Random& random) {
  for (std::uint64_t i = 1 + random.below(30); i > 0; --i) {
    const TableId table{static_cast<std::uint8_t>(random.below(3))};
    const std::string key = std::to_string(random.below(300));
    if (random.one_in(3))
      txn.erase(table, key);
    else
      txn.put(table, key, random_bytes(random, random.below(random.one_in(10) ? 10'000 : 100)));
  }
}

}  // namespace

TEST_CASE("whatever is on the disk when the power is lost, nothing that was committed is lost, and nothing is torn") {
  const std::uint64_t from = test_seed();
  INFO("LATERBASE_SEED=" << from);
  Random random(from);
  const std::uint64_t wanted = test_size(400, 50'000);
  std::uint64_t states = 0, ahead = 0;
  while (states < wanted) {
    const TemporaryDirectory directory(TemporaryDirectory::in_memory);
    const auto storage = open_lmdb(directory.path());
    storage->update([&](WriteTxn& txn) { change(txn, random); });
    PowerLoss power(directory / "data.mdb", random);
    power.begin(state_of(*storage->read()));
    for (int i = 0; i < 30; ++i) {
      system_call_watcher() = &power;
      storage->update([&](WriteTxn& txn) {
        change(txn, random);
        power.under_way(state_of(txn));
      });
      system_call_watcher() = nullptr;
      power.acknowledge();
    }
    states += power.states();
    ahead += power.with_the_commit_under_way();
  }
  CAPTURE(states, ahead);
  REQUIRE(ahead > states / 50);
}
