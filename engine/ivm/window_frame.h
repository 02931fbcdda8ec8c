#pragma once

#include <array>
#include <optional>

#include "engine/ivm/window_calls.h"

// Which rows of a partition are in a row's frame.
namespace laterbase::ivm {

// [begin, end), never upside down.
struct Stretch {
  std::size_t begin = 0;
  std::size_t end = 0;

  friend bool operator==(const Stretch&, const Stretch&) = default;
};

// How a window's frames are drawn, whatever the partition.
struct FrameShape {
  FrameShape(const WindowCall& call, const std::vector<Order>& order, const Schema& input);

  Frame frame;
  std::optional<FrameLimits> limits;
  TypeKind limit_kind = TypeKind::unknown;
  bool descending = false, nulls_first = false;
};

// The frames of one partition's rows. Neither end of `around` goes back from one row to the next.
// Lifetime: of the shape and the partition.
class Frames {
 public:
  Frames(const FrameShape& shape, const PartitionRows& rows) : shape_(shape), rows_(rows), count_(rows.rows.size()) {}

  // Before anything is left out.
  Stretch around(std::size_t row) const;
  // What is left out of it; the row itself is not, where `exclusion` is ties.
  Stretch left_out(std::size_t row) const;
  // The frame, in order; some may be empty.
  std::array<Stretch, 3> parts(std::size_t row) const;

 private:
  std::size_t begin_of(std::size_t row) const;
  std::size_t end_of(std::size_t row) const;
  std::size_t moved_row(std::size_t row, std::int64_t by, std::int64_t more) const;
  // The first row that does not stand before the limit of this row that `limit_column` holds; `nor_at`: nor at it.
  std::size_t first_not_before(std::size_t row, std::size_t limit_column, bool nor_at) const;

  const FrameShape& shape_;
  const PartitionRows& rows_;
  std::size_t count_;
};

}  // namespace laterbase::ivm
