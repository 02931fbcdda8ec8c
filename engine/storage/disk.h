#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/bytes.h"

// The seam under our own files (write-ahead log, space files): just what a crash can be argued about.
//
// Promises: what was written before a sync() that returned outlives power loss; what was written since may be there or
// not, in any order, in atoms of 512 bytes. A created, renamed or removed name is durable after sync_directory().
// Threads: a Disk any; a File one at a time, except read_at.
// Errors: Failure (disk_full, read_only, io). After a failed sync() nothing is known of the bytes since the last good
// one: close the file and read it again.
namespace laterbase {

class File {
 public:
  virtual ~File() = default;
  virtual std::uint64_t size() = 0;
  // Writes all of the bytes, growing the file as needed.
  virtual void write_at(std::uint64_t offset, BytesView bytes) = 0;
  // How many bytes were read: fewer than wanted only at the end of the file.
  virtual std::size_t read_at(std::uint64_t offset, char* to, std::size_t wanted) = 0;
  // fdatasync: the bytes, and the size where it changed.
  virtual void sync() = 0;
  virtual void truncate(std::uint64_t size) = 0;
};

class Disk {
 public:
  virtual ~Disk() = default;
  // Opens for reading and writing; creates the file where it is missing and `create` says so, and throws
  // Failure{io} otherwise.
  virtual std::unique_ptr<File> open(const std::string& path, bool create) = 0;
  virtual bool exists(const std::string& path) = 0;
  virtual void rename(const std::string& from, const std::string& to) = 0;  // replaces `to`
  virtual void remove(const std::string& path) = 0;                         // no error where there is none
  virtual void make_directories(const std::string& path) = 0;
  virtual void sync_directory(const std::string& path) = 0;
  virtual std::vector<std::string> list(const std::string& directory) = 0;  // names, sorted
  virtual std::uint64_t free_bytes(const std::string& path) = 0;
};

// The machine's own disk. Threads: any. Lifetime: the process.
Disk& real_disk() noexcept;

}  // namespace laterbase
