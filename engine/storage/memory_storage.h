#pragma once

#include <memory>
#include <vector>

#include "engine/storage/storage.h"

namespace laterbase {

// A Storage in memory: the model that the others are compared with, and the simulation's. `tables` is how many.
std::unique_ptr<Storage> open_memory_storage(std::size_t tables);

}  // namespace laterbase
