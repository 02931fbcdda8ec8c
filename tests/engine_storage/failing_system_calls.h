#pragma once

#include <cstdint>

#include "engine/base/bytes.h"

// This program's own pwrite, pwritev, writev and fdatasync, which LMDB calls instead of the C library's: so that the
// Nth of them can fail under it, and somebody can watch them.
namespace laterbase::test {

struct SystemCallFaults {
  std::uint64_t fail_at = 0;  // counting from 1; 0 is never
  bool lasting = false;       // and all later ones
  int error = 0;              // errno of those that fail
  bool short_writes = false;  // a write that fails writes half instead, as a full disk does
  bool only_meta_pages = false;
  std::uint64_t calls = 0;
  std::uint64_t fired = 0;
};

// Of the calling thread.
SystemCallFaults& system_call_faults();

// Told of each call that has succeeded. Calls that it makes itself are not watched.
class SystemCallWatcher {
 public:
  virtual ~SystemCallWatcher() = default;
  virtual void wrote(int file, std::uint64_t offset, BytesView bytes) = 0;
  virtual void synced(int file) = 0;
};

// Of the calling thread; none at first.
SystemCallWatcher*& system_call_watcher();

}  // namespace laterbase::test
