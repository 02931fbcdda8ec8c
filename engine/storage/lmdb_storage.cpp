#include "engine/storage/lmdb_storage.h"

#include <fmt/format.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <utility>

#include "engine/base/invariant.h"
#include "engine/storage/lmdb_check.h"
#include "engine/storage/lmdb_environment.h"
#include "engine/storage/lmdb_place.h"
#include "engine/storage/reader_gate.h"

namespace laterbase {
namespace {

struct OpenAtEnd {
  ReaderGate& gate;
  ~OpenAtEnd() { gate.open(); }
};

class LmdbStorage : public Storage {
 public:
  LmdbStorage(const std::string& directory, const std::vector<std::string>& tables, const LmdbOptions& options)
      : place_(directory, options.must_exist), tables_(tables), options_(options) {
    map_bytes_ = map_for(look_at_file());
    environment_ = std::make_unique<LmdbEnvironment>(place_.directory(), tables_, map_bytes_, place_.read_only());
  }

  ~LmdbStorage() override {
    LATERBASE_INVARIANT(gate_.inside().readers == 0, "a storage was closed under a read transaction");
    close_environment();
    if (!broken_) place_.mark_clean();
  }

  std::unique_ptr<ReadTxn> read() override {
    if (auto txn = try_read()) return txn;
    open_again_if_broken();
    if (auto txn = try_read()) return txn;
    throw_to_be_opened_again();
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
    try {
      while (!attempt(change)) grow_or_throw();
    } catch (const Failure&) {
      open_again_for_readers();
      throw;
    }
  }

  void backup(const Sink& sink) override {
    const auto stay = read();  // keeps the environment open, and its map where it is
    environment_->copy(sink);
  }

  StorageStats stats() override {
    const ReaderGate::Inside inside = gate_.inside();
    const ReaderStay stay(gate_);
    if (environment_ == nullptr) return {0, 0, inside.readers, inside.oldest_ms};
    return {environment_->bytes_on_disk(), environment_->map_bytes(), inside.readers, inside.oldest_ms};
  }

 private:
  // Nothing where the environment has to be opened again.
  std::unique_ptr<ReadTxn> try_read() {
    ReaderStay stay(gate_);
    return environment_ != nullptr ? environment_->read(std::move(stay)) : nullptr;
  }

  [[noreturn]] void throw_to_be_opened_again() const {
    throw Failure(FailureCode::closed, place_.directory() + " has to be opened again after a failed commit");
  }

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
    constexpr std::uint64_t unit = 64 << 10;
    std::uint64_t bytes = (options_.map_bytes + unit - 1) / unit * unit;
    while (is_nearly_full(used, bytes) && bytes < options_.max_map_bytes) bytes = doubled(bytes);
    return bytes;
  }

  static bool is_nearly_full(std::uint64_t used, std::uint64_t map) { return used > map / 10 * 8; }
  std::uint64_t doubled(std::uint64_t bytes) const { return std::min(bytes * 2, options_.max_map_bytes); }

  // False where the map was full; then all is as before.
  bool attempt(const Change& change) {
    const auto txn = environment_->write();
    try {
      change(*txn);
    } catch (...) {
      if (!txn->map_full()) throw;
    }
    if (txn->map_full()) return false;
    try {
      txn->commit();
      return true;
    } catch (const Failure& failure) {
      if (txn->map_full()) return false;
      if (!environment_->panicked()) throw;
      broken_ = true;
      throw Failure(FailureCode::io, std::string(failure.what()) + "; whether this commit is on the disk is unknown");
    }
  }

  void make_writable() {
    if (broken_ && !open_again()) throw_to_be_opened_again();
    if (!environment_->read_only()) return;
    struct statvfs about {};
    const bool writable = ::statvfs(place_.directory().c_str(), &about) == 0 && (about.f_flag & ST_RDONLY) == 0;
    if (writable) open_again();
    if (environment_->read_only())
      throw Failure(FailureCode::read_only, place_.directory() + " is on a file system that takes no writes");
  }

  // What the commit met with is what the caller has to hear; where this fails too, the next call tries again.
  void open_again_for_readers() noexcept {
    try {
      if (broken_) open_again();
    } catch (const Failure&) {
    }
  }

  void open_again_if_broken() {
    const std::lock_guard lock(writing_);
    if (broken_) open_again();
  }

  // False where readers stayed inside for too long. Throws what opening throws.
  bool open_again() {
    broken_ = true;
    if (!gate_.close(options_.growth_patience)) return false;
    const OpenAtEnd open{gate_};
    replace_environment();
    return true;
  }

  // With the gate closed.
  void replace_environment() {
    broken_ = true;
    close_environment();
    try {
      environment_ = std::make_unique<LmdbEnvironment>(place_.directory(), tables_, map_bytes_, false);
    } catch (const Failure& failure) {
      if (failure.code() != FailureCode::read_only) throw;
      environment_ = std::make_unique<LmdbEnvironment>(place_.directory(), tables_, map_bytes_, true);
    }
    broken_ = false;
  }

  void close_environment() noexcept {
    LmdbEnvironment::end(gate_.take_transactions());
    environment_.reset();
  }

  void grow_ahead() {
    if (!is_nearly_full(environment_->used_bytes(), map_bytes_)) return;
    const auto now = std::chrono::steady_clock::now();
    if (now < no_growth_before_) return;
    if (!grow(growth_ahead_patience)) no_growth_before_ = now + growth_ahead_pause;
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
    const OpenAtEnd open{gate_};
    try {
      environment_->set_map_bytes(larger);
    } catch (const Failure&) {
      replace_environment();  // LMDB has let go of the map that it had
      throw;
    }
    map_bytes_ = larger;
    return true;
  }

  static constexpr std::chrono::milliseconds growth_ahead_patience{20};
  static constexpr std::chrono::seconds growth_ahead_pause{1};

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
  std::unique_ptr<LmdbEnvironment> environment_;
};

}  // namespace

std::unique_ptr<Storage> open_lmdb_storage(const std::string& directory, const std::vector<std::string>& tables,
                                           const LmdbOptions& options) {
  return std::make_unique<LmdbStorage>(directory, tables, options);
}

}  // namespace laterbase
