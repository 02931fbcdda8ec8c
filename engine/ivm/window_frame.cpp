#include "engine/ivm/window_frame.h"

#include <algorithm>

#include "engine/base/invariant.h"

namespace laterbase::ivm {
namespace {

std::size_t moved(std::size_t place, std::int64_t by, std::size_t last) {
  const auto to = static_cast<std::int64_t>(place) + std::clamp<std::int64_t>(by, -static_cast<std::int64_t>(last) - 1,
                                                                              static_cast<std::int64_t>(last) + 1);
  return static_cast<std::size_t>(std::clamp<std::int64_t>(to, 0, static_cast<std::int64_t>(last)));
}

// The first row for which `is_before` is false.
template <typename IsBefore>
std::size_t first_not(const std::vector<RowView>& rows, const IsBefore& is_before) {
  return static_cast<std::size_t>(std::partition_point(rows.begin(), rows.end(), is_before) - rows.begin());
}

}  // namespace

FrameShape::FrameShape(const WindowCall& call, const std::vector<Order>& order, const Schema& input)
    : frame(call.frame), limits(call.limits) {
  if (!limits) return;
  LATERBASE_INVARIANT(order.size() == 1, "a frame by distance is of one order column");
  limit_kind = input.at(limits->value).type.kind;
  descending = order[0].descending;
  nulls_first = order[0].nulls_first;
}

Stretch Frames::around(std::size_t row) const {
  const std::size_t begin = begin_of(row), end = end_of(row);
  return {begin, std::max(begin, end)};
}

Stretch Frames::left_out(std::size_t row) const {
  switch (shape_.frame.exclusion) {
    case FrameExclusion::nothing:
      return {row, row};
    case FrameExclusion::current_row:
      return {row, row + 1};
    default:
      return {rows_.peers_begin[row], rows_.peers_end[row]};
  }
}

std::array<Stretch, 3> Frames::parts(std::size_t row) const {
  const Stretch all = around(row), out = left_out(row);
  const std::size_t until = std::max(all.begin, std::min(all.end, out.begin));
  const std::size_t from = std::max(all.begin, std::min(all.end, out.end));
  const bool itself = shape_.frame.exclusion == FrameExclusion::ties && row >= all.begin && row < all.end;
  return {Stretch{all.begin, until}, itself ? Stretch{row, row + 1} : Stretch{until, until}, Stretch{from, all.end}};
}

std::size_t Frames::begin_of(std::size_t row) const {
  const Frame& frame = shape_.frame;
  switch (frame.start) {
    case FrameBound::unbounded_preceding:
      return 0;
    case FrameBound::current_row:
      return frame.mode == FrameMode::rows ? row : rows_.peers_begin[row];
    case FrameBound::preceding:
      return frame.mode == FrameMode::range ? first_not_before(row, shape_.limits->start, false)
                                            : moved_row(row, -frame.start_offset, 0);
    case FrameBound::following:
      return frame.mode == FrameMode::range ? first_not_before(row, shape_.limits->start, false)
                                            : moved_row(row, frame.start_offset, 0);
    case FrameBound::unbounded_following:
      return count_;
  }
  return 0;
}

std::size_t Frames::end_of(std::size_t row) const {
  const Frame& frame = shape_.frame;
  switch (frame.end) {
    case FrameBound::unbounded_preceding:
      return 0;
    case FrameBound::current_row:
      return frame.mode == FrameMode::rows ? row + 1 : rows_.peers_end[row];
    case FrameBound::preceding:
      return frame.mode == FrameMode::range ? first_not_before(row, shape_.limits->end, true)
                                            : moved_row(row, -frame.end_offset, 1);
    case FrameBound::following:
      return frame.mode == FrameMode::range ? first_not_before(row, shape_.limits->end, true)
                                            : moved_row(row, frame.end_offset, 1);
    case FrameBound::unbounded_following:
      return count_;
  }
  return count_;
}

// Rows or groups away; `more` is 1 for the end of that row or group.
std::size_t Frames::moved_row(std::size_t row, std::int64_t by, std::int64_t more) const {
  if (shape_.frame.mode == FrameMode::rows) {
    if (by < -static_cast<std::int64_t>(count_)) return 0;
    return moved(row, std::min(by, static_cast<std::int64_t>(count_)) + more, count_);
  }
  const std::size_t groups = rows_.group_begin.size() - 1;
  if (by < -static_cast<std::int64_t>(groups)) return 0;
  return rows_
      .group_begin[moved(rows_.peer_group[row], std::min(by, static_cast<std::int64_t>(groups)) + more, groups)];
}

// Only NULLs are near NULLs, and they stand together at one end.
std::size_t Frames::first_not_before(std::size_t row, std::size_t limit_column, bool nor_at) const {
  const std::size_t value_column = shape_.limits.value().value;
  const RowView around = rows_.rows[row];
  const bool of_null = around.is_null(value_column);
  const Value limit = around.value(limit_column, shape_.limit_kind);
  return first_not(rows_.rows, [&](RowView other) {
    const bool is_null = other.is_null(value_column);
    if (is_null != of_null) return is_null == shape_.nulls_first;
    if (is_null) return nor_at;
    const auto order = compare(other.value(value_column, shape_.limit_kind), limit);
    return order == 0 ? nor_at : (order > 0) == shape_.descending;
  });
}

}  // namespace laterbase::ivm
