#include "engine/table/row.h"

namespace laterbase::worktable {

std::uint32_t RowView::end_of(std::uint32_t variable) const noexcept {
  return load_le<std::uint16_t>(bytes_.data() + layout_->ends_offset() + 2 * std::size_t{variable});
}

bool RowView::is_null(std::uint32_t column) const noexcept {
  const auto bit = layout_->place(column).null_bit;
  return bit >= 0 && (bytes_[static_cast<std::size_t>(bit / 8)] >> (bit % 8) & 1) != 0;
}

BytesView RowView::raw(std::uint32_t column) const noexcept {
  const auto& place = layout_->place(column);
  if (place.width != 0) return bytes_.substr(place.offset, place.width);
  const auto from = place.offset == 0 ? 0 : end_of(place.offset - 1);
  return bytes_.substr(layout_->least_bytes() + from, end_of(place.offset) - from);
}

bool RowView::fits(const Layout& layout, BytesView bytes) noexcept {
  if (bytes.size() < layout.least_bytes()) return false;
  const RowView row(layout, bytes);
  std::uint32_t before = 0;
  for (std::uint32_t i = 0; i < layout.variables(); ++i) {
    if (row.end_of(i) < before) return false;
    before = row.end_of(i);
  }
  return bytes.size() == layout.least_bytes() + before;
}

void RowBuilder::clear() {
  bytes_.assign(layout_->least_bytes(), '\0');
  for (auto& variable : variables_) variable.clear();
  for (std::uint32_t i = 0; i < layout_->columns(); ++i) mark(i, true);
}

void RowBuilder::mark(std::uint32_t column, bool absent) {
  const auto bit = layout_->place(column).null_bit;
  if (bit < 0) return;
  auto& byte = bytes_[static_cast<std::size_t>(bit / 8)];
  byte = static_cast<char>(absent ? byte | 1 << (bit % 8) : byte & ~(1 << (bit % 8)));
}

void RowBuilder::set_null(std::uint32_t column) {
  const auto& place = layout_->place(column);
  mark(column, true);
  if (place.width != 0)
    bytes_.replace(place.offset, place.width, place.width, '\0');
  else
    variables_[place.offset].clear();
}

void RowBuilder::set_raw(std::uint32_t column, BytesView bytes) {
  const auto& place = layout_->place(column);
  mark(column, false);
  if (place.width != 0)
    bytes_.replace(place.offset, place.width, bytes.substr(0, place.width));
  else
    variables_[place.offset].assign(bytes);
}

Result<BytesView> RowBuilder::finish() {
  bytes_.resize(layout_->least_bytes());
  std::size_t end = 0;
  for (std::uint32_t i = 0; i < variables_.size(); ++i) {
    end += variables_[i].size();
    if (end > 0xffff) return Error{ErrorCode::too_large, "the row's text and bytes exceed 65,535 bytes"};
    store_le(bytes_.data() + layout_->ends_offset() + 2 * std::size_t{i}, static_cast<std::uint16_t>(end));
  }
  for (const auto& variable : variables_) bytes_ += variable;
  return BytesView(bytes_);
}

}  // namespace laterbase::worktable
