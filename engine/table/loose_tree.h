#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>

#include "engine/table/pages.h"

namespace laterbase::worktable {

// What an index says: a row with this key may be here. The order is by key, then by spot. Unset where it is not
// initialised: arrays of them are filled from the front, and would cost more to clear than to fill.
struct Entry {
  std::uint64_t key;
  Spot spot;
  auto operator<=>(const Entry&) const = default;
};

// Says which entries no row stands behind any more.
class EntryJudge {
 public:
  virtual ~EntryJudge() = default;
  // Takes stale ones out, keeps the order, gives how many are left. May keep some; never drops one whose row is in the
  // table with that key, or whose row a writer has claimed.
  virtual std::uint32_t keep(Entry* entries, std::uint32_t count) const = 0;
};

// Keys of 8 bytes to spots in order, not unique: a B+-tree that is only ever added to. An entry whose row has left, or
// has another key now, stays until its leaf is written anew; whoever meets it sees that from the row, as it must
// anyway. So a row's end costs its indexes next to nothing, and entries that went stale leave many at a time.
//
// A leaf is a sorted part that never changes, packed (what its keys have in common is kept once), and room for some
// entries behind it, in the order in which they came. When the room is full, the leaf is replaced by a new one: without
// its stale entries where there are said to be some, divided where it is large, joined to the next where both are
// small. Inner nodes never change either, but for their pointers to children. Promises: readers take no lock and never
// begin again; they get each entry that stayed in while they looked, once. Threads: any; everything but construction
// and bytes() wants a Pin. Writers lock a leaf for an entry, but for one who is alone, and the tree's shape for the
// moment of a replacement. Cost: an insert is a descent and a store; one in 24 rewrites some 100 entries.
class LooseTree {
  struct Node;
  struct Leaf;

 public:
  explicit LooseTree(const EntryJudge& judge);
  LooseTree(const LooseTree&) = delete;
  LooseTree& operator=(const LooseTree&) = delete;
  ~LooseTree();

  // Where an entry goes, on its way into the cache. Lifetime: of the Pin.
  class Place {
    friend class LooseTree;
    Leaf* leaf_ = nullptr;
  };
  Place place_of(const Entry& entry) const noexcept;
  // An entry that is there already stays there once.
  // `alone`: no other thread changes the tree meanwhile.
  void insert(const Entry& entry, bool alone) { insert(entry, place_of(entry), alone); }
  void insert(const Entry& entry, Place place, bool alone);

  static constexpr std::uint32_t room = 24;          // of entries that a leaf takes before it is written anew
  static constexpr std::uint32_t most_sorted = 112;  // above this a leaf is divided
  static constexpr std::uint32_t most_clean = 96;    // above this one that was cleaned is, so that it need not be soon
  static constexpr std::uint32_t most_joined = 72;   // up to this two that have become small are made one

  // The entries of one leaf between two ends, both included, ascending.
  struct Run {
    std::uint32_t count;
    bool more;   // there are leaves beyond: ask again from `next`
    Entry next;  // ascending: the first position beyond; descending: the last one before
    std::array<Entry, most_sorted + 2 * room> entries;

    Run() noexcept : count(0), more(true), next{} {}  // NOLINT: the entries stay unset on purpose
  };
  // Of the leaf of `first`; and of the leaf of `last`, for who walks downwards.
  void ascend(const Entry& first, const Entry& last, Run& run) const noexcept;
  void descend(const Entry& first, const Entry& last, Run& run) const noexcept;

  // Entries at the last rewriting of each leaf, stale ones included.
  std::uint64_t entries() const noexcept {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, entries_.load(std::memory_order_relaxed)));
  }
  // Said by the table: from now on, stale entries are looked for where a leaf's room is full.
  void expect_stale(bool expected) noexcept { stale_expected_.store(expected, std::memory_order_relaxed); }
  // Cleans the leaf whose turn it is.
  void sweep_one();
  // Cleans the leaf at the cursor, which begins at Entry{}, and moves that on. False: it was the last leaf.
  bool sweep(Entry& cursor);
  // Cleans all leaves.
  void sweep_all();
  std::size_t bytes() const noexcept { return bytes_.load(std::memory_order_relaxed); }

 private:
  struct Inner;
  struct Path;
  struct Fresh;

  template <typename Step>
  const Leaf* leaf_of(const Entry& entry, Step&& step) const noexcept;
  Leaf* leaf_of(const Entry& entry) const noexcept;
  bool append(Leaf* leaf, const Entry& entry, bool alone);
  void rewrite(Leaf* leaf, const Entry& inside);
  static std::uint32_t middle_of(const Leaf& leaf, const Entry* entries, std::uint32_t count) noexcept;
  void clean(Leaf* leaf, const Entry& inside, std::uint32_t appended);
  Leaf* lock_neighbour(const Path& path, std::uint32_t& appended) const noexcept;
  void find(const Entry& inside, const Leaf* leaf, Path& path) const noexcept;
  void replace(const Entry& inside, Leaf* leaf, const Fresh& fresh);
  void splice(const Path& path, std::uint32_t depth, std::uint32_t count, const Fresh& fresh);
  Fresh rebuild(const Inner& inner, std::uint32_t at, std::uint32_t count, const Fresh& fresh);
  Fresh leaves_of(const Entry* entries, std::uint32_t count, std::uint32_t middle);
  Leaf* make_leaf(const Entry* entries, std::uint32_t count);
  Inner* make_inner(const Entry* separators, Node* const* children, std::uint32_t count);
  void retire(Node* node);
  void free_all(Node* node) noexcept;

  const EntryJudge& judge_;
  std::atomic<Node*> root_{nullptr};
  SpinLock shape_lock_;
  std::atomic<std::size_t> bytes_{0};
  std::atomic<std::int64_t> entries_{0};
  std::atomic<bool> stale_expected_{false};
  SpinLock sweep_lock_;
  Entry cursor_{};  // where the next sweep is
};

}  // namespace laterbase::worktable
