#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/ivm/batch.h"
#include "engine/ivm/expression.h"

// The expressions of an operator as columns of one row, each once; evaluated for a whole batch before the operator
// changes anything, so that an EvalError comes in time. Where all are columns of the input, its rows are used as they
// are.
namespace laterbase::ivm {

class StagedRows {
 public:
  explicit StagedRows(const Schema& input) : input_(input) {}

  // All expressions first, by add(); then the columns are known. With a condition, the expression is evaluated only
  // for rows for which it holds, and is NULL for others: SUM(1 / x) FILTER (WHERE x <> 0).
  void add(const ExpressionPtr& expression, const ExpressionPtr& condition = nullptr);
  std::size_t column_of(const ExpressionPtr& expression, const ExpressionPtr& condition = nullptr) const;
  const Schema& schema() const noexcept { return is_plain_ ? input_ : schema_; }

  // Lifetime: until the next call.
  const Batch& of(const Batch& input);

 private:
  struct Staged {
    ExpressionPtr expression;
    ExpressionPtr condition;  // may be absent
  };

  Schema input_, schema_;
  bool is_plain_ = true;
  std::vector<Staged> columns_;
  std::map<std::string, std::size_t> places_;
  RowBuilder builder_;
  Batch staged_;
};

}  // namespace laterbase::ivm
