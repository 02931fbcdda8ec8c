#pragma once

#include <optional>
#include <vector>

#include "engine/ivm/circuit.h"
#include "engine/ivm/expression.h"
#include "engine/ivm/row_order.h"
#include "views/narrow_plan.h"

// The rows of a scan that an ORDER BY … LIMIT above it can show: as many as it needs are kept, the others are let go as
// they come.
namespace laterbase::views {

// What a LIMIT asks of what is below it, over the columns of that.
struct First {
  std::vector<sql::ExprPtr> conditions;  // that a row has to meet to come so far, the first to be asked first
  std::vector<sql::ExprPtr> row;         // as it comes to the LIMIT
  std::vector<ivm::Order> order;         // over `row`
  std::uint64_t most = 0;                // rows

  // Nothing where it has no count, or is one for each of several values.
  static std::optional<First> of(const sql::Limit& limit, const sql::Plan& input);
  // The one row that an aggregate needs which is the least or the greatest value of a column.
  static std::optional<First> of(const sql::AggregateCall& call);
  // Of what is below a filter, and below a projection.
  First below(const sql::Filter& filter) const;
  First below(const sql::Project& project) const;
  // The order over the columns below, as far as it is of these alone.
  std::vector<ivm::Order> order_below() const;
};

class FirstRows {
 public:
  // Rows with these columns, or more, come in the first `in_order` columns of first.order_below(), in several pieces
  // perhaps, or in no order.
  FirstRows(const First& first, std::size_t in_order, const std::vector<sql::PlanColumn>& columns);

  // False where the rows that come after it in its piece are of no use.
  // Errors: throws ivm::EvalError, of a condition or of the row.
  bool take(ivm::RowView row, std::int64_t weight);
  // What is left of those that came.
  void give(const ivm::RowVisitor& visit) const;

 private:
  struct Kept {
    ivm::Row shown, row;  // as it comes to the LIMIT, and as it was taken
    std::int64_t weight;
  };

  bool is_full() const noexcept { return total_ >= most_; }
  bool has_all(ivm::RowView row) const;
  void keep(ivm::RowView shown, ivm::RowView row, std::int64_t weight);

  std::vector<ivm::ExpressionPtr> conditions_, row_;
  std::uint64_t most_;
  ivm::RowOrder order_;         // of rows as they come to the LIMIT
  ivm::RowOrder stop_, below_;  // of rows as they are taken: in which they come, and all that is known of them there
  std::vector<Kept> kept_;      // a heap: the last one is on top
  std::uint64_t total_ = 0;     // weight
  ivm::RowBuilder builder_;
};

}  // namespace laterbase::views
