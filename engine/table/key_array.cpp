#include "engine/table/key_array.h"

#include <sys/mman.h>

#include <algorithm>
#include <vector>

namespace laterbase::worktable {
namespace {

std::size_t bytes_for(std::uint32_t width) {
  return width == 0 ? 0 : (std::size_t{1} << std::min(8 * width, 32U)) * sizeof(Spot);
}

}  // namespace

KeyArray::KeyArray(std::uint32_t width)
    : shift_(width == 0 ? 0 : 64 - 8 * width),
      space_(bytes_for(width), std::max<std::size_t>(bytes_for(width), 1)),
      size_(space_.size() / sizeof(Spot)),
      spots_(reinterpret_cast<Spot*>(space_.data())) {}

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
