#pragma once

#include <vector>

#include "engine/ivm/batch.h"
#include "engine/ivm/key_maker.h"
#include "engine/ivm/keyed_rows.h"

// A batch with the key of each row, made before anything is looked up: so memory can be asked for a few rows ahead, and
// a batch of many rows waits for it once and not for each.
// Lifetime: keys until the next fill(), rows as in the batch.
namespace laterbase::ivm {

struct KeyedChange {
  RowView key;
  RowView row;
  std::int64_t weight;
};

class KeyedBatch {
 public:
  // Rows whose key matches nothing go to `without_key`.
  template <typename WithoutKey>
  void fill(const Batch& batch, KeyMaker& keys, WithoutKey&& without_key) {
    changes_.clear();
    arena_.clear();
    RowView key;
    for (const Change& change : batch) {
      if (keys.make(change.row, key)) {
        changes_.push_back({arena_.copy(key), change.row, change.weight});
      } else {
        without_key(change);
      }
    }
  }

  // Those that go, or those that come; `prefetch(hash, far)` first with far ahead, then nearer.
  template <typename Visit, typename Prefetch>
  void visit(bool coming, Prefetch&& prefetch, Visit&& visit) const {
    constexpr std::size_t far = 16, near = 8;
    for (std::size_t i = 0; i < changes_.size(); ++i) {
      if (i + far < changes_.size()) prefetch(changes_[i + far].key.hash(), true);
      if (i + near < changes_.size()) prefetch(changes_[i + near].key.hash(), false);
      if ((changes_[i].weight > 0) == coming) visit(changes_[i]);
    }
  }

  const std::vector<KeyedChange>& changes() const noexcept { return changes_; }

 private:
  std::vector<KeyedChange> changes_;
  Arena arena_;
};

}  // namespace laterbase::ivm
