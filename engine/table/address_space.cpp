#include "engine/table/address_space.h"

#include <sys/mman.h>

#include <cstdint>

namespace laterbase::worktable {
namespace {
#ifdef MADV_POPULATE_WRITE
constexpr int populate_write = MADV_POPULATE_WRITE;
#else
constexpr int populate_write = 23;  // Linux 5.14; kernels before refuse it, and memory comes as it is touched
#endif
}  // namespace

AddressSpace::AddressSpace(std::size_t bytes, std::size_t least) {
  while (bytes >= least && !map(bytes)) bytes /= 2;
}

AddressSpace::~AddressSpace() {
  if (mapped_ != nullptr) ::munmap(mapped_, mapped_bytes_);
}

bool AddressSpace::map(std::size_t bytes) {
  constexpr int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  void* memory = ::mmap(nullptr, bytes + huge_page, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (memory == MAP_FAILED) return false;
  ::madvise(memory, bytes + huge_page, MADV_NOHUGEPAGE);
  mapped_ = static_cast<char*>(memory);
  mapped_bytes_ = bytes + huge_page;
  data_ = mapped_ + (huge_page - reinterpret_cast<std::uintptr_t>(memory) % huge_page) % huge_page;
  size_ = bytes;
  return true;
}

void AddressSpace::populate(std::size_t from, std::size_t bytes) noexcept {
  ::madvise(data_ + from, bytes, populate_write);
}

void AddressSpace::populate_huge(std::size_t from, std::size_t bytes) noexcept {
  ::madvise(data_ + from, bytes, MADV_HUGEPAGE);
  populate(from, bytes);
}

}  // namespace laterbase::worktable
