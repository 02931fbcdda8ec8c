#pragma once

#include <algorithm>
#include <bit>
#include <new>

#include "engine/base/bytes.h"
#include "engine/table/loose_tree.h"

// Nodes of a LooseTree: one piece of memory each, just as long as needed.
namespace laterbase::worktable {

constexpr Entry first_of_all{0, 0};
constexpr Entry last_of_all{~std::uint64_t{0}, ~Spot{0}};

// As <, without a branch.
inline bool is_before(const Entry& a, const Entry& b) noexcept {
  return (a.key < b.key) | ((a.key == b.key) & (a.spot < b.spot));
}

struct LooseTree::Node {
  explicit Node(bool leaf, std::size_t size) : bytes(static_cast<std::uint32_t>(size)), is_leaf(leaf) {}
  const std::uint32_t bytes;  // of this piece of memory
  const bool is_leaf;
};

// How many of `size` ordered things `before(i)` holds for. No branch depends on an answer, so none is guessed wrong.
template <typename Before>
std::uint32_t count_of(std::uint32_t size, Before&& before) noexcept {
  std::uint32_t from = 0;
  while (size > 0) {
    const auto half = size / 2;
    const auto right = static_cast<std::uint32_t>(-static_cast<std::int32_t>(before(from + half)));
    from += (half + 1) & right;
    size = half - ((1 - (size & 1)) & right);
  }
  return from;
}

// Behind the header: room for 24 entries of 12 bytes; the spots of the sorted part; its keys, each as its difference to
// the first one, without the zero bits that all end with, in as many bytes as the greatest needs.
struct LooseTree::Leaf : Node {
  static constexpr std::uint32_t locked_bit = 1;
  static constexpr std::uint32_t gone_bit = 2;
  static constexpr std::uint32_t one = 4;
  static constexpr std::uint32_t appended_bytes = 12;

  std::atomic<std::uint32_t> state{0};  // locked, gone, and above them how many entries were appended
  std::uint16_t sorted = 0;
  std::uint8_t width = 0;
  std::uint8_t shift = 0;
  std::uint64_t base = 0;
  std::uint64_t mask = 0;

  using Node::Node;

  static std::size_t size_for(std::uint32_t count, std::uint32_t key_bytes) noexcept {
    return sizeof(Leaf) + room * appended_bytes + count * (4 + key_bytes) + 8;  // a key is read as 8 bytes
  }
  static std::uint32_t appended_in(std::uint32_t seen) noexcept { return seen / one; }
  std::uint32_t appended() const noexcept { return appended_in(state.load(std::memory_order_acquire)); }

  char* room_at(std::uint32_t i) noexcept { return reinterpret_cast<char*>(this + 1) + i * appended_bytes; }
  char* spots() noexcept { return room_at(room); }
  char* keys() noexcept { return spots() + 4 * std::size_t{sorted}; }
  const char* room_at(std::uint32_t i) const noexcept { return const_cast<Leaf*>(this)->room_at(i); }
  const char* spots() const noexcept { return const_cast<Leaf*>(this)->spots(); }
  const char* keys() const noexcept { return const_cast<Leaf*>(this)->keys(); }

  // The sorted part, for who reads much of it.
  struct Sorted {
    const char* spots;
    const char* keys;
    std::uint64_t base, mask, width;
    int shift;
    Entry operator[](std::size_t i) const noexcept {
      return {base + ((load_le<std::uint64_t>(keys + i * width) & mask) << shift), load_le<Spot>(spots + 4 * i)};
    }
  };
  Sorted entries() const noexcept { return {spots(), keys(), base, mask, width, shift}; }
  Entry appended_entry(std::uint32_t i) const noexcept {
    return {load_le<std::uint64_t>(room_at(i)), load_le<Spot>(room_at(i) + 8)};
  }

  // The count of those appended, under the lock. False: another leaf, or two, have taken this one's place.
  bool lock(std::uint32_t& count) noexcept {
    Backoff backoff;
    for (;; backoff.pause()) {
      auto seen = state.load(std::memory_order_relaxed);
      if ((seen & gone_bit) != 0) return false;
      if ((seen & locked_bit) != 0) continue;
      if (!state.compare_exchange_weak(seen, seen | locked_bit, std::memory_order_acquire)) continue;
      count = appended_in(seen);
      return true;
    }
  }
  // As lock(), for who needs none.
  bool look_in(std::uint32_t& count) const noexcept {
    const auto seen = state.load(std::memory_order_relaxed);
    count = appended_in(seen);
    return (seen & gone_bit) == 0;
  }
  bool try_lock(std::uint32_t& count) noexcept {
    auto seen = state.load(std::memory_order_relaxed);
    if ((seen & (gone_bit | locked_bit)) != 0) return false;
    count = appended_in(seen);
    return state.compare_exchange_strong(seen, seen | locked_bit, std::memory_order_acquire);
  }
  void unlock(std::uint32_t count) noexcept { state.store(count * one, std::memory_order_release); }
  void unlock_gone(std::uint32_t count) noexcept { state.store(count * one | gone_bit, std::memory_order_release); }

  std::uint32_t lower_bound(const Entry& entry) const noexcept {
    const auto all = entries();
    return count_of(sorted, [&](std::uint32_t i) { return is_before(all[i], entry); });
  }
  // All entries from `first` to `last`, in order, each once. Their number.
  std::uint32_t gather(std::uint32_t count, const Entry& first, const Entry& last, Entry* to) const noexcept;
};

// Child i holds what is not below separator i - 1, and below separator i. Behind the header: the children, the keys of
// the separators, their spots.
struct alignas(std::atomic<void*>) LooseTree::Inner : Node {  // the children follow it
  static constexpr std::uint32_t most = 128;                  // separators

  std::uint32_t count = 0;

  using Node::Node;

  static std::size_t size_for(std::uint32_t separators) noexcept {
    return sizeof(Inner) + separators * std::size_t{20} + 8;
  }
  std::atomic<Node*>& child(std::uint32_t i) const noexcept {
    return reinterpret_cast<std::atomic<Node*>*>(const_cast<Inner*>(this) + 1)[i];
  }
  std::uint64_t* keys() const noexcept { return reinterpret_cast<std::uint64_t*>(&child(count + 1)); }
  Spot* spots() const noexcept { return reinterpret_cast<Spot*>(keys() + count); }
  Entry separator(std::uint32_t i) const noexcept { return {keys()[i], spots()[i]}; }

  std::uint32_t child_of(const Entry& entry) const noexcept {
    const auto* key = keys();
    const auto* spot = spots();
    const auto less = count_of(count, [&](std::uint32_t i) { return key[i] < entry.key; });
    if (less == count || key[less] != entry.key) return less;
    return less + count_of(count - less, [&](std::uint32_t i) {
             return (key[less + i] == entry.key) & (spot[less + i] <= entry.spot);
           });
  }
};

// The way from the root to a leaf.
struct LooseTree::Path {
  static constexpr std::uint32_t deepest = 16;
  std::uint32_t depth = 0;
  std::array<Inner*, deepest> inner;
  std::array<std::uint32_t, deepest> child;
};

// What takes the place of a node, or of some neighbours: none, one, or two with what divides them.
struct LooseTree::Fresh {
  std::uint32_t count = 0;
  std::array<Node*, 2> nodes{};
  Entry separator{};
};

}  // namespace laterbase::worktable
