#include "engine/ivm/staged_rows.h"

namespace laterbase::ivm {

namespace {

// A column has no error that a condition could prevent.
std::string name_of(const ExpressionPtr& expression, const ExpressionPtr& condition) {
  const bool is_guarded = condition && !expression->as_column();
  return expression->text() + (is_guarded ? " where " + condition->text() : "");
}

}  // namespace

void StagedRows::add(const ExpressionPtr& expression, const ExpressionPtr& condition) {
  const std::string name = name_of(expression, condition);
  if (!places_.try_emplace(name, columns_.size()).second) return;
  columns_.push_back({expression, expression->as_column() ? nullptr : condition});
  schema_.push_back({name, expression->type()});
  if (!expression->as_column()) is_plain_ = false;
}

std::size_t StagedRows::column_of(const ExpressionPtr& expression, const ExpressionPtr& condition) const {
  return is_plain_ ? *expression->as_column() : places_.at(name_of(expression, condition));
}

const Batch& StagedRows::of(const Batch& input) {
  if (is_plain_) return input;
  staged_.clear();
  for (const Change& change : input) {
    builder_.begin(columns_.size());
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const auto& [expression, condition] = columns_[i];
      if (condition && !condition->holds(change.row)) {
        builder_.null(i);
      } else {
        expression->write(change.row, builder_, i);
      }
    }
    staged_.add(builder_.finish(), change.weight);
  }
  return staged_;
}

}  // namespace laterbase::ivm
