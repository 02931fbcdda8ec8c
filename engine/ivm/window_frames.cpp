#include <algorithm>

#include "engine/base/invariant.h"
#include "engine/ivm/window_calls.h"

// The functions that look at a frame: a stretch of the partition around each row, whose ends never go back from one row
// to the next. So an aggregate adds what comes in and takes away what goes out, and is exact all the same.
namespace laterbase::ivm {
namespace {

struct Stretch {
  std::size_t begin;
  std::size_t end;
};

std::size_t moved(std::size_t place, std::int64_t by, std::size_t last) {
  const auto to = static_cast<std::int64_t>(place) + std::clamp<std::int64_t>(by, -static_cast<std::int64_t>(last) - 1,
                                                                              static_cast<std::int64_t>(last) + 1);
  return static_cast<std::size_t>(std::clamp<std::int64_t>(to, 0, static_cast<std::int64_t>(last)));
}

// Where the frame's start is, as a row; or its end, the row after the last.
class FrameEnds {
 public:
  FrameEnds(const Frame& frame, const PartitionRows& rows) : frame_(frame), rows_(rows), count_(rows.rows.size()) {}

  Stretch of(std::size_t row) const {
    const std::size_t begin = begin_of(row), end = end_of(row);
    return {begin, std::max(begin, end)};
  }

 private:
  std::size_t begin_of(std::size_t row) const {
    switch (frame_.start) {
      case FrameBound::unbounded_preceding:
        return 0;
      case FrameBound::current_row:
        return frame_.mode == FrameMode::rows ? row : rows_.peers_begin[row];
      case FrameBound::preceding:
        return shifted(row, -frame_.start_offset, 0);
      case FrameBound::following:
        return shifted(row, frame_.start_offset, 0);
      case FrameBound::unbounded_following:
        return count_;
    }
    return 0;
  }
  std::size_t end_of(std::size_t row) const {
    switch (frame_.end) {
      case FrameBound::unbounded_preceding:
        return 0;
      case FrameBound::current_row:
        return frame_.mode == FrameMode::rows ? row + 1 : rows_.peers_end[row];
      case FrameBound::preceding:
        return shifted(row, -frame_.end_offset, 1);
      case FrameBound::following:
        return shifted(row, frame_.end_offset, 1);
      case FrameBound::unbounded_following:
        return count_;
    }
    return count_;
  }
  // Rows or groups away; `more` is 1 for the end of that row or group.
  std::size_t shifted(std::size_t row, std::int64_t by, std::int64_t more) const {
    LATERBASE_INVARIANT(frame_.mode != FrameMode::range, "a frame by distance of values");
    if (frame_.mode == FrameMode::rows) {
      if (by < -static_cast<std::int64_t>(count_)) return 0;
      return moved(row, std::min(by, static_cast<std::int64_t>(count_)) + more, count_);
    }
    const std::size_t groups = rows_.group_begin.size() - 1;
    if (by < -static_cast<std::int64_t>(groups)) return 0;
    return rows_
        .group_begin[moved(rows_.peer_group[row], std::min(by, static_cast<std::int64_t>(groups)) + more, groups)];
  }

  Frame frame_;
  const PartitionRows& rows_;
  std::size_t count_;
};

class ValueInFrame final : public WindowCompute {
 public:
  ValueInFrame(const WindowCall& call, const Schema& input)
      : function_(call.function),
        frame_(call.frame),
        arguments_(call.arguments),
        kind_(input.at(call.arguments.at(0)).type.kind) {}
  void compute(const PartitionRows& rows, std::span<Value> values) const override {
    const FrameEnds ends{frame_, rows};
    for (std::size_t i = 0; i < values.size(); ++i) {
      const Stretch frame = ends.of(i);
      const auto place = place_in(frame, rows.rows[i]);
      if (place && *place < frame.end) values[i] = rows.rows[*place].value(arguments_[0], kind_);
    }
  }

 private:
  std::optional<std::size_t> place_in(Stretch frame, RowView row) const {
    if (frame.begin == frame.end) return std::nullopt;
    if (function_ == WindowFunction::first_value) return frame.begin;
    if (function_ == WindowFunction::last_value) return frame.end - 1;
    if (row.is_null(arguments_.at(1))) return std::nullopt;
    const std::int64_t nth = row.word(arguments_[1]);
    if (nth <= 0) throw EvalError("22016", "argument of nth_value must be greater than zero");
    if (static_cast<std::uint64_t>(nth) > frame.end - frame.begin) return std::nullopt;
    return frame.begin + static_cast<std::size_t>(nth) - 1;
  }

  WindowFunction function_;
  Frame frame_;
  std::vector<std::size_t> arguments_;
  TypeKind kind_;
};

class AggregateInFrame final : public WindowCompute {
 public:
  AggregateInFrame(const WindowCall& call, const std::vector<Order>& order, const Schema& input)
      : frame_(call.frame), filter_(call.filter), type_(call.type) {
    CallColumns columns{call.aggregate, call.arguments, {}, {}, call.type};
    // What lists values does so in the window's order.
    const bool lists =
        call.aggregate == AggregateFunction::array_agg || call.aggregate == AggregateFunction::string_agg;
    if (lists) columns.order = order;
    for (const std::size_t argument : call.arguments) columns.argument_types.push_back(input.at(argument).type);
    compiled_ = compile_call(columns, input, pool_);
  }

  void compute(const PartitionRows& rows, std::span<Value> values) const override {
    const StateOf state{*compiled_.accumulator};
    const FrameEnds ends{frame_, rows};
    Stretch now{0, 0};
    for (std::size_t i = 0; i < values.size(); ++i) {
      const Stretch frame = ends.of(i);
      for (; now.end < frame.end; ++now.end) add(state.at, rows.rows[now.end], 1);
      for (; now.begin < frame.begin; ++now.begin) {
        if (now.begin < now.end) add(state.at, rows.rows[now.begin], -1);
      }
      now.end = std::max(now.end, now.begin);
      values[i] = i > 0 && is_same(ends, i, frame) ? values[i - 1] : result_of(state.at);
    }
  }

 private:
  struct StateOf {
    explicit StateOf(const Accumulator& of) : accumulator(of), memory((of.size() + 15) / 16) {
      at = reinterpret_cast<char*>(memory.data());
      accumulator.create(at);
    }
    ~StateOf() { accumulator.destroy(at); }
    StateOf(const StateOf&) = delete;
    StateOf& operator=(const StateOf&) = delete;

    struct alignas(16) Block {
      char bytes[16];
    };
    const Accumulator& accumulator;
    std::vector<Block> memory;
    char* at;
  };

  static bool is_same(const FrameEnds& ends, std::size_t row, Stretch frame) {
    const Stretch before = ends.of(row - 1);
    return before.begin == frame.begin && before.end == frame.end;
  }
  void add(char* state, RowView row, std::int64_t weight) const {
    if (filter_ && (row.is_null(*filter_) || row.word(*filter_) == 0)) return;
    compiled_.accumulator->add(state, row, weight);
  }
  Value result_of(const char* state) const {
    RowBuilder builder;
    builder.begin(1);
    compiled_.result->write(state, builder, 0);
    return builder.finish().value(0, type_.kind).owned();
  }

  mutable RowPool pool_;
  Frame frame_;
  std::optional<std::size_t> filter_;
  Type type_;
  Compiled compiled_;
};

}  // namespace

std::unique_ptr<WindowCompute> compile_framed(const WindowCall& call, const std::vector<Order>& order,
                                              const Schema& input) {
  if (call.function == WindowFunction::aggregate) return std::make_unique<AggregateInFrame>(call, order, input);
  return std::make_unique<ValueInFrame>(call, input);
}

}  // namespace laterbase::ivm
