#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "sync/element.h"
#include "sync/message.h"

// A set of elements in key order, as runs of some hundred of which only bounds and fingerprint are kept. So a range's
// fingerprint is that of the whole runs in it, and of the few elements at its two ends that have to be read:
//
//   keys    ──┬────────────┬─────────────┬────────────┬──▶
//   blocks    │ 512, Σ hash│ 301, Σ hash │ 477, Σ hash│
//   range            ├read─┼── added up ─┼─read──┤
//
// Threads: one at a time. Cost: 64 bytes a block; a key behind all others is added in some nanoseconds, any other in a
// binary search; a range costs two reads of a block at most, and 2 ns a block.
namespace laterbase::sync {

struct Block {
  Ulid from;  // keys from here up to the next block's are in it
  Ulid last;  // the greatest of them, or a key after it
  Fingerprint print;
  bool changed = true;  // since it was saved

  bool empty() const noexcept { return print.count == 0; }
};

class Blocks {
 public:
  // Calls the function for each element of the window, in key order.
  using Each = std::function<void(const Element&)>;
  using Read = std::function<void(const Window&, const Each&)>;

  // The first elements, up to `gathered` of them, are sorted in memory before blocks are made of them, so that a set
  // that was written in no order of keys need not be read in that order: 40 bytes each until then.
  explicit Blocks(std::size_t most, std::size_t gathered = 1 << 20) : most_(most), gathered_most_(gathered) {}

  void add(const Ulid& key, const Fingerprint& one);
  // Another value under a key that is there.
  void replace(const Ulid& key, const Fingerprint& old, const Fingerprint& now);
  // Splits what has grown beyond the limit. What is read must be the set as it is now. To be called after changes,
  // before range(), cuts() and all().
  void split(const Read& read);

  const Fingerprint& whole() const noexcept { return whole_; }
  // What is read must be the set as it is now.
  Fingerprint range(const Window& window, const Read& read) const;
  // Keys that part the window into pieces of about the same size, ascending: each begins a piece. At most `pieces` - 1
  // of them; fewer where the window has too few blocks.
  std::vector<Ulid> cuts(const Window& window, std::size_t pieces) const;

  const std::vector<Block>& all() const noexcept { return blocks_; }
  void saved() noexcept;
  // Takes what was saved: blocks in order, the first from key 0. False, and it is empty, where they are not so.
  bool restore(std::vector<Block> blocks);

 private:
  struct Gathered {
    Ulid key;
    Fingerprint print;  // of an element, or of count 0: what another value changes
  };

  bool gather(const Ulid& key, const Fingerprint& print);
  void settle();
  Block& block_of(const Ulid& key);
  std::size_t place_of(const Ulid& key) const;
  void split_block(const Block& block, const Ulid& last, const Read& read, std::vector<Block>& to) const;

  std::size_t most_;
  std::size_t gathered_most_;
  std::vector<Gathered> gathered_;
  bool gathering_ = true;
  std::vector<Block> blocks_;
  Fingerprint whole_;
  bool overfull_ = false;
};

// The shortest way to say where a block begins: a key above `before` and not above `first`, the first of a millisecond
// if there is one.
Ulid bound_between(const Ulid& before, const Ulid& first) noexcept;

}  // namespace laterbase::sync
