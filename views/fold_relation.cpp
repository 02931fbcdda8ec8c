#include "views/fold_relation.h"

#include "engine/base/error.h"
#include "views/sql/json_value.h"

namespace laterbase::views {
namespace {

ivm::RowView row_of(const std::string& key, const std::string& json, ivm::RowBuilder& builder) {
  const std::string state = sql::canonical_json(json);
  builder.begin(2);
  builder.bytes(0, key);
  builder.bytes(1, state);
  return builder.finish();
}

}  // namespace

void LogReader::keys_at(std::span<const Lc> positions, const std::function<void(const Ulid&)>& visit) {
  entries_at(positions, [&](const Event& event) { return visit(event.key), true; });
}

void LogReader::entries_at(std::span<const Lc> positions, const std::function<bool(const Event&)>& visit) {
  bool more = true;
  for (std::size_t i = 0; i < positions.size() && more; ++i)
    read(positions[i] - 1, positions[i], [&](const Event& event) { return more = visit(event); });
}

sql::Relation FoldRelation::shape(std::string name) {
  sql::Relation relation;
  relation.name = std::move(name);
  relation.kind = sql::RelationKind::fold;
  relation.columns.resize(2);
  relation.columns[0].name = "key";
  relation.columns[0].type = {ivm::TypeKind::text};
  relation.columns[0].not_null = true;
  relation.columns[1].name = "state";
  relation.columns[1].type = {ivm::TypeKind::jsonb};
  relation.columns[1].not_null = true;
  return relation;
}

FoldRelation::FoldRelation(std::string name, std::shared_ptr<const folds::Reducer> reducer, LogReader& log,
                           const folds::FoldOptions& options)
    : relation_(shape(std::move(name))), log_(log), fold_(std::move(reducer), *this, options) {}

void FoldRelation::keys(std::span<const Lc> positions, const std::function<void(const Ulid&)>& visit) {
  log_.keys_at(positions, visit);
}

void FoldRelation::events(std::span<const Lc> positions, const std::function<bool(const Event&)>& visit) {
  log_.entries_at(positions, visit);
}

void FoldRelation::flush(ivm::Batch& changes) {
  fold_.flush([&](const std::string& key, const std::string* json) { show(key, json, changes); });
}

void FoldRelation::show(const std::string& key, const std::string* json, ivm::Batch& changes) {
  const auto shown = rows_.find(key);
  if (json == nullptr) {
    if (shown == rows_.end()) return;
    changes.add(shown->second.view(), -1);
    rows_.erase(shown);
    return;
  }
  const ivm::RowView row = row_of(key, *json, builder_);
  if (shown == rows_.end()) {
    rows_.emplace(key, ivm::Row(row));
  } else {
    if (shown->second.view() == row) return;
    changes.add(shown->second.view(), -1);
    shown->second = ivm::Row(row);
  }
  changes.add(row, +1);
}

void FoldRelation::scan(const std::function<void(ivm::RowView)>& visit) const {
  for (const auto& [key, row] : rows_) visit(row.view());
}

ivm::RowView FoldRelation::find(const std::string& key) const {
  const auto found = rows_.find(key);
  return found == rows_.end() ? ivm::RowView{} : found->second.view();
}

// What the code throws then is told by who folds all of the events of then.
bool FoldRelation::scan_at(const Ulid& until, const std::string* key,
                           const std::function<void(ivm::RowView)>& visit) const {
  if (!fold_.knows_whose() || !trouble().empty()) return false;
  ivm::RowBuilder builder;
  const auto visit_key = [&](const std::string& one) {
    if (const auto json = fold_.show_at(one, until)) visit(row_of(one, *json, builder));
  };
  try {
    if (key != nullptr)
      visit_key(*key);
    else
      for (const auto& [one, row] : rows_) visit_key(one);
    return true;
  } catch (const Failure&) {
    throw;
  } catch (...) {
    return false;
  }
}

std::uint64_t FoldRelation::bytes() const noexcept {
  std::uint64_t bytes = fold_.bytes();
  for (const auto& [key, row] : rows_) bytes += key.capacity() + sizeof(ivm::Row) + row.view().bytes();
  return bytes;
}

}  // namespace laterbase::views
