#pragma once

#include <optional>
#include <string>
#include <vector>

#include "views/sql/bind_query.h"
#include "views/sql/group.h"

// A SELECT while it is being bound.
namespace laterbase::sql {

struct QueryBinder::Targets {
  std::vector<ExprPtr> exprs;
  std::vector<std::string> names;
  std::vector<ExprPtr> groups;
  bool grouped = false;
  // GROUPING SETS and its like: of each set, which of `groups` it has. Empty for a plain GROUP BY, which has all.
  std::vector<GroupingSet> sets;
  ExprPtr having;
  std::vector<SortKey> order;
  std::vector<ExprPtr> distinct_on;
  std::optional<std::size_t> rows_of;  // the one that is an array, and shown as a row for each element
  Collected collected;

  // Whatever is computed after grouping.
  template <typename F>
  void each(const F& change) {
    for (ExprPtr& expr : exprs) expr = change(expr);
    for (SortKey& key : order) key.expr = change(key.expr);
    for (ExprPtr& expr : distinct_on) expr = change(expr);
    if (having) having = change(having);
    for (WindowUse& use : collected.windows) {
      for (ExprPtr& expr : use.partition) expr = change(expr);
      for (SortKey& key : use.order) key.expr = change(key.expr);
      for (ExprPtr& expr : use.call.args) expr = change(expr);
      if (use.call.filter) use.call.filter = change(use.call.filter);
    }
  }
};

}  // namespace laterbase::sql
