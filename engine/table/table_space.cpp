#include "engine/table/table_space.h"

#include <fmt/format.h>

#include "engine/base/invariant.h"

namespace laterbase::worktable {
namespace {

static_assert(static_cast<int>(Kind::link) == static_cast<int>(space::Kind::link), "kinds are numbered as in the file");
static_assert(any_count == space::any_count);

std::vector<std::uint16_t> narrow(const std::vector<std::uint32_t>& columns) {
  std::vector<std::uint16_t> numbers;
  for (const auto column : columns) numbers.push_back(static_cast<std::uint16_t>(column));
  return numbers;
}

class SnapshotSource : public RowSource {
 public:
  explicit SnapshotSource(const RowTable& table) : snapshot_(table) {}
  std::uint32_t page_count() const override { return snapshot_.page_count(); }
  void each_row(std::uint32_t page, const std::function<void(BytesView)>& row) const override {
    snapshot_.scan_page(page, [&](BytesView bytes, Spot) {
      row(bytes);
      return true;
    });
  }

 private:
  RowTable::Snapshot snapshot_;
};

}  // namespace

space::Schema space_schema(const Schema& schema) {
  space::Schema written{schema.name, {}, narrow(schema.key), {}};
  for (const auto& column : schema.columns)
    written.columns.push_back({column.name, static_cast<space::Kind>(column.kind), column.optional, column.count});
  for (const auto& index : schema.indexes)
    written.indexes.push_back({narrow(index.columns), index.kind == IndexKind::ordered, index.unique});
  return written;
}

Result<std::unique_ptr<SpaceFile>> open_space(Disk& disk, const std::string& path, RowTable& table,
                                              SpaceOptions options) {
  LATERBASE_INVARIANT(table.rows() == 0, "a space file is loaded into an empty table");
  options.page_bytes = table.pages().page_bytes();
  auto file = SpaceFile::open(disk, path, space_schema(table.schema()), options);
  if (!file) return file.error();
  if ((*file)->page_bytes() < options.page_bytes)
    return Error{ErrorCode::invalid, fmt::format("{} has pages of {} bytes, the table's have {}", path,
                                                 (*file)->page_bytes(), options.page_bytes)};
  Result<void> entered;
  (*file)->load([&](BytesView row) {
    if (!entered) return;
    if (auto link = table.insert(row); !link) entered = link.error();
  });
  if (!entered) return entered.error();
  return std::move(*file);
}

CommitReport save(const RowTable& table, SpaceFile& file) { return file.commit(SnapshotSource(table)); }

}  // namespace laterbase::worktable
