#pragma once

#include <string>
#include <vector>

#include "engine/ivm/budget.h"
#include "engine/ivm/keyed_batch.h"
#include "engine/ivm/operator.h"

// A node's rows by a key, kept once for all the joins of a circuit that look them up by it. It takes the step's changes
// before any of these joins runs; each of them asks for the rows as they were at some point of the step, because each
// takes first what goes and then what comes of its own two sides.
namespace laterbase::ivm {

struct ArrangementKey {
  ExpressionPtr expression;
  bool nulls_match = false;
};
std::string text_of(const std::vector<ArrangementKey>& keys);  // equal texts of one node are one arrangement

class Arrangement final : public Operator {
 public:
  enum class Moment { before, between, after };  // between: what goes has gone, what comes is not there yet

  Arrangement(const std::vector<ArrangementKey>& keys, Memory memory);

  // The step's changes by key, each row once, and those whose key matches nothing.
  const KeyedBatch& changes() const noexcept { return batch_; }
  const std::vector<Change>& changes_without_key() const noexcept { return without_key_; }
  bool keys_are_one_word() const noexcept { return keys_.is_one_word(); }

  // The rows of a key: (row, weight).
  template <typename Visit>
  void visit(RowView key, Moment moment, Visit&& visit) const {
    const auto* touched = moment == Moment::after ? nullptr : touched_.find(key);
    const auto entries = rows_.find(key);
    const bool are_all_new = touched != nullptr && touched->payload.fresh == entries.size();
    for (const KeyedRows::Entry& entry : are_all_new ? entries.first(0) : entries) {
      const std::int64_t weight = touched ? weight_at(entry, moment) : entry.weight;
      if (weight != 0)
        visit(entry.row, weight);
      else
        Budget::tick();  // nothing comes of it, and there may be very many
    }
    if (touched == nullptr || moment != Moment::before) return;
    for (std::uint32_t at = touched->payload.gone; at != none; at = gone_[at].next)
      visit(gone_[at].row, gone_[at].weight);
  }
  const KeyedRows& rows() const noexcept { return rows_; }

  void begin_step() override;
  void idle() override { forget_changes(); }
  void step(Inputs inputs, Batch& out) override;
  void commit() noexcept override { rows_.commit(); }
  void rollback() override;
  StateSize size() const override { return {rows_.rows(), rows_.bytes()}; }
  void save(std::string& to) const override { rows_.save(to); }
  void load(std::string_view from) override { rows_.load(from); }

 private:
  static constexpr std::uint32_t none = static_cast<std::uint32_t>(-1);
  struct Touched {              // a key
    std::uint32_t gone = none;  // the first of its rows in gone_
    std::uint32_t fresh = 0;    // how many of its rows were not there before the step
  };
  struct Gone {  // a row that the step took away whole
    RowView row;
    std::int64_t weight;
    std::uint32_t next;  // of its key
  };

  void forget_changes();
  void take(const KeyedChange& change);
  std::int64_t weight_at(const KeyedRows::Entry& entry, Moment moment) const noexcept {
    const auto* changed = changed_.find(entry.row);
    if (changed == nullptr) return entry.weight;
    const std::int64_t before = entry.weight - changed->payload;
    return moment == Moment::before ? before : std::min(before, entry.weight);
  }

  KeyMaker keys_;
  KeyedRows rows_;

  // Of the step under way.
  Batch consolidated_;
  KeyedBatch batch_;
  std::vector<Change> without_key_;
  RowTable<Touched> touched_;       // keys
  RowTable<std::int64_t> changed_;  // rows that are there → by how much their weight has changed
  std::vector<Gone> gone_;
};

}  // namespace laterbase::ivm
