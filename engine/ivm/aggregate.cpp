#include <map>

#include "engine/ivm/bag.h"
#include "engine/ivm/groups.h"
#include "engine/ivm/keyed_batch.h"
#include "engine/ivm/operator.h"
#include "engine/ivm/rows_io.h"
#include "engine/ivm/staged_rows.h"

namespace laterbase::ivm {
namespace {

// A state that is kept for each group, and which rows go into it.
struct State {
  std::shared_ptr<const Accumulator> accumulator;
  std::size_t offset = 0;
  std::optional<std::size_t> filter;  // a boolean column of the staged row
};

// A state of DISTINCT calls: takes keys of (group, arguments) when the first row has them, and when the last one has.
struct DistinctState {
  State state;
  explicit DistinctState(Memory memory) : rows(memory) {}
  KeyMaker keys;
  Bag rows;
};

struct Call {
  std::size_t offset = 0;  // of its state
  std::shared_ptr<const Result> result;
};

class AggregateOperator final : public Operator {
 public:
  AggregateOperator(const Aggregate& aggregate, const Schema& input, Memory memory);

  void begin_step() override {
    groups_.release();
    for (const auto& distinct : distinct_) distinct->rows.begin_step();
  }
  void step(Inputs inputs, Batch& out) override;
  void commit() noexcept override;
  void rollback() override;
  StateSize size() const override;
  void save(std::string& to) const override;
  void load(std::string_view from) override;

 private:
  struct Touched {
    Group* group;
    RowView shown_before;
  };
  struct Added {  // to a group, in the step under way
    Group* group;
    RowView row;
    std::int64_t weight;
  };
  struct AddedDistinct {
    Group* group;
    const State* state;
    RowView row;
    std::int64_t weight;
  };

  void compile(const AggregateCall& call);
  void compile_distinct(const AggregateCall& call);
  std::optional<std::size_t> filter_of(const AggregateCall& call) const;
  std::size_t state_of(const std::string& name, std::shared_ptr<const Accumulator> accumulator,
                       std::optional<std::size_t> filter);

  static bool passes(const State& state, RowView row) noexcept {
    return !state.filter || (!row.is_null(*state.filter) && row.word(*state.filter) != 0);
  }
  void touch(Group& group);
  void add_to_states(Group& group, RowView row, std::int64_t weight);
  void add_distinct(Group& group, RowView row, std::int64_t weight);
  void show(Touched& touched, Batch& out);
  RowView row_of(const Group& group);
  void finish_step() noexcept;

  std::vector<ExpressionPtr> group_;
  std::vector<std::size_t> group_columns_;  // of staged rows
  std::vector<bool> group_is_fixed_;
  StagedRows staged_;
  KeyMaker keys_;
  Groups groups_;
  std::vector<State> states_;
  std::vector<std::unique_ptr<DistinctState>> distinct_;
  std::map<std::string, std::size_t> offsets_;  // of states, by name
  std::vector<Call> calls_;
  std::optional<Call> representative_;  // of group columns in which equal values may look different
  bool has_begun_ = false;
  bool begins_ = false;  // in the step under way

  KeyedBatch keyed_;
  std::vector<Touched> touched_;
  std::vector<Added> added_;
  std::vector<AddedDistinct> added_distinct_;
  Arena undo_rows_;  // of added_distinct_
  RowBuilder builder_;
};

AggregateOperator::AggregateOperator(const Aggregate& aggregate, const Schema& input, Memory memory)
    : group_(aggregate.group), staged_(input), groups_(memory) {
  for (const ExpressionPtr& part : group_) staged_.add(part);
  for (const AggregateCall& call : aggregate.calls) {
    for (const ExpressionPtr& argument : call.arguments) staged_.add(argument, call.filter);
    for (const SortKey& key : call.order) staged_.add(key.expression, call.filter);
    if (call.filter) staged_.add(call.filter);
  }
  bool may_look_different = false;
  for (const ExpressionPtr& part : group_) {
    group_columns_.push_back(staged_.column_of(part));
    group_is_fixed_.push_back(is_fixed_width(part->type().kind));
    keys_.add(column(group_columns_.back(), part->type()), true);
    may_look_different = may_look_different || has_representations(part->type());
  }
  groups_.keys_are_one_word(keys_.is_one_word());
  for (const AggregateCall& call : aggregate.calls) {
    if (call.distinct) {
      compile_distinct(call);
    } else {
      compile(call);
    }
  }
  if (!may_look_different) return;
  const Compiled first = compile_first(group_columns_, staged_.schema(), groups_.pool());
  representative_ = Call{state_of("representative", first.accumulator, std::nullopt), first.result};
}

std::optional<std::size_t> AggregateOperator::filter_of(const AggregateCall& call) const {
  return call.filter ? std::optional{staged_.column_of(call.filter)} : std::nullopt;
}

// The offset of a state, which calls of the same name share.
std::size_t AggregateOperator::state_of(const std::string& name, std::shared_ptr<const Accumulator> accumulator,
                                        std::optional<std::size_t> filter) {
  const auto [place, is_new] = offsets_.try_emplace(name, 0);
  if (is_new) {
    place->second = groups_.add_accumulator(accumulator);
    states_.push_back({std::move(accumulator), place->second, filter});
  }
  return place->second;
}

void AggregateOperator::compile(const AggregateCall& call) {
  CallColumns columns{call.function, {}, {}, {}, call.type};
  for (const ExpressionPtr& argument : call.arguments) {
    columns.arguments.push_back(staged_.column_of(argument, call.filter));
    columns.argument_types.push_back(argument->type());
  }
  for (const SortKey& key : call.order) {
    columns.order.push_back({staged_.column_of(key.expression, call.filter), key.descending, key.nulls_first});
  }
  const Compiled compiled = compile_call(columns, staged_.schema(), groups_.pool());
  const auto filter = filter_of(call);
  const std::string name = compiled.accumulator_name + (filter ? " where #" + std::to_string(*filter) : "");
  calls_.push_back({state_of(name, compiled.accumulator, filter), compiled.result});
}

// Over keys (group, arguments) instead of rows.
void AggregateOperator::compile_distinct(const AggregateCall& call) {
  auto made = std::make_unique<DistinctState>(groups_.pool().memory());
  CallColumns columns{call.function, {}, {}, {}, call.type};
  Schema key_schema;
  std::map<std::string, std::size_t> places;
  const auto add_part = [&](const ExpressionPtr& part, const ExpressionPtr& condition) {
    made->keys.add(column(staged_.column_of(part, condition), part->type()), true);
    key_schema.push_back({part->text(), part->type()});
  };
  for (const ExpressionPtr& part : group_) add_part(part, nullptr);
  for (const ExpressionPtr& argument : call.arguments) {
    places.try_emplace(argument->text(), key_schema.size());
    columns.arguments.push_back(key_schema.size());
    columns.argument_types.push_back(argument->type());
    add_part(argument, call.filter);
  }
  for (const SortKey& key : call.order) {
    columns.order.push_back({places.at(key.expression->text()), key.descending, key.nulls_first});
  }
  const Compiled compiled = compile_call(columns, key_schema, groups_.pool());
  made->state = {compiled.accumulator, groups_.add_accumulator(compiled.accumulator), filter_of(call)};
  calls_.push_back({made->state.offset, compiled.result});
  distinct_.push_back(std::move(made));
}

void AggregateOperator::step(Inputs inputs, Batch& out) {
  const Batch& rows = staged_.of(*inputs[0]);
  RowView key;
  if (group_.empty() && !has_begun_) {
    keys_.make({}, key);
    touch(groups_.find_or_add(key));
    has_begun_ = begins_ = true;
  }
  keyed_.fill(rows, keys_, [](const Change&) {});
  const auto ahead = [this](const KeyedChange& change, std::size_t stage) {
    if (stage == 0) groups_.prefetch(change.key.hash());
    if (stage == 2) groups_.prefetch_group(change.key.hash());
  };
  for (const bool coming : {false, true}) {
    keyed_.visit(coming, ahead, [&](const KeyedChange& change) {
      Group& group = groups_.find_or_add(change.key);
      touch(group);
      added_.push_back({&group, change.row, change.weight});
      add_to_states(group, change.row, change.weight);
      if (!distinct_.empty()) add_distinct(group, change.row, change.weight);
    });
  }
  for (Touched& touched : touched_) show(touched, out);
}

void AggregateOperator::touch(Group& group) {
  if (group.touched) return;
  group.touched = true;
  touched_.push_back({&group, group.shown});
}

void AggregateOperator::add_to_states(Group& group, RowView row, std::int64_t weight) {
  group.rows += weight;
  for (const State& state : states_) {
    if (passes(state, row)) state.accumulator->add(group.states() + state.offset, row, weight);
  }
}

void AggregateOperator::add_distinct(Group& group, RowView row, std::int64_t weight) {
  RowView key;
  for (const auto& distinct : distinct_) {
    if (!passes(distinct->state, row)) continue;
    distinct->keys.make(row, key);
    const std::int64_t before = distinct->rows.add(key, weight);
    const bool had = before > 0, has = before + weight > 0;
    if (had == has) continue;
    const std::int64_t change = has ? 1 : -1;
    distinct->state.accumulator->add(group.states() + distinct->state.offset, key, change);
    added_distinct_.push_back({&group, &distinct->state, undo_rows_.copy(key), change});
  }
}

void AggregateOperator::show(Touched& touched, Batch& out) {
  Group& group = *touched.group;
  const RowView row = group.rows != 0 || group_.empty() ? row_of(group) : RowView{};
  if (row && group.shown && row == group.shown) return;
  if (group.shown) out.refer(group.shown, -1);
  groups_.show(group, row);
  if (group.shown) out.refer(group.shown, 1);
}

RowView AggregateOperator::row_of(const Group& group) {
  builder_.begin(group_.size() + calls_.size());
  if (representative_) {
    representative_->result->write(group.states() + representative_->offset, builder_, 0);
  } else {
    for (std::size_t i = 0; i < group_.size(); ++i) builder_.copy(i, group.key, i, group_is_fixed_[i]);
  }
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    calls_[i].result->write(group.states() + calls_[i].offset, builder_, group_.size() + i);
  }
  return builder_.finish();
}

void AggregateOperator::finish_step() noexcept {
  for (const Touched& touched : touched_) {
    touched.group->touched = false;
    if (touched.group->rows == 0 && !(group_.empty() && has_begun_)) groups_.erase(*touched.group);
  }
  touched_.clear();
  added_.clear();
  added_distinct_.clear();
  undo_rows_.clear();
  begins_ = false;
}

void AggregateOperator::commit() noexcept {
  for (const Touched& touched : touched_) {
    if (touched.shown_before && touched.shown_before.block() != touched.group->shown.block()) {
      groups_.drop(touched.shown_before);
    }
  }
  for (const auto& distinct : distinct_) distinct->rows.commit();
  finish_step();
}

void AggregateOperator::rollback() {
  for (auto added = added_distinct_.rbegin(); added != added_distinct_.rend(); ++added) {
    added->state->accumulator->add(added->group->states() + added->state->offset, added->row, -added->weight);
  }
  for (auto added = added_.rbegin(); added != added_.rend(); ++added) {
    add_to_states(*added->group, added->row, -added->weight);
  }
  for (const Touched& touched : touched_) {
    if (touched.group->shown && touched.shown_before.block() != touched.group->shown.block()) {
      groups_.drop(touched.group->shown);
    }
    touched.group->shown = touched.shown_before;
  }
  for (const auto& distinct : distinct_) distinct->rows.rollback();
  if (begins_) has_begun_ = false;
  finish_step();
}

StateSize AggregateOperator::size() const {
  StateSize size{groups_.size(), groups_.bytes()};
  for (const auto& distinct : distinct_) {
    size.rows += distinct->rows.distinct_rows();
    size.bytes += distinct->rows.bytes();
  }
  return size;
}

void AggregateOperator::save(std::string& to) const {
  put(to, has_begun_);
  for (const auto& distinct : distinct_) distinct->rows.save(to);
  groups_.save(to);
}

void AggregateOperator::load(std::string_view from) {
  has_begun_ = take<bool>(from);
  for (const auto& distinct : distinct_) distinct->rows.load(from);
  groups_.load(from);
}

}  // namespace

OperatorPtr make_aggregate(const Aggregate& aggregate, const Schema& input, Memory memory) {
  return std::make_unique<AggregateOperator>(aggregate, input, memory);
}

}  // namespace laterbase::ivm
