#include <limits>

#include "engine/ivm/decimal.h"
#include "tests/engine_ivm/random_plan.h"

// What random plans are over, and their values.
namespace laterbase::ivm {
namespace {

constexpr Type boolean{TypeKind::boolean, {}}, bigint{TypeKind::bigint, {}}, integer{TypeKind::integer, {}},
    real8{TypeKind::real8, {}}, numeric{TypeKind::numeric, {}}, text{TypeKind::text, {}},
    interval{TypeKind::interval, {}};

class HundredBy final : public Expression {
 public:
  explicit HundredBy(std::size_t column) : Expression(bigint), column_(column) {}
  Value eval(RowView row) const override {
    if (row.is_null(column_)) return {};
    if (row.word(column_) == 0) throw EvalError("22012", "division by zero");
    return Value::of_bigint(100 / row.word(column_));
  }
  std::string text() const override { return "100 / #" + std::to_string(column_); }

 private:
  std::size_t column_;
};

Value random_real(Random& random) {
  if (random.one_in(30)) return Value::of_double(std::numeric_limits<double>::quiet_NaN());
  if (random.one_in(20)) return Value::of_double(-0.0);
  return Value::of_double((static_cast<double>(random.below(17)) - 8) / 4);
}

}  // namespace

Value random_value(TypeKind kind, Random& random) {
  if (random.one_in(6)) return {};
  const auto small = static_cast<std::int64_t>(random.below(7)) - 3;
  switch (kind) {
    case TypeKind::boolean:
      return Value::of_bool(random.one_in(2));
    case TypeKind::integer:
      return Value::of_integer(static_cast<std::int32_t>(small));
    case TypeKind::bigint:
      if (random.one_in(40)) return Value::of_bigint(random.one_in(2) ? INT64_MAX : INT64_MIN);
      return Value::of_bigint(small);
    case TypeKind::real8:
      return random_real(random);
    case TypeKind::numeric: {
      const auto scale = static_cast<std::int32_t>(random.below(3));
      return Value::of_numeric(Decimal{small}.rounded(scale));
    }
    case TypeKind::interval:
      return random.one_in(2) ? Value::of_interval({static_cast<std::int32_t>(small), 0, 0})
                              : Value::of_interval({0, static_cast<std::int32_t>(30 * small), 0});
    default: {
      static const std::vector<std::string> words = {"", "a", "ab", "earthquake", "earthquakes", "\xc3\xa4"};
      return Value::of_text(words[random.below(words.size())]);
    }
  }
}

// One more; the tests stay away from the end.
class PlusOne final : public Expression {
 public:
  explicit PlusOne(std::size_t column) : Expression(bigint), column_(column) {}
  Value eval(RowView row) const override {
    return row.is_null(column_) ? Value{} : Value::of_bigint(row.word(column_) + 1);
  }
  std::string text() const override { return "#" + std::to_string(column_) + " + 1"; }

 private:
  std::size_t column_;
};

ExpressionPtr plus_one(std::size_t column) { return std::make_shared<PlusOne>(column); }
ExpressionPtr hundred_by(std::size_t column) { return std::make_shared<HundredBy>(column); }

Schema random_schema(Random& random) {
  static const std::vector<Type> types = {bigint, integer, real8, numeric, text, boolean, interval, bigint, text};
  Schema schema;
  for (std::size_t left = 1 + random.below(3); left > 0; --left)
    schema.push_back({"c", types[random.below(types.size())]});
  return schema;
}

reference::Tuple random_tuple(const Schema& schema, Random& random) {
  reference::Tuple row;
  for (const Column& column : schema) row.push_back(random_value(column.type.kind, random));
  return row;
}

std::vector<NodeId> inputs_of_plan(const Plan& plan) {
  std::vector<NodeId> inputs;
  for (NodeId node = 0; node < plan.nodes().size(); ++node) {
    if (std::holds_alternative<Input>(plan.node(node).operation)) inputs.push_back(node);
  }
  return inputs;
}

std::string text_of(const Plan& plan) {
  std::string text;
  for (NodeId node = 0; node < plan.nodes().size(); ++node) {
    text += std::to_string(node) + ": " + describe(plan.node(node).operation);
    for (const NodeId input : inputs_of(plan.node(node).operation)) text += " <- " + std::to_string(input);
    text += "   (";
    for (const Column& column : plan.schema(node)) text += name_of(column.type) + ",";
    text += ")\n";
  }
  return text;
}

}  // namespace laterbase::ivm
