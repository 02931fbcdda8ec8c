#include <algorithm>

#include "engine/ivm/window_frame.h"

// The functions that look at a frame. Its ends never go back from one row to the next: so an aggregate adds what comes
// in and takes away what goes out, and is exact all the same.
namespace laterbase::ivm {
namespace {

class ValueInFrame final : public WindowCompute {
 public:
  ValueInFrame(const WindowCall& call, const std::vector<Order>& order, const Schema& input)
      : function_(call.function),
        shape_(call, order, input),
        arguments_(call.arguments),
        kind_(input.at(call.arguments.at(0)).type.kind) {}
  void compute(const PartitionRows& rows, std::span<Value> values) const override {
    const Frames frames{shape_, rows};
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto place = place_in(frames.parts(i), rows.rows[i]);
      if (place) values[i] = rows.rows[*place].value(arguments_[0], kind_);
    }
  }

 private:
  using Parts = std::array<Stretch, 3>;

  std::optional<std::size_t> place_in(const Parts& frame, RowView row) const {
    if (function_ == WindowFunction::first_value) return nth_of(frame, 1);
    if (function_ == WindowFunction::last_value) return last_of(frame);
    if (row.is_null(arguments_.at(1))) return std::nullopt;
    const std::int64_t nth = row.word(arguments_[1]);
    if (nth <= 0) throw EvalError("22016", "argument of nth_value must be greater than zero");
    return nth_of(frame, static_cast<std::uint64_t>(nth));
  }
  static std::optional<std::size_t> nth_of(const Parts& frame, std::uint64_t nth) {
    for (const Stretch& part : frame) {
      if (nth <= part.end - part.begin) return part.begin + static_cast<std::size_t>(nth) - 1;
      nth -= part.end - part.begin;
    }
    return std::nullopt;
  }
  static std::optional<std::size_t> last_of(const Parts& frame) {
    for (auto part = frame.rbegin(); part != frame.rend(); ++part) {
      if (part->begin < part->end) return part->end - 1;
    }
    return std::nullopt;
  }

  WindowFunction function_;
  FrameShape shape_;
  std::vector<std::size_t> arguments_;
  TypeKind kind_;
};

class AggregateInFrame final : public WindowCompute {
 public:
  AggregateInFrame(const WindowCall& call, const std::vector<Order>& order, const Schema& input)
      : shape_(call, order, input), filter_(call.filter), type_(call.type) {
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
    const Frames frames{shape_, rows};
    Stretch now, before;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const Stretch frame = frames.around(i);
      for (; now.end < frame.end; ++now.end) add(state.at, rows.rows[now.end], 1);
      for (; now.begin < frame.begin; ++now.begin) {
        if (now.begin < now.end) add(state.at, rows.rows[now.begin], -1);
      }
      now.end = std::max(now.end, now.begin);
      if (shape_.frame.exclusion != FrameExclusion::nothing) {
        values[i] = result_without(state.at, frames, frame, i, rows);
      } else {
        values[i] = i > 0 && frame == before ? values[i - 1] : result_of(state.at);
      }
      before = frame;
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

  void add(char* state, RowView row, std::int64_t weight) const {
    if (filter_ && (row.is_null(*filter_) || row.word(*filter_) == 0)) return;
    compiled_.accumulator->add(state, row, weight);
  }
  // What the frame leaves out goes for a moment.
  Value result_without(char* state, const Frames& frames, Stretch frame, std::size_t row,
                       const PartitionRows& rows) const {
    const auto each = [&](std::int64_t weight) {
      const Stretch out = frames.left_out(row);
      for (std::size_t i = std::max(out.begin, frame.begin); i < std::min(out.end, frame.end); ++i) {
        if (i != row || shape_.frame.exclusion != FrameExclusion::ties) add(state, rows.rows[i], weight);
      }
    };
    each(-1);
    Value result = result_of(state);
    each(1);
    return result;
  }
  Value result_of(const char* state) const {
    RowBuilder builder;
    builder.begin(1);
    compiled_.result->write(state, builder, 0);
    return builder.finish().value(0, type_.kind).owned();
  }

  mutable RowPool pool_;
  FrameShape shape_;
  std::optional<std::size_t> filter_;
  Type type_;
  Compiled compiled_;
};

}  // namespace

std::unique_ptr<WindowCompute> compile_framed(const WindowCall& call, const std::vector<Order>& order,
                                              const Schema& input) {
  if (call.function == WindowFunction::aggregate) return std::make_unique<AggregateInFrame>(call, order, input);
  return std::make_unique<ValueInFrame>(call, order, input);
}

}  // namespace laterbase::ivm
