#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "engine/storage/storage.h"

namespace laterbase {

struct LmdbOptions {
  std::uint64_t map_bytes = std::uint64_t{16} << 30;     // address space at first; doubled as the file grows into it
  std::uint64_t max_map_bytes = std::uint64_t{1} << 40;  // where growing ends: 507 beyond
  bool must_exist = false;                               // a missing or empty file is damage, not a new database
  // Files up to this size have every page of their trees checked each time they are opened; larger ones only after an
  // unclean end. About 1 s a GiB that is in the page cache.
  std::uint64_t check_bytes = std::uint64_t{256} << 20;
  // How long a full map waits for the readers to be out before the write is refused. New readers wait as long.
  std::chrono::milliseconds growth_patience{5000};
};

// A Storage in LMDB (http://www.lmdb.tech, 0.9.24), one environment in `directory`, default flags and MDB_NOTLS: what
// weaker ones lose is in docs. The only file that includes lmdb.h is lmdb_environment.cpp.
//
// Promises: the map grows without a restart, at 80 % and where it is full, once no read transaction is open; until then
// new ones wait. A reader that stays longer than `growth_patience` has the write refused as disk_full, not the others
// blocked for ever; so never hold a read transaction while waiting for an update(). Where a failed commit has left the
// environment unusable, it is opened again by the next call; such a commit, of which nobody can know whether it is on
// the disk, is io. On a file system that takes no writes it is opened for reading.
// Errors: Failure{damaged} where the file is shorter than its trees, is no LMDB file, has a damaged page, or is
// expected and absent; {closed} where another process, or this one, has it open. Cost: a read transaction 150 ns, and
// 100 ns more for the first use of each table.
std::unique_ptr<Storage> open_lmdb_storage(const std::string& directory, const std::vector<std::string>& tables,
                                           const LmdbOptions& options);

}  // namespace laterbase
