#pragma once

#include <cstdint>

// This program's own pwrite, pwritev, writev and fdatasync, which LMDB calls instead of the C library's: so that the
// Nth of them can fail under it.
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

}  // namespace laterbase::test
