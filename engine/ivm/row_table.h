#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <type_traits>
#include <utility>

#include "engine/ivm/memory.h"
#include "engine/ivm/row.h"

// From a row to a payload: open addressing with linear probing, the hash beside the pointer, so that a probe touches a
// row only where it is nearly sure to be the one, and a batch can ask for its slots ahead. Boost's flat map has
// neither.
namespace laterbase::ivm {

template <typename Payload>
class RowTable {
  static_assert(std::is_trivially_copyable_v<Payload>);

 public:
  struct Slot {
    std::uint64_t hash;
    RowView row;  // none: empty
    Payload payload;
  };

  explicit RowTable(Memory memory = {}) noexcept : memory_(memory) {}

  // Of rows of one fixed-width column: for these the hash says all, see one_word_hash().
  void rows_are_one_word(bool are) noexcept { one_word_ = are; }

  std::size_t size() const noexcept { return size_; }
  std::size_t bytes() const noexcept { return block_.bytes(); }

  Slot* find(RowView row) noexcept {
    if (size_ == 0) return nullptr;
    Slot& slot = slots_[place_of(row)];
    return slot.row ? &slot : nullptr;
  }
  const Slot* find(RowView row) const noexcept { return const_cast<RowTable*>(this)->find(row); }

  // Its slot, new or not. A new one refers to the row given: the caller puts a kept copy in its place.
  Slot& find_or_add(RowView row, bool& is_new) {
    if ((size_ + 1) * 8 > capacity() * 5) grow();
    Slot& slot = slots_[place_of(row)];
    is_new = !slot.row;
    if (is_new) {
      slot = {row.hash(), row, Payload{}};
      ++size_;
    }
    return slot;
  }

  // Slots behind it move up; pointers to slots end here.
  void erase(Slot& slot) noexcept {
    std::size_t hole = static_cast<std::size_t>(&slot - slots_);
    for (std::size_t at = next(hole); slots_[at].row; at = next(at)) {
      const std::size_t home = slots_[at].hash & mask_;
      if (((at - home) & mask_) < ((at - hole) & mask_)) continue;  // it must not go before its home
      slots_[hole] = slots_[at];
      hole = at;
    }
    slots_[hole] = Slot{};
    --size_;
  }

  void prefetch(std::uint64_t hash) const noexcept {
    if (size_ != 0) __builtin_prefetch(&slots_[hash & mask_]);
  }

  // The slot where a search for this hash begins, which most often ends there too; none of an empty table. For asking
  // ahead for what it points to.
  const Slot* first_slot(std::uint64_t hash) const noexcept { return size_ != 0 ? &slots_[hash & mask_] : nullptr; }
  void prefetch_row(std::uint64_t hash) const noexcept {
    if (const Slot* slot = first_slot(hash)) __builtin_prefetch(slot->row.block());
  }

  template <typename Visit>
  void for_each(Visit&& visit) {
    for (Slot* slot = slots_; slot != slots_ + capacity(); ++slot) {
      if (slot->row) visit(*slot);
    }
  }
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (const Slot* slot = slots_; slot != slots_ + capacity(); ++slot) {
      if (slot->row) visit(*slot);
    }
  }

  void reserve(std::size_t rows) {
    while (rows * 8 > capacity() * 5) grow();
  }

  void clear() noexcept {
    block_ = {};
    slots_ = nullptr;
    size_ = 0;
    mask_ = 0;
  }

 private:
  std::size_t next(std::size_t at) const noexcept { return (at + 1) & mask_; }

  std::size_t place_of(RowView row) const noexcept {
    const std::uint64_t hash = row.hash();
    std::size_t at = hash & mask_;
    while (slots_[at].row && !is_at(slots_[at], hash, row)) at = next(at);
    return at;
  }
  bool is_at(const Slot& slot, std::uint64_t hash, RowView row) const noexcept {
    return slot.hash == hash && ((one_word_ && hash != hash_of_null) || slot.row == row);
  }

  void grow() {
    const std::size_t old_capacity = capacity(), wide = old_capacity == 0 ? 8 : 2 * old_capacity;
    Block block{memory_, wide * sizeof(Slot)};
    const Slot* old = std::exchange(slots_, reinterpret_cast<Slot*>(block.get()));
    std::uninitialized_fill_n(slots_, wide, Slot{});
    mask_ = wide - 1;
    for (const Slot* slot = old; slot != old + old_capacity; ++slot) {
      if (!slot->row) continue;
      std::size_t at = slot->hash & mask_;
      while (slots_[at].row) at = next(at);
      slots_[at] = *slot;
    }
    block_ = std::move(block);
  }

  std::size_t capacity() const noexcept { return slots_ == nullptr ? 0 : mask_ + 1; }

  Memory memory_;
  Block block_;
  Slot* slots_ = nullptr;
  std::size_t size_ = 0;
  std::size_t mask_ = 0;
  bool one_word_ = false;
};

}  // namespace laterbase::ivm
