#pragma once

#include <string>

namespace laterbase {

// The name of a file system, by its type in statfs, whose mmap and write are not one view, or whose locks other
// machines don't see; nothing where LMDB can be trusted to it. What FUSE leads to can't be known, and is let through.
const char* untrusted_file_system(long type) noexcept;

// A directory that holds an environment, taken for this process alone from construction to destruction.
//
// Refuses file systems on which LMDB's map and locks can't be trusted, a directory or data file that is open in this
// process already (a registry by device and inode), and one that another process holds (a flock of our own; LMDB's
// lock.mdb is never touched while it is open, because closing any descriptor of it drops LMDB's own locks).
// Errors: Failure{damaged} where a file is expected and is missing or empty; {closed} where the place is taken;
// {read_only, disk_full, io} as the system says.
class LmdbPlace {
 public:
  LmdbPlace(const std::string& directory, bool must_exist);
  LmdbPlace(const LmdbPlace&) = delete;
  LmdbPlace& operator=(const LmdbPlace&) = delete;
  ~LmdbPlace();

  const std::string& directory() const noexcept { return directory_; }
  std::string data_path() const { return directory_ + "/data.mdb"; }

  // Whether the holder before this one ended without saying so: killed, crashed, or the power went. So does a file that
  // came here without its holder's mark, as a copy.
  bool unclean() const noexcept { return unclean_; }
  // The file system takes no writes.
  bool read_only() const noexcept { return read_only_; }
  // To be called when all is closed in good order; otherwise the next holder sees an unclean end.
  void mark_clean() noexcept;

 private:
  void create_directory(bool must_exist);
  void refuse_file_system() const;
  void claim_data_file(bool must_exist);
  void lock();
  void mark_in_use();
  void preallocate_reader_table() const;
  void release() noexcept;

  std::string directory_;
  std::string lock_path_;
  unsigned long long device_ = 0;
  unsigned long long inode_ = 0;
  bool registered_ = false;
  int lock_file_ = -1;
  bool fresh_ = false;  // the data file is empty
  bool unclean_ = false;
  bool read_only_ = false;
};

}  // namespace laterbase
