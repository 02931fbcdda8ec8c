#pragma once

#include <cstddef>

namespace laterbase::worktable {

// Address space in one piece, whose memory comes page by page when it is first touched, as zeros. So what grows in it
// never moves, and a place in it is one addition away.
// Threads: as plain memory. Lifetime: unmapped at the end.
class AddressSpace {
 public:
  // `bytes`, or where the kernel gives less, half of that, and so on down to `least`; size() is 0 where not even that.
  AddressSpace(std::size_t bytes, std::size_t least);
  AddressSpace(const AddressSpace&) = delete;
  AddressSpace& operator=(const AddressSpace&) = delete;
  ~AddressSpace();

  char* data() const noexcept { return data_; }  // aligned to huge pages, which it doesn't use unless asked
  std::size_t size() const noexcept { return size_; }
  // Takes memory for a part of it at once, rather than fault by fault. Only about speed.
  void populate(std::size_t from, std::size_t bytes) noexcept;
  // The same in huge pages; in whole ones.
  void populate_huge(std::size_t from, std::size_t bytes) noexcept;

  static constexpr std::size_t huge_page = std::size_t{2} << 20;

 private:
  bool map(std::size_t bytes);

  char* mapped_ = nullptr;
  std::size_t mapped_bytes_ = 0;
  char* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace laterbase::worktable
