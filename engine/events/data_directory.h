#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/hash.h"
#include "engine/events/ulid.h"

// A node's data directory on the machine's disk:
//
//   node         the node's id, made once
//   lock         flock()ed by the process that has the directory
//   db/NAME/     one root: data.mdb, lock.mdb (LMDB's), wal-a, wal-b, clean
//   dropped/NAME empty: that root was dropped here, so that no peer brings it back
//   new/, trash/ roots that are not there yet, or no longer; emptied at start
//
// Threads: any, each call for itself. Errors: Failure in words.
namespace laterbase {

class DataDirectory {
 public:
  // Makes it where it is missing and locks it. Throws Failure where another process has it.
  DataDirectory(std::string path, Clock& clock);
  ~DataDirectory();
  DataDirectory(const DataDirectory&) = delete;
  DataDirectory& operator=(const DataDirectory&) = delete;

  const Ulid& node() const noexcept { return node_; }
  std::vector<std::string> names() const;  // of roots, sorted
  bool has(const std::string& name) const;
  std::string root_path(const std::string& name) const { return path_ + "/db/" + name; }

  // An empty directory in which a root can be made; moved to its name, durably, by adopt().
  std::string make_new(const std::string& name);
  void adopt(const std::string& name);
  // Takes the root away at once and its bytes soon after.
  void trash(const std::string& name);
  // It was trashed, and none was adopted under its name since.
  bool was_dropped(const std::string& name) const;

  // Remembers that the root's tree was left whole as it is now; says whether it is still just so, and forgets it.
  void mark_clean(const std::string& name) const;
  bool take_clean_mark(const std::string& name) const;

 private:
  std::string dropped_path(const std::string& name) const { return path_ + "/dropped/" + name; }
  void note_drop(const std::string& name) const;
  void lock();
  void read_or_make_node(Clock& clock);

  std::string path_;
  int lock_fd_ = -1;
  Ulid node_;
};

// What tells this file from a copy of it: its inode and when it was made.
Hash128 file_identity(const std::string& path);
// Changes when the machine has been down.
std::uint64_t boot_id();

}  // namespace laterbase
