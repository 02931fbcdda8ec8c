#include "engine/ivm/bag.h"
#include "engine/ivm/joined_row.h"
#include "engine/ivm/key_maker.h"
#include "engine/ivm/keyed_rows.h"
#include "engine/ivm/operator.h"

namespace laterbase::ivm {
namespace {

// The joins for which it matters whether a row has a match at all: left, right and full, and semi and anti with a
// condition. For each row of a side that asks, `matches` has how many of the other side fit it; where that becomes
// zero, or no longer is, the row that stands for it alone comes or goes.
class OuterJoin final : public Operator {
 public:
  OuterJoin(const Join& join, const Schema& left, const Schema& right, Memory memory)
      : kind_(join.kind), condition_(join.condition), joined_(left, right), left_(memory), right_(memory) {
    for (const JoinKey& key : join.keys) {
      left_.keys.add(key.left, key.nulls_match);
      right_.keys.add(key.right, key.nulls_match);
    }
    for (Side* side : {&left_, &right_}) side->rows.keys_are_one_word(side->keys.is_one_word());
    left_.counts = kind_ != JoinKind::right;
    right_.counts = kind_ == JoinKind::right || kind_ == JoinKind::full;
  }

  void step(Inputs inputs, Batch& out) override {
    const auto left = [&](const Change& change) { change_side<true>(left_, right_, change, out); };
    const auto right = [&](const Change& change) { change_side<false>(right_, left_, change, out); };
    for_each_departure(*inputs[0], left);
    for_each_departure(*inputs[1], right);
    for_each_arrival(*inputs[0], left);
    for_each_arrival(*inputs[1], right);
    out.cancel_out();
  }

  void begin_step() override {
    for (Side* side : {&left_, &right_}) {
      side->rows.begin_step();
      side->matches.begin_step();
    }
  }
  void commit() noexcept override {
    for (Side* side : {&left_, &right_}) {
      side->rows.commit();
      side->matches.commit();
    }
  }
  void rollback() override {
    for (Side* side : {&left_, &right_}) {
      side->rows.rollback();
      side->matches.rollback();
    }
  }
  StateSize size() const override {
    StateSize size;
    for (const Side* side : {&left_, &right_}) {
      size.rows += side->rows.rows();
      size.bytes += side->rows.bytes() + side->matches.bytes();
    }
    return size;
  }
  void save(std::string& to) const override {
    for (const Side* side : {&left_, &right_}) {
      side->rows.save(to);
      side->matches.save(to);
    }
  }
  void load(std::string_view from) override {
    for (Side* side : {&left_, &right_}) {
      side->rows.load(from);
      side->matches.load(from);
    }
  }

 private:
  struct Side {
    explicit Side(Memory memory) : rows(memory), matches(memory) {}

    KeyMaker keys;
    KeyedRows rows;
    Bag matches;  // a row's weight: the other side's rows that fit it, by their weights
    bool counts = false;
  };

  template <bool is_left>
  void change_side(Side& side, Side& other, const Change& change, Batch& out) {
    RowView key;
    if (!side.keys.make(change.row, key)) {
      if (side.counts) emit_alone<is_left>(change.row, false, change.weight, out);
      return;
    }
    const auto applied = side.rows.add(key, change.row, change.weight);
    std::int64_t matches = 0;
    for (const auto& match : other.rows.find(key)) {
      const RowView left = is_left ? change.row : match.row, right = is_left ? match.row : change.row;
      if (!fits(left, right, change.weight * match.weight, out)) continue;
      matches += match.weight;
      if (other.counts) change_matches<!is_left>(other, match.row, match.weight, change.weight, out);
    }
    if (!side.counts) return;
    if (applied.before == 0) side.matches.add(applied.row, matches);
    if (applied.after == 0) side.matches.add(applied.row, -matches);
    emit_alone<is_left>(change.row, matches != 0, change.weight, out);
  }

  // A row of a side that counts has `by` more matches.
  template <bool is_left>
  void change_matches(Side& side, RowView row, std::int64_t weight, std::int64_t by, Batch& out) {
    const std::int64_t before = side.matches.add(row, by);
    const bool had = before != 0, has = before + by != 0;
    if (had == has) return;
    emit_alone<is_left>(row, had, -weight, out);
    emit_alone<is_left>(row, has, weight, out);
  }

  bool is_outer() const noexcept { return kind_ != JoinKind::semi && kind_ != JoinKind::anti; }

  // Whether two rows match; a join's row for them where it has any.
  bool fits(RowView left, RowView right, std::int64_t weight, Batch& out) {
    if (!condition_ && !is_outer()) return true;
    const RowView row = joined_.of(left, right);
    if (condition_ && !condition_->holds(row)) return false;
    if (is_outer()) out.add(row, weight);
    return true;
  }

  // What a row gives by itself, with and without a match.
  template <bool is_left>
  void emit_alone(RowView row, bool has_match, std::int64_t weight, Batch& out) {
    if (kind_ == JoinKind::semi || kind_ == JoinKind::anti) {
      if (has_match == (kind_ == JoinKind::semi)) out.refer(row, weight);
      return;
    }
    if (has_match) return;
    out.add(is_left ? joined_.with_null_right(row) : joined_.with_null_left(row), weight);
  }

  JoinKind kind_;
  ExpressionPtr condition_;
  JoinedRow joined_;
  Side left_, right_;
};

}  // namespace

OperatorPtr make_outer_join(const Join& join, const Schema& left, const Schema& right, Memory memory) {
  return std::make_unique<OuterJoin>(join, left, right, memory);
}

}  // namespace laterbase::ivm
