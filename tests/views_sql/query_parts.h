#pragma once

// The kinds of parts that a query writer's decisions have, beside those of expressions, which are their Kind.
namespace laterbase::sql {

enum Part {
  condition_part = 100,
  query_part,
  select_part,
  from_part,
  join_part,
  table_part,
  column_part,
  row_part,
  change_part,
  view_part,
  step_part,
  fact_part,
};

}  // namespace laterbase::sql
