#pragma once

#include <fstream>
#include <map>
#include <sstream>

#include "engine/storage/lmdb_storage.h"
#include "tests/engine_storage/storage_kinds.h"
#include "tests/engine_storage/test_support.h"

// What the tests of LMDB's storage share: opening three tables, whole contents, whole files.
namespace laterbase::test {

using Contents = std::map<std::string, std::string>;

inline const std::vector<std::string>& three_tables() {
  static const std::vector<std::string> names = {"a", "b", "c"};
  return names;
}

inline std::unique_ptr<Storage> open_lmdb(const std::string& directory, const LmdbOptions& options = {}) {
  return open_lmdb_storage(directory, three_tables(), options);
}

inline LmdbOptions expected() {
  LmdbOptions options;
  options.must_exist = true;
  return options;
}

inline LmdbOptions with_map(std::uint64_t bytes, std::uint64_t most = std::uint64_t{1} << 40) {
  LmdbOptions options;
  options.map_bytes = bytes;
  options.max_map_bytes = most;
  return options;
}

inline Contents contents_of(ReadTxn& txn, TableId table) {
  Contents contents;
  const auto cursor = txn.cursor(table);
  for (bool on = cursor->first(); on; on = cursor->next())
    contents.emplace_hint(contents.end(), cursor->key(), cursor->value());
  return contents;
}

inline Contents contents_of(Storage& storage, TableId table) { return contents_of(*storage.read(), table); }

inline std::string file_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

inline void write_file(const std::string& path, BytesView bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  REQUIRE(file.flush().good());
}

}  // namespace laterbase::test
