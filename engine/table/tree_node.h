#pragma once

#include "engine/table/tree.h"

// Nodes of a Tree, and their version locks. Every member that changes is atomic: readers look while writers write.
namespace laterbase::worktable {

// What divides two children where keys don't fit 8 bytes: a key of its own, since rows come and go.
struct Tree::Separator {
  Key key;
  Spot spot;
};

struct Tree::Node {
  static constexpr std::uint64_t obsolete_bit = 1;
  static constexpr std::uint64_t lock_bit = 2;

  explicit Node(bool leaf) : is_leaf(leaf) {}

  std::atomic<std::uint64_t> version{0};
  std::atomic<std::uint32_t> count{0};
  std::atomic<std::uint32_t> last_insert{0};  // where the last entry went
  std::atomic<std::uint32_t> rising{0};       // how many entries in a row each went behind the one before
  const bool is_leaf;

  std::uint32_t size() const noexcept { return count.load(std::memory_order_acquire); }
  void set_size(std::uint32_t n) noexcept { count.store(n, std::memory_order_release); }

  // The version to check against later. False: the node has left the tree.
  bool begin_read(std::uint64_t& seen) const noexcept {
    Backoff backoff;
    for (seen = version.load(std::memory_order_acquire); (seen & lock_bit) != 0;
         seen = version.load(std::memory_order_acquire))
      backoff.pause();
    return (seen & obsolete_bit) == 0;
  }
  bool unchanged(std::uint64_t seen) const noexcept { return version.load(std::memory_order_acquire) == seen; }
  bool try_lock(std::uint64_t seen) noexcept {
    return version.compare_exchange_strong(seen, seen + lock_bit, std::memory_order_acq_rel);
  }
  bool lock() noexcept {  // false: the node has left the tree
    for (std::uint64_t seen = 0; begin_read(seen);)
      if (try_lock(seen)) return true;
    return false;
  }
  void unlock() noexcept { version.fetch_add(lock_bit, std::memory_order_release); }
  void unlock_obsolete() noexcept { version.fetch_add(lock_bit | obsolete_bit, std::memory_order_release); }
};

template <typename T>
T load(const std::atomic<T>& from) noexcept {
  return from.load(std::memory_order_acquire);
}
template <typename T>
void store(std::atomic<T>& to, T value) noexcept {
  to.store(value, std::memory_order_release);
}

struct Tree::Leaf : Node {
  static constexpr std::uint32_t capacity = Run::most;

  Leaf() : Node(true) {}
  std::atomic<std::uint64_t> prefix[capacity];
  std::atomic<Spot> spot[capacity];

  void set(std::uint32_t i, std::uint64_t p, Spot s) noexcept {
    store(prefix[i], p);
    store(spot[i], s);
  }
  void note_insert(std::uint32_t at) noexcept {
    const bool behind = at == last_insert.load(std::memory_order_relaxed) + 1;
    rising.store(behind ? rising.load(std::memory_order_relaxed) + 1 : 0, std::memory_order_relaxed);
    last_insert.store(at, std::memory_order_relaxed);
  }
  void shift_up(std::uint32_t from, std::uint32_t size) noexcept {
    for (auto i = size; i > from; --i) set(i, load(prefix[i - 1]), load(spot[i - 1]));
  }
  void shift_down(std::uint32_t from, std::uint32_t size) noexcept {
    for (auto i = from; i + 1 < size; ++i) set(i, load(prefix[i + 1]), load(spot[i + 1]));
  }
};

// Child i holds what is below separator i, and not below separator i - 1.
struct Tree::Inner : Node {
  static constexpr std::uint32_t capacity = 64;

  Inner() : Node(false) {}
  std::atomic<std::uint64_t> prefix[capacity];
  std::atomic<std::uint64_t> rest[capacity];  // a spot, or a Separator* where keys are long
  std::atomic<Node*> child[capacity + 1];

  const Separator* separator(std::uint32_t i) const noexcept {
    return reinterpret_cast<const Separator*>(load(rest[i]));
  }
  void insert_after(std::uint32_t i, std::uint64_t p, std::uint64_t r, Node* right) noexcept {
    const auto n = size();
    for (auto k = n; k > i; --k) {
      store(prefix[k], load(prefix[k - 1]));
      store(rest[k], load(rest[k - 1]));
      store(child[k + 1], load(child[k]));
    }
    store(prefix[i], p);
    store(rest[i], r);
    store(child[i + 1], right);
    set_size(n + 1);
  }
  // Takes out child i and the separator beside it, which is returned.
  std::uint64_t remove_child(std::uint32_t i) noexcept {
    const auto n = size();
    const auto at = i == 0 ? 0 : i - 1;
    const auto gone = load(rest[at]);
    for (auto k = at; k + 1 < n; ++k) {
      store(prefix[k], load(prefix[k + 1]));
      store(rest[k], load(rest[k + 1]));
    }
    for (auto k = i; k < n; ++k) store(child[k], load(child[k + 1]));
    set_size(n - 1);
    return gone;
  }
};

}  // namespace laterbase::worktable
