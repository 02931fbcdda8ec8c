#pragma once

#include <optional>

#include "engine/ivm/plan_scope.h"

// A recursion's step with one more column, the last: the turn in which the row was found from which a row came. So all
// turns' rows lie side by side in the step's operators, and a change of what the step reads from outside gives the
// changes of all turns at once (the nested time of Budiu et al., "DBSP", VLDB 2023, as a column).
namespace laterbase::ivm {

struct TaggedStep {
  Plan plan;
  NodeId self = 0;
  std::vector<NodeId> inputs;  // as in StepPlan
  NodeId result = 0;           // the step's rows, and behind them the turn of the row that each came from
};

inline constexpr Type turn_type{TypeKind::bigint, {}};

// None where a row of the step may come of anything but one row of self (a join of self with itself, an aggregate, a
// top-k, rows from outside alone), or where one row more from outside can take rows away (outer and anti joins): the
// step's rows are sums over those of self, and more rows give more rows.
std::optional<TaggedStep> tagged_step_of(const Plan& plan, NodeId recursion);

}  // namespace laterbase::ivm
