#include "engine/ivm/operator.h"

// The operators that keep nothing: what they do to a change is what they do to a row.
namespace laterbase::ivm {
namespace {

class ConstantOperator final : public Operator {
 public:
  explicit ConstantOperator(std::vector<Row> rows) : rows_(std::move(rows)) {}

  void step(Inputs, Batch& out) override {
    if (given_) return;
    for (const Row& row : rows_) out.refer(row.view(), 1);
    given_ = in_step_ = true;
  }
  void commit() noexcept override { in_step_ = false; }
  void rollback() override {
    if (in_step_) given_ = in_step_ = false;
  }
  void save(std::string& to) const override { to.push_back(given_ ? 1 : 0); }
  void load(std::string_view from) override { given_ = from[0] != 0; }

 private:
  std::vector<Row> rows_;
  bool given_ = false;
  bool in_step_ = false;
};

class FilterOperator final : public Operator {
 public:
  explicit FilterOperator(ExpressionPtr condition) : condition_(std::move(condition)) {}

  void step(Inputs inputs, Batch& out) override {
    for (const Change& change : *inputs[0]) {
      if (condition_->holds(change.row)) out.refer(change.row, change.weight);
    }
  }

 private:
  ExpressionPtr condition_;
};

class MapOperator final : public Operator {
 public:
  explicit MapOperator(std::vector<ExpressionPtr> columns) : columns_(std::move(columns)) {}

  void step(Inputs inputs, Batch& out) override {
    for (const Change& change : *inputs[0]) {
      builder_.begin(columns_.size());
      for (std::size_t i = 0; i < columns_.size(); ++i) columns_[i]->write(change.row, builder_, i);
      out.add(builder_.finish(), change.weight);
    }
  }

 private:
  std::vector<ExpressionPtr> columns_;
  RowBuilder builder_;
};

class UnfoldOperator final : public Operator {
 public:
  UnfoldOperator(const Unfold& unfold, const Schema& input) : array_(unfold.array), ordinality_(unfold.ordinality) {
    for (const Column& column : input) fixed_.push_back(is_fixed_width(column.type.kind));
  }

  void step(Inputs inputs, Batch& out) override {
    for (const Change& change : *inputs[0]) {
      const Value array = array_->eval(change.row);
      if (array.is_null()) continue;
      std::int64_t number = 0;
      for (const Value& element : array.as_array()) {
        builder_.begin(fixed_.size() + (ordinality_ ? 2 : 1));
        for (std::size_t i = 0; i < fixed_.size(); ++i) builder_.copy(i, change.row, i, fixed_[i]);
        builder_.value(fixed_.size(), element);
        if (ordinality_) builder_.word(fixed_.size() + 1, ++number);
        out.add(builder_.finish(), change.weight);
      }
    }
  }

 private:
  ExpressionPtr array_;
  bool ordinality_;
  std::vector<bool> fixed_;
  RowBuilder builder_;
};

class UnionAllOperator final : public Operator {
 public:
  void step(Inputs inputs, Batch& out) override {
    for (const Batch* input : inputs) {
      for (const Change& change : *input) out.refer(change.row, change.weight);
    }
  }
};

}  // namespace

OperatorPtr make_constant(const Constant& constant) { return std::make_unique<ConstantOperator>(constant.rows); }
OperatorPtr make_filter(const Filter& filter) { return std::make_unique<FilterOperator>(filter.condition); }
OperatorPtr make_map(const Map& map) { return std::make_unique<MapOperator>(map.columns); }
OperatorPtr make_unfold(const Unfold& unfold, const Schema& input) {
  return std::make_unique<UnfoldOperator>(unfold, input);
}
OperatorPtr make_union_all() { return std::make_unique<UnionAllOperator>(); }

}  // namespace laterbase::ivm
