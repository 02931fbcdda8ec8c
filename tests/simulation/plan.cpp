#include "tests/simulation/plan.h"

#include <algorithm>

namespace laterbase::simulation {
namespace {

// As many as the index keeps, small enough for many nodes.
constexpr std::uint64_t most_cells = 512;

using Edges = std::vector<std::pair<std::size_t, std::size_t>>;

Edges star(std::size_t nodes) {
  Edges edges;
  for (std::size_t i = 1; i < nodes; ++i) edges.emplace_back(0, i);
  return edges;
}

Edges ring(std::size_t nodes) {
  Edges edges;
  for (std::size_t i = 0; i < nodes; ++i) edges.emplace_back(i, (i + 1) % nodes);
  return edges;
}

Edges mesh(std::size_t nodes) {
  Edges edges;
  for (std::size_t i = 0; i < nodes; ++i)
    for (std::size_t j = i + 1; j < nodes; ++j) edges.emplace_back(i, j);
  return edges;
}

// A tree and some more.
Edges random_graph(Random& random, std::size_t nodes) {
  Edges edges;
  for (std::size_t i = 1; i < nodes; ++i) edges.emplace_back(random.below(i), i);
  for (std::uint64_t more = random.below(nodes); more > 0; --more) {
    const std::size_t a = random.below(nodes), b = random.below(nodes);
    if (a != b) edges.emplace_back(a, b);
  }
  return edges;
}

Edges edges_of(Random& random, std::size_t nodes) {
  if (nodes == 2) return {{0, 1}};
  switch (random.below(nodes <= 9 ? 4 : 2)) {
    case 0:
      return star(nodes);
    case 1:
      return random_graph(random, nodes);
    case 2:
      return ring(nodes);
    default:
      return mesh(nodes);
  }
}

// The longest of the shortest ways between two nodes (Floyd and Warshall).
std::size_t diameter_of(std::size_t nodes, const Edges& edges) {
  const std::size_t far = nodes + 1;
  std::vector<std::vector<std::size_t>> way(nodes, std::vector<std::size_t>(nodes, far));
  for (std::size_t i = 0; i < nodes; ++i) way[i][i] = 0;
  for (const auto& [a, b] : edges) way[a][b] = way[b][a] = 1;
  for (std::size_t k = 0; k < nodes; ++k)
    for (std::size_t i = 0; i < nodes; ++i)
      for (std::size_t j = 0; j < nodes; ++j) way[i][j] = std::min(way[i][j], way[i][k] + way[k][j]);
  std::size_t longest = 0;
  for (const auto& row : way) longest = std::max(longest, *std::max_element(row.begin(), row.end()));
  return longest;
}

std::size_t nodes_of(Random& random) {
  if (random.one_in(200)) return 32;
  return random.one_in(2) ? 2 + random.below(2) : 2 + random.below(8);
}

void draw_links(Random& random, Plan& plan) {
  const Edges edges = edges_of(random, plan.nodes);
  plan.diameter = diameter_of(plan.nodes, edges);
  for (auto [a, b] : edges) {
    if (random.one_in(2)) std::swap(a, b);
    plan.links.push_back({a, b, true, true, random.one_in(2), {}});
    if (random.one_in(3)) plan.links.push_back({b, a, true, true, random.one_in(2), {}});
  }
  // Beside those, some that carry only one way or only a part: they may help, and must not harm.
  while (random.one_in(3)) {
    const std::size_t a = random.below(plan.nodes), b = random.below(plan.nodes);
    if (a == b) continue;
    Link link{a, b, random.one_in(2), true, random.one_in(2), {}};
    link.push = !link.pull || random.one_in(2);
    if (random.one_in(2)) {
      const auto from = static_cast<std::int64_t>(1'700'000'000'000 - random.below(1'500'000));
      link.window = sync::Window{Ulid::first_of(from), Ulid::greatest()};
      if (random.one_in(2)) link.window->to = Ulid::last_of(from + static_cast<std::int64_t>(random.below(1'000'000)));
    }
    plan.links.push_back(link);
  }
}

std::uint64_t rate(Random& random) { return random.one_in(3) ? 0 : 2 + random.below(60); }
std::uint64_t weight(Random& random, std::uint64_t most) { return random.one_in(2) ? 0 : random.below(most + 1); }

void draw_faults(Random& random, Plan& plan) {
  plan.rates = {rate(random), rate(random), rate(random), rate(random), random.one_in(4) ? 2U : 0U, 0};
  Weights& weights = plan.weights;
  weights.write = 1 + random.below(40);
  weights.exchange = 5 + random.below(40);
  weights.power = weight(random, 4);
  weights.storage = weight(random, 3);
  weights.full = weight(random, 2);
  weights.restore = weight(random, 3);
  weights.clone = weight(random, 1);
  weights.wipe = weight(random, 2);
  weights.swap = weight(random, 1);
  weights.clock = weight(random, 3);
  weights.partition = weight(random, 3);
}

template <typename T>
void cut(Random& random, T& limit) {
  if (random.one_in(2)) limit = static_cast<T>(1 + random.below(3));
}

void cut_limits(Random& random, Plan& plan) {
  sync::Limits& limits = plan.limits;
  cut(random, limits.events);
  cut(random, limits.events_bytes);
  cut(random, limits.ids);
  cut(random, limits.scan);
  cut(random, limits.ranges);
  cut(random, limits.range_leaf);
  cut(random, limits.seen);
  cut(random, limits.value_guess);
  if (random.one_in(2)) limits.cells = random.below(8);
  if (random.one_in(2)) limits.range_split = 2 + random.below(2);
}

}  // namespace

Plan plan_of(Random& random, const PlanOptions& options) {
  Plan plan;
  plan.nodes = options.restores ? 2 + random.below(2) : nodes_of(random);
  draw_links(random, plan);
  draw_faults(random, plan);
  plan.json = random.one_in(5);
  plan.steps = random.one_in(50) ? 1'000 + random.below(1'000) : 30 + random.below(220);
  if (plan.nodes > 2 && random.one_in(10)) {
    plan.liar = random.below(plan.nodes);
    plan.rates.lie = 1 + random.below(5);
  }
  if (options.honest) plan.liar.reset();
  if (options.restores) plan.weights.restore = 10;
  plan.limits.cells = most_cells;
  plan.rare_limits = random.one_in(2);
  if (plan.rare_limits) cut_limits(random, plan);
  if (random.one_in(3)) plan.sketch = {1 + static_cast<unsigned>(random.below(8)), 8};
  if (random.one_in(2)) plan.block_elements = 2 + random.below(8);
  if (random.one_in(2)) plan.keep_cells_above = random.below(10);
  plan.log.tail_bytes = 400 + random.below(8'000);
  // Forks and lies are found by comparing only.
  plan.net = !random.one_in(4) || plan.liar || plan.weights.restore > 0 || plan.weights.clone > 0;
  if (options.without_net) plan.net = false;
  plan.contradictions = plan.net;  // a short hash does not tell each from each
  return plan;
}

}  // namespace laterbase::simulation
