#include "engine/ivm/window_calls.h"

#include <algorithm>

// The functions that look at a row's place among all rows of its partition.
namespace laterbase::ivm {
namespace {

class RankFunction final : public WindowCompute {
 public:
  explicit RankFunction(WindowFunction function) : function_(function) {}
  void compute(const PartitionRows& rows, std::span<Value> values) const override {
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = value_of(rows, i);
  }

 private:
  Value value_of(const PartitionRows& rows, std::size_t i) const {
    const std::size_t count = rows.rows.size();
    const auto fraction = [](std::size_t part, std::size_t of) {
      return Value::of_double(static_cast<double>(part) / static_cast<double>(of));
    };
    switch (function_) {
      case WindowFunction::row_number:
        return Value::of_bigint(static_cast<std::int64_t>(i) + 1);
      case WindowFunction::rank:
        return Value::of_bigint(static_cast<std::int64_t>(rows.peers_begin[i]) + 1);
      case WindowFunction::dense_rank:
        return Value::of_bigint(static_cast<std::int64_t>(rows.peer_group[i]) + 1);
      case WindowFunction::percent_rank:
        return count == 1 ? Value::of_double(0) : fraction(rows.peers_begin[i], count - 1);
      default:
        return fraction(rows.peers_end[i], count);
    }
  }

  WindowFunction function_;
};

// NTILE(n): n parts as equal as can be, the first ones larger.
class Tiles final : public WindowCompute {
 public:
  explicit Tiles(std::size_t argument) : argument_(argument) {}
  void compute(const PartitionRows& rows, std::span<Value> values) const override {
    if (rows.rows.front().is_null(argument_)) return;
    const std::int64_t tiles = rows.rows.front().word(argument_);
    if (tiles <= 0) throw EvalError("22014", "argument of ntile must be greater than zero");
    const auto count = static_cast<std::int64_t>(rows.rows.size());
    const std::int64_t size = count / tiles, larger = count % tiles;
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t in_larger = larger * (size + 1);
      const std::int64_t tile =
          i < in_larger ? i / (size + 1) : larger + (i - in_larger) / std::max<std::int64_t>(size, 1);
      values[static_cast<std::size_t>(i)] = Value::of_integer(static_cast<std::int32_t>(tile + 1));
    }
  }

 private:
  std::size_t argument_;
};

// LAG and LEAD.
class Shifted final : public WindowCompute {
 public:
  Shifted(const WindowCall& call, const Schema& input)
      : arguments_(call.arguments), back_(call.function == WindowFunction::lag) {
    kind_ = input.at(arguments_[0]).type.kind;
  }
  void compute(const PartitionRows& rows, std::span<Value> values) const override {
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = value_of(rows, i);
  }

 private:
  Value value_of(const PartitionRows& rows, std::size_t i) const {
    const RowView row = rows.rows[i];
    std::int64_t offset = 1;
    if (arguments_.size() > 1) {
      if (row.is_null(arguments_[1])) return {};
      offset = row.word(arguments_[1]);
    }
    const auto count = static_cast<std::int64_t>(rows.rows.size());
    // Beyond either end wherever it is: offsets may be any integer.
    const std::int64_t by = std::clamp(offset, -count, count);
    const std::int64_t at = static_cast<std::int64_t>(i) + (back_ ? -by : by);
    if (at >= 0 && at < count) return rows.rows[static_cast<std::size_t>(at)].value(arguments_[0], kind_);
    return arguments_.size() > 2 ? row.value(arguments_[2], kind_) : Value{};
  }

  std::vector<std::size_t> arguments_;
  TypeKind kind_;
  bool back_;
};

}  // namespace

PartitionRows partition_rows(std::vector<RowView> rows, const RowOrder& order) {
  PartitionRows made;
  made.rows = std::move(rows);
  const std::size_t count = made.rows.size();
  made.peers_begin.resize(count);
  made.peers_end.resize(count);
  made.peer_group.resize(count);
  for (std::size_t begin = 0; begin < count;) {
    std::size_t end = begin + 1;
    while (end < count && order.compare_columns(made.rows[begin], made.rows[end]) == 0) ++end;
    for (std::size_t i = begin; i < end; ++i) {
      made.peers_begin[i] = begin;
      made.peers_end[i] = end;
      made.peer_group[i] = made.group_begin.size();
    }
    made.group_begin.push_back(begin);
    begin = end;
  }
  made.group_begin.push_back(count);
  return made;
}

std::unique_ptr<WindowCompute> compile_window(const WindowCall& call, const std::vector<Order>& order,
                                              const Schema& input) {
  switch (call.function) {
    case WindowFunction::row_number:
    case WindowFunction::rank:
    case WindowFunction::dense_rank:
    case WindowFunction::percent_rank:
    case WindowFunction::cume_dist:
      return std::make_unique<RankFunction>(call.function);
    case WindowFunction::ntile:
      return std::make_unique<Tiles>(call.arguments.at(0));
    case WindowFunction::lag:
    case WindowFunction::lead:
      return std::make_unique<Shifted>(call, input);
    default:
      return compile_framed(call, order, input);
  }
}

}  // namespace laterbase::ivm
