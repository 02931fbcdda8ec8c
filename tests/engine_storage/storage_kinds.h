#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/storage/storage.h"

// The storages that the contract is tested on, each with three tables.
namespace laterbase::test {

struct StorageKind {
  std::string name;
  std::unique_ptr<Storage> (*open)(const std::string& directory);
};

const std::vector<StorageKind>& storage_kinds();

constexpr TableId kA{0}, kB{1}, kC{2};

}  // namespace laterbase::test
