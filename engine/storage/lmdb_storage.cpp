#include "engine/storage/lmdb_storage.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <lmdb.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "engine/base/invariant.h"
#include "engine/storage/keys.h"
#include "engine/storage/lmdb_check.h"
#include "engine/storage/lmdb_place.h"
#include "engine/storage/pipe_pump.h"
#include "engine/storage/reader_gate.h"
#include "engine/storage/system_failure.h"

namespace laterbase {
namespace {

// Less than this on the disk, and an EIO is a short write for want of room: LMDB doesn't tell them apart.
constexpr std::uint64_t kNoRoomBytes = 1 << 20;

MDB_val val_of(BytesView bytes) noexcept { return {bytes.size(), const_cast<char*>(bytes.data())}; }
BytesView view_of(const MDB_val& val) noexcept { return {static_cast<const char*>(val.mv_data), val.mv_size}; }

FailureCode code_of(int error) noexcept {
  switch (error) {
    case MDB_MAP_FULL:
      return FailureCode::disk_full;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
    case MDB_CURSOR_FULL:
    case MDB_BAD_DBI:
    case MDB_INCOMPATIBLE:
      return FailureCode::damaged;
    default:
      return failure_code_of(error);
  }
}

[[noreturn]] void throw_lmdb(int error, const std::string& directory, const char* what) {
  if (error == EIO && real_disk().free_bytes(directory) < kNoRoomBytes) error = ENOSPC;
  throw Failure(code_of(error), fmt::format("{} {}: {}", directory, what, mdb_strerror(error)));
}

// One opening of the environment.
class Environment {
 public:
  Environment(const LmdbPlace& place, const std::vector<std::string>& tables, std::uint64_t map_bytes, bool read_only)
      : directory_(place.directory()), read_only_(read_only) {
    check(mdb_env_create(&env_), "could not be opened");
    try {
      check(mdb_env_set_maxdbs(env_, static_cast<MDB_dbi>(tables.size())), "could not be opened");
      check(mdb_env_set_mapsize(env_, map_bytes), "could not be opened");
      check(mdb_env_open(env_, directory_.c_str(), MDB_NOTLS | (read_only ? MDB_RDONLY : 0), 0640),
            "could not be opened");
      int descriptor = -1;
      check(mdb_env_get_fd(env_, &descriptor), "could not be opened");
      ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
      open_tables(tables);
    } catch (...) {
      mdb_env_close(env_);
      throw;
    }
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment() { mdb_env_close(env_); }

  MDB_env* env() const noexcept { return env_; }
  bool read_only() const noexcept { return read_only_; }
  const std::string& directory() const noexcept { return directory_; }

  MDB_dbi table(TableId table) const {
    const auto index = static_cast<std::size_t>(table);
    LATERBASE_INVARIANT(index < tables_.size(), "a table that the storage was not opened with");
    return tables_[index];
  }

  void check(int error, const char* what) const {
    if (error != MDB_SUCCESS) throw_lmdb(error, directory_, what);
  }

  std::uint64_t map_bytes() const noexcept { return info().me_mapsize; }
  std::uint64_t used_bytes() const noexcept {
    MDB_stat stat;
    mdb_env_stat(env_, &stat);
    return (info().me_last_pgno + 1) * stat.ms_psize;
  }
  std::uint64_t bytes_on_disk() const {
    int descriptor = -1;
    struct stat about {};
    check(mdb_env_get_fd(env_, &descriptor), "could not be looked at");
    if (::fstat(descriptor, &about) != 0) throw_lmdb(errno, directory_, "could not be looked at");
    return static_cast<std::uint64_t>(about.st_blocks) * 512;
  }

 private:
  MDB_envinfo info() const noexcept {
    MDB_envinfo info;
    mdb_env_info(env_, &info);
    return info;
  }

  // Not a transaction of readers' or writers': handles live as long as the environment.
  void open_tables(const std::vector<std::string>& names) {
    MDB_txn* txn = nullptr;
    check(mdb_txn_begin(env_, nullptr, read_only_ ? MDB_RDONLY : 0, &txn), "could not be opened");
    int error = MDB_SUCCESS;
    for (const std::string& name : names) {
      tables_.emplace_back();
      error = mdb_dbi_open(txn, name.c_str(), read_only_ ? 0 : MDB_CREATE, &tables_.back());
      if (error != MDB_SUCCESS) break;
    }
    if (error == MDB_SUCCESS)
      error = mdb_txn_commit(txn);
    else
      mdb_txn_abort(txn);
    if (error == MDB_NOTFOUND) error = EROFS;
    check(error, "could not be given its tables");
  }

  MDB_env* env_ = nullptr;
  std::string directory_;
  bool read_only_;
  std::vector<MDB_dbi> tables_;
};

class LmdbCursor : public Cursor {
 public:
  LmdbCursor(const Environment& environment, MDB_txn* txn, TableId table) : environment_(environment) {
    environment_.check(mdb_cursor_open(txn, environment_.table(table), &cursor_), "could not be read");
  }
  LmdbCursor(const LmdbCursor&) = delete;
  LmdbCursor& operator=(const LmdbCursor&) = delete;
  ~LmdbCursor() override { mdb_cursor_close(cursor_); }

  bool first() override { return move(MDB_FIRST); }
  bool last() override { return move(MDB_LAST); }
  bool next() override { return move_on(MDB_NEXT); }
  bool prev() override { return move_on(MDB_PREV); }

  bool seek(BytesView at_or_after) override {
    if (at_or_after.empty()) return first();
    key_ = val_of(at_or_after);
    return move(MDB_SET_RANGE);
  }

  BytesView key() const override {
    LATERBASE_INVARIANT(on_entry_, "a cursor that stands on no entry was read");
    return view_of(key_);
  }
  BytesView value() const override {
    LATERBASE_INVARIANT(on_entry_, "a cursor that stands on no entry was read");
    return view_of(value_);
  }

 private:
  bool move_on(MDB_cursor_op operation) {
    LATERBASE_INVARIANT(on_entry_, "a cursor that stands on no entry was moved on");
    return move(operation);
  }

  bool move(MDB_cursor_op operation) {
    const int error = mdb_cursor_get(cursor_, &key_, &value_, operation);
    on_entry_ = error == MDB_SUCCESS;
    if (!on_entry_ && error != MDB_NOTFOUND) environment_.check(error, "could not be read");
    return on_entry_;
  }

  const Environment& environment_;
  MDB_cursor* cursor_ = nullptr;
  MDB_val key_{};
  MDB_val value_{};
  bool on_entry_ = false;
};

// What both kinds of transactions read alike.
struct Reading {
  const Environment& environment;
  MDB_txn* txn;

  std::optional<BytesView> get(TableId table, BytesView key) const {
    if (!key_is_possible(key)) return std::nullopt;
    MDB_val wanted = val_of(key), found;
    const int error = mdb_get(txn, environment.table(table), &wanted, &found);
    if (error == MDB_NOTFOUND) return std::nullopt;
    environment.check(error, "could not be read");
    return view_of(found);
  }

  std::uint64_t count(TableId table) const {
    MDB_stat stat;
    environment.check(mdb_stat(txn, environment.table(table), &stat), "could not be read");
    return stat.ms_entries;
  }
};

class LmdbWriteTxn : public WriteTxn {
 public:
  explicit LmdbWriteTxn(const Environment& environment) : reading_{environment, nullptr} {
    environment.check(mdb_txn_begin(environment.env(), nullptr, 0, &reading_.txn), "could not be written");
  }
  LmdbWriteTxn(const LmdbWriteTxn&) = delete;
  LmdbWriteTxn& operator=(const LmdbWriteTxn&) = delete;
  ~LmdbWriteTxn() override {
    if (reading_.txn != nullptr) mdb_txn_abort(reading_.txn);
  }

  std::optional<BytesView> get(TableId table, BytesView key) override { return reading_.get(table, key); }
  std::uint64_t count(TableId table) override { return reading_.count(table); }
  std::unique_ptr<Cursor> cursor(TableId table) override {
    return std::make_unique<LmdbCursor>(reading_.environment, reading_.txn, table);
  }

  void put(TableId table, BytesView key, BytesView value) override { require(write(table, key, value, 0)); }
  bool insert(TableId table, BytesView key, BytesView value) override {
    const int error = write(table, key, value, MDB_NOOVERWRITE);
    if (error == MDB_KEYEXIST) return false;
    require(error);
    return true;
  }
  void append(TableId table, BytesView key, BytesView value) override {
    const int error = write(table, key, value, MDB_APPEND);
    LATERBASE_INVARIANT(error != MDB_KEYEXIST, "append() of a key that is not the greatest");
    require(error);
  }
  bool erase(TableId table, BytesView key) override {
    if (!key_is_possible(key)) return false;
    MDB_val wanted = val_of(key);
    const int error = mdb_del(reading_.txn, reading_.environment.table(table), &wanted, nullptr);
    if (error == MDB_NOTFOUND) return false;
    require(error);
    return true;
  }

  // What LMDB answers; the transaction is over either way.
  int commit() {
    const int error = mdb_txn_commit(std::exchange(reading_.txn, nullptr));
    if (error == MDB_MAP_FULL) map_full_ = true;
    return error;
  }
  // The transaction has failed for want of map, whatever became of the exception that said so.
  bool map_full() const noexcept { return map_full_; }

 private:
  int write(TableId table, BytesView key, BytesView value, unsigned flags) {
    require_key(key);
    MDB_val key_val = val_of(key), value_val = val_of(value);
    return mdb_put(reading_.txn, reading_.environment.table(table), &key_val, &value_val, flags);
  }

  void require(int error) {
    if (error == MDB_MAP_FULL) map_full_ = true;
    reading_.environment.check(error, "could not be written");
  }

  Reading reading_;
  bool map_full_ = false;
};

// A stay inside the gate.
class Stay {
 public:
  explicit Stay(ReaderGate& gate) : gate_(gate), slot_(gate.enter()) {}
  Stay(const Stay&) = delete;
  Stay& operator=(const Stay&) = delete;
  ~Stay() { gate_.leave(slot_); }
  ReaderSlot& slot() const noexcept { return slot_; }

 private:
  ReaderGate& gate_;
  ReaderSlot& slot_;
};

class LmdbReadTxn : public ReadTxn {
 public:
  LmdbReadTxn(ReaderGate& gate, const std::unique_ptr<Environment>& environment) : stay_(gate) {
    if (environment == nullptr) throw Failure(FailureCode::closed, "the environment could not be opened again");
    MDB_txn*& txn = stay_.slot().txn;
    const int error =
        txn != nullptr ? mdb_txn_renew(txn) : mdb_txn_begin(environment->env(), nullptr, MDB_RDONLY, &txn);
    panicked_ = error == MDB_PANIC;
    if (!panicked_) environment->check(error, "could not be read");
    reading_.emplace(Reading{*environment, txn});
  }
  LmdbReadTxn(const LmdbReadTxn&) = delete;
  LmdbReadTxn& operator=(const LmdbReadTxn&) = delete;
  ~LmdbReadTxn() override {
    if (!panicked_) mdb_txn_reset(reading_->txn);
  }

  // A commit has failed so that nothing can be read before the environment is opened again.
  bool panicked() const noexcept { return panicked_; }

  std::optional<BytesView> get(TableId table, BytesView key) override { return reading_->get(table, key); }
  std::uint64_t count(TableId table) override { return reading_->count(table); }
  std::unique_ptr<Cursor> cursor(TableId table) override {
    return std::make_unique<LmdbCursor>(reading_->environment, reading_->txn, table);
  }

 private:
  Stay stay_;
  bool panicked_ = false;
  std::optional<Reading> reading_;
};

class LmdbStorage : public Storage {
 public:
  LmdbStorage(const std::string& directory, const std::vector<std::string>& tables, const LmdbOptions& options)
      : place_(directory, options.must_exist), tables_(tables), options_(options) {
    map_bytes_ = map_for(look_at_file());
    environment_ = std::make_unique<Environment>(place_, tables_, map_bytes_, place_.read_only());
  }

  ~LmdbStorage() override {
    LATERBASE_INVARIANT(gate_.inside().readers == 0, "a storage was closed under a read transaction");
    close_environment();
    place_.mark_clean();
  }

  std::unique_ptr<ReadTxn> read() override {
    auto txn = std::make_unique<LmdbReadTxn>(gate_, environment_);
    if (!txn->panicked()) return txn;
    txn.reset();
    open_again_if_broken();
    txn = std::make_unique<LmdbReadTxn>(gate_, environment_);
    if (txn->panicked()) throw Failure(FailureCode::closed, place_.directory() + " has to be opened again");
    return txn;
  }

  void update(const Change& change) override {
    LATERBASE_INVARIANT(writer_ != std::this_thread::get_id(), "update() within update()");
    const std::lock_guard lock(writing_);
    writer_ = std::this_thread::get_id();
    struct Leave {
      std::atomic<std::thread::id>& writer;
      ~Leave() { writer = std::thread::id(); }
    } leave{writer_};
    make_writable();
    grow_ahead();
    while (!attempt(change)) grow_or_throw();
  }

  void backup(const Sink& sink) override {
    const auto snapshot_possible = read();  // the gate stays open to us, and the map where it is
    MDB_env* env = environment_->env();
    const auto copy = [env](int to) { return mdb_env_copyfd2(env, to, MDB_CP_COMPACT); };
    environment_->check(pump_through_pipe(copy, sink), "could not be copied");
  }

  StorageStats stats() override {
    const ReaderGate::Inside inside = gate_.inside();
    const Stay stay(gate_);
    if (environment_ == nullptr) return {0, map_bytes_, inside.readers, inside.oldest_ms};
    return {environment_->bytes_on_disk(), environment_->map_bytes(), inside.readers, inside.oldest_ms};
  }

 private:
  // How many bytes the environment takes; 0 where it is new.
  std::uint64_t look_at_file() const {
    const auto file = real_disk().open(place_.data_path(), false);
    if (!options_.must_exist && is_unfinished_lmdb_file(*file)) {
      if (file->size() > 0) file->truncate(0);
      return 0;
    }
    const auto meta = read_lmdb_meta(*file);
    if (!meta) throw_damaged(meta.error());
    // LMDB doesn't write pages that a transaction took and gave back, so the end may be missing, but nothing in use.
    const bool shorter = file->size() < meta->bytes();
    if (shorter || place_.unclean() || file->size() <= options_.check_bytes) {
      const auto checked = check_lmdb_pages(*file);
      if (!checked) throw_damaged(checked.error());
    }
    if (shorter && !place_.read_only()) file->truncate(meta->bytes());
    return meta->bytes();
  }

  [[noreturn]] void throw_damaged(const Error& error) const {
    throw Failure(FailureCode::damaged, fmt::format("{} is damaged: {}", place_.data_path(), error.detail));
  }

  std::uint64_t map_for(std::uint64_t used) const {
    constexpr std::uint64_t kUnit = 64 << 10;
    std::uint64_t bytes = (options_.map_bytes + kUnit - 1) / kUnit * kUnit;
    while (is_nearly_full(used, bytes) && bytes < options_.max_map_bytes) bytes = doubled(bytes);
    return bytes;
  }

  static bool is_nearly_full(std::uint64_t used, std::uint64_t map) { return used > map / 10 * 8; }
  std::uint64_t doubled(std::uint64_t bytes) const { return std::min(bytes * 2, options_.max_map_bytes); }

  // Whether it is committed; not, where the map was full, and then all is as before.
  bool attempt(const Change& change) {
    LmdbWriteTxn txn(*environment_);
    try {
      change(txn);
    } catch (...) {
      if (!txn.map_full()) throw;
    }
    if (txn.map_full()) return false;
    const int error = txn.commit();
    if (error != MDB_SUCCESS && !txn.map_full()) throw_failed_commit(error);
    return error == MDB_SUCCESS;
  }

  [[noreturn]] void throw_failed_commit(int error) {
    broken_ = LmdbReadTxn(gate_, environment_).panicked();
    if (!broken_) throw_lmdb(error, place_.directory(), "could not be written");
    const std::string what =
        fmt::format("{} could not be written: {}; whether the last commit is on the disk is unknown",
                    place_.directory(), mdb_strerror(error));
    open_again();
    throw Failure(FailureCode::io, what);
  }

  void make_writable() {
    if (broken_ && !open_again()) throw Failure(FailureCode::closed, place_.directory() + " has to be opened again");
    if (!environment_->read_only()) return;
    struct statvfs about {};
    const bool writable = ::statvfs(place_.directory().c_str(), &about) == 0 && (about.f_flag & ST_RDONLY) == 0;
    if (writable) open_again();
    if (environment_->read_only())
      throw Failure(FailureCode::read_only, place_.directory() + " is on a file system that takes no writes");
  }

  void open_again_if_broken() {
    const std::lock_guard lock(writing_);
    if (broken_) open_again();
  }

  // False where readers stayed inside for too long. Throws what opening throws.
  bool open_again() {
    broken_ = true;
    if (!gate_.close(options_.growth_patience)) return false;
    struct Open {
      ReaderGate& gate;
      ~Open() { gate.open(); }
    } open{gate_};
    close_environment();
    try {
      environment_ = std::make_unique<Environment>(place_, tables_, map_bytes_, false);
    } catch (const Failure& failure) {
      if (failure.code() != FailureCode::read_only) throw;
      environment_ = std::make_unique<Environment>(place_, tables_, map_bytes_, true);
    }
    broken_ = false;
    return true;
  }

  void close_environment() noexcept {
    for (MDB_txn* txn : gate_.take_transactions()) mdb_txn_abort(txn);
    environment_.reset();
  }

  void grow_ahead() {
    if (!is_nearly_full(environment_->used_bytes(), map_bytes_)) return;
    const auto now = std::chrono::steady_clock::now();
    if (now < no_growth_before_) return;
    if (!grow(kGrowthAheadPatience)) no_growth_before_ = now + kGrowthAheadPause;
  }

  void grow_or_throw() {
    if (map_bytes_ >= options_.max_map_bytes)
      throw Failure(FailureCode::disk_full,
                    fmt::format("{} is full: its map may not grow beyond {} bytes", place_.directory(), map_bytes_));
    if (grow(options_.growth_patience)) return;
    throw Failure(FailureCode::disk_full,
                  fmt::format("{} is full: its map can't grow while a read transaction is open, "
                              "and one has been for {} ms",
                              place_.directory(), gate_.inside().oldest_ms));
  }

  bool grow(std::chrono::milliseconds patience) {
    const std::uint64_t larger = doubled(map_bytes_);
    if (larger <= map_bytes_ || !gate_.close(patience)) return false;
    const int error = mdb_env_set_mapsize(environment_->env(), larger);
    gate_.open();
    if (error == MDB_SUCCESS) {
      map_bytes_ = larger;
      return true;
    }
    open_again();  // LMDB has let go of the old map
    throw_lmdb(error, place_.directory(), "could not be given a larger map");
  }

  static constexpr std::chrono::milliseconds kGrowthAheadPatience{20};
  static constexpr std::chrono::seconds kGrowthAheadPause{1};

  LmdbPlace place_;
  const std::vector<std::string> tables_;
  const LmdbOptions options_;
  std::mutex writing_;
  std::atomic<std::thread::id> writer_;
  // The writer's.
  std::uint64_t map_bytes_ = 0;
  std::chrono::steady_clock::time_point no_growth_before_;
  bool broken_ = false;
  // Replaced only while the gate is closed.
  ReaderGate gate_;
  std::unique_ptr<Environment> environment_;
};

}  // namespace

std::unique_ptr<Storage> open_lmdb_storage(const std::string& directory, const std::vector<std::string>& tables,
                                           const LmdbOptions& options) {
  return std::make_unique<LmdbStorage>(directory, tables, options);
}

}  // namespace laterbase
