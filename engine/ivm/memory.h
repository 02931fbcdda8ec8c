#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/error.h"

// Where a circuit's state lies: on the heap, or in a scratch file that is mapped. In the file, the kernel writes out
// what is not in use and reads it back when it is touched, as with any file that programs map; so state may be larger
// than memory, and what is in use stays as fast as the heap.
namespace laterbase::ivm {

// A file without a name, in a directory on a disk: it ends with the process, whatever happens. Blocks of it are
// reserved on the disk before anything is written into them, so that a disk that fills up is found here and not by a
// signal. Cost: blocks come in eight sizes to each power of two; what is given back is used again for that size.
// Threads: one at a time. Errors: Failure disk_full or io, of the constructor and of allocate().
class ScratchFile {
 public:
  explicit ScratchFile(const std::string& directory);
  ~ScratchFile();
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  char* allocate(std::size_t bytes);  // aligned to 16
  void free(char* at, std::size_t bytes) noexcept;

  std::uint64_t size() const noexcept { return size_; }  // of the file

 private:
  struct Chunk {
    char* at;
    std::size_t size;
    std::uint64_t offset;
  };
  struct Freed {
    char* at;
    bool is_empty;  // its part of the file is a hole
  };
  static constexpr std::size_t steps = 8;
  static constexpr std::size_t classes = steps * 48;
  static constexpr std::size_t least_hole = 1 << 20;  // from here on, what is free is given back to the disk

  static std::size_t class_of(std::size_t bytes) noexcept;
  static std::size_t size_of(std::size_t size_class) noexcept;
  void grow(std::size_t bytes);
  void reserve(std::uint64_t offset, std::size_t bytes) const;
  std::uint64_t offset_of(const char* at) const noexcept;

  std::string directory_;
  int file_ = -1;
  std::uint64_t size_ = 0;
  std::vector<Chunk> chunks_;
  std::array<std::vector<Freed>, classes> free_;
  char* next_ = nullptr;
  std::size_t left_ = 0;
};

// What a container asks for memory: the heap, or a scratch file that outlives it.
class Memory {
 public:
  Memory() noexcept = default;
  explicit Memory(ScratchFile* file) noexcept : file_(file) {}

  char* allocate(std::size_t bytes) const {
    return file_ ? file_->allocate(bytes) : static_cast<char*>(::operator new(bytes));
  }
  void free(char* at, std::size_t bytes) const noexcept { file_ ? file_->free(at, bytes) : ::operator delete(at); }

 private:
  ScratchFile* file_ = nullptr;
};

// Memory of one size that is given back when this ends: a slab, a table's slots.
class Block {
 public:
  Block() noexcept = default;
  Block(Memory memory, std::size_t bytes) : memory_(memory), at_(memory.allocate(bytes)), bytes_(bytes) {}
  ~Block() {
    if (at_) memory_.free(at_, bytes_);
  }
  Block(Block&& other) noexcept { swap(other); }
  Block& operator=(Block&& other) noexcept {
    Block(std::move(other)).swap(*this);
    return *this;
  }
  void swap(Block& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(at_, other.at_);
    std::swap(bytes_, other.bytes_);
  }

  char* get() const noexcept { return at_; }
  std::size_t bytes() const noexcept { return bytes_; }

 private:
  Memory memory_;
  char* at_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace laterbase::ivm
