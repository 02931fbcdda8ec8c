#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/ivm/plan.h"
#include "views/sql/expression.h"

// Logical plans: what a SELECT means, as a tree (shared parts once) of relational operators over bags. Binding makes
// them, unnesting takes the outer columns out of them, the optimiser rearranges them, compile.h turns them into
// circuits.
namespace laterbase::sql {

struct PlanColumn {
  std::string name;
  ivm::Type type;
};

struct SortKey {
  ExprPtr expr;
  bool descending = false;
  bool nulls_first = false;
};

struct Scan {  // no inputs
  std::string relation;
  bool with_subject = false;  // one more TEXT column at the end: the row's subject, for UPDATE and DELETE
};
struct Rows {  // no inputs: VALUES; a FROM-less SELECT is one row of no columns
  std::vector<std::vector<ExprPtr>> rows;
};
struct Project {
  std::vector<ExprPtr> exprs;
};
struct Filter {
  ExprPtr condition;
};
enum class JoinKind { inner, left, full, semi, anti };
struct Join {  // columns: left ++ right, or only left for semi and anti
  JoinKind kind = JoinKind::inner;
  ExprPtr condition;  // over left ++ right; TRUE for a cross join
};
struct AggregateCall {
  ivm::AggregateFunction function = ivm::AggregateFunction::count_rows;
  std::vector<ExprPtr> args;
  ExprPtr filter;  // null where there is none
  bool distinct = false;
  std::vector<SortKey> order;
  ivm::Type type;
};
struct Aggregate {  // columns: keys ++ calls. Without keys there is always one row
  std::vector<ExprPtr> keys;
  std::vector<AggregateCall> calls;
};
struct Distinct {};
enum class SetKind { union_all, intersect, intersect_all, except, except_all };
struct SetOperation {  // two inputs with the same types; UNION is a Distinct over union_all
  SetKind kind = SetKind::union_all;
};
struct Limit {  // ORDER BY … LIMIT … OFFSET …, for each value of `partition`
  std::vector<ExprPtr> partition;
  std::vector<SortKey> order;
  std::optional<std::uint64_t> count;
  std::uint64_t offset = 0;
};
struct WindowCall {
  ivm::WindowFunction function = ivm::WindowFunction::row_number;
  ivm::AggregateFunction aggregate = ivm::AggregateFunction::count_rows;
  std::vector<ExprPtr> args;
  ExprPtr filter;  // of aggregates; null where there is none
  ivm::Frame frame;
  ivm::Type type;
  bool has_limits = false;  // the last three of `args` are what a RANGE with offsets compares: ivm::FrameLimits
};
struct Window {  // columns: input ++ calls
  std::vector<ExprPtr> partition;
  std::vector<SortKey> order;
  std::vector<WindowCall> calls;
};
struct Unfold {             // each row of the input for each element of an array: columns input ++ element
  ExprPtr array;            // none of NULL
  bool ordinality = false;  // … ++ BIGINT, from 1
};
struct Recursive {  // inputs: first, step; the step reads what came before through WorkingTable{id}
  std::size_t id = 0;
  bool distinct = true;  // UNION, else UNION ALL
};
struct WorkingTable {  // no inputs
  std::size_t id = 0;
};

using Operator = std::variant<Scan, Rows, Project, Filter, Join, Aggregate, Distinct, SetOperation, Limit, Window,
                              Unfold, Recursive, WorkingTable>;

struct Plan {
  std::vector<PlanColumn> columns;
  std::vector<PlanPtr> inputs;
  Operator what;
};

// A SELECT as a whole. The plan's first `visible` columns are the answer; more may follow that only the order needs.
struct Query {
  PlanPtr plan;
  std::size_t visible = 0;
  std::vector<SortKey> order;          // how a reader sees the rows; over the plan's columns. A bag where it is empty
  std::vector<std::string> relations;  // what it reads, each once
};

}  // namespace laterbase::sql
