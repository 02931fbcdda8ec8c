#include <algorithm>

#include "tests/engine_ivm/reference_aggregate.h"

// Window functions: for each row its frame, as a list of rows, and then what is asked of it.
namespace laterbase::ivm::reference {
namespace {

bool are_peers(const Tuple& left, const Tuple& right, const std::vector<Order>& order) {
  return std::all_of(order.begin(), order.end(),
                     [&](const Order& by) { return compare(left[by.column], right[by.column]) == 0; });
}

// How many rows, or groups of peers, another row is behind this one.
std::int64_t distance(const WindowCall& call, const std::vector<Order>& order, const Table& part, std::size_t row,
                      std::size_t other) {
  if (call.frame.mode == FrameMode::rows) return static_cast<std::int64_t>(other) - static_cast<std::int64_t>(row);
  std::int64_t groups = 0;
  for (std::size_t i = std::min(row, other); i < std::max(row, other); ++i) {
    if (!are_peers(part[i], part[i + 1], order)) ++groups;
  }
  return other < row ? -groups : groups;
}

bool is_left_out(FrameExclusion exclusion, bool is_itself, bool is_peer) {
  switch (exclusion) {
    case FrameExclusion::nothing:
      return false;
    case FrameExclusion::current_row:
      return is_itself;
    case FrameExclusion::group:
      return is_peer;
    case FrameExclusion::ties:
      return is_peer && !is_itself;
  }
  return false;
}

Table frame_of(const WindowCall& call, const std::vector<Order>& order, const Table& part, std::size_t row) {
  const auto low = [&](std::int64_t by) {
    switch (call.frame.start) {
      case FrameBound::unbounded_preceding:
        return true;
      case FrameBound::preceding:
        return by >= -call.frame.start_offset;
      case FrameBound::current_row:
        return by >= 0;
      case FrameBound::following:
        return by >= call.frame.start_offset;
      case FrameBound::unbounded_following:
        return false;
    }
    return false;
  };
  const auto high = [&](std::int64_t by) {
    switch (call.frame.end) {
      case FrameBound::unbounded_preceding:
        return false;
      case FrameBound::preceding:
        return by <= -call.frame.end_offset;
      case FrameBound::current_row:
        return by <= 0;
      case FrameBound::following:
        return by <= call.frame.end_offset;
      case FrameBound::unbounded_following:
        return true;
    }
    return false;
  };
  Table frame;
  for (std::size_t other = 0; other < part.size(); ++other) {
    const std::int64_t by = distance(call, order, part, row, other);
    if (is_left_out(call.frame.exclusion, other == row, are_peers(part[other], part[row], order))) continue;
    if (low(by) && high(by)) frame.push_back(part[other]);
  }
  return frame;
}

std::size_t rows_before(const std::vector<Order>& order, const Table& part, std::size_t row) {
  std::size_t before = 0;
  while (!are_peers(part[before], part[row], order)) ++before;
  return before;
}

std::size_t rows_through(const std::vector<Order>& order, const Table& part, std::size_t row) {
  std::size_t through = row + 1;
  while (through < part.size() && are_peers(part[through], part[row], order)) ++through;
  return through;
}

Value shifted(const WindowCall& call, const Table& part, std::size_t row) {
  const Value offset = call.arguments.size() > 1 ? part[row][call.arguments[1]] : Value::of_bigint(1);
  if (offset.is_null()) return {};
  const std::int64_t by = call.function == WindowFunction::lag ? -offset.as_int() : offset.as_int();
  const std::int64_t at = static_cast<std::int64_t>(row) + by;
  if (at >= 0 && at < static_cast<std::int64_t>(part.size()))
    return part[static_cast<std::size_t>(at)][call.arguments[0]];
  return call.arguments.size() > 2 ? part[row][call.arguments[2]] : Value{};
}

// The tiles' sizes, one after the other.
Value tile_of(std::int64_t tiles, std::size_t count, std::size_t row) {
  std::size_t end = 0;
  for (std::int64_t tile = 0;; ++tile) {
    end += count / static_cast<std::size_t>(tiles) + (tile < static_cast<std::int64_t>(count) % tiles ? 1 : 0);
    if (row < end) return Value::of_integer(static_cast<std::int32_t>(tile + 1));
  }
}

Value aggregate_in_frame(const WindowCall& call, const Table& frame) {
  AggregateCall aggregate{call.aggregate, {}, call.type, nullptr, false, {}};
  Table kept;
  for (const Tuple& row : frame) {
    if (call.filter && (row[*call.filter].is_null() || !row[*call.filter].as_bool())) continue;
    Tuple arguments;
    for (const std::size_t argument : call.arguments) arguments.push_back(row[argument]);
    kept.push_back(arguments);
  }
  for (std::size_t i = 0; i < call.arguments.size(); ++i) {
    TypeKind kind = TypeKind::unknown;
    for (const Tuple& row : kept) kind = row[i].is_null() ? kind : row[i].kind();
    aggregate.arguments.push_back(column(i, {kind, {}}));
  }
  return aggregate_of(aggregate, kept);
}

}  // namespace

Value window_value(const WindowCall& call, const std::vector<Order>& order, const Table& part, std::size_t row) {
  const auto before = [&] { return static_cast<std::int64_t>(rows_before(order, part, row)); };
  const auto count = static_cast<double>(part.size());
  switch (call.function) {
    case WindowFunction::row_number:
      return Value::of_bigint(static_cast<std::int64_t>(row) + 1);
    case WindowFunction::rank:
      return Value::of_bigint(before() + 1);
    case WindowFunction::dense_rank: {
      WindowCall groups = call;
      groups.frame.mode = FrameMode::groups;
      return Value::of_bigint(distance(groups, order, part, 0, row) + 1);
    }
    case WindowFunction::percent_rank:
      return Value::of_double(part.size() == 1 ? 0 : static_cast<double>(before()) / (count - 1));
    case WindowFunction::cume_dist:
      return Value::of_double(static_cast<double>(rows_through(order, part, row)) / count);
    case WindowFunction::ntile:
      return tile_of(part[0][call.arguments[0]].as_int(), part.size(), row);
    case WindowFunction::lag:
    case WindowFunction::lead:
      return shifted(call, part, row);
    case WindowFunction::aggregate:
      return aggregate_in_frame(call, frame_of(call, order, part, row));
    default:
      break;
  }
  const Table frame = frame_of(call, order, part, row);
  if (frame.empty()) return {};
  if (call.function == WindowFunction::first_value) return frame.front()[call.arguments[0]];
  if (call.function == WindowFunction::last_value) return frame.back()[call.arguments[0]];
  const std::int64_t nth = part[row][call.arguments[1]].as_int();
  return nth <= static_cast<std::int64_t>(frame.size()) ? frame[static_cast<std::size_t>(nth) - 1][call.arguments[0]]
                                                        : Value{};
}

}  // namespace laterbase::ivm::reference
