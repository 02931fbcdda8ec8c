#include <fmt/format.h>

#include "views/engine_reads.h"
#include "views/values.h"

// One row by its key.
namespace laterbase::views {
namespace {

// What leads to one row of it; empty where nothing does.
std::string key_column(const Engine& engine, const sql::Relation& relation) {
  const triples::Table* table = engine.store().table(relation.name);
  if (table == nullptr) return relation.columns.empty() ? "" : relation.columns.front().name;
  const auto& key = table->shape().key;
  return key.size() == 1 ? relation.columns[key.front()].name : "";
}

std::string without_frame(std::string rows) {
  // page_json: an array of one object, and a line break.
  return rows.substr(1, rows.rfind(']') - 1);
}

}  // namespace

One one_of_source(const RelationSource& source, const std::string& key) {
  One one;
  if (const ivm::RowView row = source.find(key)) one.json = std::string(row.bytes_at(1));
  return one;
}

Outcome<ReadRequest> request_for_one(const Engine& engine, const std::string& relation, const std::string& key) {
  engine.forget_relations();
  const sql::Relation* found = engine.find(relation);
  if (found == nullptr)
    return Refusal::of(Refusal::Kind::not_found, fmt::format("There is no table, view or fold \"{}\".", relation));
  const std::string column = key_column(engine, *found);
  if (column.empty())
    return Refusal::of(Refusal::Kind::parameter,
                       fmt::format("\"{}\" has no key of one column; ask for its rows with column=eq.x.", relation));
  ReadRequest request;
  request.filters.emplace_back(column, "eq." + key);
  request.limit = 2;
  return request;
}

Outcome<One> one_of_page(const Page& page, const std::string& relation, const ReadRequest& request) {
  const std::string& column = request.filters.front().first;
  if (page.rows.size() > 1)
    return Refusal::of(Refusal::Kind::parameter,
                       fmt::format("\"{}\" has several rows with that {}; ask for {}=eq.x.", relation, column, column));
  One one{std::nullopt, page.epoch, page.lc};
  if (!page.rows.empty()) one.json = without_frame(page_json(page));
  return one;
}

}  // namespace laterbase::views
