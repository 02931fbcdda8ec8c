#pragma once

#include <memory>
#include <span>
#include <string>

#include "engine/storage/disk.h"

namespace laterbase::worktable {

struct Block {
  std::uint64_t offset = 0;
  BytesView bytes;
};

// Writes many blocks of one file: the seam between a space file and how its bytes get to the kernel.
// Promises: when write() returns, all blocks are written, in any order, and seen by who reads or maps the file; none is
// durable before the file's sync().
// Threads: any; batches of several threads share the kernel's queue.
// Errors: Failure (disk_full, io); some of the blocks may then be written.
class BatchWriter {
 public:
  virtual ~BatchWriter() = default;
  virtual void write(std::span<const Block> blocks) = 0;
  virtual const char* name() const noexcept = 0;
};

// One write after the other, through the File, which must outlive it.
std::unique_ptr<BatchWriter> make_plain_writer(File& file);

// io_uring, with a descriptor of its own for the file of this path. nullptr: this kernel has no io_uring, or does not
// let this process use it.
std::unique_ptr<BatchWriter> make_ring_writer(const std::string& path);

}  // namespace laterbase::worktable
