#include "engine/ivm/joined_row.h"

#include <algorithm>

namespace laterbase::ivm {

JoinedRow::JoinedRow(const Schema& left, const Schema& right) {
  for (std::size_t i = 0; i < left.size(); ++i) parts_.push_back({i, true, is_fixed_width(left[i].type.kind)});
  for (std::size_t i = 0; i < right.size(); ++i) parts_.push_back({i, false, is_fixed_width(right[i].type.kind)});
  look_at_parts();
}

void JoinedRow::project(const std::vector<std::size_t>& columns) {
  std::vector<Part> projected;
  for (const std::size_t column : columns) projected.push_back(parts_.at(column));
  parts_ = std::move(projected);
  look_at_parts();
}

void JoinedRow::look_at_parts() {
  constexpr std::size_t most = 64;
  are_words_ = !parts_.empty() && parts_.size() <= most &&
               std::all_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.fixed_width; });
  block_.assign(sizeof(RowHeader) / sizeof(std::uint64_t) + 1 + parts_.size(), 0);
}

RowView JoinedRow::of_words(RowView left, RowView right) noexcept {
  constexpr std::size_t first = sizeof(RowHeader) / sizeof(std::uint64_t);
  std::uint64_t nulls = 0;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const Part& part = parts_[i];
    const RowView from = part.is_left ? left : right;
    const bool is_null = from.is_null(part.column);
    nulls |= std::uint64_t{is_null} << i;
    block_[first + 1 + i] = is_null ? 0 : static_cast<std::uint64_t>(from.word(part.column));
  }
  block_[first] = nulls;
  auto* block = reinterpret_cast<char*>(block_.data());
  RowHeader header{0, static_cast<std::uint32_t>(block_.size() * sizeof(std::uint64_t)),
                   static_cast<std::uint32_t>(parts_.size())};
  header.hash = hash_of_block(block, header.bytes);
  std::memcpy(block, &header, sizeof header);
  return RowView{block};
}

RowView JoinedRow::of_one_side(RowView row, bool is_left) {
  builder_.begin(parts_.size());
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (parts_[i].is_left == is_left) {
      builder_.copy(i, row, parts_[i].column, parts_[i].fixed_width);
    } else {
      builder_.null(i);
    }
  }
  return builder_.finish();
}

}  // namespace laterbase::ivm
