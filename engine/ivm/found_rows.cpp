#include "engine/ivm/found_rows.h"

#include <algorithm>

#include "engine/ivm/keyed_rows.h"
#include "engine/ivm/rows_io.h"

namespace laterbase::ivm {
namespace {

constexpr Turn never = std::numeric_limits<Turn>::max();

class FoundByAllWays final : public FoundRows {
 public:
  FoundByAllWays(const Recursive& recursive, const Schema& schema)
      : max_turns_(static_cast<Turn>(recursive.max_turns)),
        max_rows_(static_cast<std::int64_t>(recursive.max_rows)),
        turn_rows_(schema) {}

  void begin_step() override {
    changes_.clear();
    rows_before_ = rows_;
  }
  void take(Turn turn, const Batch& found, Batch& to_step) override {
    for (const auto& [row, weight] : found) {
      to_step.add(turn_rows_.with(row, turn), weight);
      changes_.add(row, weight);
      rows_ += weight;
    }
    if (may_go_on_ && !found.empty() && (turn >= max_turns_ || rows_ > max_rows_)) throw_endless_recursion();
  }
  void finish(Batch& out) override {
    changes_.cancel_out();
    for (const auto& [row, weight] : changes_) out.refer(row, weight);
  }
  void commit() noexcept override {}
  void rollback() override { rows_ = rows_before_; }
  void save(std::string& to) const override { put(to, rows_); }
  void load(std::string_view from) override { rows_ = ivm::take<std::int64_t>(from); }

 private:
  Turn max_turns_;
  std::int64_t max_rows_;
  TurnRows turn_rows_;
  Batch changes_;
  std::int64_t rows_ = 0;  // by their weights, so that no weight is ever near its end
  std::int64_t rows_before_ = 0;
};

class FoundOnce final : public FoundRows {
 public:
  FoundOnce(const Recursive& recursive, const Schema& schema, Memory memory)
      : max_turns_(static_cast<Turn>(recursive.max_turns)),
        max_rows_(recursive.max_rows),
        turn_rows_(schema),
        ways_(memory) {}

  void begin_step() override {
    ways_.begin_step();
    forget_step();
  }
  void take(Turn turn, const Batch& found, Batch& to_step) override {
    std::vector<std::size_t> looked_at = take_due(turn);
    for (const auto& [row, weight] : found) {
      looked_at.push_back(touch(row));
      ways_.add(row, row_of(turn), weight);
    }
    if (may_go_on_ && ways_.keys() > max_rows_) throw_endless_recursion();
    for (const std::size_t place : looked_at) settle(touched_[place], place, turn, to_step);
  }
  std::optional<Turn> due() const override { return due_.empty() ? std::nullopt : std::optional{due_.begin()->first}; }
  void finish(Batch& out) override {
    for (const std::size_t place : deep_) {
      if (touched_[place].shown != never && touched_[place].shown >= max_turns_) throw_endless_recursion();
    }
    for (const Touched& touched : touched_) {
      const bool was = touched.before != never, is = touched.shown != never;
      if (was != is) out.refer(touched.row, is ? 1 : -1);
    }
  }
  void commit() noexcept override { ways_.commit(); }
  void rollback() override {
    ways_.rollback();
    forget_step();
  }
  StateSize size() const override { return {ways_.keys(), ways_.bytes()}; }
  void save(std::string& to) const override { ways_.save(to); }
  void load(std::string_view from) override { ways_.load(from); }

 private:
  struct Touched {
    RowView row;
    Turn before;  // the first turn that found it, before this step
    Turn shown;   // the one with which the step knows it now
  };

  void forget_step() {
    places_.clear();
    touched_.clear();
    touched_rows_.clear();
    due_.clear();
    deep_.clear();
  }
  std::size_t touch(RowView row) {
    bool is_new = false;
    auto& slot = places_.find_or_add(row, is_new);
    if (!is_new) return slot.payload;
    slot.row = touched_rows_.copy(row);
    slot.payload = touched_.size();
    const Turn first = first_turn(row);
    touched_.push_back({slot.row, first, first});
    return slot.payload;
  }
  std::vector<std::size_t> take_due(Turn turn) {
    const auto place = due_.find(turn);
    if (place == due_.end()) return {};
    std::vector<std::size_t> rows = std::move(place->second);
    due_.erase(place);
    return rows;
  }
  Turn first_turn(RowView row) const noexcept {
    Turn first = never;
    for (const KeyedRows::Entry& way : ways_.find(row)) {
      if (way.weight > 0) first = std::min(first, way.row.word(0));
    }
    return first;
  }
  RowView row_of(Turn turn) {
    builder_.begin(1);
    builder_.word(0, turn);
    return builder_.finish();
  }

  // What turns up to this one find is final. A row that only later ones find waits for the first of these: until then,
  // that may come to nothing.
  void settle(Touched& touched, std::size_t place, Turn turn, Batch& to_step) {
    const Turn first = first_turn(touched.row);
    if (first == touched.shown) return;
    if (touched.shown != never) to_step.add(turn_rows_.with(touched.row, touched.shown), -1);
    touched.shown = never;
    if (first == never) return;
    if (first > turn) {
      due_[first].push_back(place);
      return;
    }
    if (first >= max_turns_) {
      if (may_go_on_) throw_endless_recursion();
      deep_.push_back(place);  // what comes may bring a shorter way
    }
    to_step.add(turn_rows_.with(touched.row, first), 1);
    touched.shown = first;
  }

  Turn max_turns_;
  std::uint64_t max_rows_;
  TurnRows turn_rows_;
  KeyedRows ways_;  // a row → turns, each with the weight with which it finds the row
  RowBuilder builder_;

  // Of the step under way.
  RowTable<std::size_t> places_;  // in touched_
  std::vector<Touched> touched_;
  Arena touched_rows_;
  std::map<Turn, std::vector<std::size_t>> due_;
  std::vector<std::size_t> deep_;
};

}  // namespace

TurnRows::TurnRows(const Schema& schema) {
  for (const Column& column : schema) fixed_.push_back(is_fixed_width(column.type.kind));
}

RowView TurnRows::with(RowView row, Turn turn) {
  builder_.begin(fixed_.size() + 1);
  for (std::size_t i = 0; i < fixed_.size(); ++i) builder_.copy(i, row, i, fixed_[i]);
  builder_.word(fixed_.size(), turn);
  return builder_.finish();
}

RowView TurnRows::without(RowView row) {
  builder_.begin(fixed_.size());
  for (std::size_t i = 0; i < fixed_.size(); ++i) builder_.copy(i, row, i, fixed_[i]);
  return builder_.finish();
}

std::unique_ptr<FoundRows> make_found_by_all_ways(const Recursive& recursive, const Schema& schema) {
  return std::make_unique<FoundByAllWays>(recursive, schema);
}
std::unique_ptr<FoundRows> make_found_once(const Recursive& recursive, const Schema& schema, Memory memory) {
  return std::make_unique<FoundOnce>(recursive, schema, memory);
}

void throw_endless_recursion() { throw EvalError("54001", "recursive query goes on for ever"); }

}  // namespace laterbase::ivm
