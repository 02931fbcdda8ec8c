#include "engine/table/schema.h"

#include <fmt/format.h>

#include <algorithm>

namespace laterbase::worktable {
namespace {

Error refused(std::string detail) { return {ErrorCode::invalid, std::move(detail)}; }

Result<void> check_columns(const Schema& schema) {
  if (schema.columns.empty()) return refused(fmt::format("table {} has no columns", schema.name));
  for (std::uint32_t i = 0; i < schema.columns.size(); ++i) {
    const auto& column = schema.columns[i];
    if (schema.find(column.name) != i) return refused(fmt::format("column {} is declared twice", column.name));
    if (column.count != 0 && (column.kind == Kind::text || column.kind == Kind::bytes))
      return refused(fmt::format("column {}: an array of {} is not a column", column.name, kind_name(column.kind)));
  }
  return {};
}

Result<void> check_members(const Schema& schema, const std::vector<std::uint32_t>& members, bool is_key) {
  for (const auto member : members) {
    if (member >= schema.columns.size()) return refused(fmt::format("an index names column number {}", member));
    const auto& column = schema.columns[member];
    if (column.count != 0 || column.kind == Kind::link)
      return refused(fmt::format("column {} cannot be part of an index", column.name));
    if (is_key && column.optional) return refused(fmt::format("key column {} is optional", column.name));
  }
  return {};
}

}  // namespace

std::uint32_t kind_width(Kind kind) noexcept {
  constexpr std::uint8_t widths[] = {1, 2, 4, 8, 1, 2, 4, 8, 4, 8, 1, 0, 0, 8};
  return widths[static_cast<std::size_t>(kind)];
}

const char* kind_name(Kind kind) noexcept {
  constexpr const char* names[] = {"u8",  "u16", "u32", "u64",  "i8",   "i16",   "i32",
                                   "i64", "f32", "f64", "bool", "text", "bytes", "link"};
  return names[static_cast<std::size_t>(kind)];
}

std::uint32_t Schema::find(std::string_view column) const noexcept {
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const auto& c) { return c.name == column; });
  return static_cast<std::uint32_t>(found - columns.begin());
}

Result<void> check(const Schema& schema, std::uint32_t page_bytes) {
  if (page_bytes < 4096 || page_bytes > 65536 || (page_bytes & (page_bytes - 1)) != 0)
    return refused(fmt::format("a page of {} bytes: it must be a power of two from 4096 to 65536", page_bytes));
  if (auto good = check_columns(schema); !good) return good;
  if (auto good = check_members(schema, schema.key, true); !good) return good;
  if (schema.counted_key && (schema.key.size() != 1 || schema.columns[schema.key.front()].kind > Kind::u64))
    return refused(fmt::format("the key of table {} is counted, and not one unsigned number", schema.name));
  for (const auto& index : schema.indexes) {
    if (index.columns.empty()) return refused("an index without columns");
    if (auto good = check_members(schema, index.columns, false); !good) return good;
  }
  const auto least = Layout(schema).least_bytes();
  if (least > page_bytes - 128) return refused(fmt::format("rows of {} bytes don't fit a page", least));
  return {};
}

Layout::Layout(const Schema& schema) {
  std::int32_t null_bits = 0;
  for (const auto& column : schema.columns) {
    places_.push_back({0, column.width(), column.optional ? null_bits : -1});
    null_bits += column.optional ? 1 : 0;
  }
  ends_offset_ = static_cast<std::uint32_t>(null_bits + 7) / 8;
  for (const bool whole_words : {true, false})
    for (auto& place : places_) {
      if (place.width == 0 || (place.width % 8 == 0) != whole_words) continue;
      place.offset = ends_offset_;
      ends_offset_ += place.width;
    }
  for (auto& place : places_)
    if (place.width == 0) place.offset = variables_++;
}

}  // namespace laterbase::worktable
