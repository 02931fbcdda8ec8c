#include "tests/engine_ivm/random_plan.h"

namespace laterbase::ivm {
namespace {

constexpr Type bigint{TypeKind::bigint, {}};

// reach(from, to): the edges, and edges on edges, in every way a step may be written, and in some in which it need not
// be fast.
class RecursionGenerator {
 public:
  explicit RecursionGenerator(Random& random) : random_(random) {}

  Plan take() {
    edges_ = plan_.add(Input{"edges"}, pair_);
    marks_ = plan_.add(Input{"marks"}, {{"m", bigint}});
    const bool distinct = random_.one_in(2);
    // Most often there is no loop, that UNION ALL may end.
    if (!distinct && !random_.one_in(4)) edges_ = filtered(edges_, compare_columns(0, Comparison::less, 1, bigint));
    const NodeId base = random_.one_in(2) ? edges_ : filtered(edges_, less_than_one());
    self_ = plan_.add(RecursiveSelf{}, pair_);
    NodeId step = branch();
    if (random_.one_in(4)) step = plan_.add(UnionAll{{step, branch()}}, pair_);
    if (random_.one_in(6)) step = plan_.add(Distinct{step}, pair_);
    if (random_.one_in(8)) step = plan_.add(SetOperation{SetKind::except, true, step, base}, pair_);
    const std::uint64_t max_rows = random_.one_in(4) ? 30 : 1'000;
    plan_.add(Recursive{base, self_, step, distinct, 12, max_rows}, pair_);
    return std::move(plan_);
  }

 private:
  static ExpressionPtr less_than_one() { return compare_constant(0, Comparison::less, Value::of_bigint(1), bigint); }
  NodeId filtered(NodeId node, const ExpressionPtr& condition) {
    return plan_.add(Filter{node, condition}, plan_.schema(node));
  }
  NodeId mapped(NodeId node, std::vector<ExpressionPtr> columns) {
    return plan_.add(Map{node, std::move(columns)}, pair_);
  }

  NodeId branch() {
    NodeId node = random_.one_in(6) ? mapped(self_, {column(1, bigint), column(0, bigint)}) : extended();
    if (random_.one_in(3)) node = filtered(node, compare_columns(0, Comparison::less_or_equal, 1, bigint));
    if (random_.one_in(4)) node = marked(node);
    if (random_.one_in(8)) node = mapped(node, {hundred_by(0), column(1, bigint)});
    return node;
  }

  // self's rows with an edge behind them, self on either side.
  NodeId extended() {
    const bool self_left = random_.one_in(2);
    const NodeId left = self_left ? self_ : edges_, right = self_left ? edges_ : self_;
    Schema both = pair_;
    both.insert(both.end(), pair_.begin(), pair_.end());
    Join join{JoinKind::inner, left, right, {}, nullptr};
    if (random_.one_in(10)) join.kind = JoinKind::left;
    join.keys.push_back({column(self_left ? 1 : 0, bigint), column(self_left ? 0 : 1, bigint), random_.one_in(5)});
    if (random_.one_in(4)) join.condition = compare_columns(0, Comparison::not_equal, 3, bigint);
    const NodeId joined = plan_.add(join, both);
    return self_left ? mapped(joined, {column(0, bigint), column(3, bigint)})
                     : mapped(joined, {column(2, bigint), column(1, bigint)});
  }

  NodeId marked(NodeId node) {
    const JoinKind kind = random_.one_in(4) ? JoinKind::anti : JoinKind::semi;
    return plan_.add(Join{kind, node, marks_, {{column(1, bigint), column(0, bigint), false}}, nullptr}, pair_);
  }

  Random& random_;
  Plan plan_;
  const Schema pair_{{"a", bigint}, {"b", bigint}};
  NodeId edges_ = 0, marks_ = 0, self_ = 0;
};

}  // namespace

Plan random_recursion(Random& random) { return RecursionGenerator{random}.take(); }

}  // namespace laterbase::ivm
