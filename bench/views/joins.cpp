#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include "bench/views/workload.h"

// The questions that join tables. Orders change; now and then a customer does too.
namespace laterbase::bench {
namespace {

using namespace ivm;

template <typename Value>
using ById = boost::unordered_flat_map<std::int64_t, Value>;

constexpr std::uint64_t rows_of_customer = 10;

JoinKey key(std::size_t left, std::size_t right) { return {column(left, bigint), column(right, bigint), false}; }

std::int64_t number_below(std::uint64_t bound, Random& random) {
  return static_cast<std::int64_t>(random.below(bound));
}

Schema joined(const Plan& plan, NodeId left, NodeId right) {
  Schema both = plan.schema(left);
  both.insert(both.end(), plan.schema(right).begin(), plan.schema(right).end());
  return both;
}

// SELECT region, sum(amount), count(*) FROM orders JOIN customers ON customer = customers.id GROUP BY region
class JoinAggregate final : public Workload {
 public:
  std::string name() const override { return "W3 join of two, aggregated"; }
  double goal_single_us() const override { return 1; }
  double goal_batch_rows_per_us() const override { return 6; }
  Plan plan() const override {
    Plan plan;
    const NodeId orders = plan.add(Input{"orders"}, bigints({"id", "customer", "amount"}));
    const NodeId customers = plan.add(Input{"customers"}, bigints({"id", "region"}));
    const NodeId both =
        plan.add(Join{JoinKind::inner, orders, customers, {key(1, 0)}, nullptr}, joined(plan, orders, customers));
    const AggregateCall sum{AggregateFunction::sum, {column(2, bigint)}, {TypeKind::numeric, {}}, nullptr, false, {}};
    const AggregateCall rows{AggregateFunction::count_rows, {}, bigint, nullptr, false, {}};
    plan.output("view", plan.add(Aggregate{both, {column(4, bigint)}, {sum, rows}},
                                 {{"region", bigint}, {"sum", {TypeKind::numeric, {}}}, {"count", bigint}}));
    return plan;
  }
  // The first tenth of the base are customers; after that, orders.
  TableChange row(std::uint64_t number, std::uint64_t base_rows, Random& random) const override {
    const std::uint64_t customers = base_rows / rows_of_customer;
    if (number < customers) return {1, 1, {static_cast<std::int64_t>(number), number_below(100, random), 0}};
    return {0, 1, {static_cast<std::int64_t>(number), number_below(customers, random), number_below(1000, random)}};
  }
  std::unique_ptr<ByHand> by_hand() const override {
    struct Sum {
      std::int64_t amount = 0, count = 0;
    };
    struct Hand final : ByHand {
      void apply(std::span<const TableChange> changes) override {
        for (const TableChange& change : changes) {
          if (change.table == 1) {
            region_of[change.values[0]] = change.values[1];  // customers stay in this workload
            continue;
          }
          const auto region = region_of.find(change.values[1]);
          if (region == region_of.end()) continue;
          Sum& sum = view[region->second];
          sum.amount += change.weight * change.values[2];
          sum.count += change.weight;
        }
      }
      std::uint64_t answer_rows() const override { return view.size(); }
      ById<std::int64_t> region_of;
      ById<Sum> view;
    };
    return std::make_unique<Hand>();
  }
};

struct Line {
  std::int64_t line, amount, region;
  friend bool operator==(const Line&, const Line&) = default;
  friend std::size_t hash_value(const Line& line) {
    return static_cast<std::size_t>(static_cast<std::uint64_t>(line.line) * 0x9e3779b97f4a7c15);
  }
};

// SELECT lines.id, amount, region FROM lines JOIN orders ON order = orders.id JOIN customers ON customer = customers.id
class ThreeJoined final : public Workload {
 public:
  std::string name() const override { return "W4 three joined"; }
  double goal_single_us() const override { return 1.5; }
  double goal_batch_rows_per_us() const override { return 3; }
  Plan plan() const override {
    Plan plan;
    const NodeId lines = plan.add(Input{"lines"}, bigints({"id", "order", "amount"}));
    const NodeId orders = plan.add(Input{"orders"}, bigints({"id", "customer"}));
    const NodeId customers = plan.add(Input{"customers"}, bigints({"id", "region"}));
    const NodeId two =
        plan.add(Join{JoinKind::inner, lines, orders, {key(1, 0)}, nullptr}, joined(plan, lines, orders));
    const NodeId narrow = plan.add(Map{two, {column(0, bigint), column(2, bigint), column(4, bigint)}},
                                   bigints({"id", "amount", "customer"}));
    const NodeId three =
        plan.add(Join{JoinKind::inner, narrow, customers, {key(2, 0)}, nullptr}, joined(plan, narrow, customers));
    plan.output("view", plan.add(Map{three, {column(0, bigint), column(1, bigint), column(4, bigint)}},
                                 bigints({"id", "amount", "region"})));
    return plan;
  }
  TableChange row(std::uint64_t number, std::uint64_t base_rows, Random& random) const override {
    const std::uint64_t customers = base_rows / 100, orders = base_rows / 10;
    const auto id = static_cast<std::int64_t>(number);
    if (number < customers) return {2, 1, {id, number_below(100, random), 0}};
    if (number < customers + orders) {
      return {1, 1, {id - static_cast<std::int64_t>(customers), number_below(customers, random), 0}};
    }
    return {0, 1, {id, number_below(orders, random), number_below(1000, random)}};
  }
  std::unique_ptr<ByHand> by_hand() const override {
    struct Hand final : ByHand {
      void apply(std::span<const TableChange> changes) override {
        for (const TableChange& change : changes) {
          if (change.table == 2) {
            region_of[change.values[0]] = change.values[1];
          } else if (change.table == 1) {
            customer_of[change.values[0]] = change.values[1];
          } else {
            apply_line(change);
          }
        }
      }
      void apply_line(const TableChange& change) {
        const auto customer = customer_of.find(change.values[1]);
        if (customer == customer_of.end()) return;
        const auto region = region_of.find(customer->second);
        if (region == region_of.end()) return;
        const Line line{change.values[0], change.values[2], region->second};
        if (change.weight > 0) {
          view.insert(line);
        } else {
          view.erase(line);
        }
      }
      std::uint64_t answer_rows() const override { return view.size(); }
      ById<std::int64_t> customer_of, region_of;
      boost::unordered_flat_set<Line> view;
    };
    return std::make_unique<Hand>();
  }
};

// SELECT * FROM orders WHERE EXISTS (SELECT FROM marked WHERE marked.customer = orders.customer)
class SemiJoined final : public Workload {
 public:
  std::string name() const override { return "W8 semi-join"; }
  double goal_single_us() const override { return 0.7; }
  double goal_batch_rows_per_us() const override { return 8; }
  Plan plan() const override {
    Plan plan;
    const NodeId orders = plan.add(Input{"orders"}, bigints({"id", "customer"}));
    const NodeId marked = plan.add(Input{"marked"}, bigints({"customer"}));
    plan.output("view", plan.add(Join{JoinKind::semi, orders, marked, {key(1, 0)}, nullptr}, plan.schema(orders)));
    return plan;
  }
  // Every second customer is marked.
  TableChange row(std::uint64_t number, std::uint64_t base_rows, Random& random) const override {
    const std::uint64_t customers = base_rows / rows_of_customer;
    if (number < customers / 2) return {1, 1, {static_cast<std::int64_t>(2 * number), 0, 0}};
    return {0, 1, {static_cast<std::int64_t>(number), number_below(customers, random), 0}};
  }
  std::unique_ptr<ByHand> by_hand() const override {
    struct Hand final : ByHand {
      void apply(std::span<const TableChange> changes) override {
        for (const TableChange& change : changes) {
          if (change.table == 1) {
            marked.insert(change.values[0]);
          } else if (!marked.contains(change.values[1])) {
            continue;
          } else if (change.weight > 0) {
            view[change.values[0]] = change.values[1];
          } else {
            view.erase(change.values[0]);
          }
        }
      }
      std::uint64_t answer_rows() const override { return view.size(); }
      boost::unordered_flat_set<std::int64_t> marked;
      ById<std::int64_t> view;
    };
    return std::make_unique<Hand>();
  }
};

}  // namespace

std::unique_ptr<Workload> join_workload() { return std::make_unique<JoinAggregate>(); }
std::unique_ptr<Workload> three_workload() { return std::make_unique<ThreeJoined>(); }
std::unique_ptr<Workload> semi_workload() { return std::make_unique<SemiJoined>(); }

}  // namespace laterbase::bench
