#include <catch2/catch.hpp>

#include "engine/ivm/circuit.h"
#include "engine/ivm/decimal.h"
#include "tests/engine_ivm/random_plan.h"

// What the differential tests cannot say: what a step that fails leaves behind, reads in order, what is refused.
namespace laterbase::ivm {
namespace {

constexpr Type bigint{TypeKind::bigint, {}}, text{TypeKind::text, {}}, numeric{TypeKind::numeric, {}},
    real8{TypeKind::real8, {}};
const Schema pair{{"id", bigint}, {"n", bigint}};

void add(Circuit& circuit, NodeId input, std::int64_t id, std::int64_t n, std::int64_t weight = 1) {
  const std::vector<Value> values{Value::of_bigint(id), Value::of_bigint(n)};
  circuit.input(input).add(Row::of(values).view(), weight);
}

std::vector<std::string> shown_by(const Circuit& circuit, std::size_t index = 0, const Range& range = {},
                                  bool backwards = false) {
  std::vector<std::string> rows;
  const OutputRows& output = circuit.rows(0);
  output.read(index, range, backwards, [&](RowView row, std::int64_t weight) {
    rows.push_back(to_text(row, output.schema()) + (weight == 1 ? "" : " x " + std::to_string(weight)));
    return true;
  });
  return rows;
}

std::vector<Order> by(std::size_t column, bool descending = false) { return {{column, descending, descending}}; }

// A join, an aggregate, a distinct, a top-k and a window, and behind them all an expression that may fail.
struct Failing {
  Failing() {
    left = plan.add(Input{"left"}, pair);
    right = plan.add(Input{"right"}, pair);
    Schema both = pair;
    both.insert(both.end(), pair.begin(), pair.end());
    const NodeId joined =
        plan.add(Join{JoinKind::full, left, right, {{column(0, bigint), column(0, bigint), false}}, nullptr}, both);
    AggregateCall sum{AggregateFunction::sum, {column(3, bigint)}, numeric, nullptr, true, {}};
    AggregateCall least{AggregateFunction::min, {column(1, bigint)}, bigint, nullptr, false, {}};
    const NodeId grouped = plan.add(Aggregate{joined, {column(0, bigint)}, {sum, least}},
                                    {{"id", bigint}, {"sum", numeric}, {"least", bigint}});
    const NodeId distinct = plan.add(Distinct{grouped}, plan.schema(grouped));
    const NodeId top = plan.add(TopK{distinct, by(2), 3, 0, {}}, plan.schema(distinct));
    Schema ranked = plan.schema(top);
    ranked.push_back({"rank", bigint});
    WindowCall rank;
    rank.function = WindowFunction::rank;
    rank.type = bigint;
    const NodeId window = plan.add(Window{top, {}, by(2), {rank}}, ranked);
    const NodeId divided = plan.add(Map{window, {column(0, bigint), hundred_by(2), column(3, bigint)}},
                                    {{"id", bigint}, {"by", bigint}, {"rank", bigint}});
    plan.output("view", divided, {by(0)});
  }
  Plan plan;
  NodeId left, right;
};

TEST_CASE("a step that meets an EvalError leaves no trace in any operator") {
  Failing failing;
  Circuit circuit{failing.plan};
  for (std::int64_t id = 1; id <= 5; ++id) {
    add(circuit, failing.left, id, id);
    add(circuit, failing.right, id, 10 * id);
  }
  circuit.step();
  const std::vector<std::string> expected{"(1, 100, 1)", "(2, 50, 2)", "(3, 33, 3)"};
  REQUIRE(shown_by(circuit) == expected);
  const std::string saved = circuit.save();
  const std::string explained = circuit.explain();

  add(circuit, failing.left, 9, 0);
  add(circuit, failing.left, 2, 2, -1);
  add(circuit, failing.right, 3, 30, -1);
  add(circuit, failing.right, 3, 31);
  add(circuit, failing.right, 9, 31);
  REQUIRE_THROWS_AS(circuit.step(), EvalError);
  REQUIRE(shown_by(circuit) == expected);
  REQUIRE(circuit.changes(0).empty());

  // And it goes on as one that never saw that step.
  Circuit other{failing.plan};
  REQUIRE(other.load(saved).has_value());
  for (Circuit* each : {&circuit, &other}) {
    add(*each, failing.left, 2, 2, -1);
    add(*each, failing.right, 1, 10, -1);
    each->step();
  }
  REQUIRE(shown_by(circuit) == shown_by(other));
  REQUIRE(shown_by(circuit) == std::vector<std::string>{"(1, 100, 1)", "(3, 33, 2)", "(4, 25, 3)"});
}

TEST_CASE("a change that is none emits nothing") {
  Failing failing;
  Circuit circuit{failing.plan};
  add(circuit, failing.left, 1, 1);
  circuit.step();
  REQUIRE(circuit.changes(0).size() == 1);
  add(circuit, failing.left, 1, 1, -1);
  add(circuit, failing.left, 1, 1);
  circuit.step();
  REQUIRE(circuit.changes(0).empty());
}

TEST_CASE("an output is read in order, from both ends, by value and by range") {
  Plan plan;
  const NodeId input = plan.add(Input{"t"}, pair);
  plan.output("view", input, {by(1), {{1, true, true}, {0, false, false}}});
  Circuit circuit{plan};
  for (std::int64_t id = 1; id <= 4; ++id) add(circuit, input, id, id / 2);
  add(circuit, input, 4, 2);
  circuit.step();
  REQUIRE(shown_by(circuit) == std::vector<std::string>{"(1, 0)", "(2, 1)", "(3, 1)", "(4, 2) x 2"});
  REQUIRE(shown_by(circuit, 1) == std::vector<std::string>{"(4, 2) x 2", "(2, 1)", "(3, 1)", "(1, 0)"});
  REQUIRE(shown_by(circuit, 0, {}, true).front() == "(4, 2) x 2");
  const Bound one{{Value::of_bigint(1)}, true}, beyond_one{{Value::of_bigint(1)}, false};
  REQUIRE(shown_by(circuit, 0, {one, one}) == std::vector<std::string>{"(2, 1)", "(3, 1)"});
  REQUIRE(shown_by(circuit, 0, {beyond_one, std::nullopt}) == std::vector<std::string>{"(4, 2) x 2"});
  REQUIRE(shown_by(circuit, 0, {std::nullopt, beyond_one}, true) == std::vector<std::string>{"(1, 0)"});
  REQUIRE(shown_by(circuit, 0, {beyond_one, one}).empty());
  REQUIRE(circuit.rows(0).size() == 5);

  const std::size_t added = circuit.rows(0).add_index(by(0, true));
  add(circuit, input, 3, 1, -1);
  circuit.step();
  REQUIRE(shown_by(circuit, added) == std::vector<std::string>{"(4, 2) x 2", "(2, 1)", "(1, 0)"});
}

TEST_CASE("a sum of doubles is exact whatever came between, and in any order") {
  Plan plan;
  const NodeId input = plan.add(Input{"t"}, {{"x", real8}});
  const AggregateCall sum{AggregateFunction::sum, {column(0, real8)}, real8, nullptr, false, {}};
  plan.output("view", plan.add(Aggregate{input, {}, {sum}}, {{"sum", real8}}), {by(0)});
  Circuit circuit{plan};
  const auto change = [&](double value, std::int64_t weight) {
    const std::vector<Value> values{Value::of_double(value)};
    circuit.input(input).add(Row::of(values).view(), weight);
  };
  circuit.step();
  REQUIRE(shown_by(circuit) == std::vector<std::string>{"(NULL)"});
  for (const double value : {1e300, 0.1, -1e300, 5e-324, 0.2, 1e16}) change(value, 1);
  circuit.step();
  change(1e16, -1);
  change(5e-324, -1);
  circuit.step();
  REQUIRE(shown_by(circuit) == std::vector<std::string>{"(0.30000000000000004)"});
  change(1.7e308, 1);
  change(1.7e308, 1);
  REQUIRE_THROWS_AS(circuit.step(), EvalError);
  REQUIRE(shown_by(circuit) == std::vector<std::string>{"(0.30000000000000004)"});
}

TEST_CASE("saved state that is damaged or of another plan is refused") {
  Failing failing;
  Circuit circuit{failing.plan};
  add(circuit, failing.left, 1, 1);
  circuit.step();
  const std::string saved = circuit.save();
  for (std::size_t at = 0; at < saved.size(); at += 7) {
    std::string damaged = saved;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    REQUIRE(Circuit{failing.plan}.load(damaged).has_error());
    REQUIRE(Circuit{failing.plan}.load(saved.substr(0, at)).has_error());
  }
  Plan other;
  other.output("view", other.add(Input{"t"}, pair));
  REQUIRE(Circuit{other}.load(saved).has_error());
}

TEST_CASE("a scalar sub-query of more than one row is an error until it has one again") {
  Plan plan;
  const NodeId input = plan.add(Input{"t"}, pair);
  const AggregateCall single{AggregateFunction::single_value, {column(1, bigint)}, bigint, nullptr, false, {}};
  plan.output("view", plan.add(Aggregate{input, {}, {single}}, {{"n", bigint}}), {by(0)});
  Circuit circuit{plan};
  add(circuit, input, 1, 7);
  circuit.step();
  add(circuit, input, 2, 8);
  REQUIRE_THROWS_AS(circuit.step(), EvalError);
  add(circuit, input, 2, 8);
  add(circuit, input, 1, 7, -1);
  circuit.step();
  REQUIRE(shown_by(circuit) == std::vector<std::string>{"(8)"});
}

}  // namespace
}  // namespace laterbase::ivm
