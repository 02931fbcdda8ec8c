#include "engine/ivm/join_side.h"
#include "engine/ivm/joined_row.h"
#include "engine/ivm/operator.h"

namespace laterbase::ivm {
namespace {

// (L + dL) ⋈ (R + dR) - L ⋈ R  =  dL ⋈ R  +  (L + dL) ⋈ dR
class InnerJoin final : public Operator {
 public:
  InnerJoin(const Join& join, const Schema& left, const Schema& right, SharedSides shared, Memory memory)
      : condition_(join.condition), joined_(left, right), left_(shared.left, memory), right_(shared.right, memory) {
    for (const JoinKey& key : join.keys) {
      left_.add_key(key.left, key.nulls_match);
      right_.add_key(key.right, key.nulls_match);
    }
  }

  void project(const std::vector<std::size_t>& columns) { joined_.project(columns); }

  void step(Inputs inputs, Batch& out) override {
    using enum Arrangement::Moment;
    const auto nothing = [](const Change&) {};
    left_.fill(*inputs[0], nothing);
    right_.fill(*inputs[1], nothing);
    const auto ahead_of = [](const JoinSide& side) {
      return [&side](const KeyedChange& change, std::size_t stage) { side.ahead_of_match(change, stage); };
    };
    for (const bool coming : {false, true}) {
      left_.take(coming, ahead_of(right_), [&](const KeyedChange& change) {
        right_.match(change.key, coming ? between : before,
                     [&](RowView row, std::int64_t weight) { emit(change.row, row, change.weight * weight, out); });
      });
      right_.take(coming, ahead_of(left_), [&](const KeyedChange& change) {
        left_.match(change.key, coming ? after : between,
                    [&](RowView row, std::int64_t weight) { emit(row, change.row, change.weight * weight, out); });
      });
    }
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
    const StateSize left = left_.size(), right = right_.size();
    return {left.rows + right.rows, left.bytes + right.bytes};
  }
  std::string note() const override { return note_of_shared(left_.is_shared(), right_.is_shared()); }
  void save(std::string& to) const override {
    left_.save(to);
    right_.save(to);
  }
  void load(std::string_view from) override {
    left_.load(from);
    right_.load(from);
  }

 private:
  void emit(RowView left, RowView right, std::int64_t weight, Batch& out) {
    const RowView row = joined_.of(left, right);
    if (!condition_ || condition_->holds(row)) out.add(row, weight);
  }

  ExpressionPtr condition_;
  JoinedRow joined_;
  JoinSide left_, right_;
};

}  // namespace

OperatorPtr make_inner_join(const Join& join, const Schema& left, const Schema& right, SharedSides shared,
                            Memory memory) {
  return std::make_unique<InnerJoin>(join, left, right, shared, memory);
}

OperatorPtr make_projected_join(const Join& join, const Schema& left, const Schema& right,
                                const std::vector<std::size_t>& columns, SharedSides shared, Memory memory) {
  auto made = std::make_unique<InnerJoin>(join, left, right, shared, memory);
  made->project(columns);
  return made;
}

}  // namespace laterbase::ivm
