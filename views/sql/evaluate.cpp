#include "views/sql/evaluate.h"

#include <algorithm>

namespace laterbase::sql {
namespace {

using ivm::Value;

struct Running {
  ivm::Circuit circuit;
  std::size_t output;
};

Running run(CompiledQuery& query, const RowSource& source) {
  const std::size_t output = query.plan.output("result", query.result);
  Running running{ivm::Circuit(query.plan), output};
  for (const CompiledQuery::Input& input : query.inputs) source(input, running.circuit.input(input.node));
  running.circuit.step();
  return running;
}

// Before in the order; equal rows by all their columns, so that the same rows are always read the same way.
bool before(const std::vector<Value>& left, const std::vector<Value>& right, const std::vector<ivm::Order>& order) {
  for (const ivm::Order& by : order) {
    const Value& a = left[by.column];
    const Value& b = right[by.column];
    if (a.is_null() != b.is_null()) return a.is_null() == by.nulls_first;
    const auto compared = ivm::compare(a, b);
    if (compared != 0) return by.descending ? compared > 0 : compared < 0;
  }
  return std::lexicographical_compare(left.begin(), left.end(), right.begin(), right.end(),
                                      [](const Value& a, const Value& b) { return ivm::compare(a, b) < 0; });
}

template <typename Work>
auto guarded(const Work& work) -> SqlResult<decltype(work())> {
  try {
    return {boost::system::in_place_value, work()};
  } catch (const ivm::EvalError& error) {
    return SqlError{error.sqlstate(), error.what(), "", 0};
  }
}

}  // namespace

ResultRows ordered_rows(const ivm::OutputRows& rows, const std::vector<ivm::Order>& order, std::size_t visible) {
  std::vector<std::vector<Value>> all;
  rows.scan([&](ivm::RowView row, std::int64_t weight) {
    std::vector<Value> values = ivm::values_of(row, rows.schema());
    for (Value& value : values) value = value.owned();
    for (; weight > 0; --weight) all.push_back(values);
    return true;
  });
  if (!order.empty()) {
    std::sort(all.begin(), all.end(), [&](const auto& a, const auto& b) { return before(a, b, order); });
  }
  ResultRows result;
  result.columns.assign(rows.schema().begin(), rows.schema().begin() + static_cast<std::ptrdiff_t>(visible));
  for (const auto& values : all) result.rows.push_back(ivm::Row::of(std::span(values.data(), visible)));
  return result;
}

SqlResult<ResultRows> evaluate(CompiledQuery query, const RowSource& source) {
  return guarded([&] {
    const Running running = run(query, source);
    ResultRows rows = ordered_rows(running.circuit.rows(running.output), query.order, query.visible);
    rows.columns.assign(query.columns.begin(), query.columns.begin() + static_cast<std::ptrdiff_t>(query.visible));
    return rows;
  });
}

SqlResult<ResultRows> evaluate(const Query& query, const RowSource& source) {
  auto compiled = compile(query);
  if (!compiled) return compiled.error();
  return evaluate(std::move(*compiled), source);
}

SqlResult<std::string> explain(const Query& query, const RowSource& source) {
  auto compiled = compile(query);
  if (!compiled) return compiled.error();
  return guarded([&] { return run(*compiled, source).circuit.explain(); });
}

}  // namespace laterbase::sql
