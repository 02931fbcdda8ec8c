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

constexpr TableId table_a{0}, table_b{1}, table_c{2};

}  // namespace laterbase::test
