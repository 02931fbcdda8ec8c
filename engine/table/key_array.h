#pragma once

#include "engine/table/hash_index.h"

namespace laterbase::worktable {

// Unique numbers to spots, as one array: for keys that a table counts by itself, which lie close together.
//
// The address space of all numbers below 2^32 is reserved (16 GiB of it); memory comes by pages of 1,024 numbers, each
// with its first row, and goes when a vacuum finds no row in it. So numbers far apart cost a page each: those from 2^32
// on are not for this.
// Promises: as HashIndex, with one load instead of a probe. Threads: any, without a lock; everything wants a Pin.
class KeyArray {
 public:
  // Keys are exact ones of `width` bytes. Where that is 0, or the kernel gives no address space, it holds none.
  explicit KeyArray(std::uint32_t width);
  KeyArray(const KeyArray&) = delete;
  KeyArray& operator=(const KeyArray&) = delete;

  bool holds(std::uint64_t key) const noexcept { return key >> shift_ < size_; }
  Spot find(std::uint64_t key) const noexcept {
    const auto spot = at(key).load(std::memory_order_acquire);
    return spot == closed ? no_spot : spot;
  }
  // By the number itself. What stands there, a row's spot or not; see is_row(). no_spot: also where this can't be told.
  Spot find_near(std::uint64_t number) const noexcept {
    if (number >= size_) [[unlikely]]
      return no_spot;
    return std::atomic_ref<Spot>(spots_[number]).load(std::memory_order_acquire);
  }
  static bool is_row(Spot spot) noexcept { return spot + 1 > no_spot + 1; }  // and not `closed`, in one comparison
  void prefetch(std::uint64_t key) const noexcept { __builtin_prefetch(spots_ + (key >> shift_)); }
  // judge(spot) says what a row is that has this number. Of one that is just leaving, the writer is waited for.
  template <typename Judge>
  Placed insert(std::uint64_t key, Spot spot, bool alone, Judge&& judge);
  // Only by who claimed the row that is there, or brought it: nobody else changes its number meanwhile.
  void move(std::uint64_t key, Spot to) noexcept { at(key).store(to, std::memory_order_release); }
  void erase(std::uint64_t key) noexcept { move(key, no_spot); }
  // Gives memory back in which there are no rows. One at a time, and where a thread may be alone, by that one.
  void release_empty();
  std::size_t bytes() const;

 private:
  static constexpr std::uint64_t per_page = 4096 / sizeof(Spot);
  static constexpr Spot closed = ~Spot{0};  // no row's: its page is just being given back

  std::atomic_ref<Spot> at(std::uint64_t key) const noexcept { return std::atomic_ref<Spot>(spots_[key >> shift_]); }
  template <typename Each>
  void each_resident_page(Each&& each) const;
  bool close(std::uint64_t page) noexcept;

  std::uint32_t shift_;
  AddressSpace space_;
  std::uint64_t size_;
  Spot* spots_;
  std::atomic<std::uint64_t> pages_{0};  // up to the last one that ever had a row
};

template <typename Judge>
Placed KeyArray::insert(std::uint64_t key, Spot spot, bool alone, Judge&& judge) {
  const auto page = (key >> shift_) / per_page;
  for (auto pages = pages_.load(std::memory_order_relaxed); pages <= page;)
    if (pages_.compare_exchange_weak(pages, page + 1, std::memory_order_acq_rel)) break;
  auto present = no_spot;
  while (!exchange_shared(alone, at(key), present, spot)) {
    if (present == no_spot) continue;
    if (present == closed) return Placed::undecided;
    if (judge(present) == Verdict::same) return Placed::conflict;
    return Placed::undecided;
  }
  return Placed::done;
}

}  // namespace laterbase::worktable
