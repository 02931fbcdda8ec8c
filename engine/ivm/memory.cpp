#include "engine/ivm/memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "engine/base/invariant.h"

namespace laterbase::ivm {
namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t least_block = 128;
constexpr std::size_t least_power = 6;  // 2^6 < least_block

std::size_t round_up(std::size_t value, std::size_t to) noexcept { return (value + to - 1) / to * to; }

[[noreturn]] void fail(const std::string& what, const std::string& directory, int error) {
  const FailureCode code =
      error == ENOSPC || error == EDQUOT || error == EFBIG ? FailureCode::disk_full : FailureCode::io;
  throw Failure(code, what + " in " + directory + ": " + std::generic_category().message(error));
}

// Without a name from the beginning where the file system can do that, otherwise right after.
int open_nameless(const std::string& directory) {
  const int nameless = open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (nameless >= 0) return nameless;
  std::string path = directory + "/scratch-XXXXXX";
  const int file = mkostemp(path.data(), O_CLOEXEC);
  if (file < 0) fail("can't make a scratch file", directory, errno);
  unlink(path.c_str());
  return file;
}

// Of the whole pages in it.
bool make_hole(char* at, std::size_t size) noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(at);
  const std::size_t skipped = round_up(address, page) - address;
  return madvise(at + skipped, (size - skipped) / page * page, MADV_REMOVE) == 0;
}

}  // namespace

ScratchFile::ScratchFile(const std::string& directory) : directory_(directory), file_(open_nameless(directory)) {}

ScratchFile::~ScratchFile() {
  for (const Chunk& chunk : chunks_) munmap(chunk.at, chunk.size);
  close(file_);
}

// 128, 144, 160, … 240, 256, 288, …
std::size_t ScratchFile::class_of(std::size_t bytes) noexcept {
  bytes = std::max(bytes, least_block);
  const auto power = static_cast<std::size_t>(std::bit_width(bytes - 1)) - 1;  // 2^power < bytes <= 2^(power + 1)
  const std::size_t below = std::size_t{1} << power, step = below / steps;
  return (power - least_power) * steps + (bytes - below + step - 1) / step;
}

std::size_t ScratchFile::size_of(std::size_t size_class) noexcept {
  const std::size_t below = std::size_t{1} << (least_power + size_class / steps);
  return below + below / steps * (size_class % steps);
}

char* ScratchFile::allocate(std::size_t bytes) {
  const std::size_t size_class = class_of(bytes);
  std::vector<Freed>& free = free_[size_class];
  const std::size_t size = size_of(size_class);
  if (!free.empty()) {
    const Freed freed = free.back();
    if (freed.is_empty) reserve(offset_of(freed.at), size);
    free.pop_back();
    return freed.at;
  }
  if (size > left_) grow(size);
  char* at = next_;
  next_ += size;
  left_ -= size;
  return at;
}

void ScratchFile::free(char* at, std::size_t bytes) noexcept {
  const std::size_t size_class = class_of(bytes);
  const std::size_t size = size_of(size_class);
  free_[size_class].push_back({at, size >= least_hole && make_hole(at, size)});
}

// Chunks grow with the file: a small circuit's is small, a large one's rarely grows.
void ScratchFile::grow(std::size_t bytes) {
  constexpr std::size_t least = 1 << 20, most = 64 << 20;
  const std::size_t wanted = std::max(bytes, std::clamp<std::size_t>(size_ / 4, least, most));
  const std::size_t chunk = round_up(wanted, page);
  reserve(size_, chunk);
  void* at = mmap(nullptr, chunk, PROT_READ | PROT_WRITE, MAP_SHARED, file_, static_cast<off_t>(size_));
  if (at == MAP_FAILED) fail("can't map a scratch file", directory_, errno);
  madvise(at, chunk, MADV_RANDOM);  // rows are found by hash: what lies beside one isn't wanted next
  chunks_.push_back({static_cast<char*>(at), chunk, size_});
  size_ += chunk;
  next_ = static_cast<char*>(at);
  left_ = chunk;
}

void ScratchFile::reserve(std::uint64_t offset, std::size_t bytes) const {
  int error = EINTR;
  while (error == EINTR) error = posix_fallocate(file_, static_cast<off_t>(offset), static_cast<off_t>(bytes));
  if (error != 0) fail("no room for the state of a view", directory_, error);
}

std::uint64_t ScratchFile::offset_of(const char* at) const noexcept {
  const auto chunk = std::find_if(chunks_.begin(), chunks_.end(),
                                  [&](const Chunk& one) { return at >= one.at && at < one.at + one.size; });
  LATERBASE_INVARIANT(chunk != chunks_.end(), "memory that is not of this scratch file");
  return chunk->offset + static_cast<std::uint64_t>(at - chunk->at);
}

}  // namespace laterbase::ivm
