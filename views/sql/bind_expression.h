#pragma once

#include <optional>
#include <string>
#include <vector>

#include "views/sql/parse_tree.h"
#include "views/sql/resolve.h"
#include "views/sql/scope.h"

// Expressions of the parse tree → bound expressions.
namespace laterbase::sql {

// The window functions and aggregates that were met in the expressions of one SELECT; ExprKind::aggregate and window
// count in these.
struct WindowUse {
  WindowCall call;
  std::vector<ExprPtr> partition;
  std::vector<SortKey> order;
  ExprPtr start_distance, end_distance;  // of a RANGE with offsets, as they were written
};
struct Collected {
  std::vector<AggregateCall> aggregates;
  std::vector<std::vector<ExprPtr>> groupings;  // GROUPING(…)s arguments; their expressions are aggregates of level 1
  std::vector<WindowUse> windows;
  Json named_windows = Json::array();  // WINDOW w AS (…)
};

class ExpressionBinder {
 public:
  // `clause` is for messages ("WHERE"). Aggregates and window functions are refused where `collected` is null, or,
  // for windows, where `windows` is false.
  ExpressionBinder(BindContext& context, const Level& level, const CommonTables& common_tables, std::string clause,
                   Collected* collected = nullptr, bool windows = false)
      : context_(context),
        level_(level),
        common_tables_(common_tables),
        clause_(std::move(clause)),
        collected_(collected),
        windows_(windows) {}

  ExprPtr bind(const Json& node);
  ExprPtr bind_condition(const Json& node);  // as boolean
  std::vector<ExprPtr> bind_list(const Json& list);
  SortKey bind_sort_key(const Json& sort_by, const ExprPtr& expr);
  void check_window(const Json& definition);  // of WINDOW w AS (…)
  BindContext& context() { return context_; }

 private:
  // bind_expression.cpp
  ExprPtr bind_column(const Json& body);
  ExprPtr bind_constant(const Json& body);
  ExprPtr bind_parameter(const Json& body);
  ExprPtr bind_cast(const Json& body);
  ExprPtr bind_boolean(const Json& body);
  ExprPtr bind_null_test(const Json& body);
  ExprPtr bind_boolean_test(const Json& body);
  ExprPtr bind_case(const Json& body);
  ExprPtr bind_coalesce(const Json& body);
  ExprPtr bind_min_max(const Json& body);
  ExprPtr bind_array(const Json& body);
  ExprPtr bind_indirection(const Json& body);
  ExprPtr bind_sublink(const Json& body);
  ExprPtr bind_value_function(const Json& body);

  // bind_operator.cpp
  ExprPtr bind_operator(const Json& body);
  ExprPtr bind_comparison(const std::string& name, const Json& left, const Json& right, int offset);
  ExprPtr bind_row_comparison(const std::string& name, const Json& left, const Json& right, int offset);
  ExprPtr bind_in(const Json& body, int offset);
  ExprPtr bind_between(const Json& body, const std::string& kind, int offset);
  ExprPtr bind_distinct(const Json& body, bool negated, int offset);
  ExprPtr bind_null_if(const Json& body, int offset);
  ExprPtr bind_quantified(const Json& body, bool all, int offset);

  // bind_call.cpp
  ExprPtr bind_call(const Json& body);
  ExprPtr bind_now(const std::string& name, const Json& body);
  ExprPtr bind_grouping(const Json& body);
  ExprPtr bind_aggregate(const std::string& name, const Json& body);
  ExprPtr bind_window(const std::string& name, const Json& body);
  void bind_window_definition(const Json& over, WindowUse& use, ivm::Frame& frame);
  void bind_frame(const Json& over, WindowUse& use, ivm::Frame& frame);
  AggregateCall aggregate_call(const std::string& name, const Json& body, ExpressionBinder& inner);
  AggregateCall ordered_set_call(const std::string& name, const Json& body, ExpressionBinder& inner);
  ExprPtr bind_filter(const Json& body, ExpressionBinder& inner);

  BindContext& context_;
  const Level& level_;
  const CommonTables& common_tables_;
  std::string clause_;
  Collected* collected_;
  bool windows_;
};

// row AND row AND … of two rows of the same length, for = ; the others by the first that differs.
ExprPtr compare_rows(const std::string& name, const std::vector<ExprPtr>& left, const std::vector<ExprPtr>& right,
                     int offset);
// Of what is written first in a part of the parse tree; -1 where there is none.
int leftmost_location(const Json& node);
// The name that a column without AS has.
std::string output_name(const Json& node);

}  // namespace laterbase::sql
