#include "engine/ivm/bag.h"
#include "engine/ivm/join_side.h"
#include "engine/ivm/operator.h"

namespace laterbase::ivm {
namespace {

// EXISTS and NOT EXISTS by keys alone: of the right side, only how many rows each key has.
class SemiJoin final : public Operator {
 public:
  SemiJoin(const Join& join, SharedSides shared, Memory memory)
      : is_semi_(join.kind == JoinKind::semi), left_(shared.left, memory), right_(memory) {
    for (const JoinKey& key : join.keys) {
      left_.add_key(key.left, key.nulls_match);
      right_keys_.add(key.right, key.nulls_match);
    }
    right_.rows_are_one_word(right_keys_.is_one_word());
  }

  void step(Inputs inputs, Batch& out) override {
    using enum Arrangement::Moment;
    left_.fill(*inputs[0], [&](const Change& change) {
      if (!is_semi_) out.refer(change.row, change.weight);
    });
    right_batch_.fill(*inputs[1], right_keys_, [](const Change&) {});
    const auto ahead = [this](const KeyedChange& change, std::size_t stage) {
      if (stage == 0) right_.prefetch(change.key.hash());
      if (stage == 1) right_.prefetch_row(change.key.hash());
    };
    for (const bool coming : {false, true}) {
      left_.take(coming, ahead, [&](const KeyedChange& change) {
        if ((right_.weight_of(change.key) != 0) == is_semi_) out.refer(change.row, change.weight);
      });
      const auto ahead_of_right = [&](const KeyedChange& change, std::size_t stage) {
        ahead(change, stage);
        left_.ahead_of_match(change, stage);
      };
      right_batch_.visit(coming, ahead_of_right,
                         [&](const KeyedChange& change) { change_right(change, coming ? after : between, out); });
    }
    if (!is_semi_) out.cancel_out();
  }

  void begin_step() override {
    left_.begin_step();
    right_.begin_step();
  }
  void commit() noexcept override {
    left_.commit();
    right_.commit();
  }
  void rollback() override {
    left_.rollback();
    right_.rollback();
  }
  StateSize size() const override {
    const StateSize left = left_.size();
    return {left.rows + right_.distinct_rows(), left.bytes + right_.bytes()};
  }
  std::string note() const override { return note_of_shared(left_.is_shared(), false); }
  void save(std::string& to) const override {
    left_.save(to);
    right_.save(to);
  }
  void load(std::string_view from) override {
    left_.load(from);
    right_.load(from);
  }

 private:
  void change_right(const KeyedChange& change, JoinSide::Moment moment, Batch& out) {
    const std::int64_t before = right_.add(change.key, change.weight);
    const bool had = before != 0, has = before + change.weight != 0;
    if (had == has) return;
    const std::int64_t sign = has == is_semi_ ? 1 : -1;
    left_.match(change.key, moment, [&](RowView row, std::int64_t weight) { out.refer(row, sign * weight); });
  }

  bool is_semi_;
  KeyMaker right_keys_;
  JoinSide left_;
  Bag right_;  // keys
  KeyedBatch right_batch_;
};

}  // namespace

OperatorPtr make_semi_join(const Join& join, SharedSides shared, Memory memory) {
  return std::make_unique<SemiJoin>(join, shared, memory);
}

}  // namespace laterbase::ivm
