#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/storage/reader_gate.h"
#include "engine/storage/storage.h"

struct MDB_env;

// LMDB behind types of our own: its .cpp is the only file that includes lmdb.h.
namespace laterbase {

// Throws Failure{disk_full} for MDB_MAP_FULL like for a full disk; map_full() tells them apart.
class LmdbWriteTxn : public WriteTxn {
 public:
  // The transaction is over either way. Throws where nothing was committed, or where nobody can know.
  virtual void commit() = 0;
  // It has failed for want of map, whatever became of the exception that said so.
  virtual bool map_full() const noexcept = 0;
};

// One opening of an environment. Threads: any, save where it says otherwise.
class LmdbEnvironment {
 public:
  LmdbEnvironment(const std::string& directory, const std::vector<std::string>& tables, std::uint64_t map_bytes,
                  bool read_only);
  LmdbEnvironment(const LmdbEnvironment&) = delete;
  LmdbEnvironment& operator=(const LmdbEnvironment&) = delete;
  ~LmdbEnvironment();

  // In the transaction that the slot of `stay` has from before, or its first. Nothing where a failed commit has left
  // the environment so that it has to be opened again.
  std::unique_ptr<ReadTxn> read(ReaderStay stay) const;
  // Waits for the writer before it. The thread that calls this ends it.
  std::unique_ptr<LmdbWriteTxn> write() const;
  // Whether a failed commit has left it unusable.
  bool panicked() const;
  void copy(const Storage::Sink& sink) const;

  // With no transaction open. After a Failure it has no map any more.
  void set_map_bytes(std::uint64_t bytes);
  // Those of slots, so that the environment can be closed.
  static void end(const std::vector<MDB_txn*>& transactions) noexcept;

  bool read_only() const noexcept { return read_only_; }
  std::uint64_t map_bytes() const noexcept;
  std::uint64_t used_bytes() const noexcept;  // with the pages that are free again
  std::uint64_t bytes_on_disk() const;

  // For what it hands out: the handle of a table, and Failure for what LMDB answered.
  unsigned handle(TableId table) const;
  void check(int error, const char* what) const;

 private:
  void open(const std::vector<std::string>& tables, std::uint64_t map_bytes);
  void open_tables(const std::vector<std::string>& names);
  void set_close_on_exec() const;

  MDB_env* env_ = nullptr;
  std::string directory_;
  bool read_only_;
  std::vector<unsigned> tables_;
};

}  // namespace laterbase
