#include "tests/engine_ivm/random_plan.h"

namespace laterbase::ivm {
namespace {

constexpr Type boolean{TypeKind::boolean, {}}, bigint{TypeKind::bigint, {}}, integer{TypeKind::integer, {}},
    real8{TypeKind::real8, {}}, numeric{TypeKind::numeric, {}}, text{TypeKind::text, {}},
    interval{TypeKind::interval, {}};

class Generator {
 public:
  explicit Generator(Random& random) : random_(random) {}

  Plan take() { return std::move(plan_); }
  Plan& plan() { return plan_; }
  NodeId some_node() { return first_ + random_.below(plan_.nodes().size() - first_); }
  // Nothing below the last node is used from now on: it is inside of a recursion.
  void start_here() { first_ = last(); }
  NodeId last() const { return plan_.nodes().size() - 1; }

  void add_input(std::size_t number) { plan_.add(Input{"t" + std::to_string(number)}, random_schema(random_)); }
  void add_values();
  void add_node();
  void add_over(NodeId input);

  std::vector<std::size_t> columns_of(NodeId node, TypeKind kind) const {
    std::vector<std::size_t> columns;
    for (std::size_t i = 0; i < plan_.schema(node).size(); ++i) {
      if (plan_.schema(node)[i].type.kind == kind) columns.push_back(i);
    }
    return columns;
  }

 private:
  using Columns = std::vector<std::size_t>;
  const Schema& schema(NodeId node) const { return plan_.schema(node); }
  std::size_t any_column(NodeId node) { return random_.below(schema(node).size()); }
  template <typename T>
  const T& one_of(const std::vector<T>& all) {
    return all[random_.below(all.size())];
  }
  ExpressionPtr column_of(NodeId node, std::size_t index) { return column(index, schema(node)[index].type); }

  ExpressionPtr condition(const Schema& over);
  std::vector<Order> order(NodeId node);
  Columns some_columns(NodeId node, std::size_t most);
  void filter(NodeId input) { plan_.add(Filter{input, condition(schema(input))}, schema(input)); }
  void map(NodeId input);
  void unfold(NodeId input, std::size_t array);
  void join(NodeId left, NodeId right);
  void aggregate(NodeId input);
  std::optional<AggregateCall> call(NodeId input);
  void top_k(NodeId input);
  void window(NodeId input);
  WindowCall window_call(NodeId input);
  void bags(NodeId input);

  Random& random_;
  Plan plan_;
  NodeId first_ = 0;
};

ExpressionPtr Generator::condition(const Schema& over) {
  const std::size_t left = random_.below(over.size());
  const auto comparison = static_cast<Comparison>(random_.below(6));
  std::vector<std::size_t> alike;
  for (std::size_t i = 0; i < over.size(); ++i) {
    if (i != left && over[i].type == over[left].type) alike.push_back(i);
  }
  if (!alike.empty() && random_.one_in(2)) return compare_columns(left, comparison, one_of(alike), over[left].type);
  if (over[left].type.kind == TypeKind::array) return constant(Value::of_bool(true), boolean);
  return compare_constant(left, comparison, random_value(over[left].type.kind, random_), over[left].type);
}

std::vector<Order> Generator::order(NodeId node) {
  std::vector<Order> order;
  for (const std::size_t column : some_columns(node, 2))
    order.push_back({column, random_.one_in(2), random_.one_in(2)});
  return order;
}

Generator::Columns Generator::some_columns(NodeId node, std::size_t most) {
  Columns columns;
  for (std::size_t left = random_.below(most + 1); left > 0; --left) columns.push_back(any_column(node));
  return columns;
}

void Generator::add_values() {
  const Schema schema = random_schema(random_);
  Constant values;
  for (std::size_t left = random_.below(4); left > 0; --left)
    values.rows.push_back(Row::of(random_tuple(schema, random_)));
  plan_.add(values, schema);
}

void Generator::map(NodeId input) {
  Map map{input, {}};
  Schema result;
  for (std::size_t left = 1 + random_.below(3); left > 0; --left) {
    const std::size_t index = any_column(input);
    ExpressionPtr expression = column_of(input, index);
    if (random_.one_in(4)) {
      const TypeKind kind = expression->type().kind == TypeKind::array ? TypeKind::text : expression->type().kind;
      if (kind == TypeKind::bigint && random_.one_in(3)) {
        expression = hundred_by(index);
      } else {
        expression = random_.one_in(2) ? condition(schema(input)) : constant(random_value(kind, random_), {kind, {}});
      }
    }
    result.push_back({"c", expression->type()});
    map.columns.push_back(expression);
  }
  plan_.add(map, result);
}

void Generator::unfold(NodeId input, std::size_t array) {
  const Unfold unfold{input, column_of(input, array), random_.one_in(2)};
  Schema result = schema(input);
  result.push_back({"e", {schema(input)[array].type.element, {}}});
  if (unfold.ordinality) result.push_back({"n", bigint});
  plan_.add(unfold, result);
}

void Generator::join(NodeId left, NodeId right) {
  Join join;
  join.kind = static_cast<JoinKind>(random_.below(6));
  join.left = left;
  join.right = right;
  for (std::size_t keys = random_.below(3); keys > 0; --keys) {
    const std::size_t of_left = any_column(left);
    const Columns alike = columns_of(right, schema(left)[of_left].type.kind);
    if (alike.empty() || schema(left)[of_left].type.kind == TypeKind::array) continue;
    join.keys.push_back({column_of(left, of_left), column_of(right, one_of(alike)), random_.one_in(3)});
  }
  Schema both = schema(left);
  both.insert(both.end(), schema(right).begin(), schema(right).end());
  if (random_.one_in(2)) join.condition = condition(both);
  const bool is_exists = join.kind == JoinKind::semi || join.kind == JoinKind::anti;
  plan_.add(join, is_exists ? schema(left) : both);
}

std::optional<AggregateCall> Generator::call(NodeId input) {
  AggregateCall call;
  const std::size_t index = any_column(input);
  const TypeKind kind = schema(input)[index].type.kind;
  const bool is_number =
      kind == TypeKind::bigint || kind == TypeKind::integer || kind == TypeKind::numeric || kind == TypeKind::real8;
  std::vector<AggregateFunction> fitting = {AggregateFunction::count_rows, AggregateFunction::count};
  if (kind != TypeKind::array) {
    fitting.insert(fitting.end(), {AggregateFunction::min, AggregateFunction::max, AggregateFunction::array_agg});
  }
  if (is_number) fitting.insert(fitting.end(), {AggregateFunction::sum, AggregateFunction::avg});
  if (kind == TypeKind::boolean) fitting = {AggregateFunction::bool_and, AggregateFunction::bool_or};
  if (kind == TypeKind::text && random_.one_in(2)) fitting = {AggregateFunction::string_agg};
  call.function = one_of(fitting);
  if (call.function != AggregateFunction::count_rows) {
    call.arguments = {column_of(input, index)};
    call.distinct = random_.one_in(4);
  }
  call.type = schema(input)[index].type;
  const bool is_count = call.function == AggregateFunction::count || call.function == AggregateFunction::count_rows;
  if (is_count || (call.function == AggregateFunction::sum && kind == TypeKind::integer)) call.type = bigint;
  if (call.function == AggregateFunction::sum && kind == TypeKind::bigint) call.type = numeric;
  if (call.function == AggregateFunction::avg && kind != TypeKind::real8) call.type = numeric;
  if (call.function == AggregateFunction::array_agg) call.type = {TypeKind::array, kind};
  if (call.function == AggregateFunction::string_agg) call.arguments.push_back(constant(Value::of_text(","), text));
  if (call.function == AggregateFunction::array_agg && random_.one_in(2)) {
    const ExpressionPtr by = call.distinct ? call.arguments[0] : column_of(input, any_column(input));
    if (by->type().kind != TypeKind::array) call.order.push_back({by, random_.one_in(2), random_.one_in(2)});
  }
  if (random_.one_in(4)) call.filter = condition(schema(input));
  if (kind == TypeKind::bigint && call.arguments.size() == 1 && random_.one_in(4))
    call.arguments[0] = hundred_by(index);
  if (call.distinct && !call.order.empty()) call.order[0].expression = call.arguments[0];
  return call;
}

void Generator::aggregate(NodeId input) {
  Aggregate aggregate{input, {}, {}};
  Schema result;
  for (const std::size_t part : some_columns(input, 2)) {
    if (schema(input)[part].type.kind == TypeKind::array) continue;
    aggregate.group.push_back(column_of(input, part));
    result.push_back({"g", schema(input)[part].type});
  }
  for (std::size_t left = 1 + random_.below(3); left > 0; --left) {
    const auto made = call(input);
    aggregate.calls.push_back(*made);
    result.push_back({"a", made->type});
  }
  plan_.add(aggregate, result);
}

void Generator::top_k(NodeId input) {
  TopK top_k{input, order(input), random_.below(5), random_.below(3), {}};
  if (random_.one_in(5)) top_k.limit.reset();
  if (random_.one_in(2)) top_k.partition = some_columns(input, 1);
  plan_.add(top_k, schema(input));
}

WindowCall Generator::window_call(NodeId input) {
  WindowCall call;
  call.frame.mode = static_cast<FrameMode>(random_.below(3));
  const std::size_t bounds = call.frame.mode == FrameMode::range ? 2 : 4;
  static const std::vector<FrameBound> starts = {FrameBound::unbounded_preceding, FrameBound::current_row,
                                                 FrameBound::preceding, FrameBound::following};
  static const std::vector<FrameBound> ends = {FrameBound::unbounded_following, FrameBound::current_row,
                                               FrameBound::preceding, FrameBound::following};
  call.frame.start = starts[random_.below(bounds)];
  call.frame.end = ends[random_.below(bounds)];
  call.frame.start_offset = static_cast<std::int64_t>(random_.below(3));
  call.frame.end_offset = static_cast<std::int64_t>(random_.below(3));
  if (random_.one_in(3)) call.frame.exclusion = static_cast<FrameExclusion>(random_.below(4));
  const std::size_t index = any_column(input);
  call.type = schema(input)[index].type;
  const Columns integers = columns_of(input, TypeKind::integer);
  switch (random_.below(4)) {
    case 0: {
      static const std::vector<WindowFunction> ranks = {WindowFunction::row_number, WindowFunction::rank,
                                                        WindowFunction::dense_rank};
      call.function = one_of(ranks);
      call.type = bigint;
      return call;
    }
    case 1:
      call.function = random_.one_in(2) ? WindowFunction::percent_rank : WindowFunction::cume_dist;
      call.type = real8;
      return call;
    case 2: {
      static const std::vector<WindowFunction> places = {WindowFunction::lag, WindowFunction::lead,
                                                         WindowFunction::first_value, WindowFunction::last_value};
      call.function = one_of(places);
      call.arguments = {index};
      const bool shifts = call.function == WindowFunction::lag || call.function == WindowFunction::lead;
      if (shifts && !integers.empty()) call.arguments.push_back(one_of(integers));
      return call;
    }
    default:
      break;
  }
  call.function = WindowFunction::aggregate;
  call.aggregate = random_.one_in(2) ? AggregateFunction::min : AggregateFunction::max;
  call.arguments = {index};
  if (call.type.kind == TypeKind::array || random_.one_in(3)) call.aggregate = AggregateFunction::count;
  if (call.type.kind == TypeKind::bigint || call.type.kind == TypeKind::numeric) {
    call.aggregate = random_.one_in(2) ? AggregateFunction::sum : AggregateFunction::avg;
    call.type = numeric;
  }
  if (call.aggregate == AggregateFunction::count) call.type = bigint;
  return call;
}

void Generator::window(NodeId input) {
  Window window{input, some_columns(input, 1), order(input), {}};
  Schema result = schema(input);
  for (std::size_t left = 1 + random_.below(2); left > 0; --left) {
    window.calls.push_back(window_call(input));
    result.push_back({"w", window.calls.back().type});
  }
  plan_.add(window, result);
}

// Of nodes with the same types: the input itself and what a filter leaves of it, or another node that fits.
void Generator::bags(NodeId input) {
  filter(input);
  NodeId other = last();
  for (NodeId node = first_; node + 1 < plan_.nodes().size(); ++node) {
    bool alike = schema(node).size() == schema(input).size();
    for (std::size_t i = 0; alike && i < schema(input).size(); ++i) {
      alike = schema(node)[i].type == schema(input)[i].type && schema(node)[i].type.kind != TypeKind::array;
    }
    if (alike && random_.one_in(2)) other = node;
  }
  if (random_.one_in(3)) {
    plan_.add(UnionAll{{input, other}}, schema(input));
  } else {
    const auto kind = random_.one_in(2) ? SetKind::intersect : SetKind::except;
    plan_.add(SetOperation{kind, random_.one_in(2), input, other}, schema(input));
  }
}

void Generator::add_over(NodeId input) {
  const Columns arrays = columns_of(input, TypeKind::array);
  if (!arrays.empty() && random_.one_in(2)) return unfold(input, one_of(arrays));
  switch (random_.below(9)) {
    case 0:
      return filter(input);
    case 1:
      return map(input);
    case 2:
    case 3:
      return join(input, some_node());
    case 4:
      return aggregate(input);
    case 5:
      plan_.add(Distinct{input}, schema(input));
      return;
    case 6:
      return bags(input);
    case 7:
      return top_k(input);
    default:
      return window(input);
  }
}

// Mostly on top of what is there, so that plans grow deep.
void Generator::add_node() { add_over(random_.one_in(3) ? some_node() : last()); }

}  // namespace

Plan random_plan(Random& random, std::size_t nodes) {
  Generator generator{random};
  for (std::size_t number = 0; number <= random.below(3); ++number) generator.add_input(number);
  if (random.one_in(4)) generator.add_values();
  for (std::size_t made = 0; made < nodes; ++made) generator.add_node();
  const NodeId output = generator.last();
  generator.plan().output("view", output);
  return generator.take();
}

Plan random_recursive_plan(Random& random) {
  Generator generator{random};
  generator.plan() = random_recursion(random);
  generator.start_here();
  if (random.one_in(2)) generator.add_over(generator.last());
  generator.plan().output("view", generator.last());
  return generator.take();
}

}  // namespace laterbase::ivm
