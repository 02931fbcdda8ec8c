#include "engine/ivm/plan.h"

#include <fmt/format.h>

namespace laterbase::ivm {
namespace {

struct InputsOf {
  std::vector<NodeId> operator()(const Input&) const { return {}; }
  std::vector<NodeId> operator()(const Constant&) const { return {}; }
  std::vector<NodeId> operator()(const RecursiveSelf&) const { return {}; }
  std::vector<NodeId> operator()(const Join& join) const { return {join.left, join.right}; }
  std::vector<NodeId> operator()(const SetOperation& operation) const { return {operation.left, operation.right}; }
  std::vector<NodeId> operator()(const UnionAll& all) const { return all.inputs; }
  std::vector<NodeId> operator()(const Recursive& recursive) const { return {recursive.base, recursive.step}; }
  template <typename Unary>
  std::vector<NodeId> operator()(const Unary& unary) const {
    return {unary.input};
  }
};

struct SetInputs {
  const std::vector<NodeId>& inputs;

  void operator()(Input&) const {}
  void operator()(Constant&) const {}
  void operator()(RecursiveSelf&) const {}
  void operator()(Join& join) const { join.left = inputs[0], join.right = inputs[1]; }
  void operator()(SetOperation& operation) const { operation.left = inputs[0], operation.right = inputs[1]; }
  void operator()(UnionAll& all) const { all.inputs = inputs; }
  void operator()(Recursive& recursive) const {
    recursive.base = inputs[0], recursive.step = inputs[1], recursive.self = inputs[2];
  }
  template <typename Unary>
  void operator()(Unary& unary) const {
    unary.input = inputs[0];
  }
};

std::string list(const std::vector<ExpressionPtr>& expressions) {
  std::string text;
  for (const ExpressionPtr& expression : expressions) text += (text.empty() ? "" : ", ") + expression->text();
  return text;
}

std::string list(const std::vector<std::size_t>& columns) {
  std::string text;
  for (const std::size_t column : columns) text += fmt::format("{}#{}", text.empty() ? "" : ", ", column);
  return text;
}

// "DESC NULLS FIRST", where they are not what PostgreSQL would do anyway.
std::string direction(bool descending, bool nulls_first) {
  std::string text = descending ? " DESC" : "";
  if (nulls_first != descending) text += nulls_first ? " NULLS FIRST" : " NULLS LAST";
  return text;
}

std::string list(const std::vector<Order>& orders) {
  std::string text;
  for (const Order& order : orders) {
    text +=
        fmt::format("{}#{}{}", text.empty() ? "" : ", ", order.column, direction(order.descending, order.nulls_first));
  }
  return text;
}

const char* name_of(JoinKind kind) {
  switch (kind) {
    case JoinKind::inner:
      return "inner";
    case JoinKind::left:
      return "left";
    case JoinKind::right:
      return "right";
    case JoinKind::full:
      return "full";
    case JoinKind::semi:
      return "semi";
    case JoinKind::anti:
      return "anti";
  }
  return "?";
}

const char* name_of(AggregateFunction function) {
  switch (function) {
    case AggregateFunction::count_rows:
      return "count(*)";
    case AggregateFunction::count:
      return "count";
    case AggregateFunction::sum:
      return "sum";
    case AggregateFunction::avg:
      return "avg";
    case AggregateFunction::min:
      return "min";
    case AggregateFunction::max:
      return "max";
    case AggregateFunction::bool_and:
      return "bool_and";
    case AggregateFunction::bool_or:
      return "bool_or";
    case AggregateFunction::array_agg:
      return "array_agg";
    case AggregateFunction::string_agg:
      return "string_agg";
    case AggregateFunction::single_value:
      return "single_value";
  }
  return "?";
}

const char* name_of(WindowFunction function) {
  switch (function) {
    case WindowFunction::row_number:
      return "row_number";
    case WindowFunction::rank:
      return "rank";
    case WindowFunction::dense_rank:
      return "dense_rank";
    case WindowFunction::percent_rank:
      return "percent_rank";
    case WindowFunction::cume_dist:
      return "cume_dist";
    case WindowFunction::ntile:
      return "ntile";
    case WindowFunction::lag:
      return "lag";
    case WindowFunction::lead:
      return "lead";
    case WindowFunction::first_value:
      return "first_value";
    case WindowFunction::last_value:
      return "last_value";
    case WindowFunction::nth_value:
      return "nth_value";
    case WindowFunction::aggregate:
      return "";
  }
  return "?";
}

std::string text_of(const AggregateCall& call) {
  std::string text = name_of(call.function);
  if (call.function != AggregateFunction::count_rows) {
    text += fmt::format("({}{}", call.distinct ? "DISTINCT " : "", list(call.arguments));
    for (std::size_t i = 0; i < call.order.size(); ++i) {
      const SortKey& key = call.order[i];
      text += (i == 0 ? " ORDER BY " : ", ") + key.expression->text() + direction(key.descending, key.nulls_first);
    }
    text += ")";
  }
  return call.filter ? text + " FILTER (" + call.filter->text() + ")" : text;
}

std::string text_of(FrameBound bound, std::int64_t offset) {
  switch (bound) {
    case FrameBound::unbounded_preceding:
      return "UNBOUNDED PRECEDING";
    case FrameBound::preceding:
      return fmt::format("{} PRECEDING", offset);
    case FrameBound::current_row:
      return "CURRENT ROW";
    case FrameBound::following:
      return fmt::format("{} FOLLOWING", offset);
    case FrameBound::unbounded_following:
      return "UNBOUNDED FOLLOWING";
  }
  return "?";
}

std::string text_of(const WindowCall& call) {
  const bool is_aggregate = call.function == WindowFunction::aggregate;
  std::string text =
      fmt::format("{}({})", is_aggregate ? name_of(call.aggregate) : name_of(call.function), list(call.arguments));
  if (call.filter) text += fmt::format(" FILTER (#{})", *call.filter);
  const char* mode = call.frame.mode == FrameMode::rows    ? "ROWS"
                     : call.frame.mode == FrameMode::range ? "RANGE"
                                                           : "GROUPS";
  return text + fmt::format(" {} {} TO {}", mode, text_of(call.frame.start, call.frame.start_offset),
                            text_of(call.frame.end, call.frame.end_offset));
}

struct Describe {
  std::string operator()(const Input& input) const { return "Input " + input.name; }
  std::string operator()(const Constant& constant) const {
    std::uint64_t hash = 0;  // two lists of as many rows are not the same
    for (const Row& row : constant.rows) hash = hash * 31 + row.view().hash();
    return fmt::format("Values: {} rows ({:016x})", constant.rows.size(), hash);
  }
  std::string operator()(const Filter& filter) const { return "Filter " + filter.condition->text(); }
  std::string operator()(const Map& map) const { return "Map " + list(map.columns); }
  std::string operator()(const Unfold& unfold) const {
    return "Unfold " + unfold.array->text() + (unfold.ordinality ? " with ordinality" : "");
  }
  std::string operator()(const Join& join) const {
    std::string text = fmt::format("Join {}", name_of(join.kind));
    for (std::size_t i = 0; i < join.keys.size(); ++i) {
      const JoinKey& key = join.keys[i];
      text += fmt::format("{}{} {} {}", i == 0 ? " on " : " and ", key.left->text(),
                          key.nulls_match ? "is not distinct from" : "=", key.right->text());
    }
    return join.condition ? text + " where " + join.condition->text() : text;
  }
  std::string operator()(const Aggregate& aggregate) const {
    std::string text = "Aggregate";
    for (std::size_t i = 0; i < aggregate.calls.size(); ++i)
      text += (i == 0 ? " " : ", ") + text_of(aggregate.calls[i]);
    return aggregate.group.empty() ? text : text + " by " + list(aggregate.group);
  }
  std::string operator()(const Distinct&) const { return "Distinct"; }
  std::string operator()(const UnionAll&) const { return "Union all"; }
  std::string operator()(const SetOperation& operation) const {
    return fmt::format("{}{}", operation.kind == SetKind::intersect ? "Intersect" : "Except",
                       operation.all ? " all" : "");
  }
  std::string operator()(const TopK& top_k) const {
    std::string text = "Top";
    if (top_k.limit) text += fmt::format(" {}", *top_k.limit);
    if (top_k.offset != 0) text += fmt::format(" from {}", top_k.offset);
    if (!top_k.order.empty()) text += " by " + list(top_k.order);
    return top_k.partition.empty() ? text : text + " of each " + list(top_k.partition);
  }
  std::string operator()(const Window& window) const {
    std::string text = "Window";
    for (std::size_t i = 0; i < window.calls.size(); ++i) text += (i == 0 ? " " : ", ") + text_of(window.calls[i]);
    if (!window.partition.empty()) text += " of each " + list(window.partition);
    return window.order.empty() ? text : text + " by " + list(window.order);
  }
  std::string operator()(const RecursiveSelf&) const { return "Rows of the turn before"; }
  std::string operator()(const Recursive& recursive) const {
    return fmt::format("Recursive {}", recursive.distinct ? "union" : "union all");
  }
};

}  // namespace

std::vector<NodeId> inputs_of(const Operation& operation) { return std::visit(InputsOf{}, operation); }

Operation with_inputs(Operation operation, const std::vector<NodeId>& inputs) {
  std::visit(SetInputs{inputs}, operation);
  return operation;
}

std::string describe(const Operation& operation) { return std::visit(Describe{}, operation); }

}  // namespace laterbase::ivm
