#include "tests/engine_ivm/reference_aggregate.h"

#include <algorithm>
#include <set>

#include "engine/ivm/decimal.h"
#include "engine/ivm/row_order.h"

namespace laterbase::ivm::reference {
namespace {

__extension__ using Wide = __float128;

// Of two values, as ORDER BY has it.
int place_of(const Value& left, const Value& right, bool descending, bool nulls_first) {
  const auto order = compare(left, right);
  if (order == 0) return 0;
  const bool is_null = left.is_null() || right.is_null();
  return (order < 0) != (is_null ? nulls_first : descending) ? -1 : 1;
}

// One row of those that an aggregate looks at: its arguments, and what orders it.
struct Seen {
  Tuple arguments;
  Tuple order;
};

std::vector<Seen> seen_by(const AggregateCall& call, const Table& group) {
  std::vector<Seen> all;
  std::set<std::string> known;
  for (const Tuple& row : group) {
    if (call.filter) {
      const Value passes = eval(call.filter, row);
      if (passes.is_null() || !passes.as_bool()) continue;
    }
    Seen seen;
    for (const ExpressionPtr& argument : call.arguments) seen.arguments.push_back(eval(argument, row));
    for (const SortKey& key : call.order) seen.order.push_back(eval(key.expression, row));
    if (call.distinct) {
      if (!known.insert(comparable(seen.arguments)).second) continue;
      for (Value& argument : seen.arguments) argument = canonical(argument);
    }
    all.push_back(seen);
  }
  std::stable_sort(all.begin(), all.end(), [&](const Seen& left, const Seen& right) {
    for (std::size_t i = 0; i < call.order.size(); ++i) {
      const int place = place_of(left.order[i], right.order[i], call.order[i].descending, call.order[i].nulls_first);
      if (place != 0) return place < 0;
    }
    for (std::size_t i = 0; i < call.arguments.size(); ++i) {
      const int place = place_of(left.arguments[i], right.arguments[i], false, false);
      if (place != 0) return place < 0;
    }
    return false;
  });
  return all;
}

Value sum_of(const AggregateCall& call, const std::vector<Value>& values) {
  const bool average = call.function == AggregateFunction::avg;
  const auto count = static_cast<std::int64_t>(values.size());
  if (values[0].kind() == TypeKind::real8) {
    Wide wide = 0;  // the tests' values are fractions of small numbers: no rounding before the last
    for (const Value& value : values) wide += value.as_double();
    const auto sum = static_cast<double>(wide);
    return Value::of_double(average ? sum / static_cast<double>(count) : sum);
  }
  Decimal sum;
  for (const Value& value : values) {
    sum = sum + (value.kind() == TypeKind::numeric ? value.as_decimal() : Decimal{value.as_int()});
  }
  if (average) return Value::of_numeric(sum / Decimal{count});
  if (call.type.kind == TypeKind::numeric) return Value::of_numeric(sum);
  if (!sum.to_int64()) throw EvalError("22003", "bigint out of range");
  return Value::of_bigint(*sum.to_int64());
}

Value joined_text(const std::vector<Seen>& seen) {
  std::string text;
  bool is_first = true;
  for (const Seen& row : seen) {
    if (row.arguments[0].is_null()) continue;
    if (!is_first && !row.arguments[1].is_null()) text += row.arguments[1].as_text();
    text += row.arguments[0].as_text();
    is_first = false;
  }
  return is_first ? Value{} : Value::of_text(text);
}

Value single_of(const std::vector<Seen>& seen) {
  if (seen.size() > 1) throw EvalError("21000", "more than one row returned by a subquery used as an expression");
  return seen.empty() ? Value{} : seen[0].arguments[0];
}

}  // namespace

Value eval(const ExpressionPtr& expression, const Tuple& row) {
  const Row packed = Row::of(row);
  return expression->eval(packed.view()).owned();
}

bool is_before(const Tuple& left, const Tuple& right, const std::vector<Order>& order) {
  for (const Order& by : order) {
    const int place = place_of(left[by.column], right[by.column], by.descending, by.nulls_first);
    if (place != 0) return place < 0;
  }
  const Row of_left = Row::of(left), of_right = Row::of(right);
  return compare_bytes(of_left.view(), of_right.view()) < 0;
}

Value aggregate_of(const AggregateCall& call, const Table& group) {
  const std::vector<Seen> seen = seen_by(call, group);
  if (call.function == AggregateFunction::count_rows) return Value::of_bigint(static_cast<std::int64_t>(seen.size()));
  if (call.function == AggregateFunction::string_agg) return joined_text(seen);
  if (call.function == AggregateFunction::single_value) return single_of(seen);
  std::vector<Value> values;
  for (const Seen& row : seen) {
    if (call.function == AggregateFunction::array_agg || !row.arguments[0].is_null())
      values.push_back(row.arguments[0]);
  }
  if (call.function == AggregateFunction::count) return Value::of_bigint(static_cast<std::int64_t>(values.size()));
  if (values.empty()) return {};
  const auto less = [](const Value& left, const Value& right) {
    return is_before({left}, {right}, {{0, false, false}});
  };
  const auto is_true = [](const Value& value) { return value.as_bool(); };
  switch (call.function) {
    case AggregateFunction::min:
      return *std::min_element(values.begin(), values.end(), less);
    case AggregateFunction::max:
      return *std::max_element(values.begin(), values.end(), less);
    case AggregateFunction::bool_and:
      return Value::of_bool(std::all_of(values.begin(), values.end(), is_true));
    case AggregateFunction::bool_or:
      return Value::of_bool(std::any_of(values.begin(), values.end(), is_true));
    case AggregateFunction::array_agg:
      return Value::of_array(values);
    default:
      return sum_of(call, values);
  }
}

}  // namespace laterbase::ivm::reference
