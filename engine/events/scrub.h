#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>

#include "engine/events/snapshot.h"

namespace laterbase {

// Reads a root's log a little at a time, round and round, so that damage is found before somebody needs the event: the
// entry against its checksum, its key against the table of keys. Threads: any. Errors: none; what it finds it keeps.
class Scrub {
 public:
  // The next `events` positions of the log that the snapshot shows.
  void step(Snapshot& snapshot, std::size_t events);

  std::string damage() const;    // what was found last, in words; empty while all is well
  std::uint64_t passes() const;  // over the whole log

 private:
  mutable std::mutex mutex_;
  Lc next_ = 1;
  std::uint64_t passes_ = 0;
  std::string damage_;
};

}  // namespace laterbase
