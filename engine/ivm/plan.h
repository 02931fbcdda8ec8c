#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/ivm/expression.h"

// What a circuit shall compute: a graph of relational operations over bags of rows, written down and not yet running.
// Nodes name their inputs by NodeId and are added after them, so the graph has no cycle but the one of Recursive.
// The row of a node is as its schema says. All orders are total: ties are broken by the whole row.
namespace laterbase::ivm {

using NodeId = std::size_t;

struct Order {
  std::size_t column = 0;
  bool descending = false;
  bool nulls_first = false;

  friend bool operator==(const Order&, const Order&) = default;
};

// The rows that the circuit is given, by step().
struct Input {
  std::string name;
};

// VALUES; one row without columns for a SELECT without FROM.
struct Constant {
  std::vector<Row> rows;
};

struct Filter {
  NodeId input;
  ExpressionPtr condition;
};

struct Map {
  NodeId input;
  std::vector<ExpressionPtr> columns;
};

// A row for each element of an array, none for NULL: the input's columns, the element, and with ordinality its number
// from 1 (bigint).
struct Unfold {
  NodeId input;
  ExpressionPtr array;
  bool ordinality = false;
};

enum class JoinKind { inner, left, right, full, semi, anti };

// Sides of one kind of type. NULL matches nothing, or NULL where nulls_match (IS NOT DISTINCT FROM).
struct JoinKey {
  ExpressionPtr left;
  ExpressionPtr right;
  bool nulls_match = false;
};

// Rows: left's columns, then right's; of semi (EXISTS) and anti (NOT EXISTS) only left's. No keys: every pair is looked
// at. The condition is over both sides' columns and may be absent.
struct Join {
  JoinKind kind = JoinKind::inner;
  NodeId left;
  NodeId right;
  std::vector<JoinKey> keys;
  ExpressionPtr condition;
};

enum class AggregateFunction {
  count_rows,  // COUNT(*)
  count,
  sum,  // integer → bigint, bigint → numeric, numeric, double precision (exact, rounded once), interval
  avg,  // integers and numeric → numeric, double precision, interval
  min,
  max,
  bool_and,
  bool_or,
  array_agg,
  string_agg,    // the second argument is the separator
  single_value,  // the only row's value, NULL of none; EvalError 21000 of more: a scalar sub-query
};

struct SortKey {
  ExpressionPtr expression;
  bool descending = false;
  bool nulls_first = false;
};

struct AggregateCall {
  AggregateFunction function = AggregateFunction::count_rows;
  std::vector<ExpressionPtr> arguments;
  Type type;             // of the result
  ExpressionPtr filter;  // may be absent
  bool distinct = false;
  std::vector<SortKey> order;  // of array_agg and string_agg; without it, the order of the values
};

// Rows: the group's columns, then one for each call. Without group columns there is always exactly one row.
struct Aggregate {
  NodeId input;
  std::vector<ExpressionPtr> group;
  std::vector<AggregateCall> calls;
};

struct Distinct {
  NodeId input;
};

struct UnionAll {
  std::vector<NodeId> inputs;
};

enum class SetKind { intersect, except };

struct SetOperation {
  SetKind kind = SetKind::intersect;
  bool all = false;
  NodeId left;
  NodeId right;
};

// The rows from `offset` on, at most `limit`, in this order, of each partition.
struct TopK {
  NodeId input;
  std::vector<Order> order;
  std::optional<std::uint64_t> limit;
  std::uint64_t offset = 0;
  std::vector<std::size_t> partition;
};

enum class WindowFunction {
  row_number,
  rank,
  dense_rank,
  percent_rank,
  cume_dist,
  ntile,
  lag,  // arguments: value, offset (1), default (NULL)
  lead,
  first_value,
  last_value,
  nth_value,
  aggregate,  // WindowCall::aggregate over the frame
};

enum class FrameMode { rows, range, groups };
enum class FrameBound { unbounded_preceding, preceding, current_row, following, unbounded_following };
// What is left out of a frame: the row itself, its peers with it, or its peers without it.
enum class FrameExclusion { nothing, current_row, group, ties };

struct Frame {
  FrameMode mode = FrameMode::range;
  FrameBound start = FrameBound::unbounded_preceding;
  FrameBound end = FrameBound::current_row;
  std::int64_t start_offset = 0;  // rows or groups, of preceding and following; of range: WindowCall::limits
  std::int64_t end_offset = 0;
  FrameExclusion exclusion = FrameExclusion::nothing;
};

// Of a frame by distance: columns of the input, all of one type. The frame of a row are those whose `value` is from the
// row's `start` to its `end`, both with it; of NULLs, the NULLs. Used where the bound is preceding or following.
struct FrameLimits {
  std::size_t value;
  std::size_t start;
  std::size_t end;
};

struct WindowCall {
  WindowFunction function = WindowFunction::row_number;
  AggregateFunction aggregate = AggregateFunction::count_rows;
  std::vector<std::size_t> arguments;  // columns of the input
  std::optional<std::size_t> filter;   // a boolean column, of aggregates
  Frame frame;
  std::optional<FrameLimits> limits = {};  // of FrameMode::range with offsets; the window has one order column then
  Type type;
};

// Rows: the input's columns, then one for each call.
struct Window {
  NodeId input;
  std::vector<std::size_t> partition;
  std::vector<Order> order;
  std::vector<WindowCall> calls;
};

// WITH RECURSIVE. `step` is a node over `self`: the rows found by the turn before (all of them, as PostgreSQL does it).
// Ends when a turn finds nothing; distinct (UNION): nothing new. EvalError 54001 after max_turns, or beyond max_rows.
struct RecursiveSelf {};

struct Recursive {
  NodeId base;
  NodeId self;
  NodeId step;
  bool distinct = true;
  std::uint64_t max_turns = 100'000;
  std::uint64_t max_rows = 20'000'000;
};

using Operation = std::variant<Input, Constant, Filter, Map, Unfold, Join, Aggregate, Distinct, UnionAll, SetOperation,
                               TopK, Window, RecursiveSelf, Recursive>;

struct Node {
  Operation operation;
  Schema schema;
};

// What is kept of a node so that it can be read: the bag of its rows, ordered in each of these ways too.
struct Output {
  std::string name;
  NodeId node = 0;
  std::vector<std::vector<Order>> indexes;
};

class Plan {
 public:
  // The schema is the result's; names are for people, types must be those of the expressions.
  NodeId add(Operation operation, Schema schema) {
    nodes_.push_back({std::move(operation), std::move(schema)});
    return nodes_.size() - 1;
  }
  std::size_t output(std::string name, NodeId node, std::vector<std::vector<Order>> indexes = {}) {
    outputs_.push_back({std::move(name), node, std::move(indexes)});
    return outputs_.size() - 1;
  }

  const std::vector<Node>& nodes() const noexcept { return nodes_; }
  const Node& node(NodeId id) const { return nodes_.at(id); }
  const Schema& schema(NodeId id) const { return nodes_.at(id).schema; }
  const std::vector<Output>& outputs() const noexcept { return outputs_; }

 private:
  std::vector<Node> nodes_;
  std::vector<Output> outputs_;
};

// The nodes that a node reads, in order.
std::vector<NodeId> inputs_of(const Operation& operation);

// The same operation on other nodes, given in that order; a recursion's self comes last.
Operation with_inputs(Operation operation, const std::vector<NodeId>& inputs);

// "Join inner on #0 = #1": without its inputs. Equal texts over equal inputs are equal work.
std::string describe(const Operation& operation);

}  // namespace laterbase::ivm
