#pragma once

#include "engine/base/random.h"
#include "engine/storage/disk.h"

namespace laterbase {

// A Disk in memory that can lose power: crash() keeps, of what was not synced, a random subset of its 512-byte atoms
// and names, and leaves every File of before useless. Threads: any.
class MemoryDisk : public Disk {
 public:
  virtual void crash(Random& random) = 0;
  // From here on only so many more bytes fit; further ones are Failure{disk_full}.
  virtual void set_free_bytes(std::uint64_t bytes) = 0;
};

std::unique_ptr<MemoryDisk> make_memory_disk();

}  // namespace laterbase
