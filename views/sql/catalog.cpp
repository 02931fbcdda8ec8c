#include "views/sql/catalog.h"

namespace laterbase::sql {

Relation events_relation() {
  using enum ivm::TypeKind;
  Relation events;
  events.name = "events";
  events.kind = RelationKind::events;
  const std::pair<const char*, ivm::TypeKind> columns[] = {
      {"key", text}, {"at", timestamptz}, {"value", jsonb}, {"bytes", bytea}, {"lc", bigint}, {"arrived", timestamptz}};
  for (const auto& [name, type] : columns) {
    Column column;
    column.name = name;
    column.type = {type};
    events.columns.push_back(std::move(column));
  }
  events.primary_key = {0};
  events.node_local = {4, 5};
  return events;
}

}  // namespace laterbase::sql
