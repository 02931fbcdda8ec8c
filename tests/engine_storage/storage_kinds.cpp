#include "tests/engine_storage/storage_kinds.h"

#include "engine/storage/lmdb_storage.h"
#include "engine/storage/memory_storage.h"

namespace laterbase::test {

const std::vector<StorageKind>& storage_kinds() {
  static const std::vector<StorageKind> kinds = {
      {"memory", [](const std::string&) { return open_memory_storage(3); }},
      {"lmdb", [](const std::string& directory) { return open_lmdb_storage(directory, {"a", "b", "c"}, {}); }},
  };
  return kinds;
}

}  // namespace laterbase::test
