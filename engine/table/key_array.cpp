#include "engine/table/key_array.h"

#include <sys/mman.h>

#include <algorithm>
#include <vector>

namespace laterbase::worktable {

KeyArray::KeyArray(std::uint32_t width) : shift_(64 - 8 * width) {
  if (width == 0) {
    shift_ = 0;
    return;
  }
  const auto size = width >= 4 ? most : std::uint64_t{1} << 8 * width;
  void* memory =
      ::mmap(nullptr, size * sizeof(Spot), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return;
  ::madvise(memory, size * sizeof(Spot), MADV_NOHUGEPAGE);  // memory comes where rows are, not 2 MiB around them
  spots_ = static_cast<Spot*>(memory);
  size_ = size;
}

KeyArray::~KeyArray() {
  if (spots_ != nullptr) ::munmap(spots_, size_ * sizeof(Spot));
}

template <typename Each>
void KeyArray::each_resident_page(Each&& each) const {
  constexpr std::uint64_t at_once = 4096;
  std::vector<unsigned char> resident(at_once);
  const auto pages = pages_.load(std::memory_order_acquire);
  for (std::uint64_t first = 0; first < pages; first += at_once) {
    const auto count = std::min(at_once, pages - first);
    if (::mincore(spots_ + first * per_page, count * per_page * sizeof(Spot), resident.data()) != 0) return;
    for (std::uint64_t i = 0; i < count; ++i)
      if ((resident[i] & 1) != 0) each(first + i);
  }
}

std::size_t KeyArray::bytes() const {
  std::size_t pages = 0;
  each_resident_page([&](std::uint64_t) { ++pages; });
  return pages * per_page * sizeof(Spot);
}

// So that no row can come into the page while the kernel takes it: whoever brings one waits. False: there are rows.
bool KeyArray::close(std::uint64_t page) noexcept {
  const auto slot = [&](std::uint64_t i) { return std::atomic_ref<Spot>(spots_[page * per_page + i]); };
  for (std::uint64_t i = 0; i < per_page; ++i)
    if (slot(i).load(std::memory_order_relaxed) != no_spot) return false;
  for (std::uint64_t i = 0; i < per_page; ++i) {
    auto none = no_spot;
    if (slot(i).compare_exchange_strong(none, closed, std::memory_order_acq_rel)) continue;
    while (i-- > 0) slot(i).store(no_spot, std::memory_order_release);
    return false;
  }
  return true;
}

void KeyArray::release_empty() {
  each_resident_page([&](std::uint64_t page) {
    if (!close(page)) return;
    auto* from = spots_ + page * per_page;
    if (::madvise(from, per_page * sizeof(Spot), MADV_DONTNEED) == 0) return;
    for (std::uint64_t i = 0; i < per_page; ++i)
      std::atomic_ref<Spot>(from[i]).store(no_spot, std::memory_order_release);
  });
}

}  // namespace laterbase::worktable
