#include "engine/ivm/bag.h"
#include "engine/ivm/key_maker.h"
#include "engine/ivm/keyed_batch.h"
#include "engine/ivm/operator.h"

namespace laterbase::ivm {
namespace {

// EXISTS and NOT EXISTS by keys alone: of the right side, only how many rows each key has.
class SemiJoin final : public Operator {
 public:
  SemiJoin(const Join& join, Memory memory) : is_semi_(join.kind == JoinKind::semi), left_(memory), right_(memory) {
    for (const JoinKey& key : join.keys) {
      left_keys_.add(key.left, key.nulls_match);
      right_keys_.add(key.right, key.nulls_match);
    }
    left_.keys_are_one_word(left_keys_.is_one_word());
    right_.rows_are_one_word(right_keys_.is_one_word());
  }

  void step(Inputs inputs, Batch& out) override {
    left_batch_.fill(*inputs[0], left_keys_, [&](const Change& change) {
      if (!is_semi_) out.refer(change.row, change.weight);
    });
    right_batch_.fill(*inputs[1], right_keys_, [](const Change&) {});
    const auto ahead_of_left = [this](const KeyedChange& change, std::size_t stage) {
      left_.ahead_of(change, stage);
      if (stage == 0) right_.prefetch(change.key.hash());
      if (stage == 1) right_.prefetch_row(change.key.hash());
    };
    const auto ahead_of_right = [this](const KeyedChange& change, std::size_t stage) {
      if (stage == 0) right_.prefetch(change.key.hash()), left_.ahead_of_slot(change.key.hash());
      if (stage == 1) right_.prefetch_row(change.key.hash()), left_.ahead_of_rows(change.key.hash());
    };
    for (const bool coming : {false, true}) {
      left_batch_.visit(coming, ahead_of_left, [&](const KeyedChange& change) {
        left_.add(change.key, change.row, change.weight, change.guess);
        if ((right_.weight_of(change.key) != 0) == is_semi_) out.refer(change.row, change.weight);
      });
      right_batch_.visit(coming, ahead_of_right, [&](const KeyedChange& change) { change_right(change, out); });
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
  StateSize size() const override { return {left_.rows() + right_.distinct_rows(), left_.bytes() + right_.bytes()}; }
  void save(std::string& to) const override {
    left_.save(to);
    right_.save(to);
  }
  void load(std::string_view from) override {
    left_.load(from);
    right_.load(from);
  }

 private:
  void change_right(const KeyedChange& change, Batch& out) {
    const std::int64_t before = right_.add(change.key, change.weight);
    const bool had = before != 0, has = before + change.weight != 0;
    if (had == has) return;
    const std::int64_t sign = has == is_semi_ ? 1 : -1;
    for (const auto& match : left_.find(change.key)) out.refer(match.row, sign * match.weight);
  }

  bool is_semi_;
  KeyMaker left_keys_, right_keys_;
  KeyedRows left_;
  Bag right_;  // keys
  KeyedBatch left_batch_, right_batch_;
};

}  // namespace

OperatorPtr make_semi_join(const Join& join, Memory memory) { return std::make_unique<SemiJoin>(join, memory); }

}  // namespace laterbase::ivm
