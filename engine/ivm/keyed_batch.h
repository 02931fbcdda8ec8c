#pragma once

#include <algorithm>
#include <array>
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
  mutable std::uint32_t guess = 0;  // where its row is likely to be (KeyedRows), found ahead
};

class KeyedBatch {
 public:
  // Rows whose key matches nothing go to `without_key`.
  template <typename WithoutKey>
  void fill(const Batch& batch, KeyMaker& keys, WithoutKey&& without_key) {
    clear();
    RowView key;
    for (const Change& change : batch) {
      if (keys.make(change.row, key)) {
        changes_[change.weight > 0 ? 1 : 0].push_back({arena_.copy(key), change.row, change.weight});
      } else {
        without_key(change);
      }
    }
  }

  void clear() noexcept {
    for (std::vector<KeyedChange>& changes : changes_) changes.clear();
    arena_.clear();
  }

  // Those that go, or those that come. `ahead(change, stage)` first asks for what a change will touch: each of the
  // stages follows a pointer that the one before has asked for.
  static constexpr std::size_t stages = 4;
  template <typename Visit, typename Ahead>
  void visit(bool coming, Ahead&& ahead, Visit&& visit) const {
    constexpr std::size_t distance = 6;  // of one stage to the next: what a wait for memory is in changes
    const std::vector<KeyedChange>& changes = changes_[coming ? 1 : 0];
    const std::size_t all = changes.size();
    for (std::size_t stage = 0; stage < stages; ++stage) {
      for (std::size_t i = 0; i < std::min(all, (stages - stage - 1) * distance); ++i) ahead(changes[i], stage);
    }
    for (std::size_t i = 0; i < all; ++i) {
      for (std::size_t stage = 0; stage < stages; ++stage) {
        const std::size_t at = i + (stages - stage - 1) * distance;
        if (at < all) ahead(changes[at], stage);
      }
      visit(changes[i]);
    }
  }

 private:
  std::array<std::vector<KeyedChange>, 2> changes_;  // going, coming
  Arena arena_;
};

}  // namespace laterbase::ivm
