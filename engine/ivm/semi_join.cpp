#include "engine/ivm/bag.h"
#include "engine/ivm/key_maker.h"
#include "engine/ivm/keyed_rows.h"
#include "engine/ivm/operator.h"

namespace laterbase::ivm {
namespace {

// EXISTS and NOT EXISTS by keys alone: of the right side, only how many rows each key has.
class SemiJoin final : public Operator {
 public:
  explicit SemiJoin(const Join& join) : is_semi_(join.kind == JoinKind::semi) {
    for (const JoinKey& key : join.keys) {
      left_keys_.add(key.left, key.nulls_match);
      right_keys_.add(key.right, key.nulls_match);
    }
  }

  void step(Inputs inputs, Batch& out) override {
    const auto left = [&](const Change& change) { change_left(change, out); };
    const auto right = [&](const Change& change) { change_right(change, out); };
    for_each_departure(*inputs[0], left);
    for_each_departure(*inputs[1], right);
    for_each_arrival(*inputs[0], left);
    for_each_arrival(*inputs[1], right);
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
  void change_left(const Change& change, Batch& out) {
    RowView key;
    if (left_keys_.make(change.row, key)) {
      left_.add(key, change.row, change.weight);
      if ((right_.weight_of(key) != 0) == is_semi_) out.refer(change.row, change.weight);
    } else if (!is_semi_) {
      out.refer(change.row, change.weight);
    }
  }
  void change_right(const Change& change, Batch& out) {
    RowView key;
    if (!right_keys_.make(change.row, key)) return;
    const std::int64_t before = right_.add(key, change.weight);
    const bool had = before != 0, has = before + change.weight != 0;
    if (had == has) return;
    const std::int64_t sign = has == is_semi_ ? 1 : -1;
    for (const auto& match : left_.find(key)) out.refer(match.row, sign * match.weight);
  }

  bool is_semi_;
  KeyMaker left_keys_, right_keys_;
  KeyedRows left_;
  Bag right_;  // keys
};

}  // namespace

OperatorPtr make_semi_join(const Join& join) { return std::make_unique<SemiJoin>(join); }

}  // namespace laterbase::ivm
