#include <map>
#include <set>

#include <boost/unordered/unordered_flat_map.hpp>

#include "bench/views/workload.h"

// The questions that look at one table, or at two side by side.
namespace laterbase::bench {
namespace {

using namespace ivm;

struct Pair {
  std::int64_t first, second;
  friend bool operator==(const Pair&, const Pair&) = default;
  friend std::size_t hash_value(const Pair& pair) {
    return static_cast<std::size_t>(static_cast<std::uint64_t>(pair.first) * 0x9e3779b97f4a7c15 ^
                                    static_cast<std::uint64_t>(pair.second) * 0xc2b2ae3d27d4eb4f);
  }
};

template <typename Key>
using Counts = boost::unordered_flat_map<Key, std::int64_t>;

template <typename Key>
void count(Counts<Key>& counts, const Key& key, std::int64_t weight) {
  const auto place = counts.try_emplace(key, 0).first;
  if ((place->second += weight) == 0) counts.erase(place);
}

// SELECT id, price FROM t WHERE price >= 500; half of the rows.
class Filtering final : public Workload {
 public:
  std::string name() const override { return "W1 filter + projection"; }
  double goal_single_us() const override { return 0.5; }
  double goal_batch_rows_per_us() const override { return 12; }
  Plan plan() const override {
    Plan plan;
    const NodeId input = plan.add(Input{"t"}, bigints({"id", "price", "stock"}));
    const NodeId filtered =
        plan.add(Filter{input, compare_constant(1, Comparison::greater_or_equal, Value::of_bigint(500), bigint)},
                 plan.schema(input));
    plan.output("view", plan.add(Map{filtered, {column(0, bigint), column(1, bigint)}}, bigints({"id", "price"})));
    return plan;
  }
  TableChange row(std::uint64_t number, std::uint64_t, Random& random) const override {
    return {0, 1, {static_cast<std::int64_t>(number), static_cast<std::int64_t>(random.below(1000)), 7}};
  }
  std::unique_ptr<ByHand> by_hand() const override {
    struct Hand final : ByHand {
      void apply(std::span<const TableChange> changes) override {
        for (const TableChange& change : changes) {
          if (change.values[1] >= 500) count(view, {change.values[0], change.values[1]}, change.weight);
        }
      }
      std::uint64_t answer_rows() const override { return view.size(); }
      Counts<Pair> view;
    };
    return std::make_unique<Hand>();
  }
};

constexpr std::uint64_t groups = 10'000;

// SELECT g, sum(x), avg(x), min(x), max(x) FROM t GROUP BY g
class Aggregating final : public Workload {
 public:
  std::string name() const override { return "W2 group by: sum, avg, min, max"; }
  double goal_single_us() const override { return 1; }
  double goal_batch_rows_per_us() const override { return 3; }
  bool retracts_extremes() const override { return true; }
  Plan plan() const override {
    Plan plan;
    const NodeId input = plan.add(Input{"t"}, bigints({"id", "g", "x"}));
    const Type numeric{TypeKind::numeric, {}};
    const auto call = [](AggregateFunction function, Type type) {
      return AggregateCall{function, {column(2, bigint)}, type, nullptr, false, {}};
    };
    const Aggregate aggregate{input,
                              {column(1, bigint)},
                              {call(AggregateFunction::sum, numeric), call(AggregateFunction::avg, numeric),
                               call(AggregateFunction::min, bigint), call(AggregateFunction::max, bigint)}};
    plan.output(
        "view",
        plan.add(aggregate, {{"g", bigint}, {"sum", numeric}, {"avg", numeric}, {"min", bigint}, {"max", bigint}}));
    return plan;
  }
  TableChange row(std::uint64_t number, std::uint64_t, Random& random) const override {
    return {0,
            1,
            {static_cast<std::int64_t>(number), static_cast<std::int64_t>(random.below(groups)),
             static_cast<std::int64_t>(random.below(1'000'000))}};
  }
  std::unique_ptr<ByHand> by_hand() const override {
    struct Group {
      std::int64_t sum = 0, count = 0, least = 0, greatest = 0;
      double average = 0;
      std::map<std::int64_t, std::int64_t> values;
    };
    struct Hand final : ByHand {
      void apply(std::span<const TableChange> changes) override {
        for (const TableChange& change : changes) {
          Group& group = view[change.values[1]];
          group.sum += change.weight * change.values[2];
          group.count += change.weight;
          const auto place = group.values.try_emplace(change.values[2], 0).first;
          if ((place->second += change.weight) == 0) group.values.erase(place);
          if (group.count == 0) {
            view.erase(change.values[1]);
            continue;
          }
          group.average = static_cast<double>(group.sum) / static_cast<double>(group.count);
          group.least = group.values.begin()->first;
          group.greatest = group.values.rbegin()->first;
        }
      }
      std::uint64_t answer_rows() const override { return view.size(); }
      boost::unordered_flat_map<std::int64_t, Group> view;
    };
    return std::make_unique<Hand>();
  }
};

// SELECT id, score FROM t ORDER BY score DESC LIMIT 100
class Top final : public Workload {
 public:
  std::string name() const override { return "W5 top 100"; }
  double goal_single_us() const override { return 1; }
  double goal_batch_rows_per_us() const override { return 2.5; }
  bool retracts_extremes() const override { return true; }
  Plan plan() const override {
    Plan plan;
    const NodeId input = plan.add(Input{"t"}, bigints({"id", "score"}));
    plan.output("view", plan.add(TopK{input, {{1, true, true}}, 100, 0, {}}, plan.schema(input)));
    return plan;
  }
  TableChange row(std::uint64_t number, std::uint64_t, Random& random) const override {
    return {0, 1, {static_cast<std::int64_t>(number), static_cast<std::int64_t>(random.below(1'000'000'000)), 0}};
  }
  std::unique_ptr<ByHand> by_hand() const override {
    struct Hand final : ByHand {
      void apply(std::span<const TableChange> changes) override {
        for (const TableChange& change : changes) {
          const std::pair key{-change.values[1], change.values[0]};
          if (change.weight > 0) {
            rows.insert(key);
          } else {
            rows.erase(key);
          }
        }
      }
      std::uint64_t answer_rows() const override { return std::min<std::uint64_t>(rows.size(), 100); }
      std::set<std::pair<std::int64_t, std::int64_t>> rows;
    };
    return std::make_unique<Hand>();
  }
};

// SELECT a FROM t UNION SELECT a FROM u; each value some three times.
class DistinctUnion final : public Workload {
 public:
  std::string name() const override { return "W6 distinct + union"; }
  double goal_single_us() const override { return 0.7; }
  double goal_batch_rows_per_us() const override { return 8; }
  Plan plan() const override {
    Plan plan;
    const NodeId left = plan.add(Input{"t"}, bigints({"a"})), right = plan.add(Input{"u"}, bigints({"a"}));
    plan.output("view", plan.add(Distinct{plan.add(UnionAll{{left, right}}, bigints({"a"}))}, bigints({"a"})));
    return plan;
  }
  TableChange row(std::uint64_t number, std::uint64_t base_rows, Random& random) const override {
    return {static_cast<std::uint32_t>(number % 2), 1, {static_cast<std::int64_t>(random.below(base_rows / 3)), 0, 0}};
  }
  std::unique_ptr<ByHand> by_hand() const override {
    struct Hand final : ByHand {
      void apply(std::span<const TableChange> changes) override {
        for (const TableChange& change : changes) count(view, change.values[0], change.weight);
      }
      std::uint64_t answer_rows() const override { return view.size(); }
      Counts<std::int64_t> view;
    };
    return std::make_unique<Hand>();
  }
};

}  // namespace

std::unique_ptr<Workload> filter_workload() { return std::make_unique<Filtering>(); }
std::unique_ptr<Workload> aggregate_workload() { return std::make_unique<Aggregating>(); }
std::unique_ptr<Workload> top_workload() { return std::make_unique<Top>(); }
std::unique_ptr<Workload> distinct_workload() { return std::make_unique<DistinctUnion>(); }

}  // namespace laterbase::bench
