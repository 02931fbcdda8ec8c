#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/storage/storage.h"

namespace laterbase {

struct LmdbOptions {
  std::uint64_t map_bytes = std::uint64_t{16} << 30;     // address space at first; doubled as the file grows into it
  std::uint64_t max_map_bytes = std::uint64_t{1} << 40;  // where growing ends: 507 beyond
  bool must_exist = false;                               // a missing or empty file is damage, not a new database
};

// A Storage in LMDB (http://www.lmdb.tech, 0.9.24), one environment in `directory`, default flags and MDB_NOTLS: what
// weaker ones lose is in docs. The only file that includes lmdb.h is lmdb_storage.cpp.
// Throws Failure{damaged} where the file is shorter than its meta page says, is no LMDB file, or is expected and
// absent.
std::unique_ptr<Storage> open_lmdb_storage(const std::string& directory, const std::vector<std::string>& tables,
                                           const LmdbOptions& options);

}  // namespace laterbase
