#include "engine/ivm/staged_rows.h"

namespace laterbase::ivm {

void StagedRows::add(const ExpressionPtr& expression) {
  if (!places_.try_emplace(expression->text(), columns_.size()).second) return;
  columns_.push_back(expression);
  schema_.push_back({expression->text(), expression->type()});
  if (!expression->as_column()) is_plain_ = false;
}

std::size_t StagedRows::column_of(const ExpressionPtr& expression) const {
  return is_plain_ ? *expression->as_column() : places_.at(expression->text());
}

const Batch& StagedRows::of(const Batch& input) {
  if (is_plain_) return input;
  staged_.clear();
  for (const Change& change : input) {
    builder_.begin(columns_.size());
    for (std::size_t i = 0; i < columns_.size(); ++i) columns_[i]->write(change.row, builder_, i);
    staged_.add(builder_.finish(), change.weight);
  }
  return staged_;
}

}  // namespace laterbase::ivm
