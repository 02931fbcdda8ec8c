#include <catch2/catch.hpp>
#include <set>

#include "engine/ivm/circuit.h"
#include "tests/engine_ivm/random_plan.h"
#include "tests/support/seed.h"

// What a recursion does when its rows change: that it costs what changes, and is the same as one that starts anew.
namespace laterbase::ivm {
namespace {

constexpr Type bigint{TypeKind::bigint, {}};
const Schema pair{{"from", bigint}, {"to", bigint}};
using Edge = std::pair<std::int64_t, std::int64_t>;

// SELECT "to" FROM edges WHERE "from" = 0 UNION [ALL] SELECT edges."to" FROM found JOIN edges ON found.node =
// edges."from"
struct Reached {
  explicit Reached(bool distinct) {
    edges = plan.add(Input{"edges"}, pair);
    const Schema node{{"node", bigint}};
    const NodeId of_root =
        plan.add(Filter{edges, compare_constant(0, Comparison::equal, Value::of_bigint(0), bigint)}, pair);
    const NodeId base = plan.add(Map{of_root, {column(1, bigint)}}, node);
    const NodeId self = plan.add(RecursiveSelf{}, node);
    const NodeId joined =
        plan.add(Join{JoinKind::inner, self, edges, {{column(0, bigint), column(0, bigint), false}}, nullptr},
                 {node[0], pair[0], pair[1]});
    const NodeId step = plan.add(Map{joined, {column(2, bigint)}}, node);
    plan.output("view", plan.add(Recursive{base, self, step, distinct}, node));
  }
  Plan plan;
  NodeId edges;
};

class Graphs {
 public:
  explicit Graphs(bool distinct) : reached_(distinct), circuit_(reached_.plan) {}

  void add(Edge edge, std::int64_t weight = 1) {
    const std::vector<Value> values{Value::of_bigint(edge.first), Value::of_bigint(edge.second)};
    circuit_.input(reached_.edges).add(Row::of(values).view(), weight);
    (weight > 0) ? static_cast<void>(edges_.insert(edge)) : static_cast<void>(edges_.erase(edges_.find(edge)));
  }
  std::uint64_t step() {
    circuit_.step();
    return circuit_.changes_looked_at();
  }
  std::size_t changed() const { return circuit_.changes(0).size(); }
  std::uint64_t rows() const { return circuit_.rows(0).size(); }
  std::string explain() const { return circuit_.explain(); }
  const std::multiset<Edge>& edges() const { return edges_; }
  std::map<std::int64_t, std::int64_t> shown() const {
    std::map<std::int64_t, std::int64_t> shown;
    circuit_.rows(0).scan([&](RowView row, std::int64_t weight) {
      shown[row.word(0)] = weight;
      return true;
    });
    return shown;
  }
  void save_and_load() {
    const std::string saved = circuit_.save();
    circuit_ = Circuit{reached_.plan};
    REQUIRE(circuit_.load(saved).has_value());
  }

 private:
  Reached reached_;
  Circuit circuit_;
  std::multiset<Edge> edges_;
};

constexpr std::int64_t nodes = 100'000;

TEST_CASE("a leaf more or an edge less of a chain of 100,000 costs what it changes") {
  for (const bool distinct : {true, false}) {
    Graphs chain{distinct};
    for (std::int64_t node = 0; node < nodes - 1; ++node) chain.add({node, node + 1});
    chain.step();
    REQUIRE(chain.rows() == nodes - 1);

    chain.add({nodes / 2, nodes + 7});
    REQUIRE(chain.step() <= 10);
    REQUIRE(chain.rows() == nodes);
    chain.add({nodes / 2, nodes + 7}, -1);
    REQUIRE(chain.step() <= 10);

    chain.add({nodes - 12, nodes - 11}, -1);
    REQUIRE(chain.step() <= 60);
    REQUIRE(chain.changed() == 11);
    chain.add({nodes - 12, nodes - 11});
    REQUIRE(chain.step() <= 60);
    REQUIRE(chain.rows() == nodes - 1);
  }
}

TEST_CASE("in a forest of 100,000 nodes a change touches its tree below it alone") {
  for (const bool distinct : {true, false}) {
    Graphs forest{distinct};
    constexpr std::int64_t trees = 1'000, size = nodes / trees;
    for (std::int64_t tree = 0; tree < trees; ++tree) {
      forest.add({0, 1 + tree * size});
      for (std::int64_t node = 1; node < size; ++node) {
        forest.add({1 + tree * size + (node - 1) / 2, 1 + tree * size + node});
      }
    }
    forest.step();
    REQUIRE(forest.rows() == nodes);
    // A tree under another: its rows stay, but in UNION they are found in later turns.
    const std::int64_t root = 1 + 17 * size;
    forest.add({0, root}, -1);
    REQUIRE(forest.step() <= 6 * size);
    REQUIRE(forest.rows() == nodes - size);
    forest.add({1 + 18 * size + 99, root});
    REQUIRE(forest.step() <= 6 * size);
    REQUIRE(forest.rows() == nodes);
  }
}

TEST_CASE("a way more to what is found changes nothing, and a loop that nothing leads to dissolves") {
  Graphs graph{true};
  for (std::int64_t node = 0; node < 1'000; ++node) graph.add({node, node + 1});
  graph.add({1'000, 500});
  graph.step();
  graph.add({900, 950});
  graph.step();
  REQUIRE(graph.changed() == 0);
  graph.add({499, 500}, -1);
  graph.step();
  REQUIRE(graph.changed() == 501);
  REQUIRE(graph.rows() == 499);
  // Taken away and given back within a step, another way: nothing happens.
  graph.add({250, 251}, -1);
  graph.add({250, 251});
  REQUIRE(graph.step() <= 4);
  REQUIRE(graph.changed() == 0);
}

TEST_CASE("a recursion that is changed again and again is the one that starts from the same rows") {
  const std::uint64_t seed = test_seed();
  const std::uint64_t graphs = test_size(60, 4'000);
  for (std::uint64_t number = 0; number < graphs; ++number) {
    INFO("LATERBASE_SEED=" << seed + number);
    Random random{seed + number};
    const bool distinct = random.one_in(2);
    Graphs changed{distinct};
    const std::uint64_t size = 5 + random.below(60);
    for (int turn = 0; turn < 30; ++turn) {
      for (std::uint64_t left = 1 + random.below(8); left > 0; --left) {
        const auto& edges = changed.edges();
        if (!edges.empty() && random.one_in(2)) {
          changed.add(*std::next(edges.begin(), static_cast<std::ptrdiff_t>(random.below(edges.size()))), -1);
          continue;
        }
        auto from = static_cast<std::int64_t>(random.below(size)), to = static_cast<std::int64_t>(random.below(size));
        if (!distinct && from > to) std::swap(from, to);
        if (distinct || from != to) changed.add({from, to});
      }
      changed.step();
      Graphs anew{distinct};
      for (const Edge& edge : changed.edges()) anew.add(edge);
      anew.step();
      REQUIRE(changed.shown() == anew.shown());
      if (random.one_in(8)) changed.save_and_load();
    }
  }
}

TEST_CASE("EXPLAIN says how a recursion is kept up") {
  REQUIRE(Graphs{true}.explain().find("Recursive union, incremental") != std::string::npos);
  REQUIRE(Graphs{false}.explain().find("Recursive union all, incremental") != std::string::npos);

  // What an edge more can take away is computed anew.
  Plan plan;
  const NodeId edges = plan.add(Input{"edges"}, pair);
  const NodeId self = plan.add(RecursiveSelf{}, pair);
  const NodeId step =
      plan.add(Join{JoinKind::anti, self, edges, {{column(0, bigint), column(1, bigint), false}}, nullptr}, pair);
  plan.output("view", plan.add(Recursive{edges, self, step}, pair));
  REQUIRE(Circuit{plan}.explain().find("Recursive union, computed whole at each change") != std::string::npos);
}

TEST_CASE("a recursion without an end is an error, and none once it has an end again") {
  for (const bool distinct : {true, false}) {
    Plan plan;
    const Schema number{{"n", bigint}};
    const NodeId input = plan.add(Input{"t"}, number), limits = plan.add(Input{"limits"}, number);
    const NodeId self = plan.add(RecursiveSelf{}, number);
    const NodeId below =
        plan.add(Join{JoinKind::inner, self, limits, {}, compare_columns(0, Comparison::less, 1, bigint)},
                 {number[0], number[0]});
    const NodeId step = plan.add(Map{below, {plus_one(0)}}, number);
    plan.output("view", plan.add(Recursive{input, self, step, distinct, 1'000}, number));
    Circuit circuit{plan};
    const auto add = [&](NodeId to, std::int64_t value, std::int64_t weight = 1) {
      circuit.input(to).add(Row::of(std::vector<Value>{Value::of_bigint(value)}).view(), weight);
    };
    add(input, 1);
    add(limits, 10);
    circuit.step();
    REQUIRE(circuit.rows(0).size() == 10);
    add(limits, 1'000'000);
    REQUIRE_THROWS_AS(circuit.step(), EvalError);
    REQUIRE(circuit.rows(0).size() == 10);
    add(limits, 10, -1);
    add(limits, 500);
    circuit.step();
    REQUIRE(circuit.rows(0).size() == 500);
  }
}

}  // namespace
}  // namespace laterbase::ivm
