#include "engine/ivm/joined_row.h"
#include "engine/ivm/key_maker.h"
#include "engine/ivm/keyed_batch.h"
#include "engine/ivm/operator.h"
#include "engine/ivm/rows_io.h"

namespace laterbase::ivm {
namespace {

// (L + dL) ⋈ (R + dR) - L ⋈ R  =  dL ⋈ R  +  (L + dL) ⋈ dR
class InnerJoin final : public Operator {
 public:
  InnerJoin(const Join& join, const Schema& left, const Schema& right, Memory memory)
      : condition_(join.condition), joined_(left, right), left_(memory), right_(memory) {
    for (const JoinKey& key : join.keys) {
      left_.keys.add(key.left, key.nulls_match);
      right_.keys.add(key.right, key.nulls_match);
    }
    for (Side* side : {&left_, &right_}) side->rows.keys_are_one_word(side->keys.is_one_word());
  }

  void project(const std::vector<std::size_t>& columns) { joined_.project(columns); }

  void step(Inputs inputs, Batch& out) override {
    const auto nothing = [](const Change&) {};
    left_.batch.fill(*inputs[0], left_.keys, nothing);
    right_.batch.fill(*inputs[1], right_.keys, nothing);
    const auto ahead_of_left = [this](const KeyedChange& change, std::size_t stage) {
      ahead(left_, right_, change, stage);
    };
    const auto ahead_of_right = [this](const KeyedChange& change, std::size_t stage) {
      ahead(right_, left_, change, stage);
    };
    for (const bool coming : {false, true}) {
      left_.batch.visit(coming, ahead_of_left, [&](const KeyedChange& change) {
        left_.rows.add(change.key, change.row, change.weight, change.guess);
        for (const auto& match : right_.rows.find(change.key)) {
          emit(change.row, match.row, change.weight * match.weight, out);
        }
      });
      right_.batch.visit(coming, ahead_of_right, [&](const KeyedChange& change) {
        right_.rows.add(change.key, change.row, change.weight, change.guess);
        for (const auto& match : left_.rows.find(change.key)) {
          emit(match.row, change.row, change.weight * match.weight, out);
        }
      });
    }
  }

  void begin_step() override {
    left_.rows.begin_step();
    right_.rows.begin_step();
  }
  void commit() noexcept override {
    left_.rows.commit();
    right_.rows.commit();
  }
  void rollback() override {
    left_.rows.rollback();
    right_.rows.rollback();
  }
  StateSize size() const override {
    return {left_.rows.rows() + right_.rows.rows(), left_.rows.bytes() + right_.rows.bytes()};
  }
  void save(std::string& to) const override {
    left_.rows.save(to);
    right_.rows.save(to);
  }
  void load(std::string_view from) override {
    left_.rows.load(from);
    right_.rows.load(from);
  }

 private:
  struct Side {
    explicit Side(Memory memory) : rows(memory) {}

    KeyMaker keys;
    KeyedRows rows;
    KeyedBatch batch;
  };

  static void ahead(const Side& own, const Side& other, const KeyedChange& change, std::size_t stage) {
    own.rows.ahead_of(change, stage);
    if (stage == 0) other.rows.ahead_of_slot(change.key.hash());
    if (stage == 1) other.rows.ahead_of_rows(change.key.hash());
  }

  void emit(RowView left, RowView right, std::int64_t weight, Batch& out) {
    const RowView row = joined_.of(left, right);
    if (!condition_ || condition_->holds(row)) out.add(row, weight);
  }

  ExpressionPtr condition_;
  JoinedRow joined_;
  Side left_, right_;
};

}  // namespace

OperatorPtr make_inner_join(const Join& join, const Schema& left, const Schema& right, Memory memory) {
  return std::make_unique<InnerJoin>(join, left, right, memory);
}

OperatorPtr make_projected_join(const Join& join, const Schema& left, const Schema& right,
                                const std::vector<std::size_t>& columns, Memory memory) {
  auto made = std::make_unique<InnerJoin>(join, left, right, memory);
  made->project(columns);
  return made;
}

}  // namespace laterbase::ivm
