#pragma once

#include <array>
#include <functional>

#include "engine/table/hash_index.h"
#include "engine/table/key.h"

namespace laterbase::worktable {

// A place in a tree's order: entries are ordered by key, and rows of equal keys by spot.
struct Position {
  Key key;
  Spot spot = 0;
};

// How a tree of keys that don't fit 8 bytes learns the rest of a key: from the row, whose key never changes in place.
class KeySource {
 public:
  virtual ~KeySource() = default;
  virtual void key_of(Spot spot, Key& key) const = 0;
};

// Keys to spots in order: a B+-tree with optimistic lock coupling (Leis, Haubenschild and Neumann, "Optimistic Lock
// Coupling: A Scalable and Efficient General-Purpose Synchronization Method", 2019). Readers take no lock: they read a
// node, then check that its version has not moved. Leaves hold the first 8 bytes of each key and the spot; longer keys
// are compared through the row. Leaves that run empty leave the tree.
// Promises: a scan gives each entry that stayed in while it ran, in order.
// Threads: any; everything wants a Pin.
class Tree {
 public:
  // `exact`: keys are their first 8 bytes, and `source` is not asked.
  Tree(bool exact, const KeySource* source);
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;
  ~Tree();

  void insert(const Position& position);
  bool erase(const Position& position);

  // Some entries next to a position, in order.
  struct Run {
    static constexpr std::uint32_t most = 64;
    std::uint32_t count = 0;
    bool more = false;  // ask again with `next`
    std::array<std::uint64_t, most> prefixes;
    std::array<Spot, most> spots;
    Position next;
  };
  // Entries at or after the position, ascending; or at or before it, descending.
  void ascend(const Position& from, Run& run) const;
  void descend(const Position& from, Run& run) const;

  std::size_t bytes() const noexcept { return bytes_.load(std::memory_order_relaxed); }

 private:
  struct Node;
  struct Leaf;
  struct Inner;
  struct Separator;
  bool below(std::uint64_t prefix, Spot spot, const Position& position) const;
  bool below(const Inner& inner, std::uint32_t i, const Position& position) const;
  std::uint32_t lower_bound(const Leaf& leaf, std::uint32_t size, const Position& position) const;
  std::uint32_t child_of(const Inner& inner, std::uint32_t size, const Position& position) const;
  Position position_of(const Inner& inner, std::uint32_t i) const;

  enum class Outcome { done, absent, again };
  // Finds the leaf of a position and its version. False: something changed on the way.
  bool find_leaf(const Position& position, Inner*& parent, std::uint64_t& parent_version, Leaf*& leaf,
                 std::uint64_t& version);
  Outcome try_insert(const Position& position);
  Outcome try_erase(const Position& position, bool& emptied);
  Outcome try_run(const Position& from, Run& run, bool up) const;
  bool lock_for_split(Inner* parent, std::uint64_t parent_version, Node* node, std::uint64_t version);
  void split_leaf(Inner* parent, Leaf* leaf);
  void split_inner(Inner* parent, Inner* inner);
  void put_beside(Inner* parent, Node* left, std::uint64_t prefix, std::uint64_t rest, Node* right);
  void drop_empty_leaf(const Position& position);
  void unhook(const std::vector<Inner*>& chain, Leaf* leaf, const Position& position);
  std::uint64_t rest_of(std::uint64_t prefix, Spot spot) const;
  template <typename Made>
  Made* make();
  void retire(Node* node);
  void retire_rest(std::uint64_t rest);
  void free_all(Node* node);

  const bool exact_;
  const KeySource* source_;
  std::atomic<Node*> root_;
  std::atomic<std::size_t> bytes_{0};
};

}  // namespace laterbase::worktable
