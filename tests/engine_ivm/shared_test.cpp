#include <catch2/catch.hpp>

#include "engine/ivm/circuit.h"
#include "tests/engine_ivm/differential.h"
#include "tests/support/seed.h"

// Joins that look up the same rows by the same key keep them once, and are none the worse for it.
namespace laterbase::ivm {
namespace {

constexpr Type bigint{TypeKind::bigint, {}};
const Schema pair{{"a", bigint}, {"b", bigint}};

// Two tables, and joins of them with themselves and each other by few keys, side by side.
class SharingGenerator {
 public:
  explicit SharingGenerator(Random& random) : random_(random) {}

  Plan take() {
    for (const char* name : {"t", "u"}) tables_.push_back(plan_.add(Input{name}, pair));
    std::vector<NodeId> parts;
    for (std::uint64_t left = 2 + random_.below(4); left > 0; --left) {
      parts.push_back(joined());
      if (random_.one_in(3)) tables_.push_back(parts.back());
    }
    plan_.output("view", plan_.add(UnionAll{parts}, pair));
    return std::move(plan_);
  }

 private:
  NodeId some_table() { return tables_[random_.below(tables_.size())]; }
  ExpressionPtr some_column() { return column(random_.below(2), bigint); }

  NodeId joined() {
    static constexpr JoinKind kinds[] = {JoinKind::inner, JoinKind::inner, JoinKind::inner,
                                         JoinKind::semi,  JoinKind::anti,  JoinKind::left};
    Join join{kinds[random_.below(std::size(kinds))], some_table(), some_table(), {}, nullptr};
    const bool nulls_match = random_.one_in(4);
    join.keys.push_back({some_column(), some_column(), nulls_match});
    if (random_.one_in(6)) join.keys.push_back({column(1, bigint), column(1, bigint), false});
    const bool is_exists = join.kind == JoinKind::semi || join.kind == JoinKind::anti;
    Schema both = pair;
    if (!is_exists) both.insert(both.end(), pair.begin(), pair.end());
    if (random_.one_in(4) && !is_exists) join.condition = compare_columns(0, Comparison::less, 3, bigint);
    const NodeId node = plan_.add(join, both);
    if (is_exists) return node;
    const ExpressionPtr last = random_.one_in(4) ? hundred_by(3) : column(3, bigint);
    return plan_.add(Map{node, {column(0, bigint), last}}, pair);
  }

  Random& random_;
  Plan plan_;
  std::vector<NodeId> tables_;
};

TEST_CASE("joins that share arrangements show what they mean from scratch") {
  const std::uint64_t seed = test_seed();
  const std::uint64_t plans = test_size(1'500, 100'000);
  std::uint64_t sharing = 0;
  for (std::uint64_t number = 0; number < plans; ++number) {
    Random random{seed + number};
    const Plan plan = SharingGenerator{random}.take();
    INFO("LATERBASE_SEED=" << seed + number << "\n" << text_of(plan));
    sharing += Circuit{plan}.explain().find("Shared: ") != std::string::npos;
    check_against_reference(plan, random);
  }
  REQUIRE(sharing > plans / 4);
}

TEST_CASE("a self-join keeps its rows once, and EXPLAIN says so") {
  Plan plan;
  const NodeId input = plan.add(Input{"t"}, pair);
  const NodeId joined =
      plan.add(Join{JoinKind::inner, input, input, {{column(0, bigint), column(0, bigint), false}}, nullptr},
               {pair[0], pair[1], pair[0], pair[1]});
  plan.output("view", joined);
  Circuit circuit{plan};
  for (std::int64_t row = 0; row < 1'000; ++row) {
    const std::vector<Value> values{Value::of_bigint(row / 2), Value::of_bigint(row)};
    circuit.input(input).add(Row::of(values).view(), 1);
  }
  circuit.step();
  REQUIRE(circuit.rows(0).size() == 2'000);
  std::uint64_t held = 0;
  for (const NodeState& state : circuit.state()) held += state.rows;
  REQUIRE(held == 1'000);
  const std::string explained = circuit.explain();
  REQUIRE(explained.find("Join inner on #0 = #0, both sides shared") != std::string::npos);
  REQUIRE(explained.find("Shared: Arrangement of Input t by #0 for 2 sides of joins (rows 1000") != std::string::npos);

  const std::string saved = circuit.save();
  Circuit other{plan};
  REQUIRE(other.load(saved).has_value());
  const std::vector<Value> values{Value::of_bigint(7), Value::of_bigint(-1)};
  other.input(input).add(Row::of(values).view(), 1);
  other.step();
  REQUIRE(other.changes(0).size() == 5);
}

}  // namespace
}  // namespace laterbase::ivm
