#include "engine/ivm/accumulator.h"

#include "engine/ivm/rows_io.h"

namespace laterbase::ivm {
namespace {

class CountOf final : public AccumulatorOf<std::int64_t> {
 public:
  explicit CountOf(std::optional<std::size_t> column) : column_(column) {}
  void add(char* state, RowView row, std::int64_t weight) const override {
    if (!column_ || !row.is_null(*column_)) of(state) += weight;
  }
  void save(const char* state, std::string& to) const override { put(to, of(state)); }
  void load(char* state, std::string_view& from) const override { of(state) = take<std::int64_t>(from); }

 private:
  std::optional<std::size_t> column_;
};

class CountResult final : public Result {
 public:
  void write(const char* state, RowBuilder& to, std::size_t column) const override {
    to.word(column, *reinterpret_cast<const std::int64_t*>(state));
  }
};

struct Truths {
  std::int64_t trues = 0;
  std::int64_t falses = 0;
};

class TruthsOf final : public AccumulatorOf<Truths> {
 public:
  explicit TruthsOf(std::size_t column) : column_(column) {}
  void add(char* state, RowView row, std::int64_t weight) const override {
    if (row.is_null(column_)) return;
    (row.word(column_) != 0 ? of(state).trues : of(state).falses) += weight;
  }
  void save(const char* state, std::string& to) const override { put(to, of(state)); }
  void load(char* state, std::string_view& from) const override { of(state) = take<Truths>(from); }

 private:
  std::size_t column_;
};

class TruthResult final : public Result {
 public:
  explicit TruthResult(bool all) : all_(all) {}
  void write(const char* state, RowBuilder& to, std::size_t column) const override {
    const auto& truths = *reinterpret_cast<const Truths*>(state);
    if (truths.trues == 0 && truths.falses == 0) return to.null(column);
    to.word(column, all_ ? truths.falses == 0 : truths.trues != 0);
  }

 private:
  bool all_;
};

}  // namespace

Compiled compile_count(const CallColumns& call) {
  const bool all = call.function == AggregateFunction::count_rows;
  const std::optional<std::size_t> column = all ? std::nullopt : std::optional{call.arguments.at(0)};
  return {all ? "count" : "count #" + std::to_string(*column), std::make_shared<CountOf>(column),
          std::make_shared<CountResult>()};
}

Compiled compile_bool(const CallColumns& call) {
  return {"truths #" + std::to_string(call.arguments.at(0)), std::make_shared<TruthsOf>(call.arguments.at(0)),
          std::make_shared<TruthResult>(call.function == AggregateFunction::bool_and)};
}

Compiled compile_call(const CallColumns& call, const Schema& rows, RowPool& pool) {
  switch (call.function) {
    case AggregateFunction::count_rows:
    case AggregateFunction::count:
      return compile_count(call);
    case AggregateFunction::sum:
    case AggregateFunction::avg:
      return compile_sum(call, pool);
    case AggregateFunction::min:
    case AggregateFunction::max:
      return compile_extreme(call, rows, pool);
    case AggregateFunction::bool_and:
    case AggregateFunction::bool_or:
      return compile_bool(call);
    case AggregateFunction::array_agg:
    case AggregateFunction::string_agg:
    case AggregateFunction::single_value:
      break;
  }
  return compile_ordered(call, rows, pool);
}

}  // namespace laterbase::ivm
