#pragma once

#include "engine/ivm/arrangement.h"

// One side of a join whose rows are looked up by key: kept by the join itself, or an arrangement that it shares.
namespace laterbase::ivm {

class JoinSide {
 public:
  using Moment = Arrangement::Moment;

  JoinSide(const Arrangement* shared, Memory memory) : shared_(shared), rows_(memory) {}
  void add_key(const ExpressionPtr& expression, bool nulls_match) {
    keys_.add(expression, nulls_match);
    rows_.keys_are_one_word(keys_.is_one_word());
  }
  bool is_shared() const noexcept { return shared_ != nullptr; }

  // The step's changes; rows whose key matches nothing go to `without_key`.
  template <typename WithoutKey>
  void fill(const Batch& batch, WithoutKey&& without_key) {
    if (shared_ == nullptr) return batch_.fill(batch, keys_, without_key);
    for (const Change& change : shared_->changes_without_key()) without_key(change);
  }
  // Takes in those that go, or those that come, and shows each; `ahead_of_match` asks ahead where it is looked up.
  template <typename AheadOfMatch, typename Visit>
  void take(bool coming, AheadOfMatch&& ahead_of_match, Visit&& visit) {
    const auto ahead = [&](const KeyedChange& change, std::size_t stage) {
      if (shared_ == nullptr) rows_.ahead_of(change, stage);
      ahead_of_match(change, stage);
    };
    changes().visit(coming, ahead, [&](const KeyedChange& change) {
      if (shared_ == nullptr) rows_.add(change.key, change.row, change.weight, change.guess);
      visit(change);
    });
  }
  // The rows of a key (row, weight). A join's own rows are as far as the join has come; shared ones as they were then.
  template <typename Visit>
  void match(RowView key, Moment moment, Visit&& visit) const {
    if (shared_ != nullptr) return shared_->visit(key, moment, visit);
    for (const KeyedRows::Entry& entry : rows_.find(key)) visit(entry.row, entry.weight);
  }
  void ahead_of_match(const KeyedChange& change, std::size_t stage) const noexcept {
    const KeyedRows& rows = shared_ == nullptr ? rows_ : shared_->rows();
    if (stage == 0) rows.ahead_of_slot(change.key.hash());
    if (stage == 1) rows.ahead_of_rows(change.key.hash());
  }

  void begin_step() noexcept { rows_.begin_step(); }
  void commit() noexcept { rows_.commit(); }
  void rollback() { rows_.rollback(); }
  StateSize size() const noexcept { return {rows_.rows(), rows_.bytes()}; }
  void save(std::string& to) const { rows_.save(to); }
  void load(std::string_view& from) { rows_.load(from); }

 private:
  const KeyedBatch& changes() const noexcept { return shared_ == nullptr ? batch_ : shared_->changes(); }

  const Arrangement* shared_;
  KeyMaker keys_;
  KeyedRows rows_;  // nothing, where they are shared
  KeyedBatch batch_;
};

// For EXPLAIN: ", left side shared".
inline std::string note_of_shared(bool left, bool right) {
  if (left && right) return ", both sides shared";
  return left ? ", left side shared" : right ? ", right side shared" : "";
}

}  // namespace laterbase::ivm
