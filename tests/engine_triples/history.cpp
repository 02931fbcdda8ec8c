#include "tests/engine_triples/history.h"

#include <charconv>

#include "engine/base/json_text.h"

namespace laterbase::triples::tests {
namespace {

std::optional<ivm::Value> read_bigint(std::string_view json) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(json.data(), json.data() + json.size(), number);
  if (error != std::errc{} || end != json.data() + json.size()) return std::nullopt;
  return ivm::Value::of_bigint(number);
}

}  // namespace

std::optional<ivm::Value> PlainValues::read(std::string_view json, const Column& column) const {
  if (json == "null") return ivm::Value{};
  if (column.type.kind == ivm::TypeKind::bigint) return read_bigint(json);
  if (column.type.kind != ivm::TypeKind::text || !json.starts_with('"')) return std::nullopt;
  return ivm::Value::of_text(json_unquoted(json));
}

std::optional<std::vector<ivm::Value>> PlainValues::read_subject(std::string_view subject, const Shape&) const {
  return std::vector{ivm::Value::of_text(subject)};
}

Lc MemoryLog::add(const Ulid& key, const std::string& value, Lc replaces, bool aside) {
  entries_.push_back({key, value, replaces, aside});
  return entries_.size();
}

Event MemoryLog::at(Lc lc) const {
  const Entry& entry = entries_.at(lc - 1);
  Event event;
  event.key = entry.key;
  event.lc = lc;
  event.value = entry.value;
  event.is_json = true;
  event.replaces = entry.replaces;
  event.aside = entry.aside;
  return event;
}

void MemoryLog::read(const std::vector<Lc>& positions, const std::function<void(const Event&)>& visit) {
  for (const Lc lc : positions) visit(at(lc));
}

Rows rows_of(const Store& store, const std::string& name) {
  Rows rows;
  const Table* table = store.table(name);
  if (table != nullptr) table->scan([&](ivm::RowView row) { ++rows[to_text(row, table->schema())]; });
  return rows;
}

void apply(Rows& rows, const ivm::Batch& changes, const ivm::Schema& schema) {
  for (const ivm::Change& change : changes) {
    const auto found = rows.try_emplace(to_text(change.row, schema)).first;
    found->second += change.weight;
    if (found->second == 0) rows.erase(found);
  }
}

}  // namespace laterbase::triples::tests
