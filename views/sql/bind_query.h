#pragma once

#include <vector>

#include "views/sql/bind_expression.h"
#include "views/sql/scope.h"

// SELECT, VALUES, set operations and WITH of the parse tree → logical plans.
namespace laterbase::sql {

struct BoundQuery {
  PlanPtr plan;
  std::size_t visible = 0;     // columns that follow are only for the order
  std::vector<SortKey> order;  // over the plan's columns
};

// A query inside of another or alone. `keep_unknown`: literals without a type stay so, where whoever asks knows it
// better (INSERT, UNION).
class QueryBinder {
 public:
  QueryBinder(BindContext& context, const Level* parent, CommonTables common_tables)
      : context_(context), parent_(parent), common_tables_(std::move(common_tables)) {}

  BoundQuery bind(const Json& select, bool keep_unknown = false);
  // Only the visible columns, without an order.
  PlanPtr bind_table(const Json& select, bool keep_unknown = false);
  FromItem bind_from(const Json& from_clause);
  // The tables of a WITH before INSERT, UPDATE or DELETE; none where there is no WITH.
  CommonTables bind_common_tables(const Json& with);

 private:
  struct Targets;

  // bind_query.cpp
  BoundQuery bind_values(const Json& select, bool keep_unknown);
  BoundQuery bind_set_operation(const Json& select);
  void apply_order(const Json& select, BoundQuery& query);
  BoundQuery apply_limit(const Json& select, BoundQuery query);
  std::optional<std::uint64_t> bind_count(const Json& node, const char* clause);

  // bind_with.cpp
  void bind_with(const Json& with);
  void bind_recursive(const Json& body, const std::string& name);

  // bind_select.cpp
  BoundQuery bind_simple(const Json& select, bool keep_unknown);
  void bind_targets(const Json& select, ExpressionBinder& binder, const Level& level, Targets& targets);
  ExprPtr bind_rows(const Json& node, ExpressionBinder& binder, Targets& targets);
  void expand_star(const Json& fields, int offset, const Level& level, Targets& targets);
  void bind_orders(const Json& select, ExpressionBinder& binder, Targets& targets);
  ExprPtr order_target(const Json& node, ExpressionBinder& binder, const Targets& targets, const char* clause);
  PlanPtr window(PlanPtr plan, Targets& targets);
  void check_windows(const Level& level, const Targets& targets);
  BoundQuery finish(const Json& select, PlanPtr plan, Targets& targets);

  // bind_group.cpp
  void bind_groups(const Json& select, const Level& level, Targets& targets);
  ExprPtr bind_group(const Json& node, ExpressionBinder& binder, const Level& level, const Targets& targets);
  PlanPtr aggregate(PlanPtr plan, const Level& level, Targets& targets);

  // bind_from.cpp
  FromItem bind_item(const Json& node, const Level* lateral);
  FromItem bind_relation(const Json& body);
  FromItem bind_subselect(const Json& body, const Level* lateral);
  FromItem bind_function(const Json& body, const Level* lateral);

  // bind_join.cpp
  FromItem bind_join(const Json& body, const Level* lateral);
  FromItem joined(const std::string& type, const FromItem& left, const FromItem& right, const Json& join_body);

  BindContext& context_;
  const Level* parent_;
  CommonTables common_tables_;
};

// EXISTS, IN, ANY, ALL and scalar sub-queries: bind_sublink.cpp.
ExprPtr bind_sublink(ExpressionBinder& binder, BindContext& context, const Level& level,
                     const CommonTables& common_tables, const Json& body);

// The plan with its columns cast; literals of type unknown are read as what they become.
PlanPtr coerce_columns(const PlanPtr& plan, const std::vector<ivm::Type>& types, CastContext context,
                       const std::string& what);
PlanPtr with_known_columns(const PlanPtr& plan);
PlanPtr only_columns(const PlanPtr& plan, std::size_t count);

}  // namespace laterbase::sql
