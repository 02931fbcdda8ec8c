#pragma once

#include <vector>

#include "engine/ivm/expression.h"

// The key under which an operator finds a row: values of some expressions, each in the form that is the same for all
// equal values, as a packed row.
namespace laterbase::ivm {

class KeyMaker {
 public:
  void add(const ExpressionPtr& expression, bool nulls_match);

  // False where a NULL keeps the row from matching anything. The key lives until the next make().
  bool make(RowView row, RowView& key);

  // Keys are rows of one fixed-width column.
  bool is_one_word() const noexcept { return parts_.size() == 1 && is_fixed_width(parts_[0].expression->type().kind); }

 private:
  enum class How { word, real, canonical, bytes, general };
  struct Part {
    ExpressionPtr expression;
    std::size_t column;
    How how;
    bool nulls_match;
  };
  bool write(const Part& part, RowView row, std::size_t column);

  std::vector<Part> parts_;
  RowBuilder builder_;
};

}  // namespace laterbase::ivm
