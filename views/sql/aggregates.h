#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "views/sql/plan.h"

// The aggregate and window functions by name, and what they make of which types.
namespace laterbase::sql {

bool is_aggregate(std::string_view name);
bool is_window_function(std::string_view name);  // only with OVER

// Arguments cast to what the aggregate takes. Errors: SqlException 42883, 0A000 for PostgreSQL's others.
AggregateCall resolve_aggregate(const std::string& name, std::vector<ExprPtr> args, bool star, int offset);
WindowCall resolve_window_function(const std::string& name, std::vector<ExprPtr> args, int offset);
// ORDER BY of a DISTINCT aggregate must be by its argument.
void check_distinct_order(const AggregateCall& call, int offset);

}  // namespace laterbase::sql
