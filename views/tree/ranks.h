#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/ivm/batch.h"
#include "engine/ivm/row_order.h"
#include "views/tree/answer.h"

// Which place a row has in a long list: a JSON Patch names rows by it. Ordered leaves of rows, each with its number of
// copies, so a place is a search and a sum over leaves.
namespace laterbase::tree {

class Ranks {
 public:
  // Of lists: rows with the same `key`.
  Ranks(ivm::RowOrder order, ivm::RowOrder key) : order_(std::move(order)), key_(std::move(key)) {}

  // Cost: of moving half a leaf.
  void add(ivm::RowView row, std::int64_t weight);
  // How many rows of its list come before this one, or up to it; copies count.
  std::uint64_t in_list(ivm::RowView row, bool inclusive) const;

 private:
  static constexpr std::size_t longest_leaf = 512;
  struct Entry {
    ivm::Row row;
    std::int64_t copies;
  };
  struct Leaf {
    std::vector<Entry> entries;
    std::int64_t copies = 0;
  };
  template <typename IsBefore>
  std::int64_t count(const IsBefore& is_before) const;
  std::size_t leaf_of(ivm::RowView row) const;
  void split(std::size_t leaf);

  ivm::RowOrder order_, key_;
  std::vector<Leaf> leaves_;
};

// The ranks of those levels of a tree whose lists may be long. Knows a tree's rows as they are when it is made; then
// every step's changes have to be taken in.
class Places {
 public:
  explicit Places(const Answer& answer);

  void take(const std::vector<const ivm::Batch*>& changes);
  // Null where the level's lists are short.
  const Ranks* of(std::size_t level) const { return ranks_.at(level).get(); }

 private:
  std::vector<std::unique_ptr<Ranks>> ranks_;
};

}  // namespace laterbase::tree
