#include "engine/storage/lmdb_environment.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <lmdb.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "engine/base/invariant.h"
#include "engine/storage/disk.h"
#include "engine/storage/keys.h"
#include "engine/storage/pipe_pump.h"
#include "engine/storage/system_failure.h"

namespace laterbase {
namespace {

// Less than this on the disk, and an EIO is a short write for want of room: LMDB doesn't tell them apart.
constexpr std::uint64_t no_room_bytes = 1 << 20;

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
  if (error == EIO && real_disk().free_bytes(directory) < no_room_bytes) error = ENOSPC;
  throw Failure(code_of(error), fmt::format("{} {}: {}", directory, what, mdb_strerror(error)));
}

class LmdbCursor : public Cursor {
 public:
  LmdbCursor(const LmdbEnvironment& environment, MDB_txn* txn, TableId table) : environment_(environment) {
    environment_.check(mdb_cursor_open(txn, environment_.handle(table), &cursor_), "could not be read");
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

  const LmdbEnvironment& environment_;
  MDB_cursor* cursor_ = nullptr;
  MDB_val key_{};
  MDB_val value_{};
  bool on_entry_ = false;
};

// What both kinds of transactions read alike.
struct Reading {
  const LmdbEnvironment& environment;
  MDB_txn* txn;

  std::optional<BytesView> get(TableId table, BytesView key) const {
    if (!key_is_possible(key)) return std::nullopt;
    MDB_val wanted = val_of(key), found;
    const int error = mdb_get(txn, environment.handle(table), &wanted, &found);
    if (error == MDB_NOTFOUND) return std::nullopt;
    environment.check(error, "could not be read");
    return view_of(found);
  }

  std::uint64_t count(TableId table) const {
    MDB_stat stat;
    environment.check(mdb_stat(txn, environment.handle(table), &stat), "could not be read");
    return stat.ms_entries;
  }
};

class LmdbReadTxn : public ReadTxn {
 public:
  // The transaction of the slot has been begun.
  LmdbReadTxn(const LmdbEnvironment& environment, ReaderStay stay)
      : stay_(std::move(stay)), reading_{environment, stay_.slot().txn} {}
  LmdbReadTxn(const LmdbReadTxn&) = delete;
  LmdbReadTxn& operator=(const LmdbReadTxn&) = delete;
  ~LmdbReadTxn() override { mdb_txn_reset(reading_.txn); }

  std::optional<BytesView> get(TableId table, BytesView key) override { return reading_.get(table, key); }
  std::uint64_t count(TableId table) override { return reading_.count(table); }
  std::unique_ptr<Cursor> cursor(TableId table) override {
    return std::make_unique<LmdbCursor>(reading_.environment, reading_.txn, table);
  }

 private:
  ReaderStay stay_;
  Reading reading_;
};

class LmdbWriteTxnImpl : public LmdbWriteTxn {
 public:
  LmdbWriteTxnImpl(const LmdbEnvironment& environment, MDB_txn* txn) : reading_{environment, txn} {}
  LmdbWriteTxnImpl(const LmdbWriteTxnImpl&) = delete;
  LmdbWriteTxnImpl& operator=(const LmdbWriteTxnImpl&) = delete;
  ~LmdbWriteTxnImpl() override {
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
    const int error = mdb_del(reading_.txn, reading_.environment.handle(table), &wanted, nullptr);
    if (error == MDB_NOTFOUND) return false;
    require(error);
    return true;
  }

  void commit() override { require(mdb_txn_commit(std::exchange(reading_.txn, nullptr))); }
  bool map_full() const noexcept override { return map_full_; }

 private:
  int write(TableId table, BytesView key, BytesView value, unsigned flags) {
    require_key(key);
    MDB_val key_val = val_of(key), value_val = val_of(value);
    return mdb_put(reading_.txn, reading_.environment.handle(table), &key_val, &value_val, flags);
  }

  void require(int error) {
    if (error == MDB_MAP_FULL) map_full_ = true;
    reading_.environment.check(error, "could not be written");
  }

  Reading reading_;
  bool map_full_ = false;
};

MDB_envinfo info_of(MDB_env* env) noexcept {
  MDB_envinfo info;
  mdb_env_info(env, &info);
  return info;
}

}  // namespace

LmdbEnvironment::LmdbEnvironment(const std::string& directory, const std::vector<std::string>& tables,
                                 std::uint64_t map_bytes, bool read_only)
    : directory_(directory), read_only_(read_only) {
  check(mdb_env_create(&env_), "could not be opened");
  try {
    open(tables, map_bytes);
  } catch (...) {
    mdb_env_close(env_);
    throw;
  }
}

LmdbEnvironment::~LmdbEnvironment() { mdb_env_close(env_); }

void LmdbEnvironment::open(const std::vector<std::string>& tables, std::uint64_t map_bytes) {
  check(mdb_env_set_maxdbs(env_, static_cast<MDB_dbi>(tables.size())), "could not be opened");
  check(mdb_env_set_mapsize(env_, map_bytes), "could not be opened");
  const unsigned flags = MDB_NOTLS | (read_only_ ? MDB_RDONLY : 0);
  check(mdb_env_open(env_, directory_.c_str(), flags, 0640), "could not be opened");
  set_close_on_exec();
  open_tables(tables);
}

// LMDB does so with its other descriptors.
void LmdbEnvironment::set_close_on_exec() const {
  int descriptor = -1;
  check(mdb_env_get_fd(env_, &descriptor), "could not be opened");
  ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

void LmdbEnvironment::open_tables(const std::vector<std::string>& names) {
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
  if (error == MDB_NOTFOUND) error = EROFS;  // it can't be made
  check(error, "could not be given its tables");
}

std::unique_ptr<ReadTxn> LmdbEnvironment::read(ReaderStay stay) const {
  MDB_txn*& txn = stay.slot().txn;
  const int error = txn != nullptr ? mdb_txn_renew(txn) : mdb_txn_begin(env_, nullptr, MDB_RDONLY, &txn);
  if (error == MDB_PANIC) return nullptr;
  check(error, "could not be read");
  return std::make_unique<LmdbReadTxn>(*this, std::move(stay));
}

std::unique_ptr<LmdbWriteTxn> LmdbEnvironment::write() const {
  MDB_txn* txn = nullptr;
  check(mdb_txn_begin(env_, nullptr, 0, &txn), "could not be written");
  return std::make_unique<LmdbWriteTxnImpl>(*this, txn);
}

bool LmdbEnvironment::panicked() const {
  MDB_txn* txn = nullptr;
  const int error = mdb_txn_begin(env_, nullptr, MDB_RDONLY, &txn);
  if (error == MDB_SUCCESS) mdb_txn_abort(txn);
  return error == MDB_PANIC;
}

void LmdbEnvironment::copy(const Storage::Sink& sink) const {
  const auto produce = [this](int to) { return mdb_env_copyfd2(env_, to, MDB_CP_COMPACT); };
  check(pump_through_pipe(produce, sink), "could not be copied");
}

void LmdbEnvironment::set_map_bytes(std::uint64_t bytes) {
  check(mdb_env_set_mapsize(env_, bytes), "could not be given a larger map");
}

void LmdbEnvironment::end(const std::vector<MDB_txn*>& transactions) noexcept {
  for (MDB_txn* txn : transactions) mdb_txn_abort(txn);
}

std::uint64_t LmdbEnvironment::map_bytes() const noexcept { return info_of(env_).me_mapsize; }

std::uint64_t LmdbEnvironment::used_bytes() const noexcept {
  MDB_stat stat;
  mdb_env_stat(env_, &stat);
  return (info_of(env_).me_last_pgno + 1) * stat.ms_psize;
}

std::uint64_t LmdbEnvironment::bytes_on_disk() const {
  int descriptor = -1;
  struct stat about {};
  check(mdb_env_get_fd(env_, &descriptor), "could not be looked at");
  check(::fstat(descriptor, &about) == 0 ? 0 : errno, "could not be looked at");
  return static_cast<std::uint64_t>(about.st_blocks) * 512;
}

unsigned LmdbEnvironment::handle(TableId table) const {
  const auto index = static_cast<std::size_t>(table);
  LATERBASE_INVARIANT(index < tables_.size(), "a table that the storage was not opened with");
  return tables_[index];
}

void LmdbEnvironment::check(int error, const char* what) const {
  if (error != MDB_SUCCESS) throw_lmdb(error, directory_, what);
}

}  // namespace laterbase
