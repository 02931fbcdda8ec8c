#include "tests/engine_ivm/reference.h"

#include <algorithm>

#include "engine/ivm/decimal.h"
#include "tests/engine_ivm/reference_aggregate.h"

namespace laterbase::ivm::reference {
namespace {

Tuple concatenated(const Tuple& left, const Tuple& right) {
  Tuple row = left;
  row.insert(row.end(), right.begin(), right.end());
  return row;
}

Tuple canonical_of(const Tuple& row) {
  Tuple made;
  for (const Value& value : row) made.push_back(canonical(value));
  return made;
}

// Of equal doubles, 0.0 is shown for -0.0.
Tuple without_minus_zero(Tuple row) {
  for (Value& value : row) value = value.kind() == TypeKind::real8 ? canonical(value) : value;
  return row;
}

struct Evaluate {
  const Plan& plan;
  const std::map<NodeId, Table>& inputs;
  NodeId node;

  Table of(NodeId input) const { return evaluate(plan, input, inputs); }
  std::size_t width(NodeId of_node) const { return plan.schema(of_node).size(); }

  Table operator()(const Input&) const { return given(); }
  Table operator()(const RecursiveSelf&) const { return given(); }
  Table given() const {
    const auto place = inputs.find(node);
    return place == inputs.end() ? Table{} : place->second;
  }

  Table operator()(const Constant& constant) const {
    Table rows;
    for (const Row& row : constant.rows) {
      Tuple tuple;
      for (const Value& value : values_of(row.view(), plan.schema(node))) tuple.push_back(value.owned());
      rows.push_back(tuple);
    }
    return rows;
  }

  Table operator()(const Filter& filter) const {
    Table rows;
    for (const Tuple& row : of(filter.input)) {
      const Value value = eval(filter.condition, row);
      if (!value.is_null() && value.as_bool()) rows.push_back(row);
    }
    return rows;
  }

  Table operator()(const Map& map) const {
    Table rows;
    for (const Tuple& row : of(map.input)) {
      Tuple mapped;
      for (const ExpressionPtr& column : map.columns) mapped.push_back(eval(column, row));
      rows.push_back(mapped);
    }
    return rows;
  }

  Table operator()(const Unfold& unfold) const {
    Table rows;
    for (const Tuple& row : of(unfold.input)) {
      const Value array = eval(unfold.array, row);
      if (array.is_null()) continue;
      std::int64_t number = 0;
      for (const Value& element : array.as_array()) {
        rows.push_back(concatenated(row, {element.owned()}));
        if (unfold.ordinality) rows.back().push_back(Value::of_bigint(++number));
      }
    }
    return rows;
  }

  bool matches(const Join& join, const Tuple& left, const Tuple& right) const {
    for (const JoinKey& key : join.keys) {
      const Value of_left = eval(key.left, left), of_right = eval(key.right, right);
      if (of_left.is_null() || of_right.is_null()) {
        if (!key.nulls_match || of_left.is_null() != of_right.is_null()) return false;
      } else if (!(of_left == of_right)) {
        return false;
      }
    }
    if (!join.condition) return true;
    const Value value = eval(join.condition, concatenated(left, right));
    return !value.is_null() && value.as_bool();
  }

  Table operator()(const Join& join) const {
    const Table left = of(join.left), right = of(join.right);
    Table rows;
    std::vector<bool> right_matched(right.size());
    const bool is_outer = join.kind != JoinKind::semi && join.kind != JoinKind::anti;
    for (const Tuple& row : left) {
      if (rows.size() > most_rows) throw TooLarge{};
      bool matched = false;
      for (std::size_t i = 0; i < right.size(); ++i) {
        if (!matches(join, row, right[i])) continue;
        matched = right_matched[i] = true;
        if (is_outer) rows.push_back(concatenated(row, right[i]));
      }
      if (matched ? join.kind == JoinKind::semi : join.kind == JoinKind::anti) rows.push_back(row);
      if (!matched && (join.kind == JoinKind::left || join.kind == JoinKind::full)) {
        rows.push_back(concatenated(row, Tuple(width(join.right))));
      }
    }
    for (std::size_t i = 0; i < right.size(); ++i) {
      if (right_matched[i] || (join.kind != JoinKind::right && join.kind != JoinKind::full)) continue;
      rows.push_back(concatenated(Tuple(width(join.left)), right[i]));
    }
    return rows;
  }

  Table operator()(const Aggregate& aggregate) const {
    std::map<std::string, Table> groups;
    if (aggregate.group.empty()) groups[comparable(Tuple{})];
    for (const Tuple& row : of(aggregate.input)) {
      Tuple key;
      for (const ExpressionPtr& part : aggregate.group) key.push_back(eval(part, row));
      groups[comparable(key)].push_back(row);
    }
    Table rows;
    for (const auto& [key, group] : groups) {
      Tuple row;
      for (const Tuple& of_group : group) {
        Tuple part_values;
        for (const ExpressionPtr& part : aggregate.group) part_values.push_back(eval(part, of_group));
        if (row.empty() || is_before(part_values, row, {})) row = part_values;
      }
      row = without_minus_zero(row);
      for (const AggregateCall& call : aggregate.calls) row.push_back(aggregate_of(call, group));
      rows.push_back(row);
    }
    return rows;
  }

  Table operator()(const Distinct& distinct) const {
    std::map<std::string, Tuple> rows;
    for (const Tuple& row : of(distinct.input)) {
      const auto [place, is_new] = rows.try_emplace(comparable(row), row);
      if (!is_new && is_before(row, place->second, {})) place->second = row;
    }
    Table table;
    for (const auto& [key, row] : rows) table.push_back(without_minus_zero(row));
    return table;
  }

  Table operator()(const UnionAll& all) const {
    Table rows;
    for (const NodeId input : all.inputs) {
      for (const Tuple& row : of(input)) rows.push_back(row);
    }
    return rows;
  }

  Table operator()(const SetOperation& operation) const {
    const Table left = of(operation.left);
    Comparable right = comparable(of(operation.right)), seen;
    Table rows;
    for (const Tuple& row : left) {
      const std::string key = comparable(row);
      bool is_right = right.contains(key);
      if (operation.all) {
        is_right = is_right && right[key] > 0;
        if (is_right) --right[key];
      } else if (seen[key]++ > 0) {
        continue;
      }
      if (is_right == (operation.kind == SetKind::intersect)) rows.push_back(canonical_of(row));
    }
    return rows;
  }

  std::map<std::string, Table> partitions(const std::vector<std::size_t>& columns, const std::vector<Order>& order,
                                          NodeId input) const {
    std::map<std::string, Table> parts;
    for (const Tuple& row : of(input)) {
      Tuple key;
      for (const std::size_t column : columns) key.push_back(row[column]);
      parts[comparable(key)].push_back(row);
    }
    for (auto& [key, rows] : parts) {
      std::sort(rows.begin(), rows.end(),
                [&](const Tuple& left, const Tuple& right) { return is_before(left, right, order); });
    }
    return parts;
  }

  Table operator()(const TopK& top_k) const {
    Table rows;
    for (const auto& [key, part] : partitions(top_k.partition, top_k.order, top_k.input)) {
      for (std::size_t i = 0; i < part.size(); ++i) {
        if (i >= top_k.offset && (!top_k.limit || i < top_k.offset + *top_k.limit)) rows.push_back(part[i]);
      }
    }
    return rows;
  }

  Table operator()(const Window& window) const {
    Table rows;
    for (const auto& [key, part] : partitions(window.partition, window.order, window.input)) {
      for (std::size_t i = 0; i < part.size(); ++i) {
        Tuple row = part[i];
        for (const WindowCall& call : window.calls) row.push_back(window_value(call, window.order, part, i));
        rows.push_back(row);
      }
    }
    return rows;
  }

  Table operator()(const Recursive& recursive) const {
    Table all, now;
    Comparable seen;
    const auto take = [&](const Table& rows) {
      now.clear();
      for (const Tuple& row : rows) {
        if (recursive.distinct && seen[comparable(row)]++ > 0) continue;
        now.push_back(row);
        all.push_back(row);
      }
      if (all.size() > recursive.max_rows) throw EvalError("54001", "recursive query goes on for ever");
    };
    take(of(recursive.base));
    for (std::uint64_t turn = 0; !now.empty(); ++turn) {
      if (turn == recursive.max_turns) throw EvalError("54001", "recursive query goes on for ever");
      std::map<NodeId, Table> with_self = inputs;
      with_self[recursive.self] = now;
      take(evaluate(plan, recursive.step, with_self));
    }
    return all;
  }
};

}  // namespace

Table evaluate(const Plan& plan, NodeId node, const std::map<NodeId, Table>& inputs) {
  return std::visit(Evaluate{plan, inputs, node}, plan.node(node).operation);
}

std::string comparable(const Tuple& row) {
  const Row packed = Row::of(canonical_of(row));
  return std::string(packed.view().view());
}

Comparable comparable(const Table& table) {
  Comparable rows;
  for (const Tuple& row : table) ++rows[comparable(row)];
  return rows;
}

}  // namespace laterbase::ivm::reference
