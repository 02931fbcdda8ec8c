#include "tests/engine_storage/storage_kinds.h"

#include "engine/storage/faults.h"
#include "engine/storage/lmdb_storage.h"
#include "engine/storage/memory_storage.h"

namespace laterbase::test {

const std::vector<StorageKind>& storage_kinds() {
  static const std::vector<StorageKind> kinds = {
      {"memory", [](const std::string&) { return open_memory_storage(3); }},
      {"faulty, without faults",
       [](const std::string&) {
         static FaultPlan no_faults;
         return with_faults(open_memory_storage(3), no_faults, 1);
       }},
      {"lmdb",
       [](const std::string& directory) {
         return open_lmdb_storage(directory, {"a", "b", "c"}, {});
       }},
  };
  return kinds;
}

}  // namespace laterbase::test
