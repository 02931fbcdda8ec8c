#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/ivm/plan.h"
#include "views/sql/error.h"
#include "views/sql/plan.h"

// A query as a circuit's plan: the same for a view that is kept up to date and for a SELECT that is answered once.
namespace laterbase::sql {

struct CompiledQuery {
  ivm::Plan plan;
  ivm::NodeId result = 0;         // not yet an output of the plan
  std::size_t visible = 0;        // the answer's columns come first; what follows is only for the order
  std::vector<ivm::Order> order;  // empty: a bag
  // The plan's inputs by the relation that feeds them: its columns in order, and one more with the subject (TEXT)
  // where `with_subject`.
  struct Input {
    std::string relation;
    bool with_subject = false;
    ivm::NodeId node = 0;
  };
  std::vector<Input> inputs;

  ivm::Schema columns;  // of the result, with the query's names

  const ivm::Schema& schema() const { return columns; }
};

// Optimises and compiles. Errors: 0A000 for what no operator does.
SqlResult<CompiledQuery> compile(const Query& query);

// Plans of one circuit. A plan may scan those before it as relations of their names, and is optimised by itself.
struct NamedPlan {
  std::string name;  // no relation's
  PlanPtr plan;
};
struct CompiledPlans {
  ivm::Plan plan;
  std::vector<ivm::NodeId> results;  // of each; none is an output of the plan yet
  std::vector<CompiledQuery::Input> inputs;
};
SqlResult<CompiledPlans> compile(const std::vector<NamedPlan>& plans);

// A bound expression as operators take it, over rows whose columns have these types.
ivm::ExpressionPtr compile_expression(const ExprPtr& expr);

// Without rows or columns: what DEFAULT, LIMIT and the like are. Errors: EvalError.
ivm::Value evaluate_constant(const ExprPtr& expr);

}  // namespace laterbase::sql
