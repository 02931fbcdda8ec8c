#pragma once

#include <functional>
#include <vector>

#include "engine/ivm/circuit.h"
#include "views/sql/compile.h"

// A SELECT answered once: the circuit that a view would be, fed with all rows in one step.
namespace laterbase::sql {

// Adds all rows of a relation with weight 1 (or more).
using RowSource = std::function<void(const CompiledQuery::Input& input, ivm::Batch& to)>;

struct ResultRows {
  ivm::Schema columns;
  std::vector<ivm::Row> rows;  // in the query's order; a row of weight 2 is there twice
};

// Errors: what compile() refuses, and what a row raises (division by zero).
SqlResult<ResultRows> evaluate(const Query& query, const RowSource& source);
SqlResult<ResultRows> evaluate(CompiledQuery query, const RowSource& source);

// An output as a reader sees it: visible columns, in order.
ResultRows ordered_rows(const ivm::OutputRows& rows, const std::vector<ivm::Order>& order, std::size_t visible);

// EXPLAIN: the circuit, with rows and bytes of state of each operator where it runs over these rows.
SqlResult<std::string> explain(const Query& query, const RowSource& source);

}  // namespace laterbase::sql
